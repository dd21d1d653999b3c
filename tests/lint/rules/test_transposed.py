"""What W301 and W302 say of transposed convolutions: taps at each phase of the stride, counted by hand."""

import pytest

from tests.lint.rules.network import said

END = "  y = AdaptiveAvgPool2d(1)\n  output y: [N, 4, 1, 1]"


def body(arguments: str) -> str:
    return f"  input x: [N, 8, H, W]\n  ConvTranspose2d(4, {arguments})\n{END}"


@pytest.mark.parametrize(
    ("arguments", "few", "many", "axis"),
    [
        ("3, stride=2", 1, 2, "height"),  # taps 0, 2 and 1
        ("5, stride=2", 2, 3, "height"),  # taps 0, 2, 4 and 1, 3
        ("(4, 5), stride=2", 2, 3, "width"),
        ("4, stride=3", 1, 2, "height"),  # taps 0, 3 and 1 and 2
        ("5, stride=3, dilation=2", 1, 2, "height"),  # places 0, 6 and 2, 8 and 4
    ],
)
def test_checkerboard_counts_the_taps_of_each_phase(arguments: str, few: int, many: int, axis: str) -> None:
    (found,) = said("checkerboard", body(arguments))
    assert f"in {axis} with {few} and {many} taps in turn" in found.message


@pytest.mark.parametrize("arguments", ["3, stride=4", "3, stride=2, dilation=2", "6, stride=3, dilation=2", "3"])
def test_checkerboard_leaves_holes_and_even_windows_alone(arguments: str) -> None:
    assert said("checkerboard", body(arguments)) == []


@pytest.mark.parametrize(
    ("arguments", "share", "axis"),
    [
        ("2, stride=3", "33%", "height"),  # phases 0 and 1 of 3
        ("1, stride=4", "75%", "height"),
        ("4, stride=2, dilation=2", "50%", "height"),  # places 0, 2, 4, 6: all even
        ("6, stride=4, dilation=2", "50%", "height"),  # places 0, 2, 4 ...: phases 0 and 2
        ("(3, 2), stride=3", "33%", "width"),
    ],
)
def test_holes_are_the_share_of_the_phases_that_no_tap_reaches(arguments: str, share: str, axis: str) -> None:
    (found,) = said("convt-holes", body(arguments))
    assert found.message.startswith(f"{share} of the pixels in {axis} ")


def test_holes_and_checkerboards_are_of_transposed_windows_only() -> None:
    lines = f"  input x: [N, 8, H, W]\n  Conv2d(4, 3, stride=2, padding=1)\n  Conv2d(4, 2, stride=3)\n{END}"
    assert said("convt-holes", lines) == said("checkerboard", lines) == []
