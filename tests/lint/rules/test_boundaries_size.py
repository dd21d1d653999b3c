"""Rules about how much a network weighs, works and keeps, at the boundary of their conditions; by arithmetic."""

import pytest

from tests.lint.rules.network import check_said, spoken

TWO = "  input x: [N, {0}]\n  Linear({1}, bias=false) -> ReLU()\n  y = Linear({2}, bias=false)\n  output y: [N, {2}]"


@pytest.mark.parametrize(
    ("numbers", "hidden", "made", "expected"),
    [
        (5000, 10000, 5000, []),  # twice 50,000,000 weights, half of all each
        (3, 16_666_667, 3, ["50,000,001 weights, 50%", "50,000,001 weights"]),
        (4500, 4000, 500, []),  # 18,000,000 of 20,000,000, no more than nine tenths
        (4501, 4000, 500, ["18,004,000 weights, 90% of all"]),
        (1000, 1000, 1, []),  # 1,000,000 weights, of 1,001,000
        (101, 9901, 1, ["1,000,001 weights, 99%"]),  # of 1,009,902
    ],
)
def test_huge_dense_by_weights_and_share(numbers: int, hidden: int, made: int, expected: list[str]) -> None:
    check_said("huge-dense", TWO.format(numbers, hidden, made), *expected)


@pytest.mark.parametrize(
    ("came", "made", "size"),
    [
        (16, 8, "512 bytes"),  # 4 bytes each
        (51, 5, "1,020 bytes"),
        (16, 16, "1 KiB"),
        (512, 512, "1 MiB"),
        (500, 500, "976.6 KiB"),  # 1,000,000 / 1,024
        (16384, 16384, "1 GiB"),
        (1 << 20, 1 << 20, "4,096 GiB"),
    ],
)
def test_huge_dense_says_what_memory_the_weights_take(came: int, made: int, size: str) -> None:
    body = f"  input x: [N, {came}]\n  y = Linear({made}, bias=false)\n  output y: [N, {made}]"
    (found,) = spoken("huge-dense", body, numbers={"huge-dense": {"least": 100}})
    assert f"| in float32 they take {size} |" in found
    assert f"] {came:,} x {made:,} |" in found or f"] {made:,} x {came:,} |" in found


@pytest.mark.parametrize(
    ("shape", "layers", "out", "way"),
    [
        ("2048", "y = Linear(1000)", "1000", "fewer numbers, or two layers with few numbers in between"),
        # 1000 for each of 32 channels, where 32 x 64 come in
        ("32, 64", "Flatten()\n  y = Linear(1000)", "1000", "`AdaptiveAvgPool1d(1)` before the flatten it has 32,000"),
        (
            "8, 16, 16",
            "Flatten()\n  y = Linear(1000)",
            "1000",
            "`AdaptiveAvgPool2d(1)` before the flatten it has 8,000",
        ),
        ("8, 16, 16", "Flatten(2) -> Flatten()\n  y = Linear(1000)", "1000", "`AdaptiveAvgPool2d(1)` before"),
        # a window of 3 x 3 from 4 to 2 channels: 4 * 2 * 9 + 2 = 74; of 3: 4 * 2 * 3 + 2 = 26
        (
            "4, 32, 32",
            "Flatten()\n  Linear(2048)\n  y = Unflatten(1, (2, 32, 32))",
            "2, 32, 32",
            "it has 74 parameters",
        ),
        ("4, 1024", "Flatten()\n  Linear(2048)\n  y = Unflatten(1, (2, 1024))", "2, 1024", "it has 26 parameters"),
    ],
)
def test_huge_dense_when_another_layer_would_do_says_which(shape: str, layers: str, out: str, way: str) -> None:
    check_said("huge-dense", f"  input x: [N, {shape}]\n  {layers}\n  output y: [N, {out}]", way)


def test_huge_dense_when_a_layer_is_applied_again_counts_it_once() -> None:
    body = "  input x: [N, 2000]\n  layer one = Linear(2000)\n  one() -> ReLU()\n  y = one()\n  output y: [N, 2000]"
    check_said("huge-dense", body, "4,000,000 weights, 100%")


NARROW = "  input x: [N, {0}, H, W]\n  {1}\n  y = Conv2d(2, 1)\n  output y: [N, 2, H, W]"


