"""Counts worked by hand, and against PyTorch's own counter."""

from convdsl.analysis import cost
from convdsl.graph.elaborate import elaborate
from convdsl.graph.graph import Graph
from convdsl.shape import Places, shape_of
from convdsl.source import Source
from convdsl.syntax.parse import parse


def graph_of(body: str, shape: str = "[N, 3, H, W]") -> Graph:
    text = f"convdsl 1\nmodel M {{\n  input x: {shape}\n{body}\n}}\n"
    graph, _ = elaborate(parse(Source("net.cdsl", text)).file)
    assert graph is not None
    return graph


def test_parameters_and_buffers_of_a_convolution_and_a_norm() -> None:
    graph = graph_of("  c = Conv2d(8, 3)\n  n = BatchNorm2d()\n  output n: [N, 8, H - 2, W - 2]")
    # 8 * 3 * 3 * 3 + 8 = 224; batch norm trains 2 * 8 and keeps mean, variance and a counter: 2 * 8 + 1
    assert [(node.name, n) for node, n in cost.parameters(graph).parts] == [("c", 224), ("n", 16)]
    assert cost.parameters(graph).total == 240
    assert cost.buffers(graph).total == 17


def test_the_dense_counter_example_is_counted_in_no_time() -> None:
    graph = graph_of("  Flatten()\n  y = Linear(196608, bias=false)\n  output y: [N, 196608]", "[N, 3, 256, 256]")
    assert cost.parameters(graph).total == 196_608**2 == 38_654_705_664
    assert cost.macs(graph, {}).total == 196_608**2


def test_shared_weights_count_once_and_unused_declared_ones_too() -> None:
    body = """  layer head = Conv2d(3, 1)
  a = x -> head()
  b = a -> head()
  output b: [N, 3, H, W]"""
    assert cost.parameters(graph_of(body)).total == 3 * 3 + 3


def test_macs_scale_with_the_batch_and_count_transposed_convolutions_by_input_size() -> None:
    graph = graph_of("  c = Conv2d(16, 3, padding=1)\n  u = ConvTranspose2d(8, 4, stride=2, padding=1)")
    # 10 * 10 * 16 * 3 * 9 = 43,200, and 10 * 10 * 16 * 8 * 16 = 204,800 (torch's FlopCounterMode says twice these)
    parts = cost.macs(graph, {"H": 10, "W": 10}).parts
    assert [n for _, n in parts] == [43_200, 204_800]
    one = cost.macs(graph_of("  c = Conv2d(16, 3, padding=1)\n  r = ReLU()"), {"H": 10, "W": 10})
    assert [(node.name, n) for node, n in one.parts] == [("c", 43_200)]  # what multiplies nothing is left out
    assert cost.macs(graph, {"N": 2, "H": 10, "W": 10}).total == 2 * (43_200 + 204_800)


def test_layers_of_unknown_inputs_are_left_out() -> None:
    graph = graph_of("  c = Conv2d(8, 3)\n  d = Conv2d(16, 3)")
    graph.nodes[1].shapes = None
    sizes = {"H": 10, "W": 10}
    assert [node.name for found in (cost.parameters(graph), cost.macs(graph, sizes)) for node, _ in found.parts] == [
        "c"
    ] * 2


def test_bytes_are_those_of_float32_or_as_asked_and_of_places_those_of_int64() -> None:
    shape = shape_of(1, 3, 10)
    assert [cost.Concrete({}).bytes(shape), cost.Concrete({}, 2).bytes(shape)] == [3 * 10 * 4, 3 * 10 * 2]
    assert cost.Concrete({}, 2).bytes(Places(shape.axes, 10)) == 3 * 10 * 8


def test_largest_names_the_heaviest_first() -> None:
    graph = graph_of("  c = Conv2d(8, 3)\n  d = Conv2d(16, 3)\n  e = Conv2d(2, 1)")
    assert [node.name for node, _ in cost.parameters(graph).largest(2)] == ["d", "c"]
