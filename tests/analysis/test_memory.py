"""Memory: worked by hand, and against what PyTorch's tensors take in runs of the same networks."""

from itertools import accumulate
from math import prod
from pathlib import Path

import pytest
import torch

from convdsl.analysis import memory
from convdsl.analysis.layout import lay_out
from convdsl.api import load
from convdsl.graph.graph import Graph, Value
from tests.analysis.runs import Run
from tests.analysis.test_cost import graph_of

SPECS = Path(__file__).parents[2] / "specs"
ZOO = [path for path in sorted(SPECS.rglob("*.cdsl")) if path.stem != "dense"]  # which has 144 GiB of weights


def test_memory_is_the_largest_sum_of_values_that_live_together() -> None:
    body = """  a = Conv2d(4, 1)
  b = Conv2d(2, 1)
  c = Conv2d(1, 1)
  d = Concat(c, a)
  y = Conv2d(1, 1)
  output y: [N, 1, H, W]"""
    # planes of H * W: x 3 lives throughout (the caller's), a 4 until d, b 2 until c, c 1 until d, d 5, y 1.
    # at a: 3 + 4; b: 3 + 4 + 2; c: 3 + 4 + 2 + 1 = 10; d: 3 + 4 + 1 + 5 = 13; y: 3 + 5 + 1 = 9
    peak = memory.inference(graph_of(body), {"H": 10, "W": 20})
    assert peak.total == 13 * 200 * 4
    assert {node.name: size // 800 for node, size in peak.parts} == {"x": 3, "a": 4, "c": 1, "d": 5}
    assert sum(size for _, size in peak.parts) == peak.total


def test_alive_is_what_lives_while_each_layer_runs() -> None:
    body = "  a = Conv2d(4, 1)\n  b = Conv2d(2, 1)\n  c = Conv2d(1, 1)\n  d = Concat(c, a)\n  y = Conv2d(1, 1)"
    # as above: x; 3 + 4; 3 + 4 + 2; 3 + 4 + 2 + 1; 3 + 4 + 1 + 5; 3 + 5 + 1
    found = memory.alive(graph_of(body + "\n  output y: [N, 1, H, W]"), {"H": 10, "W": 20})
    assert found == [planes * 800 for planes in (3, 7, 9, 10, 13, 9)]


def test_training_with_a_layer_that_reaches_no_output_makes_no_gradient_of_it() -> None:
    body = "  a = Conv2d(4, 1)\n  d = a -> Add(1)\n  y = a -> Conv2d(1, 1)\n  output y: [N, 1, H, W]"
    found = memory.training(graph_of(body), {"H": 10, "W": 20})
    # x 3 and a 4 are kept; y and its gradient 1 each, a's gradient 4
    assert (found.saved, found.passing) == (7 * 800, 6 * 800)
    assert found.optimizer == 2 * found.parameters  # AdamW, if nothing is said


def test_memory_of_places_is_that_of_whole_numbers() -> None:
    body = """  m, places = MaxPool2d(2, return_indices=true)
  y = (m, places) -> MaxUnpool2d(2, like=x)
  output y: [N, 3, H, W]"""
    # x 3 * 10 * 20 = 600 floats; 150 maxima of 4 bytes, 150 places of 8; y 600 floats
    assert memory.inference(graph_of(body), {"H": 10, "W": 20}).total == 600 * 4 + 150 * 4 + 150 * 8 + 600 * 4


def test_inference_when_an_activation_works_in_place_or_a_layer_is_a_view_takes_no_memory_for_it() -> None:
    body = """  a = Conv2d(4, 1)
  r = ReLU()
  f = Flatten(2)
  y = Permute((0, 2, 1))
  output y: [N, H * W, 4]"""
    # x 3 planes and a 4; ReLU overwrites a, the others are views of it
    peak = memory.inference(graph_of(body), {"H": 10, "W": 20})
    assert peak.total == 7 * 200 * 4
    assert {node.name: size // 800 for node, size in peak.parts} == {"x": 3, "a": 4}


def test_saved_of_a_convolution_norm_and_activation_is_input_normed_map_and_output() -> None:
    body = """  c = Conv2d(4, 1)
  n = BatchNorm2d()
  r = ReLU()
  y = Conv2d(1, 1)
  output y: [N, 1, H, W]"""
    # the image, c's map, mean and deviation of 4 channels, and the ReLU's map, which y keeps too and n made
    kept = memory.saved(graph_of(body), {"N": 2, "H": 10, "W": 20})
    assert kept.total == 2 * 200 * 4 * (3 + 4 + 4) + 2 * 4 * 4
    assert [(node.name, number) for node, number in kept.parts] == [
        ("x", 4800),
        ("c", 6400),
        ("n", 6400 + 32),
    ]


def test_saved_before_anything_is_learned_is_nothing() -> None:
    body = "  p = AvgPool2d(2)\n  y = Conv2d(1, 1)\n  output y: [N, 1, H // 2, W // 2]"
    # no gradient goes back to the image, so that the pool keeps nothing; y keeps the pooled one
    assert memory.saved(graph_of(body), {"H": 10, "W": 20}).total == 3 * 50 * 4


def test_training_is_the_sum_of_its_parts_for_any_optimizer() -> None:
    graph = graph_of("  y = Conv2d(5, 3)\n  output y: [N, 5, H - 2, W - 2]")
    weights = (5 * 3 * 9 + 5) * 4
    for states in (0, 1, 2):
        found = memory.training(graph, {"H": 12, "W": 12}, states=states)
        assert (found.parameters, found.gradients, found.optimizer) == (weights, weights, states * weights)
        # the image is kept; the output and its gradient live besides
        assert (found.saved, found.passing) == (3 * 144 * 4, 2 * 5 * 100 * 4)
        assert found.total == weights * (2 + states) + 3 * 144 * 4 + 2 * 5 * 100 * 4


def test_training_when_a_gradient_is_handed_on_by_a_sum_takes_no_second_memory() -> None:
    body = """  a = Conv2d(4, 1)
  b = Conv2d(4, 1)
  y = Add(a, b)
  output y: [N, 4, H, W]"""
    # planes: x 3 and a 4 are kept, y 4 is the caller's; dy 4 is also da and db, and on the way back through b a gets a
    # second gradient of 4, which is added to the first when b has gone
    graph = graph_of(body)
    found = memory.training(graph, {"H": 10, "W": 20})
    assert found.saved == (3 + 4) * 800
    assert found.passing == (4 + 4 + 4) * 800
    measured = Run(graph, {"H": 10, "W": 20}).step()
    assert found.saved + found.passing <= measured <= found.saved + found.passing + found.parameters


# planes of 64 * 64 numbers for each of 2 images: what is kept, and the most that lives at one time of a step
STEPS = {
    # x 1, a 8 of the pool, 2 of the dropout's mask, 2 of y. Most comes at the end, when all that is kept of the layers
    # behind has gone: x 1, y 1/4, a 8, and the gradients of the pool, 2, and of a, 8
    "late": (
        "  a = Conv2d(8, 1)\n  AvgPool2d(2)\n  Dropout(0.5)\n  y = Conv2d(1, 1)\n  output y: [N, 1, H // 2, W // 2]",
        1 + 8 + 2 + 2,
        1 + 0.25 + 8 + 2 + 8,
    ),
    # a 8 is kept by two and goes when the first of them has had it back: x 1, y 1, a 8, the sum's gradient 2, a's twice
    "kept by two": (
        "  a = Conv2d(8, 1)\n  b = a -> Conv2d(2, 1)\n  c = a -> Conv2d(2, 1)\n  s = b + c\n  y = Conv2d(1, 1)\n"
        "  output y: [N, 1, H, W]",
        1 + 8 + 2,
        1 + 1 + 8 + 2 + 8 + 8,
    ),
    # places are 8 bytes each: of 8 channels at a quarter of the size 4 planes. Most at the start: y 2 and its gradient
    "places": (
        "  a = Conv2d(8, 1)\n  m, places = MaxPool2d(2, return_indices=true)\n  b = m -> Conv2d(8, 1)\n"
        "  u = (b, places) -> MaxUnpool2d(2)\n  y = Conv2d(2, 1)\n  output y: [N, 2, 2 * (H // 2), 2 * (W // 2)]",
        1 + 8 + 4 + 2 + 8,
        1 + 8 + 4 + 2 + 8 + 2 + 2 + 8,
    ),
    # p and q lie in a; the product keeps q, and so a, and r 4. At the product: x 1, a 8, r 4, y 1, the gradients of the
    # product, q and r 4 each
    "halves": (
        "  a = Conv2d(8, 1)\n  p, q = Chunk(2)\n  r = p -> Sigmoid()\n  g = Mul(q, r)\n  y = Conv2d(1, 1)\n"
        "  output y: [N, 1, H, W]",
        1 + 8 + 4 + 4,
        1 + 8 + 4 + 1 + 4 + 4 + 4,
    ),
    # sums hand gradients on: at the start x 1, five maps of 8, y 1 and its gradient, and one of 8
    "residual": (
        "  a = Conv2d(8, 1)\n  b = Conv2d(8, 1) -> ReLU()\n  s = Add(a, b)\n  t = Conv2d(8, 1) -> ReLU()\n"
        "  u = Add(s, t)\n  y = Conv2d(1, 1)\n  output y: [N, 1, H, W]",
        1 + 5 * 8,
        1 + 5 * 8 + 1 + 1 + 8,
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_training_is_worked_by_hand_and_measured(name: str) -> None:
    body, kept, most = STEPS[name]
    graph, sizes, plane = graph_of(body, "[N, 1, H, W]"), {"N": 2, "H": 64, "W": 64}, 2 * 64 * 64 * 4
    found = memory.training(graph, sizes)
    assert (found.saved, found.saved + found.passing) == (kept * plane, most * plane)
    assert memory.saved(graph, sizes).total == found.saved
    # the test holds gradients of ones for the outputs besides, and PyTorch those of one layer's weights
    shape = graph.shape(graph.outputs[0].value)
    assert shape is not None
    ones = prod(shape.at(sizes).numbers) * 4
    assert most * plane <= Run(graph, sizes).step() <= most * plane + ones + found.parameters


def test_training_counts_no_gradient_of_an_output_in_which_nothing_is_learned() -> None:
    body = "  p = AvgPool2d(1)\n  y = x -> Conv2d(4, 1)\n  output y: [N, 4, H, W]\n  output p: [N, 3, H, W]"
    found = memory.training(graph_of(body), {"H": 10, "W": 20})
    # x 3 is kept; y 4 and p 3 are the caller's, and y has a gradient
    assert (found.saved, found.passing) == (3 * 800, (4 + 3 + 4) * 800)


def test_training_with_a_norm_counts_its_state_as_wide_as_the_values() -> None:
    graph = graph_of("  n = BatchNorm2d()\n  output n: [N, 3, H, W]")
    found = memory.training(graph, {"N": 2, "H": 10, "W": 20}, width=2, states=1)
    # 2 * 3 numbers are trained; 2 * 3 + 1 are not: means, variances and a counter
    assert (found.parameters, found.gradients, found.optimizer, found.buffers) == (12, 12, 12, 14)
    assert found.total == 12 + 12 + 12 + 14 + found.saved + found.passing


def test_peak_of_two_moments_alike_is_blamed_on_the_first() -> None:
    body = "  a = Conv2d(4, 1)\n  b = Conv2d(4, 1)\n  y = Conv2d(4, 1)\n  output y: [N, 4, H, W]"
    # at b: x 3, a 4 and b 4; at y: x 3, b 4 and y 4
    peak = memory.inference(graph_of(body), {"H": 10, "W": 20})
    assert [(node.name, size // 800) for node, size in peak.parts] == [("x", 3), ("a", 4), ("b", 4)]


@pytest.mark.parametrize("dtype", memory.WIDTHS)
def test_values_are_as_wide_as_those_of_pytorch(dtype: str) -> None:
    graph = graph_of("  y = Conv2d(5, 1)\n  output y: [N, 5, H, W]")
    found = memory.inference(graph, {"H": 10, "W": 20}, memory.WIDTHS[dtype]).total
    assert found == torch.zeros(8, 10, 20, dtype=getattr(torch, dtype)).nbytes  # 3 channels in, 5 out


def changes(graph: Graph, sizes: dict[str, int]) -> tuple[list[int], list[int], int]:
    """Return the bytes that live after each change of a forward pass and of a backward pass, and those of the ends."""
    layout = lay_out(graph, sizes, 4, training=True)
    forward = len(list(memory._forward(graph, layout)))
    live = list(accumulate(change for _, change in memory._step(graph, layout)))
    ends = {layout.pieces[Value(tensor.node)] for tensor in graph.inputs}
    ends |= {layout.pieces[tensor.value] for tensor in graph.outputs}
    return live[:forward], live[forward:], sum(layout.bytes[piece] for piece in ends)


@pytest.mark.parametrize("path", ZOO, ids=lambda path: path.stem)
def test_law_after_a_step_nothing_is_left_but_inputs_and_outputs(path: Path) -> None:
    graph = built(path)
    forward, backward, ends = changes(graph, sizes_of(graph, path, 32))
    assert backward[-1] == ends
    assert min(*forward, *backward) >= 0


BACK = {
    # the sum hands one gradient to three readers of a, each of which makes one for a of its own: two of them are added
    # where the first lies while the sum's still waits for the third: x 1, y 1/16, the sum's 8, a's 8 and 8
    "three readers": (
        "  a = Conv2d(8, 1)\n  b = a -> Mul(2)\n  c = a -> Mul(3)\n  d = a -> Mul(4)\n  s = Add(b, c, d)",
        1 + 1 / 16 + 8 + 8 + 8,
    ),
    # a's own gradient is the sum's, which b waits for: with that of r it is added in new memory: 8, 8 and 8
    "shared": (
        "  a = x -> Conv2d(8, 1)\n  b = x -> Conv2d(8, 1)\n  r = a -> Mul(2)\n  u = Add(a, b)\n  s = Add(u, r)",
        1 + 1 / 16 + 8 + 8 + 8,
    ),
    # a's is a part of that of all 24 channels, which would stay whole for it: 24, that of r 8, and the sum of both 8
    "part": (
        "  a = x -> Conv2d(8, 1)\n  r = a -> Mul(2)\n  b = x -> Conv2d(8, 1)\n  s = Concat(a, b, r)",
        1 + 1 / 16 + 24 + 8 + 8,
    ),
    # a mean over the picture is repeated, and has a gradient of its own: of 8 numbers; a's is the sum's
    "repeated": (
        "  a = Conv2d(8, 1)\n  m = AdaptiveAvgPool2d(1)\n  s = Add(a, m, broadcast=true)",
        1 + 1 / 16 + 8 + 8 + 8 / 4096,
    ),
}


@pytest.mark.parametrize("name", BACK)
def test_backward_pass_adds_gradients_in_place_where_no_other_waits_for_them(name: str) -> None:
    body, most = BACK[name]
    # a slice keeps nothing, and what comes after it is small
    body += "\n  q = s -> Slice(0, step=4, dim=2) -> Slice(0, step=4, dim=3)\n  y = Conv2d(1, 1)\n"
    graph = graph_of(f"{body}  output y: [N, 1, (H + 3) // 4, (W + 3) // 4]", "[N, 1, H, W]")
    _, backward, _ = changes(graph, {"N": 2, "H": 64, "W": 64})
    assert max(backward) / (2 * 64 * 64 * 4) == most


def sizes_of(graph: Graph, path: Path, side: int) -> dict[str, int]:
    legal = load(path).legal
    assert legal is not None
    return {**legal.nearest(dict.fromkeys(legal.axes, side))[0], "N": 2}


def built(path: Path) -> Graph:
    graph = load(path).graph
    assert graph is not None
    return graph


@pytest.mark.parametrize("path", [SPECS / "demo.cdsl", SPECS / "unet.cdsl", SPECS / "seed" / "network5.cdsl"], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_memory_of_a_small_network_is_that_of_a_measured_run(path: Path, dtype: str) -> None:
    check_network(path, dtype, 32)


@pytest.mark.slow
@pytest.mark.parametrize("path", ZOO, ids=lambda path: path.stem)
def test_memory_of_every_network_of_the_zoo_is_that_of_a_measured_run(path: Path) -> None:
    check_network(path, "float32", 96)


def check_network(path: Path, dtype: str, side: int) -> None:
    graph = built(path)
    sizes = sizes_of(graph, path, side)
    width = memory.WIDTHS[dtype]
    run = Run(graph, sizes, getattr(torch, dtype))
    assert memory.saved(graph, sizes, width).total == pytest.approx(run.saved(), rel=0.02)
    assert memory.inference(graph, sizes, width).total == pytest.approx(run.evaluation(), rel=0.02)
    planned = memory.training(graph, sizes, width)
    measured = run.step()
    # a run holds the gradients of one layer's weights besides, and the test those of the outputs
    weights = max(prod(parameter.shape) for parameter in run.module.parameters()) * width
    outputs = sum(prod(graph.shape(out.value).at(sizes).numbers) for out in graph.outputs) * width
    assert planned.saved + planned.passing <= measured * 1.02
    assert measured <= (planned.saved + planned.passing) * 1.02 + weights + outputs


def test_memory_of_attention_wrapped_weights_and_copied_inputs_is_that_of_a_measured_run() -> None:
    body = """  s = Flatten(2) -> Permute((0, 2, 1))
  a = LayerNorm(3) -> MultiheadAttention(3, 1, batch_first=true)
  Add(s, a)
  Linear(32) -> GELU() -> Dropout(0.1) -> Linear(8)
  Permute((0, 2, 1)) -> Unflatten(2, (16, 16))
  Conv2d(8, 3, padding=1, padding_mode=reflect) -> SiLU() -> LeakyReLU(0.2)
  SelfAttention2d() -> Conv2d(8, 1)
  y = SpectralNorm(Conv2d(4, 3)) -> InstanceNorm2d() -> PixelShuffle(2)
  output y: [N, 1, 28, 28]"""
    graph = graph_of(body, "[N, 3, 16, 16]")
    run = Run(graph, {"N": 2})
    assert memory.saved(graph, {"N": 2}).total == pytest.approx(run.saved(), rel=0.02)
    # attention is bounded from above: not all of its own tensors live at once
    assert run.evaluation() <= memory.inference(graph, {"N": 2}).total <= 1.15 * run.evaluation()
