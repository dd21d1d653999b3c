"""The memory of a training step against a discriminator: that of the network, and what the second one adds.

In the order of pix2pix's step (arXiv:1611.07004): the network runs forward, and what is kept of it waits while the
discriminator sees made and true pictures and learns from both; then the network's gradients flow back.
"""

from collections.abc import Mapping

from convdsl.analysis import memory
from convdsl.analysis.accepted import Accepted
from convdsl.analysis.cost import FLOAT_BYTES, Sizes
from convdsl.analysis.picture_size import takes
from convdsl.graph.graph import Graph, Value
from convdsl.record import dataclass, replace
from convdsl.sizes import Size

UNCOUNTED = "the discriminator is not counted"
COLOURS = 3  # numbers of a pixel: the pictures that are shown are whole ones, in Lab


@dataclass(frozen=True, slots=True)
class Judge:
    """The discriminator that a recipe names; both None where it could not be read. legal: the sizes that it takes."""

    graph: Graph | None = None
    legal: Accepted | None = None


def training(
    graph: Graph, judge: Judge | None, sizes: Sizes, width: int = FLOAT_BYTES, states: int = 2
) -> memory.Training:
    """Return the most memory that a step of training takes, that of a discriminator included; judge: None without one.

    sizes: of the first network; the discriminator sees pictures of the size of its input. What it adds, in bytes, is
    `discriminator` of the result, None where that is not known. states: as of `memory.training`, the same for both.
    """
    alone = memory.training(graph, sizes, width, states)
    if judge is None:
        return alone
    picture = next((tensor for tensor in graph.inputs if tensor.default is None), None)
    shape = graph.shape(Value(picture.node)) if picture is not None else None
    numbers = shape.at(sizes).numbers if shape is not None else ()
    shown = _sizes(judge, numbers)
    if judge.graph is None or shown is None:
        return replace(alone, discriminator=None)
    its = memory.training(judge.graph, shown, width, states)
    # what is kept of made pictures, while true ones go forward and back
    values = memory.held(judge.graph, shown, width) + its.saved + its.passing
    batch, _, height, across = numbers
    pictures = 2 * batch * COLOURS * height * across * width
    more = memory.held(graph, sizes, width) + pictures + values - (alone.saved + alone.passing)
    state = its.parameters + its.gradients + its.optimizer + its.buffers
    return replace(alone, discriminator=state + max(0, more))


def _sizes(judge: Judge, numbers: tuple[int, ...]) -> Mapping[str, int] | None:
    """Give a picture's numbers (N, C, H, W) to the symbols of the discriminator; None where it does not take them."""
    shown = next((one for one in judge.graph.inputs if one.default is None), None) if judge.graph is not None else None
    if shown is None or len(numbers) != 4 or len(shown.shape.axes) != 4:
        return None
    if not takes(shown.shape, judge.legal, *numbers[2:]):
        return None
    sizes: dict[str, int] = {}
    for axis, size in zip(shown.shape.axes, (numbers[0], 0, *numbers[2:]), strict=True):
        if isinstance(axis, Size) and axis.symbol is not None:
            sizes[axis.symbol] = size
    return sizes
