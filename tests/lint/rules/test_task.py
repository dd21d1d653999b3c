"""Rules about the task: what `means` and `train` say, against the head, the batch and what is joined."""

import pytest
import torch
from torch import nn

from convdsl.diagnostics import Diagnostic, Severity
from convdsl.pipeline import analyze
from convdsl.source import Source
from tests.lint.rules.network import said, subject_for

HEAD = """  input gray: [N, 1, H, W] means {0}
  Conv2d(16, 3, padding=1) -> ReLU()
  y = Conv2d({3}, 3, padding=1){1}
  output y: [N, {3}, H, W] means {2}"""
NORMED = """  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 8 == 0, W % 8 == 0
  Conv2d(32, 8, stride=8, bias=false) -> BatchNorm2d() -> ReLU()
  ab = ConvTranspose2d(2, 8, stride=8)
  output ab: [N, 2, H, W] means ab / 110"""


# lints.md's three: ReLU on ab, sigmoid on [-1, 1], tanh without scale on +-110; and what is right beside each
@pytest.mark.parametrize(
    ("end", "means", "channels", "severity", "share"),
    [
        (" -> ReLU()", "ab", 2, Severity.ERROR, "53%"),  # b: -108 to 95, 108 of 203 below zero
        ("", "ab", 2, None, ""),
        (" -> Sigmoid()", "(L - 50) / 50", 1, Severity.ERROR, "50%"),  # -1 to 1, the half below zero
        (" -> Sigmoid()", "L / 100", 1, None, ""),
        (" -> Tanh()", "(L - 50) / 50", 1, None, ""),
        (" -> Tanh()", "ab", 2, Severity.ERROR, "99%"),  # b: 2 of 203
        (" -> Tanh() -> Mul(110)", "ab", 2, None, ""),
        (" -> Tanh() -> Mul(100)", "ab", 2, Severity.WARNING, "4%"),  # b: 8 of 203 below -100
    ],
)
def test_head_when_it_cannot_reach_the_target_is_found(
    end: str, means: str, channels: int, severity: Severity | None, share: str
) -> None:
    found = said("head-range", HEAD.format("(L - 50) / 50", end, means, channels))
    assert [item.severity for item in found] == ([] if severity is None else [severity])
    assert all(item.notes[0].startswith(share) for item in found)


@pytest.mark.parametrize(
    ("given", "end", "means", "is_found"),
    [
        ("(L - 50) / 50", "", "ab", True),
        ("L", "", "ab", False),  # both in their natural unit
        ("L / 10", "", "ab", False),  # the input runs to 10
        ("L / 11", "", "ab", True),
        ("(L - 50) / 50", "", "ab / 110", False),
        ("(L - 50) / 50", " -> Mul(110)", "ab", False),
        ("(L - 50) / 50", " -> Mul(11)", "ab", False),  # 108 / 11 = 9.8 times
        ("(L - 50) / 50", " -> Mul(10)", "ab", True),
        ("(L - 50) / 50", " -> Tanh()", "ab", False),  # out of reach: head-range says it
        ("(L - 50) / 50", " -> Tanh() -> Mul(110)", "ab / 110", True),
        ("(L - 50) / 50", " -> Mul(9)", "ab / 108", False),
        ("(L - 50) / 50", " -> Mul(10)", "ab / 108", True),
        ("(L - 50) / 50", " -> ReLU() -> Mul(110)", "ab / 110", True),
    ],
)
def test_head_and_target_when_of_different_units_are_found(given: str, end: str, means: str, is_found: bool) -> None:
    assert bool(said("norm-pair", HEAD.format(given, end, means, 2))) == is_found


def test_head_without_scale_begins_at_about_1_and_a_raw_target_is_hundredfold() -> None:
    """What `norm-pair` counts with, measured: numbers of size 1 go in, numbers of size 1 come out."""
    torch.manual_seed(0)
    head = nn.Conv2d(16, 2, 3)
    with torch.no_grad():
        y = head(torch.rand(4, 16, 32, 32))
    assert 0.05 < float(y.abs().max()) < 3


@pytest.mark.parametrize(("scale", "is_found"), [(1, True), (10, True), (11, False), (100, False)])
def test_raw_input_when_it_is_joined_with_features_is_found_from_size_10_on(scale: int, is_found: bool) -> None:
    body = f"""  input gray: [N, 1, H, W] means L / {scale}
  features = Conv2d(8, 3, padding=1) -> ReLU()
  Concat(features, gray)
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]"""
    found = said("raw-join", body)
    assert bool(found) == is_found
    assert all(item.message.startswith(f"`Concat` joins `gray`, from 0 to {100 // scale}") for item in found)


@pytest.mark.parametrize(
    ("batch", "crop", "says"),
    [
        (1, 8, "train-one-value"),
        (2, 8, "small-batch-bn"),
        (1, 16, "small-batch-bn"),
        (4, 8, "small-batch-bn"),
        (5, 8, ""),
    ],
)
def test_batch_norm_in_training_is_judged_by_how_many_numbers_a_channel_has(batch: int, crop: int, says: str) -> None:
    """The map behind the stride of 8 has (crop / 8)^2 pixels; PyTorch refuses one value a channel, and only that."""
    rest = f"\ntrain {{\n  batch = {batch}\n  crop = {crop}\n}}\n"
    found: dict[str, list[Diagnostic]] = {
        name: said(name, NORMED, rest=rest) for name in ("train-one-value", "small-batch-bn")
    }
    assert [name for name, items in found.items() if items] == ([says] if says else [])
    norm, x = nn.BatchNorm2d(32), torch.rand(batch, 32, crop // 8, crop // 8)
    if says == "train-one-value":
        with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
            norm(x)
    else:
        norm(x)


def test_small_batch_is_marked_where_it_is_written() -> None:
    rest = "\ntrain {\n  epochs = 3\n  batch = 2\n}\n"
    (found,) = said("small-batch-bn", NORMED, rest=rest)
    assert subject_for(NORMED, rest=rest).sources[0].excerpt(found.where.span) == "batch = 2"


@pytest.mark.parametrize(("means", "code"), [("classes", []), ("ab / 110", ["E601"])])
def test_head_over_313_bins_says_classes_and_no_colour(means: str, code: list[str]) -> None:
    """Zhang, Isola & Efros 2016 (arXiv:1603.08511) predict 313 bins of ab: likelihoods, not two colour channels."""
    text = f"""convdsl 1
model M {{
  input gray: [N, 1, H, W] means (L - 50) / 50
  bins = Conv2d(313, 1)
  output bins: [N, 313, H, W] means {means}
}}
"""
    assert [item.code.id for item in analyze(Source("m.cdsl", text)).diagnostics] == code
