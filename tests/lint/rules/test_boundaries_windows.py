"""What rules about windows and their order say at the boundary of their conditions, counted by hand."""

import pytest

from tests.lint.rules.network import check_said, spoken

PIXELS = "  input x: [N, 1, {0}]\n  {1}\n  y = Conv2d(1, 1)\n  output y: [N, 1, {2}] means L / 100"


@pytest.mark.parametrize(
    ("size", "layers", "out", "expected"),
    [
        ("32, 32", "Conv2d(8, 9)", "24, 24", ""),  # 8 of 32: a quarter
        (
            "32, 32",
            "Conv2d(8, 10)",
            "23, 23",
            "this layer leaves 23 of 32 pixels in height | takes 9 | 28% lost | `padding=4`",
        ),
        ("32, 32", "Conv2d(8, (1, 10))", "32, 23", "leaves 23 of 32 pixels in width"),
        ("32, 32", "Conv2d(8, 5, dilation=3)", "20, 20", "takes 12 | 38% lost | `padding=6`"),
        (
            "32, 32",
            "Conv2d(8, 7) -> ReLU()\n  Conv2d(8, 6)",
            "21, 21",
            "2 layers without padding leave 21 of 32 | [Conv2d(8, 6)] to here | 34% lost",
        ),
        ("32, 32", "repeat 9 {\n  Conv2d(8, 2)\n  }", "23, 23", "9 layers without padding leave 23 of 32"),
        ("H, W", "Conv2d(8, 129)", "H - 128, W - 128", "128 of 256 pixels in height at H = 256 | 50% lost"),
        ("32, 32", "Conv2d(8, 10, stride=2)", "12, 12", ""),
        ("32, 32", "Conv2d(8, 10, stride=(1, 2))", "23, 12", ""),
        ("32, 32", "Conv2d(8, 1) -> MaxPool2d(12, stride=1)", "21, 21", ""),  # a pool learns nothing
        ("32, 32", "Conv2d(8, 11, padding=1)", "24, 24", ""),
        ("32, 32", "Conv2d(8, 3, padding=1)", "32, 32", ""),
    ],
)
def test_valid_shrink_counts_what_is_left(size: str, layers: str, out: str, expected: str) -> None:
    check_said("valid-shrink", PIXELS.format(size, layers, out), *([expected] if expected else []))
    found = spoken("valid-shrink", PIXELS.format(size, layers, out))
    assert all(("to here" in line) == ("Conv2d(8, 6)" in layers) for line in found)
    assert all((" at H" in line) == (size == "H, W") for line in found)


SPREAD = "  input x: [N, 8, H, W]\n  {0}({1})\n  y = AdaptiveAvgPool2d(1)\n  output y: [N, 8, 1, 1]"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        # two taps on either side of nothing; a third between them, and half of the 2 that it adds on each side
        ("8, 2, dilation=2, padding=1", "it reads at -1, +1 | kernel_size, 3, | <3> <2>"),
        ("8, 4, dilation=2, padding=3", "4 taps, 2 apart | it reads at -3, -1, +1, +3 | kernel_size, 3, | <3> <2>"),
        ("8, 4, dilation=2, padding=1", "<3> <0>"),
        ("8, 4, dilation=2", "kernel_size, 3, and padding to match"),  # there is no padding to take from
        ("8, 4, dilation=3, padding=3", "it reads at -4.5, -1.5, +1.5, +4.5"),  # 3 cannot be halved
        ("8, (4, 3), dilation=2, padding=(3, 2)", "along the height | <3> <2>"),
        ("8, (3, 6), dilation=2, padding=(2, 5)", "along the width | kernel_size, 5, | <(3, 5)> <(2, 4)>"),
        ("8, 8, dilation=4, padding=14", "it reads at -14, -10, -6, -2, +2, +6, +10, +14 | <7> <12>"),
        ("8, 10, dilation=2, padding=9", "it reads at -1, +1 | kernel_size, 9, | <9> <8>"),
    ],
)
def test_unread_centre_says_where_it_reads(arguments: str, expected: str) -> None:
    check_said("unread-centre", SPREAD.format("Conv2d", arguments), expected)
    edits = ("dilation=2" in arguments and "padding" in arguments) or "dilation=4" in arguments
    assert all(("<" in line) == edits for line in spoken("unread-centre", SPREAD.format("Conv2d", arguments)))


@pytest.mark.parametrize("layer", ["Conv2d(8, 3, dilation=2)", "Conv2d(8, 4)", "ConvTranspose2d(8, 4, dilation=2)"])
def test_unread_centre_of_windows_that_have_one_or_paint_is_silent(layer: str) -> None:
    name, _, arguments = layer.rstrip(")").partition("(")
    check_said("unread-centre", SPREAD.format(name, arguments))


ORDER = "  input x: [N, 8, 8, 8]\n  {0}\n  y = Conv2d(2, 1)\n  output y: [N, 2, {1}]"


