"""What a person asks to see: the network with all that is known of it, at a size of their choice.

Between the analysis, which knows nothing of pictures and tables, and the renderers, which know nothing of phases.
"""

import re
from collections.abc import Mapping, Sequence

from convdsl.analysis.accepted import Accepted
from convdsl.analysis.geometry import Field, receptive_fields
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis
from convdsl.render.facts import Network, Sight
from convdsl.sizes import Size as AxisSize

Size = str | int | Sequence[int] | Mapping[str, int]


def network_of(analysis: Analysis) -> Network:
    """Return what tables, reports and pictures are made from.

    Raises SpecError where the spec has no model.
    """
    graph, legal = analysis.graph, analysis.legal
    if graph is None or legal is None:
        raise analysis.without_model()
    fields = [None if seen is None else tuple(map(_sight, seen)) for seen in receptive_fields(graph)]
    return Network(graph, analysis.sources, legal, fields, analysis.diagnostics)


def _sight(field: Field | None) -> Sight | None:
    return None if field is None else Sight(field.size, field.jump, field.start)


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
    given = _read_size(size)
    legal = network.legal
    if isinstance(given, tuple):
        given = _by_axis(network, given)
    unknown, missing = [s for s in given if s not in legal.axes], [s for s in legal.axes if s not in given]
    symbols = ", ".join(legal.axes) or "none"
    if unknown:
        raise MistakeError(f"the network has no size `{unknown[0]}`", way_out=f"its sizes: {symbols}")
    if missing:
        way_out = f"give all: `{','.join(f'{symbol}=64' for symbol in legal.axes)}`"
        raise MistakeError(f"the size of `{missing[0]}` is open", way_out=way_out)
    if not legal.contains(given):
        raise _illegal(legal, given)
    return dict(given)


def _read_size(size: Size) -> dict[str, int] | tuple[int, ...]:
    """Read `256x256`, `256`, `H=256,W=128` or what Python offers in their place."""
    if isinstance(size, Mapping):
        return dict(size)
    if isinstance(size, int):
        return (size,)
    if not isinstance(size, str):
        return tuple(size)
    if "=" in size:
        pairs = [pair.partition("=") for pair in size.split(",")]
        if all(_NUMBER.fullmatch(value.strip()) for _, _, value in pairs):
            return {name.strip(): int(value) for name, _, value in pairs}
    else:
        parts = re.split("[x×,]", size.lower())
        if all(_NUMBER.fullmatch(part.strip()) for part in parts):
            return tuple(map(int, parts))
    raise MistakeError(f"`{size}` is no size", way_out="write height x width in pixels, `256x256`, or `H=256,W=128`")


_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def _by_axis(network: Network, numbers: tuple[int, ...]) -> dict[str, int]:
    """Give numbers to the symbols of the first input's spatial axes, in order."""
    first = network.graph.inputs[0]
    axes = [axis for axis in first.shape.spatial if isinstance(axis, AxisSize)]
    if len(numbers) == 1:
        numbers *= len(axes)
    if len(numbers) != len(axes):
        message = f"{len(numbers)} numbers are given, and the input `{first.name}` {first.shape} has {len(axes)} sizes"
        raise MistakeError(message, way_out=f"give {len(axes)}, or name them: `H=256,W=128`")
    out: dict[str, int] = {}
    for axis, number in zip(axes, numbers, strict=True):
        wanted = axis.value if axis.symbol is None else out.setdefault(axis.symbol, number)
        if wanted != number:
            fixed = "fixed" if axis.symbol is None else f"one size, `{axis.symbol}`, on two axes"
            message = f"the size {number} does not fit the input `{first.name}` {first.shape}: it is {fixed}"
            raise MistakeError(message, way_out=f"give {wanted} there")
    return out


def _illegal(legal: Accepted, given: Mapping[str, int]) -> MistakeError:
    at = ", ".join(f"{symbol} = {number}" for symbol, number in given.items())
    notes = tuple(f"accepted: {line}" for line in legal.text())
    near = [",".join(f"{symbol}={number}" for symbol, number in one.items()) for one in legal.nearest(given)]
    way_out = (
        f"the nearest that it accepts: {' or '.join(f'`{one}`' for one in near)}" if near else "mend the spec first"
    )
    return MistakeError(f"the network does not run at {at}", notes=notes, way_out=way_out)
