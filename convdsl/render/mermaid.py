"""The layer graph as Mermaid text, which documentation pages and wikis draw: cards, links with shapes, blocks.

Text stands in quotes, and every character that could end them, or that Mermaid or a browser reads as more than itself,
is written as its number. Source: https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
"""

from collections.abc import Iterator, Mapping, Sequence

from convdsl.render.cards import Card, Picture, picture
from convdsl.render.facts import Network
from convdsl.render.fold import fold
from convdsl.render.theme import Theme
from convdsl.render.wish import Wish

_PLAIN = frozenset(" _.,()+/×→·…⌈⌉⌊⌋Σ−")  # beside letters and digits


def mermaid(network: Network, wish: Wish, theme: Theme) -> str:
    """Write a network as a flowchart of Mermaid."""
    shown = picture(network, wish.depth, wish.collapse)
    if wish.folded:
        shown = fold(network.graph, shown)
    return "\n".join(_lines(shown, "LR" if wish.direction == "LR" else "TB", theme)) + "\n"


def quoted(text: str) -> str:
    """Write text as a string of Mermaid's; lines stay lines."""
    return '"' + "<br/>".join("".join(map(_character, line)) for line in text.split("\n")) + '"'


def _character(char: str) -> str:
    return char if char.isalnum() or char in _PLAIN else f"#{ord(char)};"


def _lines(shown: Picture, direction: str, theme: Theme) -> Iterator[str]:
    yield f"flowchart {direction}"
    children: dict[int, list[int]] = {}
    for key, frame in shown.frames.items():
        children.setdefault(frame.parent, []).append(key)
    cards: dict[int, list[int]] = {}
    for index, card in enumerate(shown.cards):
        cards.setdefault(card.scope, []).append(index)
    yield from _scope(shown, children, cards, 0, "  ")
    for link in shown.links:
        arrow = "-.->" if link.label == "?" or link.gone else "-->"
        yield f"  n{link.source} {arrow}|{quoted(link.label)}| n{link.target}"
    groups: dict[str, list[int]] = {}
    for index, card in enumerate(shown.cards):
        groups.setdefault(card.category, []).append(index)
    for category, members in groups.items():
        paint = theme.paint(category)
        yield f"  classDef {category} fill:{paint.fill},stroke:{paint.bar},color:{theme.ink}"
        yield f"  class {','.join(f'n{index}' for index in members)} {category}"
    broken = [f"n{index}" for index, card in enumerate(shown.cards) if card.problems]
    if broken:
        yield f"  classDef problem stroke:{theme.problem},stroke-width:3px"
        yield f"  class {','.join(broken)} problem"


def _scope(
    shown: Picture,
    children: Mapping[int, Sequence[int]],
    cards: Mapping[int, Sequence[int]],
    scope: int,
    inset: str,
) -> Iterator[str]:
    for index in cards.get(scope, ()):
        yield f"{inset}n{index}{_node(shown.cards[index])}"
    for key in children.get(scope, ()):
        frame = shown.frames[key]
        times = f"×{frame.times}" if frame.times > 1 else ""
        title = " ".join(part for part in (frame.title, frame.block, times, frame.change) if part)
        yield f"{inset}subgraph s{key} [{quoted(title or ' ')}]"
        yield from _scope(shown, children, cards, key, inset + "  ")
        yield f"{inset}end"


def _node(card: Card) -> str:
    title = card.title if card.times == 1 else f"{card.title} ×{card.times}"
    stripes = ", ".join(text for text, _ in card.stripes)
    marked = "! " if card.problems else "? " if not card.known else ""
    text = quoted(marked + "\n".join(part for part in (title, card.detail, stripes, card.note) if part))
    return f"([{text}])" if card.kind in ("input", "output") else f"[{text}]"
