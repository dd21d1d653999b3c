"""What rules suspect of a deep network with few of its turns, when the turns that were left out add up to something."""

import pytest

from convdsl.lint.catalogue import rules
from convdsl.lint.subject import Subject
from tests.lint.rules.network import spoken, subject_for

PLAIN = """
  input gray: [N, 1, {0}] means L / 100
  {1}
  output y: [N, 2, {0}] means {2}"""


def suspects(name: str, subject: Subject) -> bool:
    (rule,) = (rule for rule in rules() if rule.code.name == name)
    return rule.suspects(subject)


@pytest.mark.parametrize("name", ["join-misaligned", "output-shifted"])
def test_rules_about_places_when_paths_do_not_settle_suspect_a_shift(name: str) -> None:
    subject = subject_for(PLAIN.format("H, W", "y = Conv2d(2, 3, padding=1)", "ab / 110"))
    assert not suspects(name, subject)
    subject.settled = False
    assert suspects(name, subject)


@pytest.mark.parametrize(("means", "expected"), [("ab / 110", True), ("classes", False)])
def test_small_rf_when_a_turn_sees_less_than_the_one_before_suspects_what_is_painted(
    means: str, expected: bool
) -> None:
    subject = subject_for(PLAIN.format("4, 4", "y = Conv2d(2, 9, padding=4)", means))
    assert not suspects("small-rf", subject)
    subject.growing = False
    assert suspects("small-rf", subject) == expected


@pytest.mark.parametrize(
    ("layers", "times", "expected"),
    [
        ("Conv2d(2, 1)\n  y = Mul(2)", 1, False),  # 2 against 1
        ("Conv2d(2, 1)\n  y = Mul(2)", 2, True),  # 4, and more with every turn
        ("Mul(2)\n  y = Conv2d(2, 1)", 2, False),  # what stands before weights is not counted
    ],
)
def test_scale_pair_when_a_factor_stands_in_a_turn_suspects_it(layers: str, times: int, expected: bool) -> None:
    subject = subject_for(PLAIN.format("H, W", layers, "ab / 110"))
    subject.times = [times] * len(subject.nodes)
    assert suspects("norm-pair", subject) == expected


def test_scale_pair_when_no_unit_is_said_suspects_nothing() -> None:
    subject = subject_for(
        PLAIN.format("H, W", "Conv2d(2, 1)\n  y = Mul(2)", "").replace(" means \n", "\n").removesuffix(" means ")
    )
    subject.times = [2] * len(subject.nodes)
    assert not suspects("norm-pair", subject)


@pytest.mark.parametrize(("times", "expected"), [(1, False), (2, False), (3, True)])
def test_low_res_color_when_an_enlargement_stands_in_a_turn_multiplies_it(times: int, expected: bool) -> None:
    """A colour is repeated over 2 pixels in each turn: 2, 4, and 8, where more than 4 are too many."""
    layers = "Conv2d(2, 2, stride=2)\n  y = Upsample(scale_factor=2)"
    body = PLAIN.format("H, W", layers, "ab / 110").replace("L / 100", "L / 100 where H % 2 == 0, W % 2 == 0")
    subject = subject_for(body)
    subject.times = [times] * len(subject.nodes)
    assert suspects("low-res-color", subject) == expected


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("Dropout(0.5) -> Conv2d(8, 1) -> BatchNorm2d()", True),
        ("Dropout(0.5) -> Conv2d(8, 1) -> GroupNorm(2)", False),
        ("Conv2d(8, 1) -> BatchNorm2d()", False),
    ],
)
def test_dropout_before_norm_suspects_a_dropout_together_with_a_batch_norm(layers: str, expected: bool) -> None:
    subject = subject_for(PLAIN.format("H, W", f"{layers}\n  y = Conv2d(2, 1)", "ab / 110"))
    assert suspects("dropout-before-bn", subject) == expected


@pytest.mark.parametrize(("dilation", "expected"), [(1, False), (2, True)])
def test_gridding_suspects_windows_with_holes(dilation: int, expected: bool) -> None:
    layers = f"y = Conv2d(2, 3, padding={dilation}, dilation={dilation})"
    assert suspects("gridding", subject_for(PLAIN.format("H, W", layers, "ab / 110"))) == expected


def test_low_res_color_of_a_row_of_numbers_suspects_nothing() -> None:
    layers = "AdaptiveAvgPool2d(1) -> Flatten() -> Linear(2)\n  y = ReLU() -> Tanh() -> ReLU()"
    body = f"  input gray: [N, 1, H, W] means L / 100\n  {layers}\n  output y: [N, 2] means ab / 110"
    assert not suspects("low-res-color", subject_for(body))


def test_huge_dense_when_no_size_is_legal_counts_weights_all_the_same() -> None:
    """80,000 numbers of a map to 800: 64 million weights, more than 50; of the map no size is said."""
    shape = "[N, 8, H, W] where H == 100, W == 100"
    body = f"  input x: {shape}\n  Flatten()\n  y = Linear(800, in_features=80000)\n  output y: [N, 800]"
    subject = subject_for(body)
    subject.size = {}
    assert suspects("huge-dense", subject)


def test_huge_dense_that_is_applied_twice_is_told_once() -> None:
    body = "  input x: [N, 8000]\n  layer d = Linear(8000)\n  d() -> ReLU()\n  y = d()\n  output y: [N, 8000]"
    (line,) = spoken("huge-dense", body)
    assert "64,000,000 weights" in line
    assert "so in" not in line


def test_output_shifted_suspects_a_shift_along_one_axis() -> None:
    layers = "Conv2d(2, 3, stride=(1, 2), padding=1)\n  y = Upsample(scale_factor=(1, 2))"
    body = PLAIN.format("H, W", layers, "ab / 110").replace("L / 100", "L / 100 where W % 2 == 0")
    assert suspects("output-shifted", subject_for(body))
