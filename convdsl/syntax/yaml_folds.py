"""Read the thousandth item of a YAML list that looks like the first without parsing it again.

Items of long networks differ in names and small integers, if at all. Before YAML is read, such an item of one line (and
of `from`, `shape` and `as` on lines below) is folded: a stand-in of one character takes its place in the text, and its
statement is made by the recipe of an earlier item, as in the text spelling. The stand-in has to turn up as an item of a
list of layers; if one does not, or anything is wrong with the file, the file is read again without folds. So folds
never have a say in a message, and a file without mistakes gives the same tree both ways.
"""

import re
from collections.abc import Sequence

from convdsl.record import dataclass
from convdsl.source import Source, Span
from convdsl.syntax.build_statement import LINE_WORDS
from convdsl.syntax.expression import relocated
from convdsl.syntax.templates import ANY_COUNT, ANY_NAME, LONGEST, FlowMaker, is_count, recipe
from convdsl.syntax.tokens import Token, scan
from convdsl.syntax.tree import NO_COMMENTS, Body, Flow
from convdsl.syntax.yaml_comments import Notes
from convdsl.syntax.yaml_composer import Composer
from convdsl.syntax.yaml_document import compose
from convdsl.syntax.yaml_layers import Layers
from convdsl.syntax.yaml_mistakes import ELSEWHERE, KEYWORDS, PARTS
from convdsl.syntax.yaml_nodes import Folded, Known, List
from convdsl.syntax.yaml_recovery import STAND_IN
from convdsl.syntax.yaml_values import Values

FEWEST = 200  # lines; reading a short file twice as its items are learned would take longer
# No comment, no tab, nothing that can begin or end outside of its line. Sixteen columns and 60 tokens are less than
# 100 levels.
_LINE = r"[A-Za-z_{\[\"][\w .,:{}\[\]()+*/%\"=-]{0,200}(?<=[\w}\])\"])"
_BLANKS = r"(?>(?:[ ]*\n)*)"
_ITEM = re.compile(
    rf"^([ ]{{0,16}})- ({_LINE}(?:\n\1  (?:from|shape|as): {_LINE})*)[ ]*(?:\Z|(?=\n{_BLANKS}(?!\1[ ])))",
    re.MULTILINE | re.ASCII,
)
_WRITTEN = re.compile(r"[^\n]")
_SPECIAL = frozenset({*KEYWORDS, *PARTS, *ELSEWHERE, *LINE_WORDS, "null"})  # names that the reader knows by their text

_AROUND = 7  # events of a file with a list of one stand-in: begin and end of stream, document and list, and itself

_Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How to make the statements of items with one key, and how many events of YAML one of them hides."""

    make: FlowMaker
    events: int


def fold(text: str) -> Folded | None:
    """Fold the items that are like earlier ones; None where there are not many."""
    return _Folds(text).run() if text.count("\n") >= FEWEST else None


class _Folds:
    """The items of one text that have been met."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.seen: set[_Key] = set()  # a recipe costs more than an item, so it is made at the second one
        self.recipes: dict[_Key, _Recipe | None] = {}
        self.once: set[str] = set()
        self.again: dict[str, tuple[_Recipe, list[Token]]] = {}  # items that come back letter for letter

    def run(self) -> Folded | None:
        items: dict[int, Known] = {}
        pieces: list[str] = []
        text, last, hidden = self.text, 0, 0
        for match in _ITEM.finditer(text):
            start, end = match.span(2)
            written = match[2]
            found = self.same(written, start) or self.alike(match.start(), start, end, written)
            if found is None:
                continue
            known, tokens = found
            items[start] = Known(known.make(tokens, NO_COMMENTS), Span(start, end))
            hidden += known.events
            pieces.append(text[last:start])
            pieces.append(STAND_IN)
            pieces.append(" " * (end - start - 1) if "\n" not in written else _WRITTEN.sub(" ", written[1:]))
            last = end
        pieces.append(text[last:])
        return Folded("".join(pieces), items, hidden) if items else None

    def same(self, written: str, start: int) -> tuple[_Recipe, list[Token]] | None:
        """Find an item of the same text, and its tokens at their new place."""
        found = self.again.get(written)
        if found is None:
            return None
        known, tokens = found
        by, new = start - tokens[0].start, tuple.__new__
        return known, [new(Token, (kind, text, first + by, end + by, -1)) for kind, text, first, end, _ in tokens]

    def alike(self, line: int, start: int, end: int, written: str) -> tuple[_Recipe, list[Token]] | None:
        """Find or make the recipe of an item, which begins in its line at `line`."""
        tokens = scan(self.text, start, end)
        if len(tokens) > LONGEST:
            return None
        key = _key(tokens)
        if key not in self.seen:
            self.seen.add(key)
            return None
        if key not in self.recipes:
            self.recipes[key] = _learned(self.text[line:end], start - line)
        known = self.recipes[key]
        if known is None:
            return None
        if written in self.once:
            self.again[written] = known, tokens
        else:
            self.once.add(written)
        return known, tokens