@pytest.mark.parametrize(
    ("channels", "layers", "expected"),
    [
        (
            8,
            "Conv2d(3, 1) -> ReLU()",
            "in 3 channels | [Conv2d(3, 1)] 8 channels come in, 3 leave | 1 place in 8 | <16>",
        ),
        (8, "Conv2d(4, 1) -> ReLU()", ""),
        (8, "Conv2d(1, 1) -> ReLU()", "passes `ReLU` in 1 channel, and | 1 place in 2"),
        (4, "Conv2d(3, 1) -> ReLU()", "4 channels come in, 3 leave"),
        (3, "Conv2d(3, 1) -> ReLU()", ""),  # it reads no more than it makes
        (8, "Conv2d(2, 1) -> BatchNorm2d() -> ReLU()", "[Conv2d(2, 1)] 8 channels come in"),
        (8, "Conv2d(2, 1) -> LeakyReLU(0.1) -> ReLU()", "[Conv2d(2, 1)] 8 channels come in"),
        (8, "Conv2d(2, 1) -> MaxPool2d(3, stride=1, padding=1) -> ReLU()", ""),  # the pool makes as many as it reads
        (8, "Conv2d(2, 1) -> Sigmoid()", ""),  # cuts nothing off
        (8, "Conv2d(2, 1) -> Hardtanh()", ""),  # lets what is below zero through
        (8, "Conv2d(out_channels=2, kernel_size=1) -> ReLU()", "<16>"),
        (8, "Conv2d(4 - 2, 1) -> ReLU()", "such as 16"),
        (8, "Slice(0, 2, dim=1) -> ReLU()", ""),  # nothing learned passes
        (
            8,
            "Conv2d(8, 1) -> Slice(0, 2, dim=1) -> ReLU()",
            "[Slice(0, 2, dim=1)] 8 channels come in, 2 leave | such as 16",
        ),
    ],
)
def test_narrow_relu_at_its_limits(channels: int, layers: str, expected: str) -> None:
    body = NARROW.format(channels, "\n  ".join(layers.split("; ")))
    check_said("narrow-relu", body, *([expected] if expected else []))
    found = spoken("narrow-relu", body)
    edits = "4 - 2" not in layers and "Slice" not in layers  # of a number that is written, and says the channels
    assert all(("<" in line) == edits for line in found)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("Flatten() -> ReLU() -> Linear(4, in_features=96)", ""),
        ("Flatten() -> Linear(2, in_features=96) -> ReLU() -> Linear(4)", "96 channels come in, 2 leave | <16>"),
        ("BatchNorm2d() -> ReLU() -> Flatten() -> Linear(4, in_features=96)", ""),  # nothing squeezes
        ("Conv2d(2, 1) -> Flatten(2) -> ReLU() -> Flatten() -> Linear(4, in_features=32)", ""),  # nor does the flatten
    ],
)
def test_narrow_relu_when_a_map_is_flattened(layers: str, expected: str) -> None:
    channels = 2 if "BatchNorm" in layers else 6
    where = " where H == 4, W == 4" if "32" in layers or channels == 6 else " where H == 6, W == 8"
    body = f"  input x: [N, {channels}, H, W]{where}\n  {layers}\n"
    *_, last = layers.split(" -> ")
    body = body.replace(last, f"y = {last}").replace(" -> y", "\n  y")
    check_said("narrow-relu", f"{body}  output y: [N, 4]", *([expected] if expected else []))


def test_narrow_relu_of_a_dense_layer_sets_its_features() -> None:
    body = "  input x: [N, 16]\n  Linear(2) -> ReLU()\n  y = Linear(4)\n  output y: [N, 4]"
    check_said("narrow-relu", body, "[Linear(2)] 16 channels come in, 2 leave | <16>")
    last = "  input x: [N, 16]\n  Linear(2) -> ReLU()\n  y = Dropout(0.1)\n  output y: [N, 2]"
    check_said("narrow-relu", last)  # no layer with weights is to come


