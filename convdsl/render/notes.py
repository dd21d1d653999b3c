"""The words around a picture: what the network is, and what is wrong with it."""

from convdsl.render.cells import visible
from convdsl.render.facts import Network, short_count
from convdsl.render.fold import SUM
from convdsl.render.scene import Text
from convdsl.render.typeset import cut, measure

HEADING = 46  # pixels above the drawing
ROW = 16
MOST_NOTES = 8  # findings that are written out
LEAST_ROOM = 360


def heading(network: Network, parameters: int, x: int) -> list[Text]:
    """Write the model's name, its weights and the sizes at which it runs."""
    name = visible(network.graph.model)
    parts = [f"{parameters:,} parameters" if parameters < 10**9 else f"{short_count(parameters)} parameters"]
    where = network.legal.where()
    if where:
        parts.append(where if measure(where, "subheading") < LEAST_ROOM else where.partition(" or ")[0] + " …")
    line = " · ".join(parts)
    return [
        Text(x, x + 14, name, "heading", "start", measure(name, "heading")),
        Text(x, x + 31, line, "subheading", "start", measure(line, "subheading")),
    ]


def description(network: Network, cards: int) -> str:
    """Describe the picture in a sentence, for those who cannot see it."""
    graph = network.graph
    inputs = ", ".join(visible(tensor.name) for tensor in graph.inputs)
    outputs = ", ".join(visible(tensor.name) for tensor in graph.outputs)
    count = sum(1 for node in graph.nodes if node.op is not None)
    errors = sum(1 for finding in network.diagnostics if finding.is_error)
    text = f"Layer graph of {visible(graph.model)}: {count:,} layers in {cards:,} boxes, from {inputs} to {outputs}."
    marked = "1 mistake is marked." if errors == 1 else f"{errors:,} mistakes are marked."
    return f"{text} {marked}" if errors else text


def footnotes(network: Network, room: int, x: int, y: int) -> tuple[list[Text], int]:
    """Write findings under the picture, broken into lines; return them and the lowest pixel."""
    out: list[Text] = []
    at = y
    for finding in network.diagnostics[:MOST_NOTES]:
        source = network.sources[finding.where.span.file]
        line = source.position(finding.where.span.start).line
        words = f"{visible(source.name)}:{line}: {finding.severity.value}[{finding.code}] {visible(finding.message)}"
        at += 6
        for text in _lines(words, room):
            at += ROW
            out.append(Text(x, at, text, "mark", "start", measure(text, "mark")))
    if len(network.diagnostics) > MOST_NOTES:
        at += ROW + 6
        text = f"and {len(network.diagnostics) - MOST_NOTES:,} more"
        out.append(Text(x, at, text, "mark", "start", measure(text, "mark")))
    return out, at + 4 if out else y


def sums(room: int, x: int, y: int) -> tuple[list[Text], int]:
    """Say what the sums on cards are; return the words and the lowest pixel."""
    out: list[Text] = []
    for text in _lines(f"beside ×n: the parameters of each, after {SUM} of all together", room, "subheading"):
        y += ROW
        out.append(Text(x, y, text, "subheading", "start", measure(text, "subheading")))
    return out, y + 4


def _lines(words: str, room: int, style: str = "mark") -> list[str]:
    lines: list[str] = []
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer, style) <= room:
            lines[-1] = longer
        else:
            lines.append(cut(word, style, room))
    return lines
