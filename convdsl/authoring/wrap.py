"""Break what is too long for a line inside its parentheses and brackets; strings are never broken."""

from collections.abc import Sequence

from convdsl.authoring.print_expression import expression
from convdsl.syntax import tree

INDENT = "  "
WIDTH = 100  # columns


def wrapped(head: str, value: "tree.Expr | tree.Values", tail: str, depth: int) -> list[str]:
    """Print `head value tail` as lines without the indentation of `depth` levels.

    Arguments stand on a line each, the items of a list fill lines; what has neither stays whole.
    """
    flat = f"{head}{expression(value)}{tail}"
    if len(INDENT) * depth + len(flat) <= WIDTH:
        return [flat]
    match value:
        case tree.Call(callee=name, arguments=arguments, key=key) if arguments:
            end = "" if key is None else f" as {expression(key)}"
            return _arguments(f"{head}{name}(", arguments, f"){end}{tail}", depth)
        case tree.Function(name=name, arguments=arguments) if arguments:
            return _arguments(f"{head}{name}(", arguments, f"){tail}", depth)
        case tree.Sequence(items=items, brackets=brackets) if len(items) > 1:
            return _items(f"{head}{brackets}", items, f"{')' if brackets == '(' else ']'}{tail}", depth)
    return [flat]


def _arguments(head: str, arguments: Sequence[tree.Argument], tail: str, depth: int) -> list[str]:
    lines = [head]
    for at, argument in enumerate(arguments):
        name = "" if argument.name is None else f"{argument.name}="
        comma = "," if at < len(arguments) - 1 else ""
        lines.extend(INDENT + line for line in wrapped(name, argument.value, comma, depth + 1))
    return [*lines, tail]


def _items(head: str, items: Sequence[tree.Expr], tail: str, depth: int) -> list[str]:
    lines = [head]
    room = WIDTH - len(INDENT) * (depth + 1)
    filled = ""
    for at, item in enumerate(items):
        comma = "," if at < len(items) - 1 else ""
        inner = wrapped("", item, comma, depth + 1)
        if filled and (len(inner) > 1 or len(filled) + 1 + len(inner[0]) > room):
            lines.append(INDENT + filled)
            filled = ""
        if len(inner) > 1:
            lines.extend(INDENT + line for line in inner)
        else:
            filled = f"{filled} {inner[0]}" if filled else inner[0]
    if filled:
        lines.append(INDENT + filled)
    return [*lines, tail]
