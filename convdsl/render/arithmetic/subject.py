"""The layer that a picture is about: found by its name, or the first that has one, at a size where there is something
to see.
"""

from collections.abc import Iterator, Mapping

from convdsl.argument import Invalid
from convdsl.graph.graph import Node
from convdsl.mistake import MistakeError
from convdsl.op import Op
from convdsl.record import dataclass
from convdsl.render.arithmetic.dense import Dense, dense_of
from convdsl.render.arithmetic.slide import Slide, slide_of
from convdsl.render.arithmetic.still import Heading
from convdsl.render.cells import visible
from convdsl.render.closeup import has_names
from convdsl.render.facts import Network, solved_text
from convdsl.render.naming import LISTED, layer_named
from convdsl.render.wish import Wish
from convdsl.shape import Shape
from convdsl.sizes import Size
from convdsl.source import Span

SIDES = (1, 8, 16, 24, 32, 48, 64, 96, 128, 224, 256, 512)  # pixels of the input, tried from the smallest
ENOUGH = 3  # cells along an axis: a first, an inner and a last one


@dataclass(frozen=True, slots=True)
class Subject:
    """A layer at a size: what it slides or joins, and what stands above its picture."""

    drawn: Slide | Dense
    heading: Heading


def subject(network: Network, wish: Wish) -> Subject:
    """Find the layer that is to be drawn.

    Raises MistakeError where there is none of that name, or where it has neither a window nor dense weights.
    """
    node = layer_named(network, wish.layer) if wish.layer else _first(network)
    op, free = node.op, network.graph.input_shapes(node)
    assert op is not None
    if free is None or node.shapes is None:
        does = "reads" if free is None else "makes"
        raise MistakeError(f"the shape that `{visible(node.name)}` {does} is not known", way_out="mend the spec first")
    best: tuple[Slide | Dense, dict[str, int]] | None = None
    for sizes in _sizes(network, wish):
        inputs = tuple(shape.at(sizes) for shape in free)
        if any(number < 1 for shape in inputs for number in shape.numbers):
            continue
        found = _drawn(op, inputs)
        if found is not None:
            best = found, sizes
            if isinstance(found, Dense) or min(*found.before[2:], *found.after[2:]) >= ENOUGH:
                break
    if best is None:
        raise _nothing_to_draw(network, node.name)
    drawn, sizes = best
    return Subject(drawn, _heading(network, node, drawn, sizes))


def drawable(network: Network) -> list[str]:
    """Return the names of the layers that have a picture."""
    return [node.name for node in network.graph.nodes if _can(network, node)]


def _can(network: Network, node: Node) -> bool:
    """Tell whether a layer has a picture, from its arguments at a size that need not be the network's."""
    shapes = network.graph.input_shapes(node)
    if node.op is None or shapes is None or node.shapes is None:
        return False
    try:
        return any(_drawn(node.op, tuple(shape.at(sizes) for shape in shapes)) for sizes in _sizes(network, Wish()))
    except MistakeError:  # too large
        return False


def _drawn(op: Op, inputs: tuple[Shape, ...]) -> Slide | Dense | None:
    try:
        return slide_of(op, inputs) or dense_of(op, inputs)
    except Invalid:  # sizes that the network does not accept
        return None


def _sizes(network: Network, wish: Wish) -> Iterator[dict[str, int]]:
    """Yield values of the size symbols: those that are wished for, or legal ones from the smallest on."""
    if wish.sizes is not None:
        yield dict(wish.sizes)
        return
    symbols = _symbols(network)
    for side in SIDES if symbols else (1,):
        wanted = dict.fromkeys(symbols, side)
        legal = network.legal.nearest(wanted) if set(network.legal.axes) >= set(symbols) else ()
        yield {**wanted, **(legal[0] if legal else {})}


def _symbols(network: Network) -> list[str]:
    axes = [axis for tensor in network.graph.inputs for axis in tensor.shape.axes[1:]]
    return list(dict.fromkeys(axis.symbol for axis in axes if isinstance(axis, Size) and axis.symbol is not None))


def _first(network: Network) -> Node:
    node = next((node for node in network.graph.nodes if _can(network, node)), None)
    if node is None:
        raise MistakeError("no layer slides a window or is dense", way_out="`--style graph` draws every network")
    return node


def _nothing_to_draw(network: Network, name: str) -> MistakeError:
    able = drawable(network)
    way_out = f"layers with a picture: {_listed(able)}" if able else "`--style graph` draws every network"
    node = layer_named(network, name)
    kind = type(node.op).__name__
    what = f"{'an' if kind[0] in 'AEIOU' else 'a'} `{kind}`"
    return MistakeError(f"the arithmetic of `{visible(name)}`, {what}, has no picture", way_out=way_out)


def _listed(names: list[str]) -> str:
    return f"{visible(', '.join(names[:LISTED]))}{' …' if len(names) > LISTED else ''}"


def _heading(network: Network, node: Node, drawn: Slide | Dense, sizes: Mapping[str, int]) -> Heading:
    text = network.sources[node.span.file].text[node.span.start : node.span.end]
    at = ", ".join(f"{symbol} = {sizes[symbol]:,}" for symbol in _symbols(network) if symbol in sizes)
    shapes = f"[{', '.join(map(str, drawn.before))}] → [{', '.join(map(str, drawn.after))}]"
    problems = tuple(
        visible(f"{finding.severity.value}[{finding.code}] {finding.message}")
        for finding in network.diagnostics
        if _holds(node.span, finding.where.span) or node.name in finding.layers
    )
    place = f"{node.name} at {at}: {shapes}" if at else f"{node.name}: {shapes}"
    if node.op is not None and has_names(text, node.op, network.graph):
        place += f", with {solved_text(node.op)}"
    return Heading(visible(" ".join(text.split())), visible(place), problems)


def _holds(outer: Span, inner: Span) -> bool:
    return outer.file == inner.file and outer.start <= inner.start < outer.end
