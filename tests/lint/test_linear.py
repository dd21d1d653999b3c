"""Learned layers with nothing nonlinear between them: what stands there, and what one layer in place of two costs."""

import pytest

from convdsl.lint.linear import (
    Kernel,
    Pair,
    is_factorised,
    is_learned,
    is_linear,
    kernel,
    kernels,
    never_bent,
    one_layer,
    pairs,
)
from convdsl.lint.numbers import Numbers
from convdsl.pipeline import analyze
from convdsl.source import Source


def read(body: str, shape: str = "[N, 8, 16, 16]") -> Numbers:
    """Read a model of some lines; what it gives need not be said."""
    lines = "\n".join(f"  {line}" for line in body.split("\n"))
    analysis = analyze(Source("m.cdsl", f"convdsl 1\nmodel M {{\n  input x: {shape}\n{lines}\n}}\n"))
    assert {item.code.id for item in analysis.diagnostics if item.is_error} <= {"E126", "E104"}, analysis.diagnostics
    graph, accepted, legal = analysis.graph, analysis.accepted, analysis.legal
    assert graph is not None and accepted is not None and legal is not None
    return Numbers(graph, accepted, legal, None)


def met(body: str, shape: str = "[N, 8, 16, 16]") -> list[tuple[str, str, str, str]]:
    """Return of each pair its names, the last norm between them, and what else is true: moves, shuffles, joined."""
    out = []
    for pair in pairs(read(body, shape)):
        run = pair.run
        flags = [name for name in ("moves", "shuffles", "joined") if getattr(run, name)]
        out.append((pair.first.name, pair.second.name, run.norm.name if run.norm else "", " ".join(flags)))
    return out


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        ("", [("a", "b", "", "")]),
        ("ReLU()", []),
        ("Mul(2)", [("a", "b", "", "")]),
        ("n = BatchNorm2d()", [("a", "b", "n", "")]),
        ("m = BatchNorm2d()\nn = BatchNorm2d()", [("a", "b", "n", "")]),
        ("n = BatchNorm2d()\nIdentity()", [("a", "b", "n", "")]),
        ("n = BatchNorm2d()\nAvgPool2d(2)", [("a", "b", "n", "moves")]),
        ("AvgPool2d(2)\nn = BatchNorm2d()", [("a", "b", "n", "moves")]),
        ("AvgPool2d(2)\nn = BatchNorm2d()\nMul(2)", [("a", "b", "n", "moves")]),
        ("PixelShuffle(2)", [("a", "b", "", "moves shuffles")]),
        ("PixelShuffle(2)\nMul(2)", [("a", "b", "", "moves shuffles")]),
        ("Identity()", [("a", "b", "", "")]),
        ("Add(a, x)", [("a", "b", "", "joined")]),
        ("Add(x, a)", [("a", "b", "", "joined")]),
        ("Add(x, a)\nMul(2)", [("a", "b", "", "joined")]),
        ("LayerNorm(16)", []),  # of statistics of its own: not affine in evaluation
        ("Filter2d(binomial)", [("a", "b", "", "moves")]),  # nothing in it is learned
        ("c = Conv2d(8, 1)", [("a", "c", "", ""), ("c", "b", "", "")]),
        ("x -> ReLU()", []),
    ],
)
def test_pairs_are_learned_layers_with_nothing_bent_between_them(
    between: str, expected: list[tuple[str, str, str, str]]
) -> None:
    lines = ["a = Conv2d(8, 1)", *between.split("\n"), "b = Conv2d(8, 1)"]
    assert met("\n".join(line for line in lines if line)) == expected


def test_pairs_go_through_flattened_maps_to_dense_layers() -> None:
    assert met("a = Conv2d(2, 1)\nFlatten()\nb = Linear(3)\nc = Linear(3)") == [
        ("a", "b", "", "moves shuffles"),
        ("b", "c", "", ""),
    ]


def test_learned_are_layers_that_mix_numbers_by_weights() -> None:
    numbers = read("Conv2d(8, 1)\nFilter2d(binomial)\nBatchNorm2d()\nPReLU()\nFlatten()\nLinear(3)\nReLU()")
    found = [type(node.op).__name__ for node in numbers.nodes if is_learned(numbers, node)]
    assert found == ["Conv2d", "Linear"]


