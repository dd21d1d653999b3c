"""The spec in the page: its lines, the lines of each layer, and what is wrong with them."""

from collections.abc import Iterator

from convdsl.graph.graph import Node
from convdsl.render.cells import spread
from convdsl.render.facts import Network
from convdsl.render.html.element import Markup, element, joined
from convdsl.source import Source, Span

Lines = tuple[int, int, int]  # a file's index, the first and the last line


def listing(network: Network) -> Markup:
    """Return all files of a network, line by line, with the findings above them."""
    wrong = {(span.file, line) for span in _spans(network) for line in _lines(network, span)}
    parts: list[Markup] = [_findings(network)] if network.diagnostics else []
    for file, source in enumerate(network.sources):
        if len(network.sources) > 1:
            parts.append(element("h3", None, source.name))
        lines = source.text.split("\n")
        while lines and not lines[-1].strip():
            lines.pop()
        rows = (
            element("li", {"id": f"s{file}-{number}"} | _class((file, number) in wrong), spread(line)[0])
            for number, line in enumerate(lines, 1)
        )
        parts.append(element("ol", {"class": "source"}, joined(*rows, between="\n")))
    return joined(*parts, between="\n")


def lines_of(network: Network, node: Node) -> Lines:
    """Return the lines of a node's call; an empty range where it is nowhere in the text."""
    return _place(network, node.span)


def lines_around(network: Network, node: Node) -> list[tuple[int, int]]:
    """Return the file and line of each block call around a node, the outermost first."""
    found = (_place(network, span) for span in node.trail)
    return list(dict.fromkeys((file, first) for file, first, last in found if last >= first))


def _place(network: Network, span: Span) -> Lines:
    if span.end <= span.start:
        return span.file, 1, 0
    source = network.sources[span.file]
    return span.file, source.position(span.start).line, source.position(max(span.start, span.end - 1)).line


def _lines(network: Network, span: Span) -> range:
    _, first, last = _place(network, span)
    return range(first, max(first, last) + 1)


def _spans(network: Network) -> Iterator[Span]:
    for finding in network.diagnostics:
        yield finding.where.span


def _class(wrong: bool) -> dict[str, str]:
    return {"class": "wrong"} if wrong else {}


def _findings(network: Network) -> Markup:
    items = []
    for finding in network.diagnostics:
        span = finding.where.span
        source: Source = network.sources[span.file]
        line = source.position(span.start).line
        place = element("a", {"href": f"#s{span.file}-{line}"}, f"{source.name}:{line}")
        words = f" {finding.severity.value}[{finding.code}] {finding.message}"
        items.append(element("li", None, place, words))
    return element("ul", {"class": "findings", "aria-label": "findings"}, *items)
