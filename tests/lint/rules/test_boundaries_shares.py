"""W502 and W605 at the boundary of their conditions: what share of a whole a layer or an input has; by arithmetic."""

import pytest

from tests.lint.rules.network import check_said, spoken

SKEWED = """
  input x: [N, 64, {0}, {0}]
  repeat 2 {{
    Conv2d(64, 3, padding=1) -> ReLU()
  }}
  Flatten()
  y = Linear({1})
  output y: [N, {1}]"""
MOST, ALL = 1_048_592, 1_122_448  # 64 * 32 * 32 * 16 + 16, and twice 64 * 64 * 9 + 64 besides
LEAST, WORK = 1_048_576, 76_546_048  # and twice 36,864 * 32 * 32 besides


def test_parameter_skew_when_one_layer_weighs_and_others_work_says_how_much() -> None:
    # with 16 pixels a side and 64 numbers it works as much, and they twice 9,437,184: 5.3 % of the work
    check_said("param-skew", SKEWED.format(16, 64))
    check_said(
        "param-skew",
        SKEWED.format(32, 16),
        "`Linear` has 93% of the parameters and does 1.4% of the work | 1,048,592 of 1,122,448 parameters |"
        " 1,048,576 of 76,546,048 multiply-accumulates at 32 x 32 | pool before it",
    )


@pytest.mark.parametrize(
    ("limits", "count"),
    [({"most": MOST / ALL}, 0), ({"least": LEAST / WORK}, 0), ({"parameters": ALL}, 1), ({"parameters": ALL + 1}, 0)],
)
def test_parameter_skew_at_its_limits(limits: dict[str, float], count: int) -> None:
    assert len(spoken("param-skew", SKEWED.format(32, 16), numbers={"param-skew": limits})) == count


@pytest.mark.parametrize(
    ("channels", "made", "found"),
    [
        (991, 1000, True),  # (991 + 9) * 1000 = 1,000,000 parameters; 991,000 of 1,000 * 9 * 4,096 + 991,000: 2.6 %
        (992, 999, False),  # (992 + 9) * 999 = 999,999
    ],
)
def test_parameter_skew_is_asked_from_a_million_parameters_on(channels: int, made: int, found: bool) -> None:
    body = f"""
  input x: [N, {channels}, 1, 1]
  Conv2d({made}, 1, bias=false)
  Upsample(scale_factor=64)
  y = Conv2d(1, 3, padding=1, bias=false)
  output y: [N, 1, 64, 64]"""
    assert bool(spoken("param-skew", body)) == found


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        # 1,001,000 twice of 2,012,010: neither is over half
        ("Linear(1000) -> ReLU(); Linear(1000) -> ReLU(); y = Linear(10)", ""),
        # beside a heavy layer no other one is called busy
        ("BatchNorm1d(); y = Linear(1)", "has 67% of the parameters and does 0.0% of the work | 0 of 1,000,000 mult"),
    ],
)
def test_parameter_skew_of_layers_that_only_weigh(layers: str, expected: str) -> None:
    """A norm of 1,000,000 channels has 2,000,000 parameters; the dense layer behind it 1,000,001, and all the work."""
    wide = 1_000_000 if "Batch" in layers else 1000
    lines = "\n  ".join(layers.split("; "))
    body = f"  input x: [N, {wide}]\n  {lines}\n  output y: [N, {1 if 'Batch' in layers else 10}]"
    check_said("param-skew", body, *([expected] if expected else []))


def test_parameter_skew_of_a_network_that_multiplies_nothing_is_silent() -> None:
    check_said("param-skew", "  input x: [N, 1000000]\n  y = BatchNorm1d()\n  output y: [N, 1000000]")


def test_parameter_skew_when_one_layer_only_works_says_so() -> None:
    # 64 * 128 * 128 * 9 works 9,437,184 times and has 576 + 64 weights; 1,000,000 more are elsewhere in two equal parts
    body = """
  input x: [N, 1, 128, 128]
  Conv2d(64, 3, padding=1) -> ReLU()
  AdaptiveAvgPool2d(1) -> Flatten()
  Linear(700) -> ReLU()
  Linear(700) -> ReLU()
  Linear(700) -> ReLU()
  y = Linear(10)
  output y: [N, 10]"""
    (found,) = spoken("param-skew", body)
    assert "`Conv2d` has 0% of the parameters" in found
    assert "let it see a smaller map" in found


JOINED = """
  input gray: [N, 1, H, W] means {0}{1}
  f = gray -> Conv2d(8, 3, padding=1) -> ReLU()
  {2}
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]"""


@pytest.mark.parametrize(
    ("gray", "hint", "join", "expected"),
    [
        ("L", "ab / 110", "Concat(f, gray)", "joins `gray`, from 0 to 100 | up to 100 | `means … / 100`"),
        # b runs from -108, a to less than that
        ("L", "ab", "Concat(f, hint)", "joins `hint`, from -108 to | `means … / 108`"),
        ("L", "ab / 110", "Concat(f, hint)", ""),
        ("L / 10", "ab / 110", "Concat(f, gray)", "joins `gray`, from 0 to 10, with | `means … / 10`"),
        ("L / 10.1", "ab / 110", "Concat(f, gray)", ""),
        ("-L", "ab", "Concat(f, gray)", "joins `gray`, from -100 to 0, with | `means … / 100`"),
        (
            "L",
            "ab / 110",
            "g = gray -> MaxPool2d(3, stride=1, padding=1)\n  Concat(f, g)",
            "joins `gray`, from 0 to 100",
        ),
        # of two the larger is named
        ("L", "ab / 5", "Concat(f, gray, hint)", "joins `gray`"),
        ("L / 10", "ab", "Concat(f, gray, hint)", "joins `hint`"),
        ("L", "ab", "Concat(gray, hint)\n  u = Conv2d(8, 1)\n  u + f", ""),  # nothing learned
        ("L", "ab", "Concat(f, f)", ""),
        ("L", "ab", "Mul(gray, f, broadcast=true)", ""),  # a gate
    ],
)
def test_raw_join_names_the_input_that_is_largest(gray: str, hint: str, join: str, expected: str) -> None:
    line = f"\n  input hint: [N, 2, H, W] means {hint}" if "hint" in join else ""
    check_said("raw-join", JOINED.format(gray, line, join), *([expected] if expected else []))
