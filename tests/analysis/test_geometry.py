"""Receptive fields against a gradient probe by PyTorch, and against published numbers."""

from fractions import Fraction

import pytest
import torch
from torch import nn

from convdsl.analysis.geometry import Field, receptive_fields
from convdsl.graph.elaborate import elaborate
from convdsl.graph.graph import Graph
from convdsl.source import Source
from convdsl.syntax.parse import parse

torch.set_num_threads(1)


def graph_of(body: str, shape: str = "[N, 1, H, W]") -> Graph:
    text = f"convdsl 1\nmodel M {{\n  input x: {shape}\n{body}\n}}\n"
    parsed = parse(Source("net.cdsl", text))
    graph, mistakes = elaborate(parsed.file)
    assert graph is not None
    assert {m.code.id for m in (*parsed.diagnostics, *mistakes)} <= {"E126", "E104", "E105"}, mistakes
    return graph


def last(body: str, shape: str = "[N, 1, H, W]") -> Field:
    fields = receptive_fields(graph_of(body, shape))[-1]
    assert fields is not None and fields[0] is not None and fields[0] == fields[-1]
    return fields[0]


def test_vgg16_sees_212_pixels_in_front_of_its_dense_layers() -> None:
    # Araujo, Norris & Sim, Distill 2019, table: VGG-16 212 at conv5_3's pool, effective stride 32
    conv = "  Conv2d(1, 3, padding=1)\n"
    body = "".join(conv * n + "  MaxPool2d(2)\n" for n in (2, 2, 3, 3, 3))
    field = last(body)
    assert (field.size, field.jump) == (212, 32)


def test_alexnet_sees_195_pixels_with_steps_of_32() -> None:
    # the same table: AlexNet v2 195, effective stride 32, effective padding 64 of its conv5's pool
    body = """  Conv2d(1, 11, stride=4)
  MaxPool2d(3, stride=2)
  Conv2d(1, 5, padding=2)
  MaxPool2d(3, stride=2)
  Conv2d(1, 3, padding=1)
  Conv2d(1, 3, padding=1)
  Conv2d(1, 3, padding=1)
  MaxPool2d(3, stride=2)"""
    field = last(body)
    assert (field.size, field.jump) == (195, 32)
    # output 0 begins 64 pixels in front of the image: padding 2 * 8 + 3 * 16 = 64
    assert field.left == -64


CHAINS = [
    [nn.Conv2d(1, 1, 3)],
    [nn.Conv2d(1, 1, 5, stride=2, padding=1), nn.Conv2d(1, 1, 3, dilation=2, padding=2)],
    [nn.AvgPool2d(2), nn.Conv2d(1, 1, 3, padding=1), nn.ConvTranspose2d(1, 1, 2, stride=2)],
    [nn.Conv2d(1, 1, 4, stride=2, padding=1), nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1)],
    [nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1), nn.Conv2d(1, 1, 3, padding=1)],
    [nn.AvgPool2d(3, stride=2, padding=1), nn.Conv2d(1, 1, 3, stride=2), nn.AvgPool2d(2)],
]


def line(layer: nn.Module) -> str:
    names = ("kernel_size", "stride", "padding", "dilation")
    said = {n: getattr(layer, n) for n in names if hasattr(layer, n)}
    numbers = {n: v[0] if isinstance(v, tuple) else v for n, v in said.items()}
    kernel = numbers.pop("kernel_size")
    keywords = ", ".join(f"{n}={v}" for n, v in numbers.items())
    first = "" if isinstance(layer, nn.AvgPool2d) else "1, "
    return f"  {type(layer).__name__}({first}{kernel}, {keywords})"


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: "-".join(type(layer).__name__ for layer in chain))
def test_field_covers_every_pixel_that_has_a_gradient_and_the_widest_output_fills_it(chain: list[nn.Module]) -> None:
    field = last("\n".join(map(line, chain)))
    net = nn.Sequential(*chain).double()
    for weight in net.parameters():
        nn.init.constant_(weight, 1.0)
    x = torch.zeros(1, 1, 96, 1, dtype=torch.double).expand(1, 1, 96, 96).clone().requires_grad_()
    y = net(x)
    widest = 0
    for place in range(y.shape[2] // 3, y.shape[2] // 3 + 4):
        (gradient,) = torch.autograd.grad(y[0, 0, place, y.shape[3] // 2], x, retain_graph=True)
        rows = gradient[0, 0].abs().sum(1).nonzero().flatten()
        low, high = int(rows.min()), int(rows.max())
        widest = max(widest, high - low + 1)
        # one phase of an upsampling reads at most `size` pixels, within half a jump of the mean over the phases
        slack = max(Fraction(1), field.jump)
        assert field.left + field.jump * place - slack <= low
        assert high <= field.right + field.jump * place + slack
    assert widest == field.size


def test_join_sees_what_any_of_its_inputs_sees() -> None:
    body = """  a = x -> Conv2d(1, 7, padding=3)
  b = x -> Conv2d(1, 3)
  c = b -> Pad(1)
  Add(a, c)"""
    field = last(body)
    assert (field.left, field.right, field.jump, field.start) == (-3, 3, 1, 0)


def test_like_lends_its_size_only() -> None:
    body = """  wide = x -> Conv2d(1, 9)
  y = x -> Crop(like=wide)"""
    fields = receptive_fields(graph_of(body))[-1]
    assert fields is not None and fields[0] is not None and fields[0].size == 1


def test_global_pooling_and_flatten_see_everything_from_there_on() -> None:
    fields = receptive_fields(graph_of("  AdaptiveAvgPool2d(1)\n  Conv2d(8, 1)\n  Flatten()\n  Linear(10)"))
    assert fields[1:] == [(None, None)] * 4
    gate = "  g = x -> AdaptiveAvgPool2d(1) -> Conv2d(1, 1) -> Sigmoid()\n  Mul(x, g, broadcast=true)"
    assert receptive_fields(graph_of(gate))[-1] == (None, None)


def test_axes_are_told_apart() -> None:
    fields = receptive_fields(graph_of("  Conv2d(1, (3, 5), stride=(1, 2), padding=(1, 2))"))[-1]
    assert fields is not None
    assert [(f.size, f.jump) for f in fields if f] == [(3, 1), (5, 2)]


def test_unknown_shapes_are_skipped() -> None:
    graph = graph_of("  Conv2d(1, 3)\n  Conv2d(1, 3)")
    graph.nodes[1].shapes = None
    assert receptive_fields(graph)[1:] == [None, None]
