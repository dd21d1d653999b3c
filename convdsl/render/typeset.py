"""The face of a card: how large it is, and where its words and stripes stand.

Sizes are in pixels; the fonts' sizes are in theme.py, the widths of text in metrics.py.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from convdsl.record import dataclass
from convdsl.render.cards import Card
from convdsl.render.metrics import fit, text_width
from convdsl.render.scene import Stripe, Text
from convdsl.render.theme import BOLD, SIZES

BAR = 5  # the coloured bar at a card's left edge
INSET = 9  # from the bar to the text, and from the text to the right edge
KEPT = 4096  # cards whose faces are remembered: most of a large network look like others
NARROWEST, WIDEST = 132, 236
TITLE_ROW, DETAIL_ROW, STRIPE_ROW = 19, 16, 17
FOOT = 6  # below the last row of text
JOIN_HEIGHT = 24
_WORD = re.compile(r"(?:\[[^\]]*\]|\S)+")  # up to the next blank that is in no list
LINES = 2  # of what a terminal's numbers mean
PILL = 12  # inset of a terminal's text, for its round ends
GAP = 14  # least space between a title and the note beside it


Stripes = tuple[tuple[str, str], ...]  # text, category
Rows = tuple[Stripes, ...]


@dataclass(frozen=True, slots=True)
class Face:
    """A card's size, and the rows of its stripes."""

    width: int
    height: int
    stripes: Rows


def measure(text: str, style: str) -> int:
    """Return the width of a line of text in a style, in pixels."""
    return text_width(text, SIZES[style], bold=style in BOLD)


def cut(text: str, style: str, room: int) -> str:
    """Shorten a line of text to a width in pixels."""
    return fit(text, SIZES[style], room, bold=style in BOLD)


def common_width(cards: Iterable[Card]) -> int:
    """Choose one width for all layers' cards: the widest need within reason."""
    need = NARROWEST
    for card in cards:
        if card.kind in ("layer", "unused"):
            need = max(need, _need(_titled(card), card.note, card.detail, card.stripes))
    return min(need, WIDEST)


def face(card: Card, width: int) -> Face:
    """Size a card; width: that of layers' cards, a join or a terminal is as wide as its words."""
    return _face(card.kind, _titled(card), card.detail, card.stripes, width)


@lru_cache(maxsize=KEPT)
def _face(kind: str, title: str, detail: str, stripes: Stripes, width: int) -> Face:
    if kind == "join":
        own = measure(title, "title") + BAR + 2 * INSET
        rows = _stripe_rows(stripes, max(own, _stripes_need(stripes)))
        own = min(max(own, _stripes_need(stripes), 64), WIDEST)
        return Face(own, JOIN_HEIGHT + STRIPE_ROW * len(rows), rows)
    if kind in ("input", "output"):
        lines = _meaning(detail)
        own = max(measure(title, "title"), *(measure(line, "detail") for line in lines), 0) + 2 * PILL
        height = TITLE_ROW + DETAIL_ROW * len(lines) + FOOT + 2
        return Face(min(max(own, 56), WIDEST), height, ())
    rows = _stripe_rows(stripes, width)
    height = TITLE_ROW + (DETAIL_ROW if detail else 0) + FOOT + STRIPE_ROW * len(rows)
    return Face(width, height, rows)


def typeset(card: Card, face: Face, x: int, y: int, height: int) -> tuple[tuple[Text, ...], tuple[Stripe, ...]]:
    """Place a card's words and stripes; height: the card's, which may be more than its face needs."""
    title = card.title if card.kind in ("input", "output") else _titled(card)
    look = (card.kind, title, card.note, card.detail)
    texts, stripes = _typeset(*look, face.width, face.height, face.stripes, height)
    return (
        tuple([Text(one.x + x, one.y + y, one.text, one.style, one.anchor, one.width) for one in texts]),
        tuple([Stripe(one.x + x, one.y + y, one.width, one.height, one.category) for one in stripes]),
    )


@lru_cache(maxsize=KEPT)
def _typeset(
    kind: str, title: str, note: str, detail: str, wide: int, high: int, rows: Rows, height: int
) -> tuple[tuple[Text, ...], tuple[Stripe, ...]]:
    """Place the words and stripes of a card at 0, 0; wide, high: its face's size, rows: of its stripes."""
    texts: list[Text] = []
    stripes: list[Stripe] = []
    if kind in ("input", "output"):
        middle, room = wide // 2, wide - 2 * PILL + 2
        top = (height - high) // 2
        texts.append(_text(middle, top + 16, title, "title", room, "middle"))
        for index, line in enumerate(_meaning(detail), 1):
            texts.append(_text(middle, top + 16 + DETAIL_ROW * index - 1, line, "detail", room, "middle"))
        return tuple(texts), ()
    body = height - STRIPE_ROW * len(rows)
    top = (body - (high - STRIPE_ROW * len(rows))) // 2
    left, right = BAR + INSET, wide - INSET
    if kind == "join":
        texts.append(_text((BAR + wide) // 2, top + 16, title, "title", wide - BAR - INSET, "middle"))
    else:
        note = cut(note, "note", (right - left) // 2)
        room = right - left - (measure(note, "note") + GAP if note else 0)
        texts.append(_text(left, top + 16, title, "title", room))
        if note:
            texts.append(Text(right, top + 16, note, "note", "end", measure(note, "note")))
        if detail:
            texts.append(_text(left, top + 16 + DETAIL_ROW - 1, detail, "detail", right - left))
    for index, row in enumerate(rows):
        top = body + STRIPE_ROW * index
        at = BAR
        each = (wide - BAR) // len(row)
        for place, (text, category) in enumerate(row):
            width = each if place < len(row) - 1 else wide - at
            stripes.append(Stripe(at, top, width, STRIPE_ROW, category))
            texts.append(_text(at + width // 2, top + 12, text, "stripe", width - 8, "middle"))
            at += width
    return tuple(texts), tuple(stripes)


def _meaning(detail: str) -> list[str]:
    """Break what a terminal's numbers mean into two lines at most."""
    lines: list[str] = []
    room = WIDEST - 2 * PILL
    for word in _WORD.findall(detail):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and (measure(longer, "detail") <= room or len(lines) == LINES):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _text(x: int, y: int, text: str, style: str, room: int, anchor: str = "start") -> Text:
    shown = cut(text, style, room)
    return Text(x, y, shown, style, anchor, measure(shown, style))


def _titled(card: Card) -> str:
    return card.title if card.times == 1 else f"{card.title} ×{card.times}"


@lru_cache(maxsize=KEPT)
def _need(title: str, note: str, detail: str, stripes: Stripes) -> int:
    first = measure(title, "title") + (measure(note, "note") + GAP if note else 0)
    words = max(first, measure(detail, "detail"))
    return max(words + BAR + 2 * INSET, max((measure(text, "stripe") + 16 for text, _ in stripes), default=0))


def _stripes_need(stripes: Stripes) -> int:
    return max((measure(text, "stripe") + 8 + BAR + 4 for text, _ in stripes), default=0)


def _stripe_rows(stripes: Stripes, width: int) -> Rows:
    """Deal stripes into rows: two share a row where each fits into its half."""
    rows: list[list[tuple[str, str]]] = []
    half = (width - BAR) // 2 - 8
    for stripe in stripes:
        small = measure(stripe[0], "stripe") <= half
        if rows and len(rows[-1]) == 1 and small and measure(rows[-1][0][0], "stripe") <= half:
            rows[-1].append(stripe)
        else:
            rows.append([stripe])
    return tuple(tuple(row) for row in rows)
