"""Rules about what windows read at borders and between: numbers by hand, or from PyTorch on CPU."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from convdsl.diagnostics import Severity
from convdsl.lint.catalogue import rules
from convdsl.lint.rule import Rule
from convdsl.lint.rules.border_drop import losing
from convdsl.lint.rules.stride_gap import gapless
from convdsl.pipeline import analyze
from convdsl.review import subject_of
from convdsl.sizes import symbol
from convdsl.sizeset import everything
from convdsl.source import Source
from convdsl.traits import Window

from .network import said, subject_for

TRAIN = "train { crop = 30 }\n"


def encoder(where: str, layers: str, shape: str) -> str:
    return f"  input x: [N, 3, H, 8] {where}\n  {layers}\n  output y: {shape}"


@pytest.mark.parametrize("size", range(4, 12))
def test_border_drop_when_the_last_column_has_no_gradient_finds_it(size: int) -> None:
    mean = torch.ones(1, 1, size, size, requires_grad=True)
    (gradient,) = torch.autograd.grad(functional.avg_pool2d(mean, 3, 2).sum(), mean)
    dropped = bool((gradient[0, 0, -1] == 0).all())
    out = (size - 3) // 2 + 1
    found = said(
        "border-drop",
        f"  input x: [N, 1, {size}, {size}]\n  y = AvgPool2d(3, stride=2)\n  output y: [N, 1, {out}, {out}]",
    )
    assert bool(found) is dropped is (size % 2 == 0)


def test_border_drop_when_the_training_crop_is_odd_warns_of_a_picture() -> None:
    lines = "MaxPool2d(4)\n  y = Upsample(scale_factor=4)"
    body = encoder("", lines, "[N, 3, 4 * (H // 4), 8]")
    (found,) = said("border-drop", body, rest=TRAIN)  # 30 = 4 * 7 + 2
    assert found.severity is Severity.WARNING
    assert "the last 2 of 30 pixels in height at H = 30" in found.message
    (found,) = said("border-drop", body)  # 256 is a multiple of 4, 257 is not
    assert found.severity is Severity.INFO
    assert "such as H = 257" in found.message
    assert "`where H % 4 == 0`" in found.helps[0].text


def test_border_drop_when_the_training_crop_fits_says_so_of_other_sizes_only() -> None:
    body = encoder("", "MaxPool2d(3)\n  y = Upsample(scale_factor=3)", "[N, 3, 3 * (H // 3), 6]")
    found = said("border-drop", body.replace("H, 8", "H, 9").replace(", 6]", ", 9]"), rest=TRAIN)  # 30 = 3 * 10
    assert [one.severity for one in found] == [Severity.INFO]


def test_border_drop_when_a_classifier_is_trained_at_such_a_size_is_an_info() -> None:
    body = encoder("", "MaxPool2d(4)\n  AdaptiveAvgPool2d(1)\n  y = Flatten()", "[N, 3]")
    assert [one.severity for one in said("border-drop", body, rest=TRAIN)] == [Severity.INFO]
    assert said("border-drop", body) == []


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(2, 3), Window(4, 3, 1, 1, 0)),
        (Window(2, 5, 1, 1, 1), Window(6, 5, 1, 3, 1)),
        (Window(3, 2, 2, 2, 2), Window(3, 2, 1, 1, 2)),
        (Window(3, 2, 1, 1, 1), Window(3, 2, 1, 1, 1)),
        (Window(3, 2, 2, 1, 1), Window(3, 2, 1, 0, 2)),
        (Window(3, 3, 3, 2, 2), Window(3, 3, 1, 0, 2)),
        (Window(3, 2, 2, 0, 0), None),  # less padding than none
        (Window(2, 2, 2, 1, 1), None),  # half a pixel less
        (Window(3, 4, 2, 2, 2), None),
        (Window(2, 3, 1, 0, 1), None),
    ],
)
def test_gapless_when_there_is_such_a_window_keeps_every_output_size(window: Window, expected: Window | None) -> None:
    found = gapless(window)
    if expected is None or found is None:
        assert found is expected
        return
    assert (found.kernel_size, found.dilation, found.before) == (
        expected.kernel_size,
        expected.dilation,
        expected.before,
    )
    for size in range(window.extent, 40):
        shapes = [
            functional.conv1d(
                torch.ones(1, 1, size), torch.ones(1, 1, one.kernel_size), None, one.stride, one.before, one.dilation
            )
            for one in (window, found)
        ]
        assert shapes[0].shape == shapes[1].shape


def test_stride_gap_when_pixels_are_counted_reads_four_of_nine() -> None:
    image = torch.rand(1, 1, 30, 30, requires_grad=True)
    (gradient,) = torch.autograd.grad(functional.avg_pool2d(image, 2, 3).sum(), image)
    assert (gradient != 0).float().mean().item() == pytest.approx(4 / 9)
    (found,) = said("stride-gap", "  input x: [N, 1, 30, 30]\n  y = AvgPool2d(2, stride=3)\n  output y: [N, 1, 10, 10]")
    assert "reads 4 of 9 pixels" in found.message
    assert "`kernel_size=4, padding=1`" in found.helps[0].text


def test_dead_taps_when_compared_with_gradients_counts_those_that_have_none() -> None:
    layer = nn.Conv2d(8, 8, 3, padding=6, dilation=6)
    layer(torch.rand(2, 8, 6, 20)).sum().backward()
    assert layer.weight.grad is not None
    dead = int((layer.weight.grad == 0).all(0).all(0).sum())
    (found,) = said(
        "dead-taps", "  input x: [N, 8, 6, 20]\n  y = Conv2d(8, 3, padding=6, dilation=6)\n  output y: [N, 8, 6, 20]"
    )
    assert dead == 6
    assert found.message.startswith(f"{dead} of 9 taps")
    assert found.notes == ("384 weights have no gradient",)  # 6 * 8 * 8


def test_dead_taps_when_only_the_width_is_small_names_the_width() -> None:
    (found,) = said("dead-taps", "  input x: [N, 8, 6, 2]\n  y = Conv2d(8, 5, padding=2)\n  output y: [N, 8, 6, 2]")
    assert found.where.text == "5 pixels over a width of 2"
    assert found.message.startswith("10 of 25 taps")  # the outer two of five columns: offset 2 of 0..1


def test_pad_heavy_when_padding_is_summed_counts_as_a_convolution_of_ones_does() -> None:
    reads = functional.conv2d(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 3, 3), padding=1).sum().item()
    (found,) = said("pad-heavy", "  input x: [N, 8, 2, 2]\n  y = Conv2d(8, 3, padding=1)\n  output y: [N, 8, 2, 2]")
    assert f"{36 - int(reads)} of 36 reads" in found.message


def test_pad_heavy_when_the_threshold_is_lower_finds_larger_maps() -> None:
    body = "  input x: [N, 8, 4, 4]\n  y = Conv2d(8, 3, padding=1)\n  output y: [N, 8, 4, 4]"
    assert said("pad-heavy", body) == []
    (found,) = said("pad-heavy", body, {"pad-heavy": {"share": 0.3}})
    assert "44 of 144 reads" in found.message  # (4 * 3 - 2)² = 100 of 12² lie inside


def test_avgpool_border_when_an_image_of_ones_is_pooled_says_what_its_corner_is() -> None:
    pooled = functional.avg_pool2d(torch.ones(1, 1, 8, 8), 3, 2, 1)
    assert pooled[0, 0, 0, 0].item() == pytest.approx(4 / 9)
    body = "  input x: [N, 1, 8, 8]\n  y = AvgPool2d(3, stride=2, padding=1)\n  output y: [N, 1, 4, 4]"
    (found,) = said("avgpool-border", body)
    assert "keeps 4 / 9" in found.message
    assert found.where.text.startswith("0.44")


def test_valid_shrink_when_the_threshold_is_lower_finds_larger_maps() -> None:
    body = "  input x: [N, 3, 32, 32]\n  Conv2d(8, 3)\n  y = Conv2d(8, 3)\n  output y: [N, 8, 28, 28]"
    assert said("valid-shrink", body) == []  # 4 / 32 = 12.5 %
    (found,) = said("valid-shrink", body, {"valid-shrink": {"share": 0.1}})
    assert found.message.startswith("2 layers without padding leave 28 of 32 pixels")


def test_strided_1x1_when_it_is_no_shortcut_is_a_warning() -> None:
    shape = "[N, 8, (H + 1) // 2, (W + 1) // 2]"
    short = f"""  input x: [N, 8, H, W]
  a = Conv2d(8, 1, stride=2)
  b = x -> Conv2d(8, 3, stride=2, padding=1)
  y = a + b
  output y: {shape}"""
    alone = f"""  input x: [N, 8, H, W]
  z = ReLU()
  a = Conv2d(8, 1, stride=2)
  b = x -> Conv2d(8, 3, stride=2, padding=1)
  y = a + b
  output y: {shape}"""
    acted = short.replace("stride=2)\n", "stride=2) -> ReLU()\n", 1)
    times = short.replace("a + b", "a * b")
    severities = [said("1x1-stride", body)[0].severity for body in (short, alone, acted, times)]
    assert severities == [Severity.INFO, Severity.WARNING, Severity.WARNING, Severity.WARNING]


@pytest.mark.parametrize(
    ("layer", "shape", "argument", "label"),
    [
        ("Conv2d(8, (3, 1), stride=2, padding=(1, 0))", "[N, 8, 8, 8]", "(3, 1)", "1 tap in steps of 2"),
        (
            "Conv2d(8, 2, stride=2, padding=2, dilation=2)",
            "[N, 8, 9, 9]",
            "dilation=2",
            "2 taps, 2 apart, in steps of 2",
        ),
    ],
)
def test_stride_gap_when_a_window_is_small_or_dilated_points_at_that(
    layer: str, shape: str, argument: str, label: str
) -> None:
    subject = subject_for(f"  input x: [N, 3, 16, 16]\n  y = {layer}\n  output y: {shape}")
    (found,) = said("stride-gap", f"  input x: [N, 3, 16, 16]\n  y = {layer}\n  output y: {shape}")
    assert subject.sources[0].excerpt(found.where.span) == argument
    assert found.where.text == label


def test_border_drop_when_several_layers_drop_offers_the_sizes_at_which_none_does() -> None:
    lines = "MaxPool2d(2)\n  MaxPool2d(3)\n  y = Upsample(scale_factor=6)"
    body = f"  input x: [N, 3, H, W]\n  {lines}\n  output y: [N, 3, 6 * (H // 6), 6 * (W // 6)]"
    (found,) = said("border-drop", body)
    assert found.layers == ("0",)
    assert found.notes == ("such sizes are there for 2 layers",)
    assert found.helps[0].text == "promise those at which all are read: `where H % 6 == 0, W % 6 == 0`"


def test_border_drop_when_only_small_sizes_drop_names_the_nearest() -> None:
    lines = "MaxPool2d(2)\n  y = Upsample(scale_factor=2)"
    body = f"  input x: [N, 3, H, 8] where H in [3, 64]\n  {lines}\n  output y: [N, 3, 2 * (H // 2), 8]"
    (found,) = said("border-drop", body)
    assert "the last 1 of 3 pixels in height at some sizes, such as H = 3" in found.message
    assert found.notes == ()


def test_border_drop_when_the_window_reaches_over_the_edge_reads_all() -> None:
    body = "  input x: [N, 3, 9, 9]\n  MaxPool2d(2{})\n  y = Conv2d(8, 1)\n  output y: [N, 8, {}, {}]"
    (found,) = said("border-drop", body.format("", 4, 4))
    assert "`ceil_mode=true`" in found.helps[0].text
    assert found.where.text == "2 pixels in steps of 2"
    assert said("border-drop", body.format(", ceil_mode=true", 5, 5)) == []


def test_border_drop_when_a_convolution_drops_says_how_much_padding_is_enough() -> None:
    # 12 = 2 * 5 + 2 behind the last of two windows of 5 in steps of 5
    (found,) = said("border-drop", "  input x: [N, 3, 12, 12]\n  y = Conv2d(8, 5, stride=5)\n  output y: [N, 8, 2, 2]")
    assert "never reads the last 2 of 12 pixels in height" in found.message
    assert found.helps[0].text == "pad the far end by 3 more, or crop 2 first"
    padded = "  input x: [N, 3, 12, 12]\n  ConstantPad2d((0, 3, 0, 3), 0.0)\n  y = Conv2d(8, 5, stride=5)\n"
    assert said("border-drop", padded + "  output y: [N, 8, 3, 3]") == []


@pytest.mark.parametrize(
    ("kernel", "stride", "padding"), [(2, 2, 0), (3, 2, 0), (4, 4, 1), (5, 5, 2), (3, 3, 1), (6, 4, 1)]
)
def test_law_sizes_that_lose_pixels_are_those_at_which_the_last_has_no_gradient(
    kernel: int, stride: int, padding: int
) -> None:
    before = symbol("H")
    after = before.then(1, 2 * padding - kernel + stride, stride)
    lost = losing(Window(kernel, stride, 1, padding, padding), before, after, everything())
    for size in range(kernel, 40):
        image = torch.ones(1, 1, size, requires_grad=True)
        out = functional.conv1d(image, torch.ones(1, 1, kernel), None, stride, padding)
        (gradient,) = torch.autograd.grad(out.sum(), image)
        assert lost.contains(size) is (gradient[0, 0, -1].item() == 0)


def test_border_drop_when_no_size_is_right_for_all_layers_says_to_pad() -> None:
    (found,) = said(
        "border-drop",
        """  input x: [N, 3, H, 8]
  a = x -> MaxPool2d((2, 1))
  odd = x -> ConstantPad2d((0, 0, 0, 1), 0.0)
  b = odd -> MaxPool2d((2, 1))
  c = a -> Upsample(scale_factor=(2, 1))
  d = b -> Upsample(scale_factor=(2, 1))
  output c: [N, 3, 2 * (H // 2), 8]
  output d: [N, 3, 2 * ((H + 1) // 2), 8]""",
    )
    assert found.helps[0].text == "pad up before the first layer: `PadToMultiple(…)`"


def test_border_drop_when_nothing_is_trained_takes_no_size_for_sure() -> None:
    lines = "MaxPool2d(2)\n  y = Upsample(scale_factor=2)"
    body = f"  input x: [N, 3, H, 8] where H in [4, 65]\n  {lines}\n  output y: [N, 3, 2 * (H // 2), 8]"
    assert [one.severity for one in said("border-drop", body)] == [Severity.INFO]
    found = said("border-drop", body, rest="train { crop = 65 }\n")
    assert [one.severity for one in found] == [Severity.WARNING]


def test_border_drop_when_it_edits_a_where_in_text_keeps_its_commas() -> None:
    lines = "MaxPool2d(2)\n  y = Upsample(scale_factor=2)"
    body = f"  input x: [N, 3, H, W] where H >= 2, W >= 2\n  {lines}\n  output y: [N, 3, 2 * (H // 2), 2 * (W // 2)]"
    (found,) = said("border-drop", body)
    assert [edit.replacement for edit in found.helps[0].edits] == ["H % 2 == 0, W % 2 == 0"]


@pytest.mark.parametrize(
    ("inputs", "layer", "shape", "message", "label", "severity"),
    [
        (
            "[N, 8, 1, 1]",
            "ConvTranspose2d(8, 4, stride=2, padding=1)",
            "[N, 8, 2, 2]",
            "12 of 16 taps of `ConvTranspose2d` paint only what is cut off",
            "4 pixels over a height of 2",
            Severity.WARNING,
        ),
        (
            "[N, 8, H, W] where H == 2, W >= 4",
            "Conv2d(8, 5, padding=2)",
            "[N, 8, H, W]",
            "10 of 25 taps of `Conv2d` meet nothing but padding, at H = 2",
            "5 pixels over a height of 2",
            Severity.INFO,
        ),
    ],
)
def test_dead_taps_when_they_paint_or_depend_on_the_picture_says_so(
    inputs: str, layer: str, shape: str, message: str, label: str, severity: Severity
) -> None:
    (found,) = said("dead-taps", f"  input x: {inputs}\n  y = {layer}\n  output y: {shape}")
    assert (found.message, found.where.text, found.severity) == (message, label, severity)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code.name)
def test_rule_when_a_promise_holds_at_no_size_does_not_fail(rule: Rule) -> None:
    lines = "Conv2d(8, 3, stride=2) -> MaxPool2d(2)\n  y = Upsample(scale_factor=2, mode=bilinear, align_corners=true)"
    text = f"convdsl 1\n\nmodel Net {{\n  input x: [N, 3, H, W]\n  {lines}\n  output y: [N, 8, H + 1, W + 1]\n}}\n"
    subject = subject_of(analyze(Source("spec.cdsl", text)))
    if subject is not None:
        list(rule.check(subject))