CHANNELS = "  input x: [N, 3, 224, 224]\n  {}\n  y = Conv2d(3, 3, padding=1)\n  output y: [N, 3, 224, 224]"


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        # a pixel: 3 * 20 * 9 + 20 * 3 * 9 = 1,080 and half of it makes 20
        ("Conv2d(20, 3, padding=1)", ""),  # 1,080 * 50,176 = 54.2 million, less than 100
        # 3 * 31 * 9 + 31 * 31 * 9 + 31 * 3 * 9 = 837 + 8,649 + 837
        (
            "Conv2d(31, 3, padding=1) -> ReLU(); Conv2d(31, 3, padding=1)",
            "[31] 31 channels: 32 take as long | so in `0` 31, `2` 31 | 92% of the work | 32 in place of 31",
        ),
        # 3 * 8 * 9 + 8 * 64 * 9 + 64 * 4 * 9 + 4 * 64 * 9 + 64 * 3 * 9 = 216 + 4,608 + 2,304 + 2,304 + 1,728 = 11,160
        (
            "Conv2d(8, 3, padding=1); Conv2d(64, 3, padding=1); Conv2d(4, 3, padding=1); Conv2d(64, 3, padding=1)",
            "21% of the work | [4] 4 channels: 8 take | so in `2` 4",
        ),
        # 3 in place of those 4: 64 * 3 * 9 = 1,728 of 10,008, and 1: 576 of 7,704, less than a tenth
        (
            "Conv2d(8, 3, padding=1); Conv2d(64, 3, padding=1); Conv2d(3, 3, padding=1); Conv2d(64, 3, padding=1)",
            "17% of the work | so in `2` 3",
        ),
        ("Conv2d(8, 3, padding=1); Conv2d(64, 3, padding=1); Conv2d(1, 3, padding=1); Conv2d(64, 3, padding=1)", ""),
        # what only norms and activations read is judged by who reads these
        (
            "Conv2d(32, 3, padding=1); Conv2d(31, 3, padding=1) -> BatchNorm2d() -> ReLU(); Conv2d(32, 3, padding=1)",
            "so in `1` 31",
        ),
        (
            "repeat 7 {; Conv2d(30, 3, padding=1) -> ReLU(); }",
            "`0` 30, `2` 30, `4` 30, `6` 30, `8` 30, `10` 30 and 1 more",
        ),
        ("repeat 6 {; Conv2d(30, 3, padding=1) -> ReLU(); }", "`10` 30"),
    ],
)
def test_odd_channels_counts_the_work(layers: str, expected: str) -> None:
    body = CHANNELS.format("\n  ".join(layers.split("; ")))
    check_said("channels-mod-8", body, *([expected] if expected else []))
    assert all((" more" in line) == ("repeat 7" in layers) for line in spoken("channels-mod-8", body))


@pytest.mark.parametrize(
    ("length", "numbers", "expected"),
    [
        # 512 * 500 * 1000 = 256 million, and 500 * 8 * 1000 = 4 million: 98.5 % of the work
        (1000, 500, "98% of the work | [500] 500 channels: 504 take as long"),
        (1001, 504, ""),  # what stands where channels do is the length of the row
    ],
)
def test_odd_channels_of_a_dense_layer_are_the_numbers_that_it_makes(length: int, numbers: int, expected: str) -> None:
    body = f"""
  input x: [N, 512, L] where L == {length}
  Permute((0, 2, 1))
  Linear({numbers}) -> ReLU()
  y = Linear(8)
  output y: [N, L, 8]"""
    check_said("channels-mod-8", body, *([expected] if expected else []))


@pytest.mark.parametrize(
    ("came", "size", "made", "out", "count"),
    [
        (100, "100, 100", 50, 100, 1),  # (100 * 50 + 50 * 100) * 10,000 = 100 million
        (60, "137, 101", 99, 13, 0),  # 99 * (60 + 13) * 13,837 = 99,999,999
    ],
)
def test_odd_channels_of_less_than_a_hundred_million_are_not_told(
    came: int, size: str, made: int, out: int, count: int
) -> None:
    body = (
        f"  input x: [N, {came}, {size}]\n  Conv2d({made}, 1)\n  y = Conv2d({out}, 1)\n  output y: [N, {out}, {size}]"
    )
    assert len(spoken("channels-mod-8", body)) == count


def test_odd_channels_of_attention_over_a_row_are_not_its_length() -> None:
    """What stands where channels do is the length, which is free."""
    layers = "Permute((0, 2, 1))\n  MultiheadAttention(512, 4, batch_first=true) -> ReLU()\n  y = Linear(8)"
    body = f"  input x: [N, 512, L]\n  {layers}\n  output y: [N, L, 8]"
    check_said("channels-mod-8", body)


def test_odd_channels_of_attention_are_those_of_the_map() -> None:
    """It is said no number: of 30 * 30 * 4 weights a pixel and what pixels make of one another, all make 30."""
    body = """
  input x: [N, 30, 64, 64]
  SelfAttention2d()
  y = Conv2d(30, 1)
  output y: [N, 30, 64, 64]"""
    check_said("channels-mod-8", body, "30 channels: 32 take as long")


def test_odd_channels_at_the_limits_of_work_and_share_is_found() -> None:
    # (3 * 20 + 20 * 20 + 20 * 3) * 9 = 4,680 a pixel, 234,823,680 at 224 x 224; 460 of 520 are odd: 23 / 26
    body = CHANNELS.format("Conv2d(20, 3, padding=1)\n  Conv2d(20, 3, padding=1)")
    work = 4680 * 224 * 224
    for limits, count in (
        ({"work": work}, 1),
        ({"work": work + 1}, 0),
        ({"share": 460 / 520}, 1),
        ({"share": 461 / 520}, 0),
    ):
        assert len(spoken("channels-mod-8", body, numbers={"channels-mod-8": limits})) == count