C = "Conv2d(8, 1)"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"a = {C}\nr = ReLU()\nb = {C}\noutput b: [N, 8, 16, 16]", "x r"),
        (f"a = {C}\nn = BatchNorm2d()\nb = {C}\noutput b: [N, 8, 16, 16]", "x a n"),
        (f"a = {C}\nb = {C}\noutput a: [N, 8, 16, 16]\noutput b: [N, 8, 16, 16]", "x"),  # a is an output itself
        (f"a = {C}\nb = a -> {C}\nc = a -> ReLU()\ny = b + c\noutput y: [N, 8, 16, 16]", "x"),
        (f"a = {C}\nb = a -> {C}\nc = a -> Mul(2)\nd = c -> {C}\ny = b + d\noutput y: [N, 8, 16, 16]", "x a c"),
        (f"r = ReLU()\na = {C}\noutput a: [N, 8, 16, 16]", "r"),
        ("m = Mul(2)\noutput m: [N, 8, 16, 16]", ""),
        (
            "Flatten(2)\np = Permute((0, 2, 1))\nt = MultiheadAttention(8, 2, batch_first=true)\noutput t: [N, 256, 8]",
            "",
        ),
    ],
)
def test_never_bent_are_values_of_which_every_way_meets_a_learned_layer_first(body: str, expected: str) -> None:
    numbers = read(body)
    never = never_bent(numbers)
    found = [node.name for node in numbers.nodes if never[node.index]]
    assert " ".join(found) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"a = {C}\nb = {C}\noutput b: [N, 8, 16, 16]", True),
        (f"a = {C}\nr = ReLU()\nb = {C}\noutput b: [N, 8, 16, 16]", False),
        (f"a = {C}\nb = x -> ReLU()\ny = a + b\noutput y: [N, 8, 16, 16]", False),
        (f"b = x -> ReLU()\na = x -> {C}\ny = b + a\noutput y: [N, 8, 16, 16]", False),
        (f"a = {C}\nb = ReLU()\noutput a: [N, 8, 16, 16]\noutput b: [N, 8, 16, 16]", False),
        (f"b = x -> ReLU()\na = x -> {C}\noutput a: [N, 8, 16, 16]", True),  # what no output is made of does not count
    ],
)
def test_linear_is_a_network_whose_outputs_all_are(body: str, expected: bool) -> None:
    assert is_linear(read(body)) is expected


def kernel_of(body: str, shape: str = "[N, 8, 16, 16]", channels: int = 0) -> Kernel:
    numbers = read(body, shape)
    return kernel(numbers, numbers.nodes[-1], channels)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Conv2d(4, 3)", Kernel(4 * 8 * 9, 9, 8, 4, 1, (3, 3), (1, 1))),
        ("Conv2d(4, (1, 3), dilation=(1, 2), groups=2)", Kernel(4 * 4 * 3, 3, 8, 4, 2, (1, 3), (1, 2))),
        ("Conv2d(8, 3, groups=8)", Kernel(8 * 9, 9, 8, 8, None, (3, 3), (1, 1))),
        ("ConvTranspose2d(4, 2, stride=2)", Kernel(8 * 4 * 4, 4, 8, 4, 1, (2, 2), (1, 1))),
    ],
)
def test_kernel_of_a_window_is_what_pytorch_holds(body: str, expected: Kernel) -> None:
    assert kernel_of(body) == expected


def test_kernel_of_a_single_channel_is_of_one_group() -> None:
    assert kernel_of("Conv2d(1, 3, groups=1)", "[N, 1, 16, 16]") == Kernel(9, 9, 1, 1, 1, (3, 3), (1, 1))


@pytest.mark.parametrize(
    ("channels", "taps", "reads"),
    [
        (8, 16, 8),  # all of a map of 4 by 4
        (128, 1, 128),
        (0, 1, 128),  # no map
        (5, 1, 128),  # of other channels
    ],
)
def test_kernel_of_a_dense_layer_reads_a_map_as_one_window(channels: int, taps: int, reads: int) -> None:
    assert kernel_of("Linear(10)", "[N, 128]", channels) == Kernel(1280, taps, reads, 10, 1, ())


def pair_of(body: str, shape: str = "[N, 8, 16, 16]") -> tuple[Numbers, Pair]:
    numbers = read(body, shape)
    (pair,) = pairs(numbers)
    return numbers, pair


