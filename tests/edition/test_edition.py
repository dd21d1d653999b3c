"""Edition 1 is a floor: what a spec may say today it may say for ever, with the same meaning."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.edition.surface import FILE, changes, grown, printed, surface

FROZEN: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
NOW: dict[str, Any] = json.loads(json.dumps(surface()))


def test_edition_1_has_all_that_it_has_ever_had() -> None:
    assert list(changes(FROZEN, NOW)) == []


def test_everything_that_the_language_has_is_frozen() -> None:
    assert grown(FROZEN, NOW) == FROZEN, "add it: `python -m tests.edition.surface`"
    assert printed(FROZEN) == FILE.read_text("utf-8")


# Some of it by hand, from PyTorch's documentation of the frozen release.
BY_HAND = {
    "Conv2d": "out_channels kernel_size stride padding dilation groups bias padding_mode",
    "ConvTranspose2d": "out_channels kernel_size stride padding output_padding groups bias dilation padding_mode",
    "MaxPool2d": "kernel_size stride padding dilation",
    "BatchNorm2d": "eps momentum affine track_running_stats",
    "LeakyReLU": "negative_slope",
    "Upsample": "size scale_factor mode align_corners",
}
DEFAULTS = {
    ("Conv2d", "stride"): 1,
    ("Conv2d", "padding"): 0,
    ("Conv2d", "bias"): True,
    ("Conv2d", "padding_mode"): "zeros",
    ("MaxPool2d", "stride"): None,
    ("BatchNorm2d", "eps"): 1e-5,
    ("BatchNorm2d", "momentum"): 0.1,
    ("LeakyReLU", "negative_slope"): 0.01,
    ("Upsample", "mode"): "nearest",
    ("Dropout", "p"): 0.5,
}


@pytest.mark.parametrize("name", BY_HAND)
def test_frozen_signatures_are_those_of_pytorch(name: str) -> None:
    names = [item[0] for item in FROZEN["operators"][name]]
    assert names[: len(BY_HAND[name].split())] == BY_HAND[name].split()


@pytest.mark.parametrize(("name", "argument"), DEFAULTS)
def test_frozen_defaults_are_those_of_pytorch(name: str, argument: str) -> None:
    (found,) = (item for item in FROZEN["operators"][name] if item[0] == argument)
    assert found[2] in (DEFAULTS[name, argument], [DEFAULTS[name, argument]] * 2)


# ---------------------------------------------------------------- the test can fail


def without_an_operator(now: dict[str, Any]) -> None:
    del now["operators"]["Conv2d"]


def with_another_name_of_a_parameter(now: dict[str, Any]) -> None:
    now["operators"]["Conv2d"][0][0] = "filters"


def without_a_parameter(now: dict[str, Any]) -> None:
    del now["operators"]["Conv2d"][3]


def with_another_default(now: dict[str, Any]) -> None:
    now["operators"]["Conv2d"][3][2] = 1


def with_a_default_for_what_was_required(now: dict[str, Any]) -> None:
    now["operators"]["Conv2d"][1][2] = 3


def with_a_narrower_kind(now: dict[str, Any]) -> None:
    now["operators"]["Conv2d"][1][1] = "int"


def without_a_word(now: dict[str, Any]) -> None:
    (mode,) = (item for item in now["operators"]["Upsample"] if item[0] == "mode")
    mode[1] = mode[1].replace(" | bilinear", "")


def with_two_parameters_swapped(now: dict[str, Any]) -> None:
    first = now["operators"]["Conv2d"]
    first[2], first[3] = first[3], first[2]


def with_a_parameter_put_before_others(now: dict[str, Any]) -> None:
    now["operators"]["Conv2d"].insert(0, ["new", "int", 1])


def with_a_new_required_parameter(now: dict[str, Any]) -> None:
    now["operators"]["Conv2d"].append(["new", "int", "required"])


def without_a_statement(now: dict[str, Any]) -> None:
    now["words"].remove("repeat")


def without_a_function(now: dict[str, Any]) -> None:
    now["functions"].remove("min")


def without_a_setting(now: dict[str, Any]) -> None:
    del now["settings"][-1]


def without_an_optimizer(now: dict[str, Any]) -> None:
    del now["choices"]["optimizer"]["AdamW"]


def with_another_default_of_an_optimizer(now: dict[str, Any]) -> None:
    now["choices"]["optimizer"]["AdamW"][0][2] = 0.01


def without_a_key_of_yaml(now: dict[str, Any]) -> None:
    now["yaml"].remove("layers")


def without_a_part(now: dict[str, Any]) -> None:
    del now["colours"]


def with_another_operator(now: dict[str, Any]) -> None:
    now["operators"]["Brand2new"] = [["size", "int", "required"]]


def with_another_optional_parameter(now: dict[str, Any]) -> None:
    now["operators"]["Conv2d"].append(["new", "int", 1])


def with_another_setting(now: dict[str, Any]) -> None:
    now["settings"].append(["new", "int", 1])


def with_another_function(now: dict[str, Any]) -> None:
    now["functions"].append("abs")


BREAKING = (
    *(without_an_operator, with_another_name_of_a_parameter, without_a_parameter, with_another_default),
    *(with_a_narrower_kind, without_a_word),
    *(with_a_default_for_what_was_required, with_two_parameters_swapped, with_a_parameter_put_before_others),
    *(with_a_new_required_parameter, without_a_statement, without_a_function, without_a_setting),
    *(without_an_optimizer, with_another_default_of_an_optimizer, without_a_key_of_yaml, without_a_part),
)
ADDING = (with_another_operator, with_another_optional_parameter, with_another_setting, with_another_function)


@pytest.mark.parametrize("change", BREAKING, ids=lambda change: change.__name__)
def test_meta_a_surface_that_has_changed_fails(change: Callable[[dict[str, Any]], None]) -> None:
    now = copy.deepcopy(FROZEN)
    change(now)
    assert list(changes(FROZEN, now)) != []


@pytest.mark.parametrize("change", ADDING, ids=lambda change: change.__name__)
def test_meta_a_surface_that_has_grown_passes_and_is_added(change: Callable[[dict[str, Any]], None]) -> None:
    now = copy.deepcopy(FROZEN)
    change(now)
    assert list(changes(FROZEN, now)) == []
    assert grown(FROZEN, now) == now


@pytest.mark.parametrize("change", BREAKING, ids=lambda change: change.__name__)
def test_meta_growing_never_takes_or_changes_anything(change: Callable[[dict[str, Any]], None]) -> None:
    now = copy.deepcopy(FROZEN)
    change(now)
    for name, item in FROZEN["operators"].items():
        assert grown(FROZEN, now)["operators"][name][: len(item)] == item
