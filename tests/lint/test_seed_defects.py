"""The known defects of the series' networks are found with their numbers."""

from pathlib import Path

import pytest

from convdsl.diagnostics import Diagnostic, Severity
from convdsl.pipeline import analyze
from convdsl.review import review
from convdsl.source import Source

SEED = Path(__file__).parent.parent.parent / "specs" / "seed"


# every convolution but the last is followed by a BatchNorm, so its out_channels are numbers for nothing:
# 1: 32 + 64 | 32 = 128    2: 32 + 64 + 128 | 64 + 32 = 320    3: 32 + 64 + 128 | 64 + 32 = 320
# 4: 32 + 64 + 128 + 256 | 128 + 64 + 32 = 704    5: 704 + 256 = 960    6: 960 + 256 = 1,216
@pytest.mark.parametrize("suffix", [".cdsl", ".yaml"])
@pytest.mark.parametrize(("number", "total"), [(1, 128), (2, 320), (3, 320), (4, 704), (5, 960), (6, 1216)])
def test_network_when_checked_has_its_redundant_biases_counted(number: int, total: int, suffix: str) -> None:
    path = SEED / f"network{number}{suffix}"
    found = [
        item
        for item in review(analyze(Source(path.name, path.read_text("utf-8"))))
        if item.code.name == "bias-before-norm"
    ]
    assert {item.notes[0] for item in found} == {f"{total:,} parameters of the network are such"}
    assert all(help_.edits and help_.safe for item in found for help_ in item.helps)


@pytest.mark.parametrize("number", [1, 2])
def test_network_when_its_head_is_a_relu_is_told_that_half_of_ab_is_out_of_reach(number: int) -> None:
    path = SEED / f"network{number}.cdsl"
    (found,) = [item for item in review(analyze(Source(path.name, path.read_text("utf-8")))) if item.is_error]
    assert found.code.name == "head-range"
    assert found.severity is Severity.ERROR
    assert "which gives 0 to infinity" in found.message


def found(name: str, rule: str) -> list[Diagnostic]:
    path = SEED / f"{name}.cdsl"
    said = review(analyze(Source(path.name, path.read_text("utf-8"))))
    return [item for item in said if item.code.name == rule]


# k4 s2 p1 adds 3 cells of the grid before it: 1 + 3 = 4, + 3 * 2 = 10, + 3 * 4 = 22, + 3 * 8 = 46; a dilated layer
# spans 7 cells of 16 px: + 6 * 16 = 142, + 96 = 238. On the way up transposed k4 s2 p1 reads 2 cells: 2m reads m - 1
# and m, 2m + 1 reads m and m + 1. So 3 cells in a row read 3 at most, and so do 2: the output reads 3 cells of the
# coarsest grid, two more than one: 10 + 2 * 4 = 18, 22 + 2 * 8 = 38, 46 + 2 * 16 = 78, 142 + 32 = 174, 238 + 32 = 270
@pytest.mark.parametrize(
    ("number", "deep", "seen", "severity"),
    [
        (1, 10, 18, Severity.WARNING),
        (2, 22, 38, Severity.INFO),
        (3, 22, 38, Severity.INFO),
        (4, 46, 78, Severity.INFO),
        (5, 142, 174, Severity.INFO),
        (6, 238, 270, Severity.INFO),
    ],
)
def test_network_when_it_sees_less_than_the_picture_is_told_how_much(
    number: int, deep: int, seen: int, severity: Severity
) -> None:
    (finding,) = found(f"network{number}", "small-rf")
    assert finding.message == f"the coarsest value of `ab` sees {deep} of the 256 px of the height"
    assert f"the output sees {seen} px" in finding.notes[0]
    assert finding.severity is severity


# taps at -3, -1, 1 and 3: 4 of 7 cells along an axis; two in a row at -6, -4 ... 6: 7 of 13
@pytest.mark.parametrize(("number", "read", "spanned"), [(5, 4 * 4, 7 * 7), (6, 7 * 7, 13 * 13)])
def test_network_when_its_bottom_is_dilated_is_told_how_many_cells_are_read(
    number: int, read: int, spanned: int
) -> None:
    (finding,) = found(f"network{number}", "gridding")
    assert f"read {read} of the {spanned} cells" in finding.message


@pytest.mark.parametrize(("number", "layers"), [(5, ["conv5"]), (6, ["conv5", "conv6"])])
def test_network_when_its_dilated_windows_are_even_is_told_that_they_never_read_their_centre(
    number: int, layers: list[str]
) -> None:
    all_found = found(f"network{number}", "unread-centre")
    assert [finding.layers[0] for finding in all_found] == layers
    assert all("-3, -1, +1, +3" in finding.notes[0] for finding in all_found)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_network_when_nothing_is_dilated_is_not_told_of_holes(number: int) -> None:
    assert not found(f"network{number}", "gridding") + found(f"network{number}", "unread-centre")


# k4 s2 p1 halves and rounds down, its transposed twin doubles: what comes out is 2^levels * (H // 2^levels)
@pytest.mark.parametrize(("number", "step"), [(1, 4), (2, 8)])
def test_network_when_its_sizes_are_not_promised_is_told_that_it_silently_gives_the_wrong_one(
    number: int, step: int
) -> None:
    text = (SEED / f"network{number}.cdsl").read_text("utf-8")
    promise = f" where H % {step} == 0, W % {step} == 0"
    assert promise in text
    (wrong,) = [item for item in analyze(Source("open.cdsl", text.replace(promise, ""))).diagnostics if item.is_error]
    assert wrong.code.name == "promise"
    assert wrong.message == f"`ab`: height H was promised, it is {step} * (H // {step})"
    assert f"at H = {step + 1}: {step + 1} was promised, it is {step}" in wrong.where.text
