"""Sound networks of every kind get no error and no warning; what infos they get is listed in docs/sound.md."""

import pytest

from convdsl.diagnostics import Severity

from .sound_networks import FAMILIES, networks
from .sound_page import COUNT, PAGE, page, reviewed


def loud(count: int, seed: int) -> list[str]:
    return [
        f"{item.code} {item.message}\n{text}"
        for _, text, findings in reviewed(count, seed)
        for item in findings
        if item.severity is not Severity.INFO
    ]


def test_linter_when_networks_are_sound_gives_no_error_and_no_warning() -> None:
    assert loud(64, seed=1) == []


@pytest.mark.slow
def test_linter_when_hundreds_of_networks_are_sound_gives_no_error_and_no_warning() -> None:
    for seed in (2, 3):
        assert loud(COUNT, seed) == []


@pytest.mark.slow
def test_page_of_sound_networks_when_made_anew_is_as_it_is() -> None:
    found = list(reviewed(COUNT))
    assert {item.severity for _, _, findings in found for item in findings} <= {Severity.INFO}
    assert PAGE.read_text("utf-8") == page(found), "stale: python -m tests.lint.sound_page"


def test_networks_when_drawn_are_of_every_family_and_differ() -> None:
    drawn = list(networks(64))
    assert {family for family, _ in drawn} == {family.__name__ for family in FAMILIES}
    assert len({text for _, text in drawn}) > 55
    assert drawn == list(networks(64))
