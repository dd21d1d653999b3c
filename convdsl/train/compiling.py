"""torch.compile of a network that is trained: the module stays as it is, and so do the keys of its weights."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from convdsl.mistake import MistakeError


def compiled(network: nn.Module, mode: str | None = None) -> Callable[..., Tensor]:
    """Return what calls the network through torch.compile, which does its work at the first call.

    mode: of torch.compile; with "reduce-overhead" the passes are CUDA graphs. The call raises MistakeError where
    torch.compile cannot do it here.
    """
    marks: Any = torch.compiler  # whose functions carry no types
    run = torch.compile(network, dynamic=False, mode=mode)

    def call(tensor_NCHW: Tensor, **hints: Tensor) -> Tensor:
        from torch._dynamo.exc import TorchDynamoException

        if tensor_NCHW.is_cuda:
            marks.cudagraph_mark_step_begin()
        try:
            out: Tensor = run(tensor_NCHW, **hints)
        except TorchDynamoException as error:
            reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
            message = "torch.compile cannot run this network here"
            way = "it needs a C++ compiler, and Triton on a GPU; or train without `compile`"
            raise MistakeError(message, notes=(reason,), way_out=way) from error
        return out

    return call
