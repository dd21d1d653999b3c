"""What a picture of the network shows: cards, links between them, frames around them; no places yet.

It knows categories of operators, not operators.
"""

from collections.abc import Sequence

from convdsl.graph.graph import Graph, Node, Value
from convdsl.op import Op
from convdsl.record import dataclass, field
from convdsl.render.cells import visible
from convdsl.render.facts import Layer, Network, call_text, layers, short_count, window_text
from convdsl.render.grouping import closed_scopes, fuse, scopes_around, single_card_scopes
from convdsl.render.outline import relative
from convdsl.render.shapes import shape_text
from convdsl.source import Source, Span
from convdsl.syntax.tree import Expr

MADE_OF = ("conv", "dense", "pool", "resize")  # categories that say what a closed block is made of
Calls = dict[tuple[int, bool], tuple[str, str]]
LONG_COUNT = 10**9  # from which on a count is written with three digits: `38.7G`
LONGEST_LINE = 120  # characters of a source line in a tooltip


@dataclass(slots=True)
class Card:
    """One box of the picture.

    kind: "layer", "join", "input", "output" or "unused" (a declared layer that is never applied). nodes: the indices
    of its nodes, in order; empty for outputs. title, detail: its two lines. note: right of the title. problems: indices
    of findings. known: False where its shape is unknown. times: how many equal ones it stands for. twins: the nodes of
    the others. mark: what became of it, where two networks are compared.
    """

    kind: str
    name: str
    nodes: tuple[int, ...]
    scope: int
    category: str
    title: str
    detail: str = ""
    note: str = ""
    stripes: tuple[tuple[str, str], ...] = ()  # text, category
    tooltip: str = ""
    problems: tuple[int, ...] = ()
    known: bool = True
    times: int = 1
    twins: tuple[int, ...] = ()
    block: str = ""  # the type of the block that it stands for alone
    parameters: int = 0
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A tensor on its way from one card (by index) to another; label: its shape, title: for the tooltip.

    gone: it is no longer there, where two networks are compared.
    """

    source: int
    target: int
    value: Value
    label: str
    title: str
    gone: bool = False


@dataclass(slots=True)
class Frame:
    """A block or group that holds several cards; parent: a scope's index, 0 for the model.

    title: the name it is bound to, "" for a mere position; block: the block's type. name: the prefix of its keys.
    times: how many equal ones it stands for. change: what differs between them, such as "64→128→256".
    """

    scope: int
    parent: int
    title: str
    block: str
    name: str
    tooltip: str
    times: int = 1
    change: str = ""


@dataclass(slots=True)
class Picture:
    """Cards in the order of the spec, links in the order of their targets, frames by scope."""

    title: str
    parameters: int = 0
    cards: list[Card] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    frames: dict[int, Frame] = field(default_factory=dict)


def picture(
    network: Network, depth: int | None = None, collapse: Sequence[str] = (), closed: dict[int, int] | None = None
) -> Picture:
    """Turn a network into cards, links and frames.

    depth: how many levels of blocks and groups are opened, None for all; a closed one is one card. collapse: globs of
    full names, or of blocks' names, that are closed too. closed: in place of both, for each scope that is not opened,
    the one that is its card.
    """
    graph = network.graph
    found = layers(graph)
    closed = closed_scopes(graph, depth, collapse) if closed is None else closed
    groups = fuse(graph, closed)
    marks = _problems(network)
    collapsed = single_card_scopes(graph, groups)
    out = Picture(visible(graph.model), sum(layer.parameters for layer in found))
    shapes: dict[int, tuple[str, str]] = {}
    calls: Calls = {}
    card_of: dict[int, int] = {}
    for nodes in groups:
        for index in nodes:
            card_of[index] = len(out.cards)
        members = [found[index] for index in nodes]
        block = closed.get(graph.nodes[nodes[0]].scope)
        if block is None:
            out.cards.append(_card(network, members, marks, collapsed, calls))
        else:
            out.cards.append(_closed_card(network, members, marks, block))
    linked: set[tuple[int, int]] = set()
    for node in graph.nodes:
        target = card_of[node.index]
        for value in node.inputs:
            source = card_of[value.node]
            if source != target and (source, target) not in linked:
                linked.add((source, target))
                out.links.append(_link(network, shapes, source, target, value))
    for tensor in graph.outputs:
        means = _meaning(network, tensor.declaration.means)
        tooltip = _tooltip(network.sources, tensor.declaration.span)
        name = visible(tensor.name)
        out.links.append(_link(network, shapes, card_of[tensor.value.node], len(out.cards), tensor.value))
        problems = tuple(marks.get(-1 - graph.outputs.index(tensor), ()))
        out.cards.append(Card("output", name, (), 0, "output", name, means, tooltip=tooltip, problems=problems))
    used = {path for scope in {card.scope for card in out.cards} for path in scopes_around(graph, scope)}
    for scope in graph.scopes[1:]:
        if scope.index in used:
            parent = graph.scopes[scope.parent]
            name = relative(scope.prefix.removesuffix("."), parent.prefix) or scope.label
            title = "" if name.isdigit() and scope.type else visible(name)
            tooltip = _tooltip(network.sources, scope.span)
            out.frames[scope.index] = Frame(
                scope.index, scope.parent, title, visible(scope.type), scope.prefix, tooltip
            )
    return out


# ----------------------------------------------------------------------- cards


def _card(
    network: Network, members: Sequence[Layer], marks: dict[int, list[int]], collapsed: dict[int, int], calls: Calls
) -> Card:
    graph, head = network.graph, members[0]
    node, op = head.node, head.node.op
    outer = collapsed.get(node.scope, node.scope)
    problems: tuple[int, ...] = ()
    if marks:
        problems = tuple(dict.fromkeys(mark for layer in members for mark in marks.get(layer.node.index, ())))
    known = all(layer.node.shapes is not None for layer in members)
    if op is None:
        tensor = next(tensor for tensor in graph.inputs if tensor.node == node.index)
        detail = _meaning(network, tensor.declaration.means)
        if tensor.default is not None:
            detail = f"{detail} = {tensor.default:g}".strip()
        tooltip = _tooltip(network.sources, node.span)
        name = visible(tensor.name)
        return Card(
            "input", name, (node.index,), 0, "input", name, detail, tooltip=tooltip, problems=problems, known=known
        )
    what, window = _call(head, op, calls)
    name, block = _name(graph, node, outer)
    if name:
        title, detail = f"{name} {block}".strip(), f"{what} {window}".strip()
    else:
        title, detail = block or what, f"{what} {window}".strip() if block else window
    weights = sum([layer.parameters for layer in members])
    note = count_text(weights) if weights else "shared" if not node.owner else ""
    category = type_category(head)
    return Card(
        "join" if category == "join" and not name and not block else "layer",
        node.name,
        tuple([layer.node.index for layer in members]),
        outer,
        category,
        visible(title),
        visible(detail),
        note,
        tuple([(_stripe(layer), type_category(layer)) for layer in members[1:]]),
        "\n".join(dict.fromkeys([_tooltip(network.sources, layer.node.span) for layer in members])),
        problems,
        known,
        block=block,
        parameters=weights,
    )


def _call(layer: Layer, op: Op, calls: Calls) -> tuple[str, str]:
    """Write a layer's operator, and its window; calls: what is written of arguments, by their identity."""
    found = calls.get((id(layer.arguments), bool(layer.weights)))
    if found is None:
        slides = "kernel_size" in layer.arguments
        what = layer.title if slides or layer.weights else visible(call_text(op))
        found = calls[id(layer.arguments), bool(layer.weights)] = what, window_text(layer.arguments) if slides else ""
    return found


