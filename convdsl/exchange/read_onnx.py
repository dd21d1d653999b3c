"""Read an ONNX file: its nodes become layers with exact sizes, its initializers weights under names of their own.

Free sizes of the file are symbols, fixed ones stay numbers. Nothing in the file is run.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import numpy_helper

from convdsl.argument import Invalid
from convdsl.exchange.arguments import holds, word
from convdsl.exchange.length import Length, Tensor, Unknown
from convdsl.exchange.onnx_node import Array, OnnxNode
from convdsl.exchange.onnx_nodes import layer
from convdsl.exchange.operators import Mismatch
from convdsl.exchange.read_module import SPATIAL, Read, Unsupported, probes
from convdsl.exchange.work import Work
from convdsl.graph.keys import key_problem
from convdsl.lower.declared import NOTHING_DECLARED
from convdsl.lower.draft import draft, pruned
from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.shape import Shape, shape_of
from convdsl.syntax import tree

_LIKELY = 64  # a free size at which lengths are compared


@dataclass(frozen=True, slots=True)
class OnnxNetwork:
    """What was read, and the weights by the names that the spec gives them."""

    read: Read
    weights: Mapping[str, Array]


def read_onnx(path: str) -> OnnxNetwork:
    """Read a file.

    Raises MistakeError where it is no ONNX.
    """
    try:
        model = onnx.load(path)
    except (OSError, ValueError) as problem:
        raise MistakeError(f"`{path}` cannot be read: {problem}", way_out="name an ONNX file") from problem
    except DecodeError as problem:
        raise MistakeError(f"`{path}` is no ONNX file", way_out="name one that was exported") from problem
    if not model.graph.node:
        raise MistakeError(f"`{path}` holds no network", way_out="name an ONNX file")
    return _Reader(model, Path(path).stem).read()


class _Reader:
    """Walks the nodes once, in their order, which ONNX promises to be topological."""

    def __init__(self, model: onnx.ModelProto, name: str) -> None:
        self.graph = model.graph
        self.constants = {one.name: numpy_helper.to_array(one) for one in self.graph.initializer}
        inputs = [one for one in self.graph.input if one.name not in self.constants]
        self.shapes = {one.name: _shape(one) for one in inputs}
        self.draft = draft(_class_name(name))
        sizes = [_sizes(shape) for shape in self.shapes.values()]
        self.work = Work(self.draft, probes(sizes, list(self.shapes.values())))
        self.known: dict[str, object] = {"": None, **self.constants}
        self.weights: dict[str, Array] = {}
        self.taken: set[str] = set()
        self.unsupported: list[Unsupported] = []

    def read(self) -> OnnxNetwork:
        """Return the network."""
        for name, shape in self.shapes.items():
            plain = word(name)
            self.known[name] = Tensor(self.draft.input(plain, shape, tree.Input(plain, tree.ShapeExpr(()))))
        for node in self.graph.node:
            results = self._step(node)
            for output, result in zip(node.output, results, strict=False):
                self.known[output] = result
        for one in self.graph.output:
            result = self.known.get(one.name)
            if isinstance(result, Tensor):
                self.draft.output(word(one.name), result.value)
        if not self.draft.graph.outputs and not self.unsupported:
            raise MistakeError("no value of the network comes out", way_out="export it again")
        kept, spare = pruned(self.draft)
        read = Read(kept, spare, tuple(self.unsupported), "onnx", NOTHING_DECLARED)
        return OnnxNetwork(read, dict(self.weights))

    def _step(self, node: onnx.NodeProto) -> tuple[object, ...]:
        inputs = tuple(self.known.get(name, Unknown()) for name in node.input)
        attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        if holds(inputs, Unknown):
            return (Unknown(),) * len(node.output)
        try:
            number = self._number(node.op_type, inputs, attributes)
            if number is not None:
                return (number,)
            given = OnnxNode(node.op_type, inputs, attributes, tuple(node.input), self._keeper(node))
            made = layer(self.work, given)
        except (Mismatch, Invalid) as problem:
            self.unsupported.append(Unsupported(node.op_type, problem.message, problem.help, node.name, None))
            return (Unknown(),) * len(node.output)
        return made if isinstance(made, tuple) else (made,)

    def _number(self, operator: str, inputs: tuple[object, ...], attributes: Mapping[str, object]) -> object:
        """Work out what is no layer: constants, and the arithmetic of sizes; None for layers."""
        if operator == "Constant":
            value = attributes.get("value")
            if isinstance(value, onnx.TensorProto):
                return numpy_helper.to_array(value)
            return np.array(next(iter(attributes.values())))
        if operator == "Shape":
            start, end = (attributes.get(word) for word in ("start", "end"))
            whole = inputs[0].shape if isinstance(inputs[0], np.ndarray) else None
            lengths = self.work.lengths(inputs[0]) if whole is None else whole
            return lengths[slice(_index(start), _index(end))]
        if any(isinstance(one, Tensor) for one in inputs):
            return None
        if operator == "ConstantOfShape":
            return np.zeros([_index(n) or 0 for n in _items(inputs[0])], dtype=np.int64)
        if operator in ("Unsqueeze", "Squeeze", "Cast", "CastLike", "Identity", "Reshape") and inputs:
            return inputs[0]
        if operator == "Gather":
            index = _items(inputs[1])
            items = _items(inputs[0])
            found = tuple(items[_index(at) or 0] for at in index)
            return found if isinstance(inputs[1], np.ndarray) and inputs[1].ndim else found[0]
        if operator == "Concat":
            return tuple(item for one in inputs for item in _items(one))
        if operator == "Slice":
            start, end = (_index(_items(one)[0]) for one in inputs[1:3])
            return _items(inputs[0])[start:end]
        if operator in ("Add", "Sub", "Mul", "Div"):
            left, right = _items(inputs[0])[0], _items(inputs[1])[0]
            return _arithmetic(operator, left, right)
        return None

    def _keeper(self, node: onnx.NodeProto) -> "_Keep":
        return _Keep(self, node)


@dataclass(frozen=True, slots=True)
class _Keep:
    """Finds a layer's key, and keeps its weights: `conv1` of `conv1.weight`, else what the node is called."""

    reader: _Reader
    node: onnx.NodeProto

    def __call__(self, name: str, weights: Mapping[str, Array]) -> str:
        prefix, _, last = name.rpartition(".")
        key = prefix if last in ("weight", "scale", "bias") and not key_problem(prefix) else ""
        if not key:
            parts = [re.sub(r"\W", "_", part) for part in self.node.name.split("/") if part][:-1]
            key = ".".join(parts)
        if not key or key_problem(key) or key in self.reader.taken:
            stem = re.sub(r"\W", "", self.node.op_type).lower()
            key = next(f"{stem}{n}" for n in range(1, 100_000) if f"{stem}{n}" not in self.reader.taken)
        self.reader.taken.add(key)
        self.reader.weights.update({f"{key}.{own}": array for own, array in weights.items()})
        return key


