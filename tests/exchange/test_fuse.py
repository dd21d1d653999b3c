"""Norms folded into weights: the fused network gives the same numbers in evaluation; norms that cannot go stay.

float64 shows what the fold does apart from rounding: 1e-11 there is no luck; the float32 bound is the promise.
"""

import pytest
import torch
from hypothesis import given, settings
from torch import nn

import convdsl
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis
from tests.lower.alive import specs
from tests.zoo import ZOO, path

HEAVY = {"zhang2016", "zhang2017", "pix2pix", "unet2015", "vgg16", "seed/dense"}
RUN = [pytest.param(name, marks=pytest.mark.slow) if name in HEAVY else name for name in ZOO if name != "seed/dense"]


def net(body: str, shape: str = "[N, 4, H, W]", out: str = "[N, 4, H, W]") -> Analysis:
    return convdsl.load(f"convdsl 1\nmodel M {{\n  input x: {shape}\n{body}\n  output y: {out}\n}}\n")


def stirred(network: nn.Module) -> nn.Module:
    """Give norms numbers as after training; at the first ones most mistakes would not show."""
    torch.manual_seed(1)
    for name, tensor in network.state_dict().items():
        if name.endswith("running_mean"):
            tensor.uniform_(-1, 1)
        elif name.endswith("running_var"):
            tensor.uniform_(0.5, 2)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d) and layer.affine:
            nn.init.uniform_(layer.weight, -1.5, 1.5)
            if layer.bias is not None:
                nn.init.uniform_(layer.bias, -1, 1)
    return network.eval()


@torch.no_grad()
def differ(analysis: Analysis, dtype: torch.dtype, **sizes: int) -> float:
    """Return the largest difference of the fused outputs, as a part of the largest number among the outputs."""
    whole = stirred(convdsl.build(analysis, seed=0)).to(dtype)
    fused = convdsl.build(analysis, weights=whole.state_dict(), fuse=True, dtype=dtype)
    assert not fused.training
    at = {**analysis.legal.nearest(dict.fromkeys(analysis.legal.axes, 9))[0], "N": 2, **sizes}
    inputs = [torch.randn(item.shape.at(at).numbers, dtype=dtype) for item in analysis.graph.inputs]
    a, b = whole(*inputs), fused(*inputs)
    pairs = zip(a, b, strict=True) if isinstance(a, tuple) else ((a, b),)
    return max(float((p - q).abs().max() / p.abs().max().clamp(min=1e-30)) for p, q in pairs)


def norms(analysis: Analysis) -> int:
    fused = convdsl.build(analysis, fuse=True, device="meta")
    return sum(isinstance(layer, nn.modules.batchnorm._NormBase) for layer in fused.modules())


FUSED = {
    "without bias": "  y = Conv2d(4, 3, padding=1, bias=false) -> BatchNorm2d() -> ReLU()",
    "with bias": "  Conv2d(4, 3, padding=1) -> BatchNorm2d()\n  y = ReLU()",
    "grouped": "  y = Conv2d(4, 3, padding=1, groups=2) -> BatchNorm2d()",
    "dilated and reflected": "  y = Conv2d(4, 3, padding=2, dilation=2, padding_mode=reflect) -> BatchNorm2d()",
    "transposed": "  y = ConvTranspose2d(4, 3, padding=1, bias=false) -> BatchNorm2d()",
    "transposed in groups": "  ConvTranspose2d(6, 3, padding=1, groups=2) -> BatchNorm2d()\n  y = Conv2d(4, 1)",
    "transposed depthwise": "  y = ConvTranspose2d(4, 3, padding=1, groups=4) -> BatchNorm2d(eps=0.1)",
    "no scale": "  y = Conv2d(4, 1) -> BatchNorm2d(affine=false)",
    "no shift": "  y = Conv2d(4, 1) -> BatchNorm2d(bias=false)",
    "instance norm that remembers": "  y = Conv2d(4, 1) -> InstanceNorm2d(affine=true, track_running_stats=true)",
    "two norms": "  y = Conv2d(4, 1, bias=false) -> BatchNorm2d() -> BatchNorm2d()",
    "read twice behind": "  a = Conv2d(4, 1) -> BatchNorm2d()\n  b = a -> ReLU()\n  y = a + b",
    "shared with its norm": """
  layer tower = { Conv2d(4, 3, padding=1, bias=false) -> BatchNorm2d() -> ReLU() }
  a = x -> tower()
  b = a -> tower()
  y = a + b""",
    "one norm for two layers": """
  layer norm = BatchNorm2d()
  a = Conv2d(4, 1) -> norm()
  b = x -> Conv2d(4, 3, padding=1) -> norm()
  y = a + b""",
}


