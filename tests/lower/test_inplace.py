"""Working in place and dropping values never change what a network computes, forward or backward."""

import json
from itertools import accumulate
from pathlib import Path

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from convdsl.graph.graph import Graph
from convdsl.lower.build import build
from convdsl.lower.emit import emit
from tests.lower.graphs import Net, network6
from tests.lower.interpreter import Interpreter, run_and_differentiate
from tests.lower.test_emit import Network6

WIDTH = 4  # channels of every value

# each keeps [N, 4, H, W]; (name, arguments, keyed)
LAYERS: list[tuple[str, dict[str, object], bool]] = [
    ("Conv2d", {"out_channels": WIDTH, "kernel_size": 3, "padding": 1}, True),
    ("BatchNorm2d", {}, True),
    ("ReLU", {}, True),
    ("ReLU", {"inplace": True}, True),
    ("ReLU6", {}, True),
    ("LeakyReLU", {"negative_slope": 0.2}, True),
    ("LeakyReLU", {"negative_slope": -0.5}, True),
    ("LeakyReLU", {"negative_slope": 0.0}, True),
    ("Sigmoid", {}, True),
    ("Tanh", {}, True),
    ("Softmax", {"dim": 1}, True),
    ("Dropout", {"p": 0.4}, True),
    ("Dropout2d", {"p": 0.4}, True),
    ("Identity", {}, True),
    ("MaxPool2d", {"kernel_size": 3, "stride": 1, "padding": 1}, True),
]
JOINS = ("Add", "Sub", "Mul", "Concat")


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw a network of up to 14 layers with joins, shared layers, named groups, one or two inputs and outputs."""
    net = Net("Drawn")
    values = [net.input("x", "N", WIDTH, "H", "W")]
    if draw(st.booleans()):
        values.append(net.input("gray", "N", WIDTH, "H", "W"))
    shared: list[tuple[str, int]] = []
    prefix = draw(st.sampled_from(["", "", "block."]))
    for at in range(draw(st.integers(2, 14))):
        near = st.integers(0, min(2, len(values) - 1)).map(lambda back: values[-1 - back])
        source = draw(near)
        if draw(st.integers(0, 3)) == 0:
            name = draw(st.sampled_from(JOINS))
            other = draw(st.sampled_from(values))
            net.add(None, name, of=(source, other), operands=(None, None))
            if name == "Concat":
                net.add(f"{prefix}{at}", "Conv2d", WIDTH, 1)
        elif shared and draw(st.integers(0, 3)) == 0:
            key, kind = draw(st.sampled_from(shared))
            net.add(key, LAYERS[kind][0], of=source, **LAYERS[kind][1])
        else:
            kind = draw(st.integers(0, len(LAYERS) - 1))
            key = f"{prefix}{at}"
            net.add(key, LAYERS[kind][0], of=source, to=draw(st.sampled_from(["", "y", "x"])), **LAYERS[kind][1])
            shared.append((key, kind))
        values.append(net.flow)
    read = {value for node in net.graph.nodes for value in node.inputs}
    ends = [value for value in values if value not in read] or [values[-1]]
    if draw(st.integers(0, 2)) == 0:
        ends.append(draw(st.sampled_from(values)))
    for index, value in enumerate(dict.fromkeys(ends)):
        net.output(f"out{index}", value)
    return net.graph


@given(graphs(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_law_in_place_and_dropped_values_change_nothing(graph: Graph, training: bool) -> None:
    ours = build(graph, seed=3).train(training)
    theirs = Interpreter(graph)
    theirs.take(ours.state_dict(), training)
    torch.manual_seed(5)
    inputs = [torch.randn(2, WIDTH, 3, 3) * 4 for _ in graph.inputs]
    ys, xs = run_and_differentiate(ours, inputs)
    ys2, xs2 = run_and_differentiate(theirs, inputs)
    assert all(torch.equal(a, b) for a, b in zip(ys, ys2, strict=True))
    gradients = {name: weight.grad for name, weight in ours.named_parameters()}
    gradients2 = {name: weight.grad for name, weight in theirs.weights().items()}
    ours_first = [*xs, *(gradients[key] for key in sorted(gradients))]
    theirs_first = [*xs2, *(gradients2[key] for key in sorted(gradients2))]
    for a, b in zip(ours_first, theirs_first, strict=True):
        assert (a is None) == (b is None)
        assert a is None or torch.allclose(a, b, rtol=1e-5, atol=1e-6)


def test_network6_works_in_place_after_every_norm() -> None:
    source = emit(network6())
    assert source.count("inplace=True") == 10  # 6 in the encoder, 3 in the decoder, the head's
    assert "F.relu(x)" not in source


def test_activation_of_a_value_that_is_read_again_is_not_in_place() -> None:
    net = Net()
    net.input("x", "N", 2, "H", "W")
    y = net.add("0", "Conv2d", 2, 1)
    net.add("1", "ReLU")
    net.add(None, "Concat", of=(net.flow, y))
    assert "inplace" not in emit(net.output("out"))


def test_activation_of_an_input_or_of_a_view_is_not_in_place() -> None:
    for between in ((), ("Identity",), ("Dropout",), ("Flatten",)):
        net = Net()
        net.input("x", "N", 2, "H", "W")
        for at, name in enumerate((*between, "ReLU")):
            net.add(f"{at}", name)
        assert "inplace=True" not in emit(net.output("out")).split("ReLU")[-1]


def test_activation_after_one_whose_result_is_saved_is_not_in_place() -> None:
    for first in ("Sigmoid", "Tanh", "ReLU", "LeakyReLU"):
        net = Net()
        net.input("x", "N", 2, "H", "W")
        net.add("a", first)
        net.add("b", "ReLU")
        assert "inplace" not in emit(net.output("out"))


def peak_bytes(network: nn.Module, x: Tensor, folder: Path) -> int:
    """Return the most bytes that torch's allocator held at once during a forward pass without gradients."""
    with torch.no_grad():
        network(x)  # the first pass may allocate for good
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
            network(x)
    path = folder / "trace.json"
    profiler.export_chrome_trace(str(path))
    events = [event for event in json.loads(path.read_text())["traceEvents"] if event.get("name") == "[memory]"]
    return max(accumulate(event["args"]["Bytes"] for event in sorted(events, key=lambda event: event["ts"])))


def test_network6_without_gradients_needs_at_most_seven_tenths_of_the_authors_memory(tmp_path: Path) -> None:
    x = torch.zeros(1, 1, 256, 256)
    by_hand = peak_bytes(Network6().eval(), x, tmp_path)
    # at the head the author's class still holds the skips e1, e2, e3 and what was joined with them, d3, d2 and d1:
    # 32/4 + 64/16 + 128/64 and 64/4 + 128/16 + 256/64 = 42 numbers of 4 bytes for each of the 256^2 pixels
    assert by_hand > 42 * 4 * 256**2
    assert peak_bytes(build(network6()).eval(), x, tmp_path) <= 0.7 * by_hand
