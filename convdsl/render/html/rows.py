"""The table in the page: the rows of `show`, with a button for each block and group."""

from collections.abc import Iterator

from convdsl.render.cells import visible
from convdsl.render.facts import WINDOW, Network
from convdsl.render.html.element import Child, Markup, element, joined
from convdsl.render.outline import Group, Leaf, outline
from convdsl.render.table import HEADINGS, RIGHT, Row, rows
from convdsl.render.usual import Counted

HEATED = ("parameters", "macs", "memory")  # columns that are coloured by what they say
DEEPEST = 8  # levels that are indented, each by a class of the style sheet


def table(network: Network, found: Counted) -> tuple[Markup, str]:
    """Return the layers as a table, and the rules of its columns; a row's id has the index of its node."""
    told = list(rows(network, found.layers, found.memory))
    columns = [name for name in HEADINGS if name not in WINDOW and any(row.cells.get(name) for row in told)]
    head = (element("th", {"scope": "col"}, HEADINGS[name]) for name in columns)
    body = joined(*_rows(network, told, columns), between="\n")
    rows_of_table = element("thead", None, element("tr", None, *head)), element("tbody", None, body)
    return element("table", {"id": "layers"}, *rows_of_table), _rules(columns)


def groups(network: Network) -> list[tuple[str, int, int]]:
    """Return the id, and the first and the last node, of each row that is a block or group."""
    return [
        (_id(item, depth), item.first, item.last) for item, depth in outline(network.graph) if isinstance(item, Group)
    ]


def _id(group: Group, depth: int) -> str:
    return f"g{group.first}-{group.last}-{depth}"


def _rows(network: Network, told: list[Row], columns: list[str]) -> Iterator[Markup]:
    items = outline(network.graph)
    nodes = [*network.graph.nodes, *network.graph.spare]
    spare = iter(range(len(network.graph.nodes), len(network.graph.nodes) + len(network.graph.spare)))
    for place, row in enumerate(told):
        item = items[place][0] if place < len(items) else Leaf(next(spare), "")
        if isinstance(item, Group):
            scope = network.graph.scopes[item.scope]
            name = scope.prefix.removesuffix(".") or scope.label
            about = {"id": _id(item, row.depth), "class": "group"}
            told_of = {
                "type": "button",
                "aria-expanded": "true",
                "aria-label": f"layers of {name}",
                "data-depth": str(row.depth),
            }
            button = element("button", told_of)
            first: tuple[Child, ...] = (button, row.cells["name"])
        else:
            about = {"id": f"r{item.index}"}
            name, first = nodes[item.index].name, (row.cells["name"],)
        indent = {"class": f"d{min(row.depth, DEEPEST)}"} if row.depth else {}
        depth = {"data-depth": str(row.depth)} if row.depth else {}
        cells = [element("th", indent, *first)]
        cells += [element("td", None, row.cells.get(column, "")) for column in columns[1:]]
        told_as = {"data-name": name} if visible(name) != row.cells["name"] else {}
        yield element("tr", about | depth | told_as, *cells)


def _rules(columns: list[str]) -> str:
    """Write how columns look by their places, which is much shorter than to write it into each cell."""
    numbers = [f"#layers :is(th,td):nth-child({at})" for at, column in enumerate(columns, 1) if column in RIGHT]
    rules = [f"{','.join(numbers)}{{text-align:right;font-variant-numeric:tabular-nums}}"] if numbers else []
    hot = "linear-gradient(to left,color-mix(in srgb,var(--heat) 45%,transparent) var(--heat-share,0%),transparent 0)"
    for at, column in enumerate(columns, 1):
        if column in HEATED:
            rules.append(f'#layers[data-heat="{column}"] td:nth-child({at}){{background:{hot}}}')
    return "\n".join(rules)