def _closed_card(network: Network, members: Sequence[Layer], marks: dict[int, list[int]], scope: int) -> Card:
    """Make one card of a whole block or group: what it is called, and what it is made of."""
    graph = network.graph
    here = graph.scopes[scope]
    name = relative(here.prefix.removesuffix("."), graph.scopes[here.parent].prefix)
    name = "" if name.isdigit() and here.type else name
    weights = sum(layer.parameters for layer in members)
    parts: dict[str, int] = {}
    for layer in members:
        if type_category(layer) in MADE_OF:
            window = window_text(layer.arguments) if "kernel_size" in layer.arguments else ""
            what = f"{layer.title} {window}".strip()
            parts[what] = parts.get(what, 0) + 1
    made_of = [what if count == 1 else f"{count} × {what}" for what, count in parts.items()]
    heaviest = max(members, key=lambda layer: layer.parameters)
    return Card(
        "layer",
        here.prefix.removesuffix(".") or here.label,
        tuple(layer.node.index for layer in members),
        here.parent,
        type_category(heaviest),
        visible(f"{name} {here.type}".strip()),
        visible(", ".join(made_of)),
        count_text(weights) if weights else "",
        tooltip=_tooltip(network.sources, here.span),
        problems=tuple(dict.fromkeys(mark for layer in members for mark in marks.get(layer.node.index, ()))),
        known=all(layer.node.shapes is not None for layer in members),
        block=here.type or here.kind,
        parameters=weights,
    )


