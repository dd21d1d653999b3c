"""What a person asks to see: the network with all that is known of it, at a size of their choice.

Between the analysis, which knows nothing of pictures and tables, and the renderers, which know nothing of phases.
"""

from collections.abc import Mapping, Sequence

from convdsl.analysis.accepted import Accepted
from convdsl.analysis.asked import Given, read_size, sizes_at
from convdsl.analysis.closest import closest
from convdsl.analysis.memory import WIDTHS
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis
from convdsl.render.facts import Network
from convdsl.render.footprint import Footprint, footprint
from convdsl.sizes import Size as Symbolic

USUAL = (256, 224, 512, 128, 64)  # pixels, of sides at which networks are counted

Size = str | int | Sequence[int] | Mapping[str, int]


def network_of(analysis: Analysis) -> Network:
    """Return what tables, reports and pictures are made from.

    Raises SpecError where the spec has no model.
    """
    return analysis.network()


def smallest(legal: Accepted) -> dict[str, int] | None:
    """Return the smallest legal value of each size symbol, None where there is none."""
    if legal.is_empty:
        return None
    return legal.nearest(dict.fromkeys(legal.axes, 1))[0]


def sizes_of(network: Network, size: Size | None) -> dict[str, int] | None:
    """Turn a size into values of the network's size symbols, all of them; None stays None.

    Numbers go to the spatial axes of the first input, height first; one number goes to all of them.
    Raises MistakeError where it is no size, leaves a symbol open, or is a size that the network does not accept.
    """
    if size is None:
        return None
    legal = network.legal
    given = sizes_at(network.graph, tuple(legal.axes), _given(size))
    if not legal.contains(given):
        raise _illegal(legal, given)
    return given


def common_size(one: Network, other: Network) -> dict[str, int] | None:
    """Return a size at which both networks run, 256 pixels or near it; None where none is found or they name sizes
    otherwise.
    """
    if set(one.legal.axes) != set(other.legal.axes):
        return None
    tried = [dict.fromkeys(one.legal.axes, side) for side in USUAL]
    for first, second in ((one.legal, other.legal), (other.legal, one.legal)):
        for sizes in tried:
            for near in first.nearest(sizes):
                if second.contains(near):
                    return near
    return None


def footprint_of(network: Network, size: Size | None, batch: int | None, dtype: str | None) -> Footprint | None:
    """Count what a network takes of memory at a size; None where nothing says at which.

    batch: images at once, 1 if None. dtype: the type of weights and values, float32 if None.
    Raises MistakeError where a size is missing, or batch or type are none.
    """
    sizes = sizes_of(network, size)
    if sizes is None and network.legal.axes:
        if batch is not None or dtype is not None:
            asked = "`--batch`" if batch is not None else "`--dtype`"
            raise MistakeError(f"{asked} says nothing without a size", way_out="give one too: `--size 256x256`")
        return None
    if batch is not None and batch < 1:
        raise MistakeError(f"a batch of {batch} has no images", way_out="it is a whole number of at least 1")
    return footprint(network, with_batch(network, sizes or {}, batch), batch or 1, dtype_of(dtype))


def dtype_of(name: str | None) -> str:
    """Return the type of weights and values, float32 if None.

    Raises MistakeError where there is no such type.
    """
    if name is not None and name not in WIDTHS:
        raise MistakeError(f"`{name}` is no type of the network's numbers", way_out=f"there are {', '.join(WIDTHS)}")
    return name or "float32"


def with_batch(network: Network, sizes: Mapping[str, int], batch: int | None) -> dict[str, int]:
    """Add the number of images to the values of the size symbols; None leaves it out, which stands for 1.

    Raises MistakeError where the spec fixes it.
    """
    if batch is None or not network.graph.inputs:
        return dict(sizes)
    axis = network.graph.inputs[0].shape.axes[0]
    if not isinstance(axis, Symbolic) or axis.symbol is None:
        raise MistakeError(f"the spec fixes the batch to {axis}", way_out="leave `--batch` out")
    return {axis.symbol: batch, **sizes}


def _given(size: Size) -> Given:
    """Take what Python offers in place of text."""
    if isinstance(size, str):
        return read_size(size)
    if isinstance(size, Mapping):
        return dict(size)
    return (size,) if isinstance(size, int) else tuple(size)


def _illegal(legal: Accepted, given: Mapping[str, int]) -> MistakeError:
    at = ", ".join(f"{symbol} = {number}" for symbol, number in given.items())
    notes = tuple(f"accepted: {line}" for line in legal.text())
    near = [",".join(f"{symbol}={number}" for symbol, number in one.items()) for one in closest(legal, given)[:2]]
    way_out = (
        f"the nearest that it accepts: {' or '.join(f'`{one}`' for one in near)}" if near else "mend the spec first"
    )
    return MistakeError(f"the network does not run at {at}", notes=notes, way_out=way_out)
