"""Rules about layers that follow each other, at the boundary of their conditions, with the numbers worked out."""

import pytest

from convdsl.lint.catalogue import rules
from tests.lint.rules.network import check_said, spoken, subject_for

MAP = "  input x: [N, {0}, H, W]\n  {1}\n  y = Conv2d(2, 1)\n  output y: [N, 2, H, W]"


def on_map(name: str, layers: str, *expected: str, channels: int = 8) -> None:
    check_said(name, MAP.format(channels, "\n  ".join(layers.split("; "))), *expected)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("ReLU() -> ReLU()", "`ReLU` changes nothing behind `ReLU` | remove it"),
        ("ReLU() -> Dropout(0.5) -> ReLU()", "changes nothing behind"),  # 2 * max(0, x) is max(0, 2 * x)
        ("ReLU6() -> ReLU6()", "changes nothing behind"),
        (
            "ReLU6() -> Dropout(0.5) -> ReLU6()",
            "`ReLU6` reads nothing but `ReLU6` | remove one of them",
        ),  # 12 is cut to 6
        ("ReLU6() -> Dropout(0.5) -> ChannelShuffle(2) -> ReLU6()", "reads nothing but"),
        ("Sigmoid() -> Sigmoid()", "reads nothing but"),
        ("ReLU() -> ReLU6()", "`ReLU6` reads nothing but `ReLU`"),
        ("LeakyReLU(0.1) -> ReLU()", "`ReLU` reads nothing but `LeakyReLU`"),
    ],
)
def test_double_act_when_the_second_changes_nothing_says_so(layers: str, expected: str) -> None:
    on_map("double-act", f"Conv2d(8, 1) -> {layers}", expected)


def test_linear_pair_of_layers_that_one_call_in_a_block_makes_is_marked_there_once() -> None:
    """The block applies whatever layer it is handed: both convolutions and the norm stand at `make()`."""
    block = "block Made(make: layer) {\n  make()\n}\n"
    layers = "  Made(make=Conv2d(8, 1))\n  Made(make=BatchNorm2d)\n  Made(make=Conv2d(8, 1))\n  ReLU()"
    body = f"  input x: [N, 8, H, W]\n{layers}\n  y = Conv2d(2, 1)\n  output y: [N, 2, H, W]"
    (line,) = spoken("linear-linear", body, block)
    assert "[make()]" in line
    assert "a scale and a shift" not in line
    assert "its output is not bent" not in line


SOFT = "  input x: [N, 3, H, W]\n  Conv2d({0}, 1) -> {1}\n  y = Softmax(1)\n  output y: [N, {0}, H, W]"


@pytest.mark.parametrize(
    ("channels", "layers", "expected"),
    [
        (1, "Sigmoid()", ""),  # of one number the share is 1
        (2, "Sigmoid()", "over 2 numbers from 0 to 1 gives none more than 73% | e^1 / (e^1 + 1) = 0.731"),
        (2, "Tanh()", "from -1 to 1 | 88% | e^2 / (e^2 + 1) = 0.881"),
        (10, "Tanh() -> Mul(2)", "86% | e^4 / (e^4 + 9) = 0.858 | give it numbers that lie further apart"),
        (10, "Tanh() -> Mul(2.5)", ""),  # e^5 / (e^5 + 9) = 148.4 / 157.4 = 0.943
        # the mark stands at what is bounded, past what averages or moves
        (2, "Sigmoid() -> ChannelShuffle(2)", "[Sigmoid()] 0 to 1 | leave out `Sigmoid` <>"),
        (2, "Sigmoid() -> Upsample(scale_factor=2) -> AvgPool2d(2)", "[Sigmoid()] 0 to 1 | leave out `Sigmoid` <>"),
        (2, "Sigmoid() -> BatchNorm2d() -> Hardtanh()", "[Hardtanh()] -1 to 1 | leave out `Hardtanh` <>"),
    ],
)
def test_double_softmax_when_numbers_are_bounded(channels: int, layers: str, expected: str) -> None:
    check_said("double-softmax", SOFT.format(channels, layers), *([expected] if expected else []))


def test_double_softmax_of_a_bounded_input_has_no_activation_to_leave_out() -> None:
    body = "  input gray: [N, 1, 8, W] means L / 100\n  y = Softmax(2)\n  output y: [N, 1, 8, W]"
    # e / (e + 7) = 0.28
    check_said(
        "double-softmax", body, "more than 28% | [input gray: [N, 1, 8, W] means L / 100] 0 to 1 | multiply them"
    )