@pytest.mark.parametrize(
    ("layers", "out", "expected"),
    [
        # 512 numbers each from the convolution and the activation, 128 from the pool, 32 from the last: 512 of 1,184
        (
            "Conv2d(8, 1) -> ReLU() -> MaxPool2d(2)",
            "4, 4",
            "works out 512 numbers of which `MaxPool2d` keeps 128 | 43%",
        ),
        ("Conv2d(8, 1) -> Hardswish() -> MaxPool2d(2)", "4, 4", ""),  # falls before it rises
        ("Conv2d(8, 1) -> Softmax(1) -> MaxPool2d(2)", "4, 4", ""),  # looks at all channels
        ("Conv2d(8, 1) -> ReLU() -> AvgPool2d(2)", "4, 4", ""),
        ("Conv2d(8, 1) -> ReLU() -> LPPool2d(2, 2)", "4, 4", ""),
        ("Conv2d(8, 1) -> ReLU() -> MaxPool2d(3, stride=1, padding=1)", "8, 8", ""),  # as many numbers
        ("Conv2d(8, 1) -> BatchNorm2d() -> MaxPool2d(2)", "4, 4", ""),
        ("Conv2d(8, 1) -> Mul(2) -> MaxPool2d(2)", "4, 4", ""),  # no activation
        # which of equal numbers is the largest, ReLU changes
        ("a = Conv2d(8, 1) -> ReLU()\n  m, at = MaxPool2d(2, return_indices=true)\n  m -> Conv2d(8, 1)", "4, 4", ""),
        ("a = Conv2d(8, 1) -> ReLU()\n  b = MaxPool2d(2)\n  c = a -> AvgPool2d(2)\n  b + c", "4, 4", ""),
        ("repeat 2 {\n  Conv2d(8, 1) -> ReLU()\n  }\n  MaxPool2d(2)", "4, 4", ""),  # in a turn, and behind it
    ],
)
def test_pool_order_counts_the_numbers(layers: str, out: str, expected: str) -> None:
    check_said("relu-pool-order", ORDER.format(layers, out), *([expected] if expected else []))


def test_pool_order_when_the_pool_stands_in_another_block_is_silent() -> None:
    blocks = "block Act() {\n  Conv2d(8, 1) -> ReLU()\n}\n\nblock Down() {\n  MaxPool2d(2)\n}\n"
    check_said("relu-pool-order", ORDER.format("Act()\n  Down()", "4, 4"), rest=blocks)


@pytest.mark.parametrize(("wide", "expected"), [(1, ["16%"]), (2, [])])
def test_pool_order_of_a_tenth_of_all_numbers_is_told(wide: int, expected: list[str]) -> None:
    """Of 2,048 numbers a wide layer and 512 + 512 + 128 + 32 others the activation writes 512: 15.8 %, or 9.7 %."""
    body = ORDER.format("Conv2d(32, 1)\n  " * wide + "Conv2d(8, 1) -> ReLU() -> MaxPool2d(2)", "4, 4")
    check_said("relu-pool-order", body, *expected)


def test_pool_order_at_the_limit_is_found() -> None:
    body = ORDER.format("Conv2d(8, 1) -> ReLU() -> MaxPool2d(2)", "4, 4")
    for share, count in ((512 / 1184, 1), (513 / 1184, 0)):
        assert len(spoken("relu-pool-order", body, numbers={"relu-pool-order": {"share": share}})) == count


STACK = """
  input x: [N, 8, H, W] where H % 4 == 0, W % 4 == 0
  {0}
  y = Conv2d(2, 1)
  output y: [N, 2, H / 2, W / 2]"""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("a = Conv2d(4, 1) -> {0}; b = x -> Conv2d(2, 1) -> {0}; Concat(a, b)", "2 times the same | <> <> < -> {0}>"),
        ("a = Conv2d(4, 1) -> {0}; b = x -> {0}; c = x -> Conv2d(2, 1) -> {0}; Concat(a, b, c)", "3 times the same"),
        ("a = Conv2d(4, 1) -> {0}; b = x -> Conv2d(2, 1) -> AvgPool2d(2); Concat(a, b)", ""),
        ("a = Conv2d(4, 1) -> {0}; b = x -> Conv2d(4, 1) -> {0}; a + b", ""),  # no concatenation
        ("a = Conv2d(4, 1) -> {0}; b = x -> Conv2d(2, 2, stride=2); Concat(a, b)", ""),
        ("a = Conv2d(4, 1) -> {0}; b = x -> Conv2d(2, 1) -> {0}; c = Concat(a, b); d = a -> Conv2d(6, 1); c + d", ""),
        ("a = Conv2d(4, 1) -> ReLU(); b = x -> Conv2d(2, 1) -> ReLU(); Concat(a, b); MaxPool2d(2)", ""),  # no pools
        ("Conv2d(4, 1) -> {0} -> ReLU()", ""),  # one pool
    ],
)
def test_pool_before_concat_counts_the_pools(lines: str, expected: str) -> None:
    body = STACK.format("\n  ".join(lines.split("; "))).replace("{0}", "MaxPool2d(2)")
    check_said("pool-before-concat", body, *([expected.replace("{0}", "MaxPool2d(2)")] if expected else []))


def test_pool_before_concat_when_a_line_promises_a_size_offers_no_edit() -> None:
    lines = "a = Conv2d(4, 1) -> {0} : [N, 4, H / 2, W / 2]; b = x -> Conv2d(2, 1) -> {0}; Concat(a, b)"
    body = STACK.format("\n  ".join(lines.split("; "))).replace("{0}", "MaxPool2d(2)")
    (line,) = spoken("pool-before-concat", body)
    assert "<" not in line


def test_pool_before_concat_of_rows_of_numbers_is_silent() -> None:
    body = """
  input x: [N, 2, H, W] where H == 4, W == 4
  a = MaxPool2d(2) -> Flatten()
  b = x -> MaxPool2d(2) -> Flatten()
  a + b
  y = Linear(2, in_features=8)
  output y: [N, 2]"""
    check_said("pool-before-concat", body)
