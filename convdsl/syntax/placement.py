"""Check where `input`, `output` and `expect` lines stand; YAML has keys for them, so only text needs it."""

from collections.abc import Iterator

from convdsl.codes import MISPLACED
from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.source import Span
from convdsl.syntax import tree

_WORDS: dict[type, str] = {tree.Input: "input", tree.Output: "output", tree.Expect: "expect"}


def misplaced(file: tree.File) -> tuple[Diagnostic, ...]:
    """Find the `input` lines that do not come first, and the `output` and `expect` lines that do not come last."""
    found: list[Diagnostic] = []
    for item in file.items:
        if isinstance(item, tree.Model):
            found.extend(_in_model(item.body))
        elif isinstance(item, tree.Block):
            for statement in item.body.statements:
                if isinstance(statement, tree.Expect):
                    found.append(_say("`expect` stands in a block", statement.span, "expect", "move it to the model"))
    return tuple(found)


def _in_model(body: tree.Body) -> Iterator[Diagnostic]:
    stage = 0  # 0: inputs, 1: layers, 2: outputs and expectations
    for statement in body.statements:
        match statement:
            case tree.Input() if stage > 0:
                yield _say("`input` lines come first in a model", statement.span, "input", "move it to the model's top")
            case tree.Input() | tree.Flow(source=None, calls=()):  # the second: a line that could not be read
                pass
            case tree.Output() | tree.Expect():
                stage = 2
            case _:
                if stage == 2:
                    text = "`output` and `expect` lines come last in a model"
                    yield _say(text, statement.span, "", "move this line above them")
                    return
                stage = 1


def misplaced_inside(statement: tree.Statement) -> Diagnostic | None:
    """Refuse an `input`, `output` or `expect` line in a body that is not a model's or block's own."""
    word = _WORDS.get(type(statement))
    if word is None:
        return None
    owner = "the model" if word == "expect" else "a model or a block"
    return _say(f"`{word}` stands inside an inner body", statement.span, word, f"move it directly into {owner}")


def _say(message: str, span: Span, word: str, way: str) -> Diagnostic:
    where = Span(span.start, span.start + len(word)) if word else span
    return Diagnostic(MISPLACED, message, Label(where), helps=(Help(way),))
