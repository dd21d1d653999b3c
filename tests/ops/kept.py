"""What autograd keeps of a run, measured: the tensors that go through the hooks for saved tensors, by their memory."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Measured:
    """The positions of inputs and outputs that are kept, and the bytes of each further tensor, the smallest first."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    others: tuple[int, ...]


def place(tensor: Tensor) -> int:
    """Return where a tensor's memory begins."""
    return tensor.untyped_storage().data_ptr()


def kept(
    run: Callable[[], object], inputs: Sequence[Tensor], weights: Iterable[Tensor]
) -> tuple[Measured, list[Tensor]]:
    """Run and say what is kept, weights aside, every memory once; return the results too."""
    saved: list[Tensor] = []

    def pack(tensor: Tensor) -> Tensor:
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        made = run()
    outputs = list(made) if isinstance(made, tuple | list) else [made]
    found = {place(tensor): tensor.untyped_storage().nbytes() for tensor in saved}
    for tensor in weights:
        found.pop(place(tensor), None)
    at = [[i for i, tensor in enumerate(group) if place(tensor) in found] for group in (inputs, outputs)]
    others = Counter(found)
    for tensor in [*inputs, *outputs]:
        others.pop(place(tensor), None)
    return Measured(tuple(at[0]), tuple(at[1]), tuple(sorted(others.values()))), outputs
