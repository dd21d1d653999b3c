"""A network ready for use: built, with weights, fused, in the type and memory layout that was asked for."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from convdsl.exchange.fold import fold
from convdsl.graph.graph import Graph
from convdsl.lower.build import build
from convdsl.lower.fuse import Fold
from convdsl.lower.modules import lay_channels_last
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """Where and how the tensors lie; None and False leave what PyTorch does."""

    device: torch.device | str | None = None
    dtype: torch.dtype | None = None
    channels_last: bool = False


def ready(
    graph: Graph,
    chosen: Graph,
    folds: tuple[Fold, ...] = (),
    *,
    source: str,
    weights: Mapping[str, Tensor] | None = None,
    layout: Layout,
    seed: int | None = None,
) -> nn.Module:
    """Make the module of `chosen`, which is `graph` after `folds`; source: what `emit` printed of it.

    weights: all of `graph`; None makes fresh ones, by the seed.
    Raises TooLarge and Refused as `build` does.
    """
    if not folds and weights is None:
        network = build(chosen, device=layout.device, dtype=layout.dtype, seed=seed, source=source)
    elif torch.device(layout.device or "cpu").type == "meta":  # names and shapes only
        network = build(chosen, device="meta", dtype=layout.dtype, source=source).eval()
    else:
        network = build(chosen, dtype=layout.dtype, source=source, seed=seed).eval()
        state = build(graph, seed=seed).state_dict() if weights is None else weights
        network.load_state_dict(fold(state, folds, network.state_dict()) if folds else state)
        network.to(device=layout.device)
    if layout.channels_last:
        lay_channels_last(network)
    return network