@pytest.mark.parametrize(
    ("loss", "share", "count"), [("CrossEntropy()", 0.51, 1), ("CrossEntropy()", 0.5, 0), ("L1()", 0.51, 0)]
)
def test_double_softmax_of_a_loss_when_the_share_is_the_limit_is_quiet(loss: str, share: float, count: int) -> None:
    """Two equal numbers: a half each; a loss of another kind has no softmax in it."""
    body = "  input x: [N, 3, H, W]\n  Conv2d(2, 1)\n  y = Mul(0)\n  output y: [N, 2, H, W]"
    found = spoken("double-softmax", body, f"train {{\n  loss = {loss}\n}}\n", {"double-softmax": {"share": share}})
    assert len(found) == count


def test_double_softmax_of_a_loss_when_no_size_is_legal_is_silent() -> None:
    body = "  input x: [N, 3, H, W]\n  y = Conv2d(2, 1) -> Sigmoid()\n  output y: [N, 2, H, W]"
    subject = subject_for(body, rest="train {\n  loss = CrossEntropy()\n}\n")
    (rule,) = (rule for rule in rules() if rule.code.name == "double-softmax")
    assert rule.suspects(subject)
    subject.size = {}
    assert not rule.suspects(subject)


def test_double_softmax_when_the_share_is_the_limit_is_quiet() -> None:
    body = SOFT.format(2, "Tanh() -> Mul(0)")  # two equal numbers: a half each
    assert len(spoken("double-softmax", body)) == 1
    for share, count in ((0.5, 0), (0.51, 1)):
        assert len(spoken("double-softmax", body, numbers={"double-softmax": {"share": share}})) == count


@pytest.mark.parametrize(
    ("layers", "channels", "expected"),
    [
        ("{0} -> ReLU() -> {0}", 8, ["8 channels of the depthwise `Conv2d` are not mixed before the next"]),
        ("{0} -> {0}", 8, []),  # one larger window
        ("{0} -> BatchNorm2d() -> {0}", 8, []),
        ("{0} -> BatchNorm2d() -> ReLU() -> BatchNorm2d() -> {0}", 8, ["the next"]),
        ("{0} -> ReLU() -> Conv2d(8, 1) -> {0}", 8, []),
        ("Conv2d(2, 3, padding=1, groups=2) -> ReLU() -> Conv2d(2, 3, padding=1, groups=2)", 2, ["2 channels"]),
        ("Conv2d(1, 3, padding=1, groups=1) -> ReLU() -> Conv2d(1, 3, padding=1, groups=1)", 1, []),
        # a call that is made again needs no second mark
        ("repeat 2 {; {0} -> ReLU(); }", 8, ["`Conv2d(8, 1)`"]),
        # of two that follow the first is named
        ("a = {0} -> ReLU(); b = {0} -> ReLU(); c = a -> {1}; b + c", 8, ["[{0}] the next"]),
    ],
)
def test_depthwise_alone_when_something_bends_between(layers: str, channels: int, expected: list[str]) -> None:
    each = "Conv2d(8, 3, padding=1, groups=8)", "Conv2d(8, 5, padding=2, groups=8)"
    said = [one.replace("{0}", each[0]) for one in expected]
    on_map("depthwise-alone", layers.replace("{0}", each[0]).replace("{1}", each[1]), *said, channels=channels)


def test_depthwise_alone_when_a_call_is_made_again_needs_no_second_mark() -> None:
    each = "Conv2d(8, 3, padding=1, groups=8) -> ReLU()"
    (again,) = spoken("depthwise-alone", MAP.format(8, f"repeat 2 {{\n  {each}\n}}"))
    (other,) = spoken("depthwise-alone", MAP.format(8, f"{each}\n  {each}"))
    assert "the next |" not in again
    assert "[Conv2d(8, 3, padding=1, groups=8)] the next |" in other


