"""Make graphs by hand, so that lowering is tested without the language."""

from convdsl.graph.graph import Graph, InputTensor, Node, OutputTensor, Scope, Value
from convdsl.op import Op
from convdsl.ops.catalogue import find
from convdsl.shape import Shape, shape_of
from convdsl.syntax import tree


class Net:
    """Append layers one by one; `flow` is the newest value."""

    def __init__(self, model: str = "Net") -> None:
        self.graph = Graph(model, scopes=[Scope(0, -1, "model", model, "")])
        self.flow = Value(-1)
        self._keys: set[str] = set()

    def input(self, name: str, *axes: int | str, default: float | None = None) -> Value:
        shape = shape_of(*axes)
        node = self._node(name, None, None, (), (shape,))
        declaration = tree.Input(name, tree.ShapeExpr(()))
        self.graph.inputs.append(InputTensor(name, node, shape, default, None, (), declaration))
        self.flow = Value(node)
        return self.flow

    def add(
        self, key: str | None, name: str, *arguments: object, of: object = None, to: str = "", **named: object
    ) -> Value:
        """Apply an operator to the flow, or to the values in `of`; the result is the new flow."""
        inputs = (self.flow,) if of is None else of if isinstance(of, tuple) else (of,)
        op = make(name, *arguments, **named)
        shapes = op.shapes(*(self._shape(value) for value in inputs))
        owner = key not in self._keys
        if key is not None:
            self._keys.add(key)
        node = self._node(key or to or name, key, op, tuple(inputs), shapes, owner, to)
        self.flow = Value(node)
        return self.flow

    def output(self, name: str, value: Value | None = None) -> Graph:
        declaration = tree.Output(name, tree.ShapeExpr(()))
        self.graph.outputs.append(OutputTensor(name, value or self.flow, None, declaration))
        return self.graph

    def _shape(self, value: Value) -> Shape:
        shape = self.graph.shape(value)
        assert shape is not None
        return shape

    def _node(
        self,
        name: str,
        key: str | None,
        op: Op | None,
        inputs: tuple[Value, ...],
        shapes: tuple[Shape, ...],
        owner: bool = True,
        target: str = "",
    ) -> int:
        index = len(self.graph.nodes)
        self.graph.nodes.append(Node(index, name, key, op, inputs, shapes, owner=owner, target=target))
        return index


def make(name: str, *arguments: object, **named: object) -> Op:
    """Make an operator as `bind` would: by position, then by name, each value read by its declared kind."""
    from convdsl.argument import signature

    cls = find(name)
    assert cls is not None, name
    parameters = signature(cls)
    given = dict(zip((parameter.name for parameter in parameters), arguments, strict=False)) | named
    read = {p.name: p.read(given[p.name]) for p in parameters if p.name in given}
    if "stride" in {p.name for p in parameters} and "Pool" in name:
        read.setdefault("stride", read["kernel_size"])
    return cls(**read)


def network6() -> Graph:
    """The seed's sixth network, reference/networks.md: layers, order and names."""
    net = Net("Network6")
    gray = net.input("gray", "N", 1, "H", "W")

    def down(index: int, channels: int, **window: int) -> Value:
        net.add(f"conv{index}", "Conv2d", channels, 4, **window)
        net.add(f"conv{index}_bn", "BatchNorm2d")
        return net.add(f"{3 * index - 1}", "ReLU", to=f"e{index}")

    e1 = down(1, 32, stride=2, padding=1)
    e2 = down(2, 64, stride=2, padding=1)
    e3 = down(3, 128, stride=2, padding=1)
    down(4, 256, stride=2, padding=1)
    down(5, 256, padding=3, dilation=2)
    down(6, 256, padding=3, dilation=2)
    for index, (channels, skip) in enumerate(((128, e3), (64, e2), (32, e1)), start=1):
        net.add(f"t_conv{index}", "ConvTranspose2d", channels, 4, stride=2, padding=1)
        net.add(f"t_conv{index}_bn", "BatchNorm2d")
        net.add(f"{15 + 3 * index}", "ReLU")
        net.add(None, "Concat", of=(net.flow, skip))
    net.add("t_conv4", "ConvTranspose2d", 2, 4, stride=2, padding=1)
    net.add("28", "ReLU")
    net.add(None, "Concat", of=(net.flow, gray))
    net.add("output", "Conv2d", 2, 3, padding=1)
    return net.output("ab")