@pytest.mark.parametrize("name", FUSED)
def test_norm_when_it_can_go_is_gone_and_the_numbers_are_the_same(name: str) -> None:
    analysis = net(FUSED[name])
    assert norms(analysis) == 0
    assert differ(analysis, torch.float64) < 1e-11
    assert differ(analysis, torch.float32) < 1e-5


@pytest.mark.parametrize(
    ("body", "shape", "out"),
    [
        ("  y = Linear(5, bias=false) -> BatchNorm1d()", "[N, 4]", "[N, 5]"),
        ("  y = Conv1d(6, 3, groups=2) -> BatchNorm1d()", "[N, 4, L]", "[N, 6, L - 2]"),
        (
            "  y = ConvTranspose3d(6, 2, stride=2, groups=2) -> BatchNorm3d()",
            "[N, 4, D, H, W]",
            "[N, 6, 2 * D, 2 * H, 2 * W]",
        ),
    ],
)
def test_norm_behind_other_ranks_goes_too(body: str, shape: str, out: str) -> None:
    analysis = net(body, shape, out)
    assert norms(analysis) == 0
    assert differ(analysis, torch.float64) < 1e-11


STAY = {
    "the layer is read elsewhere": "  a = Conv2d(4, 1)\n  b = a -> BatchNorm2d()\n  y = a + b",
    "the norm remembers nothing": "  y = Conv2d(4, 1) -> BatchNorm2d(track_running_stats=false)",
    "no layer before it": "  y = BatchNorm2d() -> ReLU()",
    "something between": "  y = Conv2d(4, 1) -> ReLU() -> BatchNorm2d()",
    "a weight that is made anew": "  y = SpectralNorm(Conv2d(4, 1)) -> BatchNorm2d()",
    "shared, and once without the norm": """
  layer head = Conv2d(4, 1)
  a = head() -> BatchNorm2d()
  b = a -> head()
  y = a + b""",
    "shared, with two norms": """
  layer head = Conv2d(4, 1)
  a = head() -> BatchNorm2d()
  b = a -> head() -> BatchNorm2d()
  y = a + b""",
}


@pytest.mark.parametrize("name", STAY)
def test_norm_when_it_cannot_go_stays(name: str) -> None:
    analysis = net(STAY[name])
    assert norms(analysis) == convdsl.emit(analysis).count("nn.BatchNorm2d(")
    assert differ(analysis, torch.float64) < 1e-11


def test_norm_when_a_dense_layer_counts_on_another_axis_stays() -> None:
    analysis = net("  y = Linear(5) -> BatchNorm1d()", "[N, 4, 6]", "[N, 4, 5]")
    assert norms(analysis) == 1
    assert differ(analysis, torch.float64) < 1e-11


def test_norm_that_is_also_needed_elsewhere_goes_where_it_can_and_keeps_its_key() -> None:
    analysis = net("""
  layer norm = BatchNorm2d()
  a = Conv2d(4, 1) -> norm()
  b = x -> norm()
  y = a + b""")
    assert norms(analysis) == 1
    assert differ(analysis, torch.float64) < 1e-11


def test_output_before_a_norm_keeps_the_norm() -> None:
    text = "convdsl 1\nmodel M {\n  input x: [N, 4, H, W]\n  a = Conv2d(4, 1)\n  b = BatchNorm2d()\n"
    analysis = convdsl.load(text + "  output a: [N, 4, H, W]\n  output b: [N, 4, H, W]\n}\n")
    assert norms(analysis) == 1


