"""Specs with mistakes of every kind are drawn in every style, or refused in a sentence; never with a traceback."""

import pytest

from convdsl.api import load
from convdsl.mistake import MistakeError
from convdsl.render.draw import STYLES, draw
from convdsl.spec_error import SpecError
from convdsl.view import network_of
from tests.zoo import ROOT

BAD = sorted((ROOT / "tests/bad").rglob("*.cdsl"))


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_draw_of_every_known_mistake_is_a_picture_or_a_sentence(style: str) -> None:
    drawn = 0
    for path in BAD:
        try:
            network = network_of(load(path))
            for kind in STYLES[style].formats:
                if kind in ("svg", "html", "dot", "mermaid"):  # the others are made of the same canvas
                    draw(network, kind, style=style)
            drawn += 1
        except (MistakeError, SpecError):
            continue
    assert drawn >= len(BAD) // 3