@pytest.mark.parametrize(
    ("body", "weights"),
    [
        ("Conv2d(16, 3)\nConv2d(4, 1)", 8 * 9 * 4),
        ("Conv2d(16, 1)\nConv2d(4, (3, 5))", 8 * 15 * 4),
        ("Conv2d(16, 3, groups=4)\nConv2d(4, 1, groups=2)", 8 * 9 * 4 // 2),
        ("Conv2d(8, 3, groups=8)\nConv2d(4, 1, groups=4)", 8 * 9 * 4 // 4),  # a depthwise one is of any groups
        ("Conv2d(4, 1, groups=2)\nConv2d(4, 3, groups=4)", 8 * 9 * 4 // 2),
        (
            "Conv2d(16, 1, groups=4)\nPixelShuffle(2)\nConv2d(4, 1, groups=4)",
            8 * 4,
        ),  # which groups meet is anyone's guess
        ("Conv2d(3, 1)\nFlatten()\nLinear(10)", 8 * 256 * 10),
    ],
)
def test_one_layer_in_place_of_two_has_so_many_weights(body: str, weights: int) -> None:
    assert one_layer(*pair_of(body)) == weights


def test_kernels_of_a_pair_are_those_of_both() -> None:
    one, two = kernels(*pair_of("Conv2d(2, 1)\nFlatten()\nLinear(10)"))
    assert one == Kernel(16, 1, 8, 2, 1, (1, 1), (1, 1))
    assert two == Kernel(5120, 256, 2, 10, 1, ())
    one, two = kernels(*pair_of("Linear(16)\nLinear(64)", "[N, 128]"))
    assert one == Kernel(2048, 1, 128, 16, 1, ())
    assert two == Kernel(1024, 1, 16, 64, 1, ())


SAME = "padding=1"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # MobileNet (Howard et al. 2017): depthwise and pointwise, in either order
        ("Conv2d(8, 3, groups=8)\nConv2d(64, 1)", True),
        ("Conv2d(16, 1)\nConv2d(16, 3, groups=16)", True),
        ("Conv2d(8, 3, groups=8)\nConv2d(1, 1)", True),  # though it has 8 * 9 + 8 weights, and one layer 8 * 9
        # two depthwise ones: a large window only if their dilations differ
        ("Conv2d(8, 3, groups=8)\nConv2d(8, 3, groups=8)", False),
        ("Conv2d(8, 3, groups=8)\nConv2d(8, 3, groups=8, dilation=2, padding=2)", True),
        # windows along different axes (Szegedy et al. 2016), and along one
        ("Conv2d(8, (1, 3))\nConv2d(8, (3, 1))", True),
        ("Conv2d(8, (3, 1))\nConv2d(8, (1, 3))", True),
        ("Conv2d(8, (1, 2))\nConv2d(8, (2, 1))", True),
        ("Conv2d(8, (1, 3))\nConv2d(8, (1, 3))", False),
        ("Conv2d(8, (1, 3))\nConv2d(8, (3, 3))", False),
        # one of the two pointwise: 8 * 2 + 2 * 9 * 8 = 160 weights against 8 * 9 * 8 = 576
        ("Conv2d(2, 1)\nConv2d(8, 3)", True),
        ("Conv2d(2, 3)\nConv2d(8, 1)", True),
        ("Conv2d(64, 1)\nConv2d(8, 3)", False),  # 8 * 64 + 64 * 9 * 8 are more
        ("Conv2d(64, 3)\nConv2d(8, 1)", False),
        ("Conv2d(7, 1)\nConv2d(8, 3)", True),  # 8 * 7 + 7 * 9 * 8 = 560 are fewer, though 7 * 256 > 8 * 14 * 14
        # 8 * 9 * 14 + 14 * 16 = 1,232 weights against 8 * 9 * 16 = 1,152, though 14 * 8 * 8 < 16 * 10 * 10 numbers
        (f"Conv2d(14, 3, stride=2, {SAME})\nConv2d(16, 1, padding=1)", False),
        ("Conv2d(4, 1)\nConv2d(8, 1)", False),  # 8 * 4 + 4 * 8 = 64 = 8 * 8: as many
        ("Conv2d(3, 1)\nConv2d(8, 1)", True),  # 48
        # the rank of both: 4 of 8 channels between them
        ("Conv2d(4, 3)\nConv2d(8, 3)", True),
        ("Conv2d(8, 3)\nConv2d(8, 3)", False),
        ("Conv2d(8, 3)\nConv2d(16, 3)", False),
        ("Conv2d(16, 3)\nConv2d(8, 3)", False),
        ("Conv2d(4, 3)\nConv2d(4, 3)", False),  # no fewer than come out
        # 8 * 16 * 16 numbers in and out, 16 * 8 * 8 between, then enlarged; 32 * 8 * 8 are as many
        (f"Conv2d(16, 4, stride=2, {SAME})\nConvTranspose2d(8, 4, stride=2, {SAME})", True),
        (f"Conv2d(32, 4, stride=2, {SAME})\nConvTranspose2d(8, 4, stride=2, {SAME})", False),
        (f"Conv2d(31, 4, stride=2, {SAME})\nConvTranspose2d(8, 4, stride=2, {SAME})", True),
        (f"Conv2d(31, 4, stride=2, {SAME})\nConvTranspose2d(4, 4, stride=2, {SAME})", False),  # 4 * 256 come out
        # smaller, and no larger again: only the channels count
        (f"Conv2d(8, 4, stride=2, {SAME})\nConv2d(16, 3, {SAME})", False),
        (f"Conv2d(8, 4, stride=2, {SAME})\nConv2d(16, 3, padding=2)", True),  # enlarged by its padding
        (f"Conv2d(4, 4, stride=2, {SAME})\nConv2d(16, 3, {SAME})", True),
        # dense layers: 128 numbers, then 16, then 64: 3,072 weights against 8,192
        ("Flatten()\nLinear(16)\nLinear(64)", True),
        ("Flatten()\nLinear(2000)\nLinear(64)", False),
        # a map in 2 channels: 8 * 2 + 512 * 10 weights against 2,048 * 10
        ("Conv2d(2, 1)\nFlatten()\nLinear(10)", True),
    ],
)
def test_factorised_is_what_has_been_taken_apart_on_purpose(body: str, expected: bool) -> None:
    assert is_factorised(*pair_of(body)) is expected


def test_factorised_is_a_depthwise_layer_behind_one_that_mixes_whatever_it_costs() -> None:
    # 8 + 8 * 9 weights, and one layer 9 * 8
    assert is_factorised(*pair_of("Conv2d(8, 1)\nConv2d(8, 3, groups=8)", "[N, 1, 16, 16]"))