def _items(value: object) -> tuple[object, ...]:
    if isinstance(value, np.ndarray):
        return tuple(value.reshape(-1).tolist())
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _index(value: object) -> int | None:
    """Return a number that stands for a place; None where it is left out."""
    return int(value) if isinstance(value, int | float) else None


def _arithmetic(operator: str, left: object, right: object) -> object:
    assert isinstance(left, Length | int | float)
    assert isinstance(right, Length | int | float)
    match operator:
        case "Add":
            return left + right
        case "Sub":
            return left - right
        case "Mul":
            return left * right
        case "Div" if isinstance(left, Length):
            return left // right
        case "Div" if not isinstance(right, Length):
            return left // right
    raise Mismatch("it divides a number by a size")


def _shape(tensor: onnx.ValueInfoProto) -> Shape:
    """Return the shape of an input: free sizes are symbols by the axes' usual names."""
    dims = list(tensor.type.tensor_type.shape.dim)
    usual = ("N", "C", *SPATIAL.get(len(dims), ("D", "E", "F")))
    axes: list[int | str] = ["N"]
    for at, dim in enumerate(dims[1:], start=1):
        axes.append(int(dim.dim_value) if dim.HasField("dim_value") and dim.dim_value > 0 else usual[at])
    return shape_of(*axes)


def _sizes(shape: Shape) -> tuple[int, ...]:
    words = [str(axis) for axis in shape.axes]
    return tuple(int(axis) if axis.isdigit() else _LIKELY if at else 1 for at, axis in enumerate(words))


def _class_name(stem: str) -> str:
    words = [part for part in re.split(r"\W|_", stem, flags=re.ASCII) if part]
    name = "".join(part[0].upper() + part[1:] for part in words)
    return name if name[:1].isalpha() and name.isascii() else f"Net{name}"
