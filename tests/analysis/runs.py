"""Runs of built networks, measured: what autograd keeps, and how much memory the tensors take at most at one time."""

import weakref
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from convdsl.graph.graph import Graph, Value
from convdsl.lower.build import build


class Peak(TorchDispatchMode):
    """Watches every tensor that an operator of PyTorch makes, by its memory; `aside` are not counted."""

    def __init__(self, aside: list[Tensor], inputs: list[Tensor]) -> None:
        super().__init__()
        self._aside = {tensor.untyped_storage()._cdata for tensor in aside}
        self._live: dict[int, int] = {}
        self.now = self.most = 0
        for tensor in inputs:
            self._see(tensor)

    def _see(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        place = storage._cdata
        if place in self._aside or place in self._live:
            return
        self._live[place] = storage.nbytes()
        self.now += storage.nbytes()
        self.most = max(self.most, self.now)
        weakref.finalize(storage, self._gone, place).atexit = False

    def _gone(self, place: int) -> None:
        self.now -= self._live.pop(place)

    def __torch_dispatch__(self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            if isinstance(tensor, Tensor):
                self._see(tensor)
        return out


class Run:
    """A network with inputs of some size, all numbers of one type."""

    def __init__(self, graph: Graph, sizes: Mapping[str, int], dtype: torch.dtype = torch.float32) -> None:
        self.module: nn.Module = build(graph).to(dtype)
        shapes = (graph.shape(Value(tensor.node)) for tensor in graph.inputs)
        self.inputs = [torch.rand(*shape.at(sizes).numbers).to(dtype) for shape in shapes if shape is not None]
        self.state = [*self.module.parameters(), *self.module.buffers()]

    def saved(self) -> int:
        """Count the bytes that autograd keeps of a run in training, weights aside, every memory once."""
        found: dict[int, int] = {}
        saved: list[Tensor] = []  # alive, so that no memory is used twice

        def pack(tensor: Tensor) -> Tensor:
            saved.append(tensor)
            found[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            self.module.train()(*self.inputs)
        for tensor in self.state:
            found.pop(tensor.untyped_storage().data_ptr(), None)
        return sum(found.values())

    def evaluation(self) -> int:
        """Return the most bytes at one time of a run in evaluation, weights aside."""
        peak = Peak(self.state, self.inputs)
        with torch.no_grad(), peak:
            out = self.module.eval()(*self.inputs)
        del out
        return peak.most

    def step(self) -> int:
        """Return the most bytes at one time of a forward and a backward pass; weights and their gradients aside.

        Each weight's gradient is dropped when it is complete, so that that of one layer at most is counted.
        """
        for parameter in self.module.parameters():
            parameter.register_post_accumulate_grad_hook(_drop)
        peak = Peak(self.state, self.inputs)
        with peak:
            made = self.module.train()(*self.inputs)
            outputs = list(made) if isinstance(made, tuple) else [made]
            torch.autograd.backward(outputs, [torch.ones_like(out) for out in outputs])
        return peak.most


def _drop(parameter: Tensor) -> None:
    parameter.grad = None
