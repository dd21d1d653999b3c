"""What is done to a module that has been built."""

import torch
from torch import nn


def lay_channels_last(network: nn.Module) -> None:
    """Put the channels of windows innermost in memory; convolutions then do so with all that they compute.

    From the strides of a weight PyTorch chooses how a result lies. `contiguous` leaves those of a weight for one
    channel as they are, for it lies so either way; here they are set.
    """
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    for tensor in network.parameters():
        if tensor.dim() in formats:
            tensor.data = torch.empty_like(tensor.data, memory_format=formats[tensor.dim()]).copy_(tensor.data)
