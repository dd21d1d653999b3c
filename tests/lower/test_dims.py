"""Free sizes of an export: exactly those of the accepted set that one row of equal steps can say."""

import pytest

import convdsl
from convdsl.lower.dims import Dims, dims

MODEL = "convdsl 1\nmodel M {{\n  input x: [N, 3, H, W]\n{body}\n}}\n"


def found(body: str) -> Dims:
    analysis = convdsl.load(MODEL.format(body=body))
    assert analysis.ok, analysis.diagnostics
    return dims(analysis.graph, analysis.legal)


def test_sizes_in_steps_are_a_multiple_and_leave_out_where_a_map_is_one_pixel() -> None:
    """Halved three times, 8 becomes 1 pixel and 16 becomes 2."""
    down = (
        "  repeat 3 { Conv2d(4, 4, stride=2, padding=1) }\n  repeat 3 { ConvTranspose2d(3, 4, stride=2, padding=1) }\n"
    )
    one = found(down + "  y = Conv2d(3, 1) + x\n  output y: [N, 3, H, W]")
    assert [str(dim) for dim in one.sizes] == ["H % 8 == 0, H >= 16", "W % 8 == 0, W >= 16"]
    assert one.narrower
    assert one.batch is not None
    assert one.batch.symbol == "N"


def test_size_with_a_rest_is_a_multiple_and_an_offset() -> None:
    """Down to (H - 3) // 2 + 1, up to 2 * ((H - 3) // 2) + 3, which is H where H is odd; 3 becomes 1 pixel, 5 two."""
    body = "  Conv2d(3, 3, stride=2) -> ConvTranspose2d(3, 3, stride=2)\n  y = Conv2d(3, 1) + x\n"
    height = found(body + "  output y: [N, 3, H, W]").sizes[0]
    assert (height.step, height.offset, height.low, height.high) == (2, 1, 2, None)
    assert str(height) == "H % 2 == 1, H >= 5"


def test_size_that_ends_keeps_its_end() -> None:
    """3 * (L // 3) == 12 for L = 12, 13, 14."""
    body = "  input x: [N, 3, L]\n  AvgPool1d(3) -> Flatten()\n  y = Linear(2, in_features=12)\n  output y: [N, 2]"
    analysis = convdsl.load(f"convdsl 1\nmodel M {{\n{body}\n}}\n")
    (length,) = dims(analysis.graph, analysis.legal).sizes
    assert str(length) == "L >= 12, L <= 14"
    assert [length.at(further) for further in (0, 1, 5)] == [12, 13, 14]


def test_sizes_that_are_tied_are_fixed_and_say_why() -> None:
    body = "  MaxPool2d(2) -> Flatten()\n  y = Linear(2, in_features=192)\n  output y: [N, 2]"
    one = found(body)  # 3 * (H // 2) * (W // 2) == 192
    assert {dim.why for dim in one.sizes} == {"it is tied to another size"}
    assert all(dim.is_fixed for dim in one.sizes)
    height, width = (dim.offset for dim in one.sizes)
    assert (height // 2) * (width // 2) == 64


@pytest.mark.parametrize("steps", [(0, 0), (1, 4), (50, 2)])
def test_sizes_of_trials_are_accepted(steps: tuple[int, int]) -> None:
    analysis = convdsl.load("specs/seed/network6.cdsl")
    at = dims(analysis.graph, analysis.legal).at(3, *steps)
    assert at.pop("N") == 3
    assert analysis.legal.contains(at)


def test_fixed_sizes_are_those_given() -> None:
    one = found("  y = Conv2d(4, 1)\n  output y: [N, 4, H, W]").fixed({"H": 5, "W": 7}, "a reason")
    assert one.at(2, 0) == {"N": 2, "H": 5, "W": 7}
    assert {dim.why for dim in one.sizes} == {"a reason"}
