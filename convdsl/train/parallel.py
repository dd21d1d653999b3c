"""A network whose gradients are averaged over processes: PyTorch's DistributedDataParallel, and BatchNorm in it."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from convdsl.train.ranks import Ranks

_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def prepared(network: nn.Module, ranks: Ranks, device: torch.device) -> nn.Module:
    """Make BatchNorm take its statistics over the crops of all processes, which it can do on GPUs alone."""
    if ranks.world == 1 or device.type != "cuda":
        return network
    kind: Any = nn.SyncBatchNorm  # whose functions carry no types
    shared: nn.Module = kind.convert_sync_batchnorm(network)
    return shared


def joint(network: nn.Module, ranks: Ranks, device: torch.device) -> nn.Module:
    """Return what calls the network and averages its gradients, while they are computed, over all processes."""
    if ranks.world == 1 or not any(parameter.requires_grad for parameter in network.parameters()):
        return network
    devices = [device] if device.type == "cuda" else None
    return DistributedDataParallel(network, device_ids=devices)


def warning(networks: Iterable[nn.Module], ranks: Ranks, crops: int) -> str:
    """Say what differs from one process; "" where nothing does."""
    modules = [module for network in networks for module in network.modules()]
    count = sum(isinstance(module, _BATCH_NORMS) for module in modules)
    if ranks.world == 1 or not count:
        return ""
    return (
        f"warning: BatchNorm ({count} times) takes its statistics over the {crops // ranks.world} crops of each "
        f"process, and not over all {crops}: the result is not that of one process"
    )