def _key(tokens: Sequence[Token]) -> _Key:
    """Return what two items must share to be read alike: all but names and small integers.

    Spaces count, for YAML tells `a: b` from `a:b`. A key of a map keeps its name, for no two may be the same; only the
    first word of an item has no other beside it.
    """
    parts: list[str | int] = []
    add, before = parts.append, tokens[0].start
    for number, (kind, text, start, end, _) in enumerate(tokens):
        if start != before:
            add(start - before)
        before = end
        add((ANY_NAME if kind == "NAME" else ANY_COUNT) if _is_open(tokens, number, kind, text) else text)
    return tuple(parts)


def _is_open(tokens: Sequence[Token], number: int, kind: str, text: str) -> bool:
    """Tell whether another name or integer could stand here."""
    if number > 1 and tokens[number - 2].kind == "AS":  # a key of weights, which is a text
        return False
    if kind == "NUMBER":
        return is_count(text)
    if kind != "NAME" or text in _SPECIAL:
        return False
    return number == 0 or number + 1 == len(tokens) or tokens[number + 1].kind != "COLON"


def _learned(text: str, start: int) -> _Recipe | None:
    """Make the recipe of an item; None where something is to be said of it, or other items would not be made right."""
    tokens = scan(text, start, len(text))
    flow = _read(text)
    if flow is None:
        return None
    try:
        make = recipe(flow, tokens)
    except (KeyError, StopIteration):  # a part that does not begin and end with tokens: an expression in quotes
        return None
    other = _varied(text, tokens)
    again = scan(other, start, len(other))
    for written, given in ((text, tokens), (other, again)):
        read, made = _read(written), make(given, NO_COMMENTS)
        if read != made or _places(read) != _places(made):
            return None
    return _Recipe(make, sum(1 for _ in Composer(text, {}).events()) - _AROUND)


def _varied(text: str, tokens: Sequence[Token]) -> str:
    """Write other names and integers into an item, each its own."""
    pieces: list[str] = []
    last = 0
    for number, (kind, written, start, end, _) in enumerate(tokens):
        if _is_open(tokens, number, kind, written):
            pieces += (text[last:start], f"v{number}_" if kind == "NAME" else f"{number}7")
            last = end
    return "".join((*pieces, text[last:]))


def _read(text: str) -> Flow | None:
    """Read an item as if it were a file; None where it is no line of the value's way, or not right."""
    source = Source("", f"{text}\n")
    document = compose(source)
    values = Values(source, Notes(source, document.scalars))
    if document.diagnostics or not isinstance(document.top, List) or len(document.top.items) != 1:
        return None
    flow = Layers(values).item(document.top.items[0])
    return flow if isinstance(flow, Flow) and not isinstance(flow.source, Body) and not values.diagnostics else None


def _places(flow: Flow | None) -> list[tuple[int, int]]:
    """List all spans of a statement, which take no part in comparison."""
    found: list[tuple[int, int]] = []

    def place(start: int, end: int) -> Span:
        found.append((start, end))
        return Span(start, end)

    relocated(flow, place)
    return found
