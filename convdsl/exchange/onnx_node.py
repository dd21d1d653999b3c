"""One node of an ONNX file, and how it becomes a layer: by an operator's name, or as a function of PyTorch."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.nn import functional

from convdsl.exchange.functions import apply
from convdsl.exchange.operators import Mismatch
from convdsl.exchange.work import Call, Work
from convdsl.record import dataclass

Array = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class OnnxNode:
    """One node: its operator, inputs (tensors, arrays, lengths, None) and attributes.

    names: of the inputs; keep: takes the key that a layer should have, and its weights by PyTorch's names.
    """

    operator: str
    inputs: tuple[object, ...]
    attributes: Mapping[str, object]
    names: tuple[str, ...]
    keep: Callable[[str, Mapping[str, Array]], str]

    def get(self, index: int) -> object:
        """Return an input, None where it was left out."""
        return self.inputs[index] if index < len(self.inputs) else None

    def array(self, index: int) -> Array | None:
        """Return an input that is a constant, None where it was left out.

        Raises Mismatch where it is worked out as the network runs.
        """
        value = self.get(index)
        if value is not None and not isinstance(value, np.ndarray):
            raise Mismatch(f"its input `{self.names[index]}` is no constant", "layers own their weights")
        return value

    def numbers(self, name: str, index: int) -> tuple[int, ...] | None:
        """Return what is an attribute in older files and an input in newer ones."""
        given = self.attributes.get(name)
        if given is None and self.get(index) is not None:
            given = self.get(index)
        if given is None:
            return None
        items: Any = given.tolist() if isinstance(given, np.ndarray) else given
        return tuple(items) if isinstance(items, list | tuple) else (items,)


def call(work: Work, name: str, *args: object, **kwargs: object) -> object:
    """Read a node as the PyTorch function that it is."""
    function = getattr(functional, name, None)
    return apply(work, Call(name, function, args, kwargs, ()))


def put(work: Work, operator: str, given: Mapping[str, object], whole: object) -> object:
    """Append a layer of one input."""
    return work.put(Call(operator, None, (), {}, ()), operator, given, work.value(whole))


def word(node: OnnxNode, name: str, default: str) -> str:
    """Return an attribute that is a word."""
    value = node.attributes.get(name, default)
    return value.decode() if isinstance(value, bytes) else str(value)
