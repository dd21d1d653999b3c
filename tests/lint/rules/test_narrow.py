"""A ReLU of few channels, measured: how much of the map it leaves with nothing."""

from pathlib import Path

import pytest
import torch
from torch import nn

from convdsl.api import load
from convdsl.lint.catalogue import rules
from convdsl.lint.run import findings
from convdsl.review import subject_of
from tests.lint.rules.network import said

SPECS = Path(__file__).parents[3] / "specs"


@pytest.mark.parametrize(("number", "came"), [(3, 64), (4, 64), (5, 64), (6, 64)])
def test_network_of_the_series_is_told_that_two_channels_are_all_that_is_left(number: int, came: int) -> None:
    """The last transposed convolution reads 32 channels of the decoder and 32 of the encoder."""
    subject = subject_of(load(SPECS / f"seed/network{number}.cdsl"))
    assert subject is not None
    (found,) = findings(subject, [rule for rule in rules() if rule.code.name == "narrow-relu"])
    assert found.layers == ("d0",)
    assert found.labels[0].text == f"{came} channels come in, 2 leave"
    assert "1 place in 4 " in found.notes[0]


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_places_left_with_nothing_before_training_are_1_in_2_to_the_channels(channels: int) -> None:
    """Weights are as likely as their opposites, whatever comes in: measured over many initialisations."""
    torch.manual_seed(0)
    zero = []
    for _ in range(400):
        layer = nn.Conv2d(16, channels, 3)
        left = torch.relu(layer(torch.rand(1, 16, 6, 6)))
        zero.append((left == 0).all(dim=1).float().mean())
    assert abs(float(torch.stack(zero).mean()) - 0.5**channels) < 0.06


def test_gradient_where_all_channels_are_below_zero_is_none() -> None:
    layer = nn.Conv2d(16, 2, 3)
    nn.init.constant_(layer.bias, -100.0)
    nn.Conv2d(2, 2, 3)(torch.relu(layer(torch.rand(1, 16, 8, 8)))).sum().backward()
    assert layer.weight.grad is not None
    assert not layer.weight.grad.any()


NET = """  input x: [N, 8, H, W]
  Conv2d({0}, 1) -> {1}
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]"""


@pytest.mark.parametrize(
    ("channels", "activation", "is_found"),
    [
        (3, "ReLU()", True),
        (3, "BatchNorm2d() -> ReLU()", True),
        (4, "ReLU()", False),
        (3, "Softplus()", False),  # never quite zero
        (3, "Hardtanh(-1.0, 1.0)", False),
        (3, "Hardtanh(0.0, 1.0)", True),
        (3, "Identity()", False),
    ],
)
def test_activation_when_few_channels_pass_it_is_judged_by_what_it_cuts_off(
    channels: int, activation: str, is_found: bool
) -> None:
    assert bool(said("narrow-relu", NET.format(channels, activation))) == is_found


def test_channels_when_a_parameter_says_them_are_left_to_the_reader() -> None:
    (found,) = said("narrow-relu", NET.format("1 + 1", "ReLU()"))
    assert found.helps[0].edits == ()
    (found,) = said("narrow-relu", NET.format(2, "ReLU()"))
    assert [edit.replacement for edit in found.helps[0].edits] == ["16"]