DROPPED = """
  input x: [N, 8, H, W]
  {}
  ReLU()
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]"""


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("Dropout(0.5) -> Conv2d(8, 1) -> BatchNorm2d()", ["makes squares 2 times as large"]),
        ("Dropout(0.5) -> Conv2d(8, 1) -> BatchNorm2d(track_running_stats=false)", []),  # remembers nothing
        ("Dropout(0.5) -> Conv2d(8, 1) -> GroupNorm(2) -> BatchNorm2d()", []),
        ("Dropout(0.2) -> Conv2d(8, 1) -> BatchNorm2d()", []),  # 1 / 0.8 = 1.25
        ("Dropout(0.2) -> Dropout(0.25) -> BatchNorm2d()", ["makes squares 1.67 times"]),  # 1 / (0.8 * 0.75)
        # one dropout is named once, whoever reads it
        ("a = Dropout(0.5); b = BatchNorm2d(); c = a -> BatchNorm2d(); b + c", ["[BatchNorm2d()] divides"]),
        # of two ways the one that is enlarged more
        ("a = Dropout(0.2); b = x -> Dropout(0.5); a + b -> BatchNorm2d()", ["[Dropout(0.5)] | 2 times"]),
    ],
)
def test_dropout_before_norm_when_squares_are_enlarged(layers: str, expected: list[str]) -> None:
    check_said("dropout-before-bn", DROPPED.format("\n  ".join(layers.split("; "))), *expected)


def test_dropout_before_norm_at_the_limit_is_found() -> None:
    body = DROPPED.format("Dropout(0.5)\n  BatchNorm2d()")
    for limit, count in ((2, 1), (2.01, 0)):
        found = spoken("dropout-before-bn", body, numbers={"dropout-before-bn": {"inflation": limit}})
        assert len(found) == count


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("Conv2d(8, 1) -> BatchNorm2d()", ["the 8 numbers of the bias are subtracted again | 8 parameters"]),
        # 8 and 16 numbers
        ("Conv2d(8, 1) -> BatchNorm2d() -> ReLU(); Conv2d(16, 1) -> BatchNorm2d()", ["24 parameters", "24 parameters"]),
        # applied twice, its weights count once
        (
            "layer one = Conv2d(8, 1); one() -> BatchNorm2d(); one() -> BatchNorm2d()",
            [" 8 parameters of the network | so in 2 layers"],
        ),
        ("Conv2d(8, 1, bias=false) -> BatchNorm2d()", []),
        ("BatchNorm2d() -> BatchNorm2d()", []),  # the bias of a norm is `affine`'s
        ("SelfAttention2d(2) -> BatchNorm2d()", []),  # not affine
    ],
)
def test_bias_before_norm_counts_what_is_subtracted(layers: str, expected: list[str]) -> None:
    on_map("bias-before-norm", f"{layers}; ReLU()", *expected)


@pytest.mark.parametrize(
    ("layers", "size", "is_flat"),
    [
        ("AdaptiveAvgPool2d(1) -> Upsample(scale_factor=4)", 4, True),
        ("AdaptiveAvgPool2d(1) -> Upsample(scale_factor=4) -> Conv2d(8, 1)", 4, True),
        ("AdaptiveAvgPool2d(1) -> Upsample(scale_factor=4) -> Conv2d(8, 1, stride=2)", 2, True),
        ("AdaptiveAvgPool2d(1) -> Upsample(scale_factor=4) -> Conv2d(8, 1, padding=1)", 6, False),
        ("AdaptiveAvgPool2d(1) -> Upsample(scale_factor=4) -> Conv2d(8, (1, 2))", "4, 3", False),  # as a rule
        ("AdaptiveAvgPool2d(1) -> ConvTranspose2d(8, 1, stride=4, output_padding=3)", 4, False),  # 15 hold the bias
        ("AdaptiveAvgPool2d(1) -> Upsample(scale_factor=4) -> Sigmoid()", 4, True),
        ("AdaptiveAvgPool2d(1) -> Upsample(scale_factor=4) -> BatchNorm2d()", 4, True),
        ("m = AdaptiveAvgPool2d(1); w = Upsample(scale_factor=4); Concat(w, w)", 4, True),
        ("m = AdaptiveAvgPool2d(1); w = Upsample(scale_factor=4); Mul(w, m, broadcast=true)", 4, True),
        ("m = AdaptiveAvgPool2d(1); w = Upsample(scale_factor=(2, 4)); Concat(w, w, dim=2)", 4, False),
    ],
)
def test_flat_norm_when_a_map_is_one_number_all_over(layers: str, size: int | str, is_flat: bool) -> None:
    lines = "\n  ".join(layers.split("; "))
    channels = 16 if "Concat(w, w)" in layers else 8
    sides = f"{size}, {size}" if isinstance(size, int) else size
    body = f"  input x: [N, 8, H, W]\n  {lines}\n  y = InstanceNorm2d()\n  output y: [N, {channels}, {sides}]"
    check_said("in-before-1x1-map", body, *(["every number is 0"] if is_flat else []))
