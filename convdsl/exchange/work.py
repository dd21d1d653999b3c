"""A network in the making, as the readers of programs see it: what is asked of values, and layers put behind them."""

import inspect
from collections.abc import Iterable, Mapping

import torch
from torch.nn import functional

from convdsl.exchange.length import Length, Tensor, Weight
from convdsl.exchange.operators import Mismatch, make
from convdsl.graph.graph import Value
from convdsl.lower.draft import Draft, Frame
from convdsl.op import Op
from convdsl.ops.catalogue import find
from convdsl.record import dataclass
from convdsl.shape import Axis, Shape
from convdsl.sizes import Size


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the function's plain name, what it was given, and the modules around it.

    grows: the result of the join before it, if nothing else reads it and it stands in the same line.
    """

    name: str
    function: object
    args: tuple[object, ...]
    kwargs: Mapping[str, object]
    frames: tuple[Frame, ...]
    grows: Value | None = None


class Work:
    """The draft, and the sizes at which lengths are known; probes: one mapping of symbols each."""

    def __init__(self, draft: Draft, probes: tuple[Mapping[str, int], ...]) -> None:
        self.draft, self.probes = draft, probes

    def shape(self, tensor: object) -> Shape:
        """Return the shape of a value.

        Raises Mismatch where it is none.
        """
        return self.draft.shape(self.value(tensor))

    def lengths(self, tensor: object) -> tuple[Length | int, ...]:
        """Return the lengths of a tensor's axes, numbers where they are fixed."""
        value = self.value(tensor)
        return tuple(self._length(axis, value) for axis in self.draft.shape(value).axes)

    def _length(self, axis: Axis, value: Value) -> Length | int:
        if isinstance(axis, Size) and axis.value is not None:
            return axis.value
        return Length(axis, self._at(axis), frozenset((value,)))

    def _at(self, axis: Axis) -> tuple[int, ...]:
        return tuple(Shape((axis, axis)).at(probe).numbers[1] for probe in self.probes)

    def value(self, tensor: object) -> Value:
        """Return the value of a tensor.

        Raises Mismatch where it is none.
        """
        if isinstance(tensor, Weight):
            said = f"it reads the tensor `{tensor.name}` directly, and no layer holds such a tensor"
            raise Mismatch(said, "keep numbers that are not trained in the program, or write the layer as a module")
        if not isinstance(tensor, Tensor):
            raise Mismatch(f"it takes {named(tensor)} where a layer takes a value of the network")
        return tensor.value

    def values(self, values: Iterable[object]) -> tuple[Value, ...]:
        """Return the values of tensors."""
        return tuple(map(self.value, values))

    def add(
        self, op: Op, *inputs: Value, key: str | None = None, frames: tuple[Frame, ...] = ()
    ) -> Tensor | tuple[Tensor, ...]:
        """Append a layer; several results come as a tuple."""
        results = self.draft.add(op, inputs, key=key, frames=frames)
        made = tuple(map(Tensor, results))
        return made[0] if len(made) == 1 else made

    def put(self, call: Call, operator: str, given: Mapping[str, object], *inputs: Value) -> object:
        """Append a layer by its operator's name and arguments."""
        found = find(operator)
        assert found is not None
        return self.add(make(found, given), *inputs, frames=call.frames)

    def number(self, value: object) -> object:
        """Return an argument with the lengths in it as numbers.

        Raises Mismatch where one depends on the image's size.
        """
        if isinstance(value, list | tuple):
            return tuple(map(self.number, value))
        if isinstance(value, Length):
            if value.number is None:
                raise Mismatch("an argument depends on the image's size")
            return value.number
        return value

    def numbers(self, length: object) -> tuple[int, ...]:
        """Return a length at each probe."""
        if isinstance(length, Length):
            return length.at
        assert isinstance(length, int)
        return (length,) * len(self.probes)


def bind(call: Call) -> Mapping[str, object]:
    """Give what was handed over the names of PyTorch's signature; what was not is left out.

    Raises Mismatch where PyTorch does not say its names.
    """
    names = _parameters(call.name, call.function)
    if len(call.args) > len(names):
        if len(names) == 2:  # a method that takes its numbers one by one
            return {names[0]: call.args[0], names[1]: call.args[1:], **call.kwargs}
        raise Mismatch("it is given more than PyTorch says that it takes")
    return {**dict(zip(names, call.args, strict=False)), **call.kwargs}


def _parameters(name: str, function: object) -> tuple[str, ...]:
    if isinstance(function, torch._ops.OpOverload):
        return tuple(argument.name for argument in function._schema.arguments)
    python = function if callable(function) else getattr(functional, name, None)
    if python is not None:
        try:
            parameters = tuple(inspect.signature(python).parameters.values())
        except ValueError:
            parameters = ()  # written in C++
        if parameters and not any(one.kind is one.VAR_POSITIONAL for one in parameters):
            return tuple(one.name for one in parameters)
    packet = getattr(torch.ops.aten, name.rstrip("_"), None)
    if packet is None:
        raise Mismatch("no layer does this", "write it in layers that there are, or leave it out")
    schemas = [tuple(one.name for one in getattr(packet, word)._schema.arguments) for word in packet.overloads()]
    return max(schemas, key=lambda words: ("dim" in words, len(words) < 20))


def single(value: object) -> object:
    """Return one number for equal ones, a tuple of others."""
    if isinstance(value, list | tuple) and value and len(set(value)) == 1:
        return value[0]
    return tuple(value) if isinstance(value, list) else value


def named(value: object) -> str:
    """Say what something is, for a message."""
    if isinstance(value, Tensor):
        return "a tensor"
    if isinstance(value, Length):
        return "a number that depends on the image's size"
    text = repr(value)
    return f"`{text}`" if len(text) < 40 else f"a {type(value).__name__}"
