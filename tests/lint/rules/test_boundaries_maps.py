"""Rules about what windows meet on a map, at the boundary of their conditions, counted by hand."""

import pytest

from tests.lint.rules.network import check_said, spoken

FIRST = "  input x: [N, {0}, H, W] where H % 16 == 0, W % 16 == 0\n  {1}\n  output y: [N, 2, {2}]"


@pytest.mark.parametrize(
    ("channels", "layers", "out", "expected"),
    [
        (1, "Conv2d(15, 4, stride=4); y = ConvTranspose2d(2, 4, stride=4)", "H, W", "turns 16 numbers into 15: 4 x 4"),
        (1, "Conv2d(16, 4, stride=4); y = ConvTranspose2d(2, 4, stride=4)", "H, W", ""),  # all 16 have room
        (2, "Conv2d(31, 4, stride=4); y = ConvTranspose2d(2, 4, stride=4)", "H, W", "32 numbers into 31 | 32 channels"),
        # a step of 3, and of 4 along one axis
        (1, "Conv2d(2, 3, stride=3); y = Upsample(scale_factor=3)", "3 * (H // 3), 3 * (W // 3)", ""),
        (1, "Conv2d(2, (4, 1), stride=(4, 1)); y = ConvTranspose2d(2, (4, 1), stride=(4, 1))", "H, W", "4 x 1 pixels"),
        (1, "Conv2d(2, 4, stride=4); y = Conv2d(2, 1)", "H // 4, W // 4", ""),  # nothing is finer
        (1, "Conv2d(4, 1); Conv2d(2, 4, stride=4); y = ConvTranspose2d(2, 4, stride=4)", "H, W", ""),  # not the first
        (1, "s = ReLU(); Conv2d(2, 4, stride=4); y = ConvTranspose2d(2, 4, stride=4)", "H, W", "16 numbers into 2"),
        (1, "Conv2d(2, 4, stride=4); u = ConvTranspose2d(2, 4, stride=4); Concat(u, x); y = Conv2d(2, 1)", "H, W", ""),
        (64, "ConvTranspose2d(2, 4, stride=4); y = Upsample(scale_factor=2)", "8 * H, 8 * W", ""),  # it paints
        (1, "MaxPool2d(4); y = ConvTranspose2d(2, 4, stride=4)", "H, W", ""),  # without weights
    ],
)
def test_strided_first_when_a_cell_has_no_room(channels: int, layers: str, out: str, expected: str) -> None:
    body = FIRST.format(channels, "\n  ".join(layers.split("; ")), out)
    check_said("strided-first-large", body, *([expected] if expected else []))


PADDED = "  input x: [N, 8, {0}]\n  {1}\n  y = Conv2d(8, 1)\n  output y: [N, 8, {2}]"


@pytest.mark.parametrize(
    ("size", "layers", "expected"),
    [
        # on 2 pixels taps 0, 1, 2 meet 1, 2 and 1 of 2: 4 of 6 along an axis, 16 of 36 in all
        ("2, 2", "Conv2d(8, 3, padding=1)", "20 of 36 reads of `Conv2d` are padding, on 2 x 2 pixels | 56% zeros"),
        ("3, 3", "Conv2d(8, 3, padding=1)", ""),  # 7 of 9, 49 of 81: 39.5 %
        ("2, 4", "Conv2d(8, 3, padding=1)", "32 of 72 reads | on 2 x 4 pixels | 44%"),  # 4 of 6, 10 of 12
        ("2, 2", "Conv2d(8, 3, padding=1, padding_mode=replicate)", ""),
        ("2, 2", "ConvTranspose2d(8, 3, padding=1)", ""),
        ("2, 2", "AvgPool2d(3, stride=1, padding=1)", ""),
        ("1, 4", "Conv2d(8, 3, padding=1)", ""),  # taps that meet nothing are W311's
        # 20 of 36 both times: the first is named
        (
            "2, 2",
            "Conv2d(8, 3, padding=1) -> ReLU(); Conv2d(8, 3, padding=(1, 1))",
            "[padding=1] 56% | 2 layers are above",
        ),
        ("2, 2", "Conv2d(8, 3, padding=(1, 1)) -> ReLU(); Conv2d(8, 3, padding=1)", "[padding=(1, 1)] 56%"),
        # a window of 7 meets 1, 2, 3, 4, 3, 2, 1 of 4: 16 of 28; one of 5 meets 14 of 20
        (
            "4, 4",
            "Conv2d(8, 5, padding=2) -> ReLU(); Conv2d(8, 7, padding=3)",
            "528 of 784 reads | [padding=3] 67% zeros | 2 l",
        ),
        (
            "4, 4",
            "Conv2d(8, 7, padding=3) -> ReLU(); Conv2d(8, 5, padding=2)",
            "528 of 784 reads | [padding=3] 67% zeros | 2 l",
        ),
    ],
)
def test_pad_heavy_counts_the_reads(size: str, layers: str, expected: str) -> None:
    body = PADDED.format(size, "\n  ".join(layers.split("; ")), size)
    check_said("pad-heavy", body, *([expected] if expected else []))


@pytest.mark.parametrize(("kernel", "padding", "found"), [(4095, 2047, 1), (4096, 2048, 1), (4097, 2048, 0)])
def test_pad_heavy_looks_at_windows_up_to_4096_taps(kernel: int, padding: int, found: int) -> None:
    """Tap t meets 5,000 - |t - 2,047| pixels of a row of 5,000: 4 of 5 along the width, and 4 of 6 along the height."""
    wide = 5000 + (kernel == 4096)
    body = f"  input x: [N, 1, 2, 5000]\n  y = Conv2d(1, (3, {kernel}), padding=(1, {padding}))\n"
    assert len(spoken("pad-heavy", f"{body}  output y: [N, 1, 2, {wide}] means L / 100")) == found


def test_pad_heavy_at_the_limit_is_quiet_and_asks_for_pictures() -> None:
    body = PADDED.format("2, 2", "Conv2d(8, 3, padding=1)", "2, 2")
    for share, count in ((1 - 16 / 36, 0), (0.55, 1)):
        assert len(spoken("pad-heavy", body, numbers={"pad-heavy": {"share": share}})) == count
    classes = "  input x: [N, 8, 2, 2]\n  Conv2d(8, 3, padding=1) -> Flatten()\n  y = Linear(10)\n  output y: [N, 10]"
    check_said("pad-heavy", classes)
