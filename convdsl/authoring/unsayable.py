"""What text can write and a YAML map cannot hold: one name twice, and an argument that looks like a layer.

Either is a mistake in both spellings, and said elsewhere; here it is told apart from a fault of the printer.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from convdsl import codes
from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.source import Span
from convdsl.syntax import tree


def unsayable(file: tree.File) -> Diagnostic | None:
    """Find the first thing in a tree that YAML has no place for."""
    waiting: list[Any] = [file]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(reversed(node))
            continue
        if isinstance(node, tree.Call) and len(node.arguments) == 1 and (node.arguments[0].name or "")[:1].isupper():
            return _layer(node.arguments[0])
        for what, keys in _maps(node):
            found = _twice(what, keys)
            if found is not None:
                return found
        waiting.extend(
            getattr(node, name)
            for name in reversed(getattr(node, "__match_args__", ()))
            if name != "source" or node is not file
        )
    return None


def _maps(node: Any) -> Iterator[tuple[str, list[tuple[str, Span]]]]:
    """Yield the names that become the keys of one map each."""
    match node:
        case tree.File(items=items):
            yield "block", [(item.name, item.name_span) for item in items if isinstance(item, tree.Block)]
        case tree.Block(parameters=parameters, body=body) | tree.Model(parameters=parameters, body=body):
            yield "parameter", [(one.name, one.span) for one in parameters]
            for kind, what in ((tree.Input, "input"), (tree.Output, "output")):
                yield what, [(one.name, one.name_span) for one in body.statements if isinstance(one, kind)]
        case tree.Train(settings=settings):
            yield "setting", [(one.name, one.name_span) for one in settings]
        case tree.Call(arguments=arguments):
            yield "argument", [(one.name, one.name_span) for one in arguments if one.name is not None]


def _layer(argument: tree.Argument) -> Diagnostic:
    message = f"the argument `{argument.name}` begins with a capital letter, and in a YAML map that is a layer"
    return Diagnostic(codes.FORMAT, message, Label(argument.name_span), helps=(Help("arguments are lower case"),))


def _twice(what: str, names: Iterable[tuple[str, Span]]) -> Diagnostic | None:
    seen: set[str] = set()
    for name, span in names:
        if name in seen:
            message = f"the {what} `{name}` stands twice, and a YAML map has one place for it"
            return Diagnostic(codes.FORMAT, message, Label(span), helps=(Help("keep one of the two"),))
        seen.add(name)
    return None
