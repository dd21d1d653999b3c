"""Names and shapes beside each other: what is missing, too much, or of another shape, and what was probably meant."""

import pytest

from convdsl.lower.fitting import Mismatch, fit, prefix_rule

NETWORK = {"conv1.weight": (8, 1, 3, 3), "conv1.bias": (8,), "norm.weight": (8,), "norm.num_batches_tracked": ()}


def test_fit_when_names_and_shapes_agree_is_ok() -> None:
    found = fit(dict(reversed(NETWORK.items())), NETWORK)
    assert found.ok
    assert found.fitting == tuple(NETWORK)


def test_fit_when_one_is_missing_and_one_too_much_tells_both_and_how_they_are_alike() -> None:
    stored = {name: shape for name, shape in NETWORK.items() if name != "conv1.weight"} | {
        "conv_1.weight": (8, 1, 3, 3)
    }
    found = fit(stored, NETWORK)
    assert not found.ok
    assert (found.missing, found.unexpected) == (("conv1.weight",), ("conv_1.weight",))
    assert found.near_missing("conv1.weight") == "conv_1.weight"
    assert found.near_unexpected("conv_1.weight") == "conv1.weight"


def test_fit_when_only_the_counters_of_norms_are_absent_is_ok() -> None:
    """PyTorch before 0.4.1 had none, and loads such files with 0."""
    found = fit({name: shape for name, shape in NETWORK.items() if shape}, NETWORK)
    assert found.ok
    assert found.counters == ("norm.num_batches_tracked",)


def test_fit_when_one_of_the_counters_is_absent_misses_it() -> None:
    """A file that has others was written with them, so it is of another network."""
    network = NETWORK | {"other.num_batches_tracked": ()}
    assert fit(NETWORK, network).missing == ("other.num_batches_tracked",)


def test_near_when_names_are_unlike_takes_the_only_one_of_the_shape() -> None:
    found = fit({"w0.weight": (8, 1, 3, 3), "b0.bias": (8,)}, {"conv1.weight": (8, 1, 3, 3), "other.bias": (8,)})
    assert found.near_missing("conv1.weight") == "w0.weight"


@pytest.mark.parametrize(
    ("found", "wanted", "reason"),
    [
        ((3, 3, 1, 8), (8, 1, 3, 3), "the axes are in the opposite order"),
        ((1, 8, 3, 3), (8, 1, 3, 3), "the axes are in another order"),
        ((8, 9), (8, 1, 3, 3), "as many numbers, in another shape"),
        ((8,), (8, 1), "as many numbers, in another shape"),
        ((7,), (8, 1), "1 axes and not 2"),
        ((8, 4, 3, 3), (8, 1, 3, 3), "axis 1 differs"),
        ((9, 4, 3, 3), (8, 1, 3, 3), ""),
    ],
)
def test_mismatch_says_what_the_shapes_have_in_common(
    found: tuple[int, ...], wanted: tuple[int, ...], reason: str
) -> None:
    assert fit({"w": found}, {"w": wanted}).mismatched == (Mismatch("w", found, wanted),)
    assert Mismatch("w", found, wanted).reason == reason


@pytest.mark.parametrize(
    ("found", "rule"),
    [
        ({f"module.{name}": shape for name, shape in NETWORK.items()}, ("module.* -> *", 4)),
        ({f"_orig_mod.module.{name}": shape for name, shape in NETWORK.items()}, ("_orig_mod.module.* -> *", 4)),
        ({f"net.{name}": shape for name, shape in NETWORK.items()} | {"loss.weight": (3,)}, ("net.* -> *", 4)),
        (NETWORK, ("", 4)),
        ({"a": (1,)}, ("", 0)),
        ({}, ("", 0)),
    ],
)
def test_prefix_when_it_explains_the_names_is_offered(found: dict[str, tuple[int, ...]], rule: tuple[str, int]) -> None:
    assert prefix_rule(found, NETWORK) == rule


def test_prefix_when_the_network_has_it_is_put_there() -> None:
    assert prefix_rule({"weight": (3,)}, {"head.weight": (3,)}) == ("* -> head.*", 1)
