"""Networks made by hand, without reading a spec: the renderers' tests depend on the graph alone."""

from convdsl.analysis.accepted import accepted
from convdsl.graph.graph import Graph, InputTensor, Node, OutputTensor, Scope, Value
from convdsl.meaning import Meaning
from convdsl.op import Op
from convdsl.ops.batch_norm2d import BatchNorm2d
from convdsl.ops.concat import Concat
from convdsl.ops.conv2d import Conv2d
from convdsl.ops.conv_transpose2d import ConvTranspose2d
from convdsl.ops.relu import ReLU
from convdsl.render.facts import Network
from convdsl.shape import shape_of
from convdsl.source import Source, Span
from convdsl.syntax import tree


class Draft:
    """Append nodes one by one, as the elaborator does, with sizes, guards and keys."""

    def __init__(self, name: str = "Net") -> None:
        self.graph = Graph(name, scopes=[Scope(0, -1, "model", name, "", name)])
        self.scope = 0
        self.lines: list[str] = []

    def source_line(self, text: str) -> Span:
        start = sum(len(line) + 1 for line in self.lines)
        self.lines.append(text)
        return Span(start, start + len(text))

    def input(self, name: str, channels: int, *spatial: str | int, meaning: Meaning | None = None) -> Value:
        shape = shape_of("N", channels, *(spatial or ("H", "W")))
        span = self.source_line(f"input {name}: {shape}")
        index = len(self.graph.nodes)
        self.graph.nodes.append(Node(index, name, None, None, (), (shape,), span=span, target=name))
        axes = tuple(tree.Name(str(axis)) for axis in shape.axes)
        declaration = tree.Input(name, tree.ShapeExpr(axes), span=span)
        self.graph.inputs.append(InputTensor(name, index, shape, None, meaning, (), declaration))
        return Value(index)

    def call(self, op: Op, *inputs: Value, name: str = "", key: bool = True) -> Value:
        shapes = [self.graph.shape(value) for value in inputs]
        known = [shape for shape in shapes if shape is not None]
        index = len(self.graph.nodes)
        prefix = self.graph.scopes[self.scope].prefix
        full = prefix + (name or str(index))
        whole = len(known) == len(shapes)
        out = op.shapes(*known) if whole else None
        guards = op.guards(*known) if whole else ()
        span = self.source_line(f"{full} = {type(op).__name__}(...)")
        takes_key = key and type(op).takes_position
        self.graph.nodes.append(
            Node(index, full, full if takes_key else None, op, inputs, out, guards, self.scope, span=span, target=name)
        )
        return Value(index)

    def open(self, name: str, type: str = "", kind: str = "block") -> int:
        parent = self.scope
        prefix = self.graph.scopes[parent].prefix + f"{name}."
        index = len(self.graph.scopes)
        self.graph.scopes.append(Scope(index, parent, kind, name, prefix, type))
        self.scope = index
        return parent

    def close(self, parent: int) -> None:
        self.scope = parent

    def output(self, name: str, value: Value, meaning: Meaning | None = None) -> None:
        span = self.source_line(f"output {name}")
        declaration = tree.Output(name, tree.ShapeExpr(()), span=span)
        self.graph.outputs.append(OutputTensor(name, value, meaning, declaration))

    def network(self) -> Network:
        pairs = [(guard, node.index) for node in self.graph.nodes for guard in node.guards]
        return Network(self.graph, (Source("net.cdsl", "\n".join(self.lines)),), accepted(pairs, ("H", "W")))


def conv_block(draft: Draft, value: Value, name: str, channels: int, kernel: int = 3, **more: object) -> Value:
    """Convolution, norm and ReLU, as siblings named after the convolution."""
    stride, padding = int(str(more.get("stride", 1))), int(str(more.get("padding", kernel // 2)))
    dilation = int(str(more.get("dilation", 1)))
    op = Conv2d(channels, (kernel,) * 2, (stride,) * 2, (padding,) * 2, (dilation,) * 2)
    value = draft.call(op, value, name=name)
    value = draft.call(BatchNorm2d(), value, name=f"{name}_bn")
    return draft.call(ReLU(), value, name=f"{name}_relu")


def up_block(draft: Draft, value: Value, name: str, channels: int, norm: bool = True) -> Value:
    value = draft.call(ConvTranspose2d(channels, (4, 4), (2, 2), (1, 1)), value, name=name)
    if norm:
        value = draft.call(BatchNorm2d(), value, name=f"{name}_bn")
    return draft.call(ReLU(), value, name=f"{name}_relu")


def network6() -> Draft:
    """The sixth colorizer of the series: 3,643,514 parameters (the page on networks)."""
    draft = Draft("Network6")
    gray = draft.input("gray", 1)
    skips: list[Value] = [gray]
    x = gray
    for index, channels in enumerate((32, 64, 128, 256), 1):
        x = conv_block(draft, x, f"conv{index}", channels, 4, stride=2, padding=1)
        skips.append(x)
    for index in (5, 6):
        x = conv_block(draft, x, f"conv{index}", 256, 4, padding=3, dilation=2)
    for index, channels in enumerate((128, 64, 32, 2), 1):
        x = up_block(draft, x, f"t_conv{index}", channels, norm=channels != 2)
        x = draft.call(Concat((None, None)), x, skips[4 - index], name=f"cat{index}")
    x = draft.call(Conv2d(2, (3, 3), padding=(1, 1)), x, name="output")
    draft.output("ab", x)
    return draft
