"""The known defects of the series' networks are found with their numbers."""

from pathlib import Path

import pytest

from convdsl.diagnostics import Severity
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
