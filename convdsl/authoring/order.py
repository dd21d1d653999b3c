"""The order of items and statements in the canonical form, and the blank lines and comments between them."""

from collections.abc import Sequence
from typing import TypeVar

from convdsl.record import replace
from convdsl.syntax import tree

_ITEMS: dict[type, int] = {tree.Import: 0, tree.Block: 1, tree.Model: 2, tree.Train: 3}
_STATEMENTS: dict[type, int] = {tree.Input: 0, tree.Output: 2, tree.Expect: 3}
_LAYERS = 1

Line = TypeVar("Line", bound=tree.Statement | tree.Setting)


def items_in_order(items: Sequence[tree.Item]) -> tuple[tree.Item, ...]:
    """Return imports, blocks, the model and `train`, a blank line before each but between imports."""
    out: list[tree.Item] = []
    for item in sorted(items, key=lambda item: _ITEMS[type(item)]):
        blank = not (out and isinstance(item, tree.Import))
        out.append(replace(item, comments=replace(spaced(item.comments), blank_before=blank)))
    return tuple(out)


def in_order(statements: Sequence[tree.Statement]) -> Sequence[tree.Statement]:
    """Return inputs first, then layers, outputs and expectations, each in the order in which they were written."""
    return sorted(statements, key=lambda statement: _STATEMENTS.get(type(statement), _LAYERS))


def unspaced(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Forget a blank line above the first one, which has nothing to stand apart from."""
    if not lines or not lines[0].comments.blank_before:
        return tuple(lines)
    first = lines[0]
    return (replace(first, comments=replace(first.comments, blank_before=False)), *lines[1:])


def spaced(comments: tree.Comments) -> tree.Comments:
    """Return comments with one blank line at most at any place among them."""
    above = comments.above
    if tree.BLANK not in above:
        return comments
    kept = _single(above)
    if kept and kept[0] == tree.BLANK:
        return tree.Comments(kept[1:], comments.trailing, True)
    return tree.Comments(kept, comments.trailing, comments.blank_before)


def tail_of(tail: tuple[str, ...]) -> tuple[str, ...]:
    """Return the comments at a body's end without blank lines around them."""
    if tree.BLANK not in tail:
        return tail
    kept = _single(tail)
    start = 1 if kept[0] == tree.BLANK else 0
    end = len(kept) - 1 if len(kept) > start and kept[-1] == tree.BLANK else len(kept)
    return kept[start:end]


def _single(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for at, line in enumerate(lines) if line != tree.BLANK or not at or lines[at - 1] != tree.BLANK)


def bodies_in(statement: tree.Statement) -> tuple[tree.Body, ...]:
    """Return the bodies that a statement holds directly."""
    match statement:
        case tree.LayerDeclaration(body=tree.Body() as body) | tree.Flow(source=tree.Body() as body):
            return (body,)
        case tree.Repeat(body=body) | tree.For(body=body) | tree.If(body=body, orelse=None):
            return (body,)
        case tree.If(body=body, orelse=tree.Body() as orelse):
            return (body, orelse)
    return ()
