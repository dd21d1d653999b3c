"""Long pictures in strips: not too tall, nothing lost, edges that are cut go on."""

import pytest

from convdsl.ops.conv2d import Conv2d
from convdsl.render.layout import TALLEST, layout
from convdsl.render.scene import Scene
from tests.render.test_layout import NETWORKS, chain, unet


def words(scene: Scene) -> list[str]:
    return [text.text for box in scene.boxes for text in box.texts]


@pytest.mark.parametrize("name", NETWORKS)
def test_layout_when_no_direction_is_asked_is_not_taller_than_4_times_its_width(name: str):
    scene = layout(NETWORKS[name].network(), folded=False)
    assert scene.height <= TALLEST * scene.width


def test_layout_when_asked_to_run_down_is_as_tall_as_it_must():
    scene = layout(chain(60).network(), direction="TB", folded=False)
    assert scene.height > TALLEST * scene.width
    assert {box.x for box in scene.boxes if box.kind == "layer"} == {scene.boxes[1].x}


def test_snake_shows_the_cards_edges_and_labels_of_the_picture_that_runs_down():
    network = unet(4).network()
    down, wrapped = (layout(network, direction=direction) for direction in ("TB", "snake"))
    assert words(wrapped) == words(down)
    assert [(edge.source, edge.target) for edge in wrapped.edges] == [(edge.source, edge.target) for edge in down.edges]
    assert [label.text for label in wrapped.labels] == [label.text for label in down.labels]


def test_snake_has_several_strips_from_left_to_right_in_the_order_of_the_spec():
    scene = layout(chain(60).network(), direction="snake", folded=False)
    lefts = [box.x for box in scene.boxes if box.kind == "layer"]
    assert lefts == sorted(lefts)
    assert len(set(lefts)) > 3


def test_snake_when_a_frame_is_cut_names_its_parts_again():
    draft = chain(0)
    outer = draft.open("f", "Long")
    x = draft.graph.outputs.pop().value
    for index in range(30):
        x = draft.call(Conv2d(8, (3, 3), padding=(1, 1)), x, name=f"c{index}")
    draft.close(outer)
    draft.output("y", x)
    scene = layout(draft.network(), direction="snake", folded=False)
    titles = [frame.texts[0].text for frame in scene.frames]
    assert titles[0] == "f Long"
    assert set(titles[1:]) == {"f Long …"}
    assert len({frame.id for frame in scene.frames}) == len(scene.frames) > 2
    assert {frame.about for frame in scene.frames} == {"f"}


def test_snake_of_a_short_network_is_one_strip():
    scene = layout(chain(1).network(), direction="snake")
    assert len({box.x + box.width // 2 for box in scene.boxes}) == 1


def test_snake_when_skips_leave_a_strip_to_the_right_leads_them_straight_on():
    """The skip of the outermost level goes from its card to the right, up, over all strips, down, and into its join."""
    scene = layout(unet(6).network(), direction="snake")
    first = next(edge for edge in scene.edges if edge.way == "skip" and edge.source.startswith("e0"))
    assert len(first.points) == 6
    (x0, y0), (x1, y1), (x2, y2), (x3, y3), (x4, y4), (x5, y5) = first.points
    assert (y0, x1, y2, x3, y4) == (y1, x2, y3, x4, y5)
    assert x0 < x1 < x3
    assert y2 < y0
    assert x5 < x4
