"""The short way from a scene to SVG writes what the long way through a canvas does, to the byte."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl import diff
from convdsl.api import load
from convdsl.render.canvas_svg import paint_canvas
from convdsl.render.difference_picture import layout_difference
from convdsl.render.layout import layout
from convdsl.render.scene import Scene
from convdsl.render.scene_canvas import canvas_of
from convdsl.render.scene_svg import paint_scene
from convdsl.render.theme import DARK, LIGHT, PRINT, Theme
from convdsl.view import network_of
from tests.render.networks import Draft
from tests.render.test_layout import drafts
from tests.zoo import ROOT, ZOO, path


def agree(scene: Scene, theme: Theme = LIGHT) -> None:
    assert paint_scene(scene, theme) == paint_canvas(canvas_of(scene), theme)


@pytest.mark.parametrize("name", ZOO)
def test_scene_of_the_zoo_is_painted_as_its_canvas(name: str) -> None:
    network = network_of(load(path(name)))
    for direction, theme, folded in (("TB", LIGHT, True), ("LR", DARK, False), ("snake", PRINT, True)):
        agree(layout(network, direction=direction, folded=folded), theme)


@pytest.mark.parametrize("file", ["docs/gallery/broken.cdsl", "tests/golden/broken/spec.cdsl"])
def test_scene_with_mistakes_is_painted_as_its_canvas(file: str) -> None:
    agree(layout(network_of(load(Path(ROOT, file)))))


def test_scene_with_marks_is_painted_as_its_canvas() -> None:
    found = diff(path("unet"), path("unet2015"))
    agree(layout_difference(found.found, found.sides))


@settings(deadline=None, max_examples=60)
@given(drafts(), st.sampled_from(["", "TB", "LR", "snake"]), st.booleans())
def test_law_scene_of_any_network_is_painted_as_its_canvas(draft: Draft, direction: str, folded: bool) -> None:
    agree(layout(draft.network(), direction=direction, folded=folded))
