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
            found.extend(_in_block(item.body))
    return tuple(found)


def _in_block(body: tree.Body) -> Iterator[Diagnostic]:
    flowed = False  # a line has made a value: what it is would change if an input came first
    for statement in body.statements:
        match statement:
            case tree.Expect():
                yield _say("`expect` stands in a block", statement.span, "expect", "move it to the model")
            case tree.Input() if flowed:
                yield _say("`input` lines come first in a block", statement.span, "input", "move it to the block's top")
            case tree.Flow() | tree.If() | tree.For() | tree.Repeat():
                flowed = flowed or not _is_unread(statement)
            case _:
                pass


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


def _is_unread(statement: tree.Statement) -> bool:
    return isinstance(statement, tree.Flow) and statement.source is None and not statement.calls


def misplaced_inside(statement: tree.Statement) -> Diagnostic | None:
    """Refuse an `input`, `output` or `expect` line in a body that is not a model's or block's own."""
    word = _WORDS.get(type(statement))
    if word is None:
        return None
    owner = "the model" if word == "expect" else "a model or a block"
    return _say(f"`{word}` stands inside an inner body", statement.span, word, f"move it directly into {owner}")


def item_inside(raw_word: str, span: Span) -> Diagnostic:
    """Refuse a `block`, `model`, `train`, `from` or `convdsl` line in a body."""
    way = "move it to the top of the file" if raw_word in ("convdsl", "from") else "move it out of all braces"
    return _say(f"`{raw_word}` stands inside another body", span, raw_word, way)


def _say(message: str, span: Span, word: str, way: str) -> Diagnostic:
    where = Span(span.start, span.start + len(word)) if word else span
    return Diagnostic(MISPLACED, message, Label(where), helps=(Help(way),))