def count_text(parameters: int) -> str:
    """Write the parameters of a card: all digits, or three of them where they are too many."""
    return f"{parameters:,}" if parameters < LONG_COUNT else short_count(parameters)


def type_category(layer: Layer) -> str:
    """Return the category that decides the colour."""
    return "input" if layer.node.op is None else type(layer.node.op).category


def _stripe(layer: Layer) -> str:
    op = layer.node.op
    return "" if op is None else visible(call_text(op))


def _name(graph: Graph, node: Node, outer: int) -> tuple[str, str]:
    """Return what the card is called in its frame ("" if its line has no name), and the block it stands for."""
    inner = graph.scopes[node.scope]
    if node.scope == outer:
        return (relative(node.name, inner.prefix) if node.target else ""), ""
    child = inner  # the outermost of the scopes that this card stands for
    while child.parent != outer:
        child = graph.scopes[child.parent]
    name = relative(child.prefix.removesuffix("."), graph.scopes[outer].prefix)
    return ("" if name.isdigit() else name), child.type


# ---------------------------------------------------------------- links, notes


def _link(network: Network, shapes: dict[int, tuple[str, str]], source: int, target: int, value: Value) -> Link:
    """Make a link; shapes: what is written for each shape, by identity."""
    shape = network.graph.shape(value)
    if id(shape) not in shapes:
        legal = network.legal.axes
        shapes[id(shape)] = (shape_text(shape, legal, tight=True), shape_text(shape, legal))
    label, whole = shapes[id(shape)]
    return Link(source, target, value, label, f"{visible(network.graph.nodes[value.node].name)}: {whole}")


def _problems(network: Network) -> dict[int, list[int]]:
    """Say which findings concern which nodes: those whose call holds the place, else all of that line.

    Output number i has the index -1 - i.
    """
    out: dict[int, list[int]] = {}
    if not network.diagnostics:
        return out
    starts: dict[tuple[int, int], list[int]] = {}
    for node in network.graph.nodes:
        for span in (node.span, *node.trail):
            line = network.sources[span.file].position(span.start).line
            starts.setdefault((span.file, line), []).append(node.index)
    for index, tensor in enumerate(network.graph.outputs):
        span = tensor.declaration.span
        starts.setdefault((span.file, network.sources[span.file].position(span.start).line), []).append(-1 - index)
    for mark, finding in enumerate(network.diagnostics):
        span = finding.where.span
        line = network.sources[span.file].position(span.start).line
        here = starts.get((span.file, line), ())
        exact = [index for index in here if index >= 0 and _holds(network.graph.nodes[index].span, span)]
        for index in exact or here:
            out.setdefault(index, []).append(mark)
    return out


def _holds(outer: Span, inner: Span) -> bool:
    return outer.file == inner.file and outer.start <= inner.start < max(outer.end, outer.start + 1)


def _tooltip(sources: Sequence[Source], span: Span) -> str:
    """Write `spec.cdsl:14  e1 = Down(width)`."""
    source = sources[span.file]
    if span.end <= span.start:
        return visible(source.name)
    number = source.line_of(span.start)
    text = visible(source.line(number)[: 2 * LONGEST_LINE].strip())
    return f"{visible(source.name)}:{number}  {text[:LONGEST_LINE]}"


def _meaning(network: Network, expr: Expr | None) -> str:
    """Write what a terminal's numbers mean, as the spec does."""
    return "" if expr is None else visible(f"means {network.sources[expr.span.file].excerpt(expr.span)}")
