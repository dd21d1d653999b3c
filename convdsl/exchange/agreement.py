"""Whether an exported network does what the module does: both are run, at several accepted sizes, and compared."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from convdsl.exchange.trace import inputs
from convdsl.graph.graph import Graph
from convdsl.lower.dims import Dims
from convdsl.mistake import MistakeError
from convdsl.record import dataclass

# float32 keeps 7 digits; windows are summed in another order, and rounding grows with the number of layers
TOLERANCE = 1e-4
_TRIALS = ((1, (0, 0)), (3, (1, 4)), (2, (5, 2)))  # images, and steps above the smallest height and width

Run = Callable[[tuple[Tensor, ...]], Sequence[Tensor]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """sizes: at which both were run. difference: the largest, as a part of the largest number of the output."""

    sizes: tuple[Mapping[str, int], ...]
    difference: float


def agree(run: Run, network: nn.Module, graph: Graph, dims: Dims, name: str) -> Agreement:
    """Compare an exported network with the module that it was made of. name: of the exported one, for the message.

    Raises MistakeError where they differ by more than rounding, with the difference.
    """
    sizes: list[dict[str, int]] = []
    for images, steps in _TRIALS:
        if (one := dims.at(images, *steps)) not in sizes:
            sizes.append(one)
    worst = 0.0
    for seed, one in enumerate(sizes):
        given = inputs(graph, one, seed)
        with torch.no_grad():
            expected = network(*(x.clone() for x in given))
        wanted = expected if isinstance(expected, tuple) else (expected,)
        for output, ours, theirs in zip(graph.outputs, wanted, run(given), strict=True):
            difference = _difference(ours, theirs)
            if not difference <= TOLERANCE:  # so that NaN is refused
                said = ", ".join(f"{symbol} = {number}" for symbol, number in one.items())
                raise MistakeError(
                    f"{name} differs from PyTorch at {said}: `{output.name}` by {difference:.2g} of its largest "
                    f"number, and up to {TOLERANCE:g} may be rounding",
                    way_out="nothing was written; please report the spec",
                )
            worst = max(worst, difference)
    return Agreement(tuple(sizes), worst)


def _difference(ours: Tensor, theirs: Tensor) -> float:
    if ours.shape != theirs.shape:
        return float("inf")
    scale = float(ours.abs().max()) or 1.0
    return float((ours.double() - theirs.double()).abs().max()) / scale
