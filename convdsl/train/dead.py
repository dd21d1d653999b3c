"""Channels that a rectifier keeps at zero for every pixel of a batch: nothing is learned through them.

The seed's network 6 died of it at a high learning rate: 99.9 % of the map before its head was zero.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from convdsl.record import dataclass

_RECTIFIERS = ("relu", "relu_", "relu6")
_CLIPPED = ("hardtanh", "hardtanh_")  # nn.ReLU6 is hardtanh from 0 to 6


@dataclass(frozen=True, slots=True)
class Dead:
    """How many of the rectified channels are dead; `worst` is the largest dead share of one layer."""

    channels: int
    of: int
    worst: float

    def __str__(self) -> str:
        return f"{self.channels} of {self.of} rectified channels are dead (worst layer: {self.worst:.0%})"


class _Count(TorchFunctionMode):
    """Watch every rectifier that runs, whether it is a module or a function."""

    def __init__(self) -> None:
        self.layers: list[tuple[int, int]] = []  # dead, all

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        lowest = (kwargs or {}).get("min_val", args[1] if len(args) > 1 else None)
        rectifies = name in _RECTIFIERS or (name in _CLIPPED and lowest == 0)
        if rectifies and isinstance(out, Tensor) and out.dim() >= 2:
            highest = out.transpose(0, 1).flatten(1).amax(dim=1)
            self.layers.append((int((highest <= 0).sum()), len(highest)))
        return out


def count_dead(network: nn.Module, tensor_NCHW: Tensor) -> Dead | None:
    """Run one batch as in use and count; the network is left as it was. None where nothing is rectified."""
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad(), _Count() as seen:
            network(tensor_NCHW)
    finally:
        network.train(was_training)
    if not seen.layers:
        return None
    dead, channels = (sum(column) for column in zip(*seen.layers, strict=True))
    return Dead(dead, channels, max(layer_dead / of for layer_dead, of in seen.layers))
