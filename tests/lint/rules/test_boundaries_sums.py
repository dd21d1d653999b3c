"""What `act-before-join` counts as a branch that only adds, one condition at a time."""

import pytest

from tests.lint.rules.network import check_said, spoken

SUMS = """
  input x: [N, 8, {0}]
  {1}
  output y: [N, 8, {0}]"""
ONE = "a = Conv2d(8, 3, padding=1) -> ReLU(); b = x + a"
FOUND = "ends a residual branch | never negative | adds it to | such a sum"


@pytest.mark.parametrize(
    ("size", "lines", "expected"),
    [
        ("H, W", f"{ONE}; c = b -> Conv2d(8, 3, padding=1) -> ReLU(); y = b + c", FOUND),
        ("H, W", f"{ONE}; c = b -> Conv2d(9, 1) -> Conv2d(8, 1) -> ReLU(); y = b + c", FOUND),  # channels may change
        ("H, W", f"{ONE}; c = b -> Conv2d(8, 1) -> ReLU() -> Dropout2d(0.5) -> Dropout2d(0.5); y = b + c", FOUND),
        (
            "H, W",
            f"{ONE}; c = b -> Conv2d(8, 1) -> ReLU() -> Conv2d(8, 1); y = b + c",
            "",
        ),  # a layer that learns ends it
        ("H, W", f"{ONE}; c = b -> Conv2d(8, 1) -> ReLU(); d = Concat(c) -> BatchNorm2d(); y = b + d", ""),
        ("H, W", f"{ONE}; c = b -> Conv2d(8, 1) -> ELU(); y = b + c", ""),  # goes down to -1
        ("H, W", f"{ONE}; c = b -> Conv2d(8, 1) -> ReLU() -> MaxPool2d(3, stride=1, padding=1); y = b + c", ""),
        # halved and doubled on the way, at sizes that are known to meet: a decoder's sum with what its encoder saw
        ("8, 8", f"{ONE}; c = b -> MaxPool2d(2) -> ConvTranspose2d(8, 2, stride=2) -> ReLU(); y = b + c", ""),
        ("8, 8", f"{ONE}; c = b -> Conv2d(8, 3, padding=1) -> ReLU(); y = b + c", FOUND),
        ("H, W", "a = ReLU(); b = a + a; c = Conv2d(8, 1) -> ReLU(); y = b + c", ""),  # the first sum has no branch
        ("H, W", "a = Conv2d(8, 1) -> ReLU(); b = x + a; c = b * 2; d = c -> Conv2d(8, 1) -> ReLU(); y = c + d", ""),
    ],
)
def test_act_before_join_when_a_branch_is_one_that_only_adds(size: str, lines: str, expected: str) -> None:
    body = SUMS.format(size, "\n  ".join(lines.split("; ")))
    check_said("act-before-join", body, *([expected] if expected else []))


def test_act_before_join_in_a_loop_does_not_point_at_its_own_sum_twice() -> None:
    block = "\nblock Grow() {\n  input x: [N, C, H, W]\n  a = Conv2d(C, 3, padding=1) -> ReLU()\n  x + a\n}\n"
    body = SUMS.format("H, W", "repeat 2 {\n  Grow()\n  }\n  y = Conv2d(8, 1)")
    (line,) = spoken("act-before-join", body, block)
    assert "[x + a] adds it to" in line
    assert "such a sum" not in line