def test_fused_keys_are_those_of_the_network_without_its_norms_and_with_biases() -> None:
    analysis = net("  head = { Conv2d(4, 3, padding=1, bias=false) -> BatchNorm2d() -> ReLU() }\n  y = Conv2d(4, 1)")
    keys = list(convdsl.build(analysis, fuse=True, device="meta").state_dict())
    assert keys == ["head.0.weight", "head.0.bias", "y.weight", "y.bias"]
    source = convdsl.emit(analysis, fuse=True)
    assert "1 norm is folded" in source
    assert "= self.head[0](x)" in source
    assert "self.head[1](" not in source  # nothing is run in the norm's place
    assert "nn.ReLU(inplace=True)" in source  # what comes out of the layer is fresh, with the norm or without


@pytest.mark.parametrize("name", RUN)
def test_zoo_when_fused_gives_the_same_numbers(name: str) -> None:
    analysis = convdsl.load(path(name))
    behind_activations = {"zhang2016": 7, "zhang2017": 9}  # one at the end of each stage, behind its last ReLU
    assert norms(analysis) == behind_activations.get(name, 0)
    assert differ(analysis, torch.float32) < 1e-5


@settings(max_examples=15, deadline=None)
@given(specs())
def test_law_fused_network_equals_the_network(text: str) -> None:
    analysis = convdsl.load(text)
    assert analysis.ok
    assert differ(analysis, torch.float64) < 1e-9


@pytest.mark.parametrize("fuse", [False, True])
@torch.no_grad()
def test_channels_last_and_dtype_are_those_asked_for(fuse: bool) -> None:
    analysis = net("  y = Conv2d(4, 3, padding=1) -> BatchNorm2d()")
    network = convdsl.build(analysis, channels_last=True, dtype=torch.float64, fuse=fuse, seed=0).eval()
    assert {weight.dtype for weight in network.parameters()} == {torch.float64}
    out = network(torch.randn(2, 4, 5, 6, dtype=torch.float64))
    assert out.is_contiguous(memory_format=torch.channels_last)
    assert not out.is_contiguous()
    plain = convdsl.build(analysis, dtype=torch.float64, seed=0).eval()
    x = torch.randn(2, 4, 5, 6, dtype=torch.float64)
    assert torch.allclose(network(x), plain(x))


def test_channels_last_of_one_channel_lays_what_comes_of_it() -> None:
    analysis = net("  y = Conv2d(4, 3, padding=1)", "[N, 1, H, W]", "[N, 4, H, W]")
    out = convdsl.build(analysis, channels_last=True)(torch.randn(2, 1, 5, 6))
    assert out.is_contiguous(memory_format=torch.channels_last)


def test_channels_last_of_volumes_is_that_of_volumes() -> None:
    analysis = net("  y = Conv3d(4, 3, padding=1)", "[N, 4, D, H, W]", "[N, 4, D, H, W]")
    weight = convdsl.build(analysis, channels_last=True).get_parameter("y.weight")
    assert weight.is_contiguous(memory_format=torch.channels_last_3d)


def test_weights_that_do_not_fit_are_refused_with_what_differs() -> None:
    analysis = net("  y = Conv2d(4, 1)")
    wrong = {"y.weight": torch.zeros(4, 3, 1, 1), "z.bias": torch.zeros(4)}
    with pytest.raises(MistakeError) as caught:
        convdsl.build(analysis, weights=wrong)
    said = "\n".join(caught.value.lines())
    assert "y.bias  4  near `z.bias`" in said
    assert "z.bias  4  near `y.bias`" in said
    assert "y.weight  4×4×1×1  found 4×3×1×1: axis 1 differs" in said


def test_build_when_given_parameters_of_the_model_uses_them() -> None:
    text = "convdsl 1\nmodel M(width: int = 2) {\n  input x: [N, 1, H, W]\n  y = Conv2d(width, 1)\n"
    text += "  output y: [N, width, H, W]\n}\n"
    assert convdsl.build(text, width=7).get_parameter("y.weight").shape == (7, 1, 1, 1)
