"""The picture of what differs: words and badges keep apart."""

import pytest

from convdsl import comparison
from convdsl.pipeline import analyze
from convdsl.render.difference_picture import layout_difference
from convdsl.render.scene import BADGE
from convdsl.source import Source

BEFORE = """convdsl 1
block Double(width: int) {
  Conv2d(width, 3, padding=1) -> ReLU()
  MaxPool2d(2)
}
model M {
  input x: [N, 2, H, W]
  e1 = Double(300)
  a_long_name = { Add(e1, e1) -> Conv2d(300, 3, padding=1) -> ReLU() }
  output a_long_name: [N, 300, H // 2, W // 2]
}
"""
AFTER = BEFORE.replace("Double(300)", "Double(301)").replace("Add(", "Mul(").replace("e1", "first")


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("texts", [(BEFORE, AFTER), (AFTER, BEFORE)], ids=["there", "back"])
def test_title_of_a_group_stands_clear_of_the_badges_of_its_cards(texts: tuple[str, str], direction: str) -> None:
    found = comparison.diff(*(analyze(Source(f"{at}.cdsl", text)) for at, text in enumerate(texts)))
    scene = layout_difference(found.found, found.sides, direction=direction, depth=None)
    badges = [(box.x, box.y) for box in scene.boxes if box.mark]
    words = [text for frame in scene.frames for text in frame.texts if text.text]
    assert len(words) >= 2
    assert len(badges) >= 3
    for text in words:
        for x, y in badges:
            across = text.x - BADGE < x < text.x + text.width + BADGE
            along = text.y - 10 - BADGE < y < text.y + BADGE
            assert not (across and along), text
