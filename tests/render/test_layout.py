"""Geometry of pictures: nothing overlaps, no edge runs through a card, everything is on the page."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.api import load
from convdsl.ops.add import Add
from convdsl.ops.batch_norm2d import BatchNorm2d
from convdsl.ops.concat import Concat
from convdsl.ops.conv2d import Conv2d
from convdsl.ops.conv_transpose2d import ConvTranspose2d
from convdsl.ops.relu import ReLU
from convdsl.render.layout import TALLEST, layout
from convdsl.render.scene import Scene, Text
from convdsl.render.theme import SIZES
from convdsl.view import network_of
from tests.render.geometry import Rectangle, contains, overlap
from tests.render.networks import Draft, network6
from tests.zoo import ROOT, ZOO


def text_rectangle(text: Text) -> Rectangle:
    left = {"start": text.x, "middle": text.x - text.width // 2, "end": text.x - text.width}[text.anchor]
    return left, text.y - SIZES[text.style], left + text.width, text.y + 2


def segments(points: tuple[tuple[int, int], ...]) -> Iterator[Rectangle]:
    """Give the pieces of an edge as rectangles without thickness."""
    for (x0, y0), (x1, y1) in pairwise(points):
        assert x0 == x1 or y0 == y1, "an edge runs at right angles"
        yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def faults(scene: Scene) -> Iterator[str]:
    """Say what is wrong with a scene's geometry."""
    boxes = {box.id: (box.x, box.y, box.x + box.width, box.y + box.height) for box in scene.boxes}
    frames = {frame.id: (frame.x, frame.y, frame.x + frame.width, frame.y + frame.height) for frame in scene.frames}
    page = (0, 0, scene.width, scene.height)
    labels = [(label.text, text_rectangle(label)) for label in scene.labels]
    names = list(boxes)
    for index, name in enumerate(names):
        for other in names[index + 1 :]:
            if overlap(boxes[name], boxes[other]):
                yield f"boxes {name} and {other} overlap"
        for text, place in labels:
            if overlap(boxes[name], place):
                yield f"label {text} lies on box {name}"
    for index, (text, place) in enumerate(labels):
        for other, there in labels[index + 1 :]:
            if overlap(place, there):
                yield f"labels {text} and {other} overlap"
    for box in scene.boxes:
        for text in box.texts:
            if not contains(boxes[box.id], text_rectangle(text)):
                yield f"text {text.text} sticks out of box {box.id}"
        for one, other in pairwise(box.texts):
            if overlap(text_rectangle(one), text_rectangle(other)):
                yield f"texts {one.text} and {other.text} overlap in box {box.id}"
        for stripe in box.stripes:
            if not contains(boxes[box.id], (stripe.x, stripe.y, stripe.x + stripe.width, stripe.y + stripe.height)):
                yield f"a stripe sticks out of box {box.id}"
    for edge in scene.edges:
        for part in segments(edge.points):
            thin = (part[0] - 1, part[1] - 1, part[2] + 1, part[3] + 1)
            for name, box in boxes.items():
                inside = (box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1)
                if overlap(inside, part if name in (edge.source, edge.target) else thin):
                    yield f"edge {edge.source} -> {edge.target} runs through {name}"
            for text, place in labels:
                if overlap(place, part):
                    yield f"edge {edge.source} -> {edge.target} runs through label {text}"
            if not contains(page, part):
                yield f"edge {edge.source} -> {edge.target} leaves the page"
        for end, name in ((edge.points[0], edge.source), (edge.points[-1], edge.target)):
            box = boxes[name]
            touches = contains(box, (*end, *end)) and (end[0] in (box[0], box[2]) or end[1] in (box[1], box[3]))
            if not touches:
                yield f"edge {edge.source} -> {edge.target} does not touch {name}"
    for name, place in (*boxes.items(), *frames.items(), *labels):
        if not contains(page, place):
            yield f"{name} leaves the page"
    for index, (name, frame) in enumerate(frames.items()):
        for box, place in boxes.items():
            if overlap(frame, place) and not contains(frame, place):
                yield f"frame {name} cuts box {box}"
        for text, place in labels:
            if overlap(frame, place) and not contains(frame, place):
                yield f"frame {name} cuts label {text}"
        for other, place in list(frames.items())[index + 1 :]:
            if overlap(frame, place) and not contains(frame, place) and not contains(place, frame):
                yield f"frames {name} and {other} cross"
    for frame in scene.frames:
        for text in frame.texts:
            if not contains(frames[frame.id], text_rectangle(text)):
                yield f"title {text.text} sticks out of frame {frame.id}"


def chain(count: int) -> Draft:
    draft = Draft("Chain")
    x = draft.input("x", 8)
    for index in range(count):
        x = draft.call(Conv2d(8, (3, 3), padding=(1, 1)), x, name=f"c{index}")
        x = draft.call(ReLU(), x)
    draft.output("y", x)
    return draft


def unet(depth: int) -> Draft:
    draft = Draft("UNet")
    x = draft.input("image", 3)
    skips = []
    for level in range(depth):
        outer = draft.open(f"e{level}", "Double")
        for turn in range(2):
            x = draft.call(Conv2d(8 << level, (3, 3), padding=(1, 1)), x, name=f"conv{turn}")
            x = draft.call(ReLU(), x)
        draft.close(outer)
        skips.append(x)
        x = draft.call(Conv2d(8 << level, (2, 2), stride=(2, 2)), x, name=f"down{level}")
    for level in reversed(range(depth)):
        x = draft.call(ConvTranspose2d(8 << level, (2, 2), (2, 2)), x, name=f"up{level}")
        x = draft.call(Concat((None, None)), x, skips[level])
        outer = draft.open(f"d{level}", "Double")
        x = draft.call(Conv2d(8 << level, (3, 3), padding=(1, 1)), x, name="conv")
        draft.close(outer)
    draft.output("mask", x)
    return draft


def inception() -> Draft:
    draft = Draft("Inception")
    x = draft.input("image", 8)
    for block in range(2):
        outer = draft.open(f"i{block}", "Inception")
        ends = []
        for branch in range(5):
            y = x
            for turn in range(branch + 1):
                y = draft.call(Conv2d(8, (1, 1)), y, name=f"b{branch}_{turn}")
            ends.append(y)
        x = draft.call(Concat((None,) * 5), *ends)
        draft.close(outer)
    draft.output("y", x)
    return draft


def dense_block(count: int) -> Draft:
    draft = Draft("Dense")
    values = [draft.input("image", 8)]
    for index in range(count):
        x = values[-1] if index == 0 else draft.call(Concat((None,) * len(values)), *values)
        values.append(draft.call(Conv2d(8, (3, 3), padding=(1, 1)), x, name=f"c{index}"))
    draft.output("y", values[-1])
    return draft


NETWORKS = {
    "network6": network6(),
    "chain of 60": chain(60),
    "unet": unet(4),
    "inception": inception(),
    "dense": dense_block(7),
}


@pytest.mark.parametrize("direction", ["TB", "LR", "snake"])
@pytest.mark.parametrize("folded", [True, False])
@pytest.mark.parametrize("name", NETWORKS)
def test_layout_of_a_known_kind_of_network_has_no_fault(name: str, folded: bool, direction: str):
    scene = layout(NETWORKS[name].network(), direction=direction, folded=folded)
    assert not list(faults(scene))


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Draw a network of any wiring: chains, branches, joins of several values, blocks in blocks, several outputs."""
    draft = Draft("Any")
    values = [draft.input(name, 8) for name in draw(st.sampled_from([("x",), ("x", "hint"), ("a", "b", "c")]))]
    scopes: list[int] = []
    for index in range(draw(st.integers(1, 22))):
        action = draw(st.sampled_from(["conv", "conv", "conv", "relu", "norm", "add", "add", "cat", "open", "close"]))
        recent = values[-draw(st.integers(1, min(len(values), 6)))]
        name = draw(st.sampled_from(["", f"n{index}", f"a_very_long_name_of_a_layer_{index}"]))
        if action == "open" and len(scopes) < 3:
            scopes.append(draft.open(f"s{index}", draw(st.sampled_from(["", "Down", "AVeryLongNameOfABlock"]))))
        elif action == "close" and scopes:
            draft.close(scopes.pop())
        elif action == "conv":
            values.append(draft.call(Conv2d(8, (3, 3), padding=(1, 1)), recent, name=name))
        elif action == "relu":
            values.append(draft.call(ReLU(), recent, name=name))
        elif action == "norm":
            values.append(draft.call(BatchNorm2d(), recent, name=name))
        elif action in ("add", "cat"):
            count = draw(st.integers(2, 5))
            chosen = [values[draw(st.integers(0, len(values) - 1))] for _ in range(count)]
            if action == "add":
                values.append(draft.call(Add((None,) * count), *chosen, name=name))
            else:
                joined = draft.call(Concat((None,) * count), *chosen, name=name)
                values.append(draft.call(Conv2d(8, (1, 1)), joined))
    while scopes:
        draft.close(scopes.pop())
    draft.output("y", values[-1])
    if draw(st.booleans()):
        draft.output("z", values[draw(st.integers(0, len(values) - 1))])
    return draft


@settings(deadline=None, max_examples=150)
@given(drafts(), st.sampled_from(["TB", "LR", "snake"]), st.booleans(), st.sampled_from([None, 0, 1]))
def test_law_layout_of_any_network_has_no_fault(draft: Draft, direction: str, folded: bool, depth: int | None):
    scene = layout(draft.network(), direction=direction, folded=folded, depth=depth)
    assert not list(faults(scene))
    assert len({box.id for box in scene.boxes}) == len(scene.boxes)


@pytest.mark.slow
@settings(deadline=None, max_examples=1500)
@given(drafts(), st.sampled_from(["", "TB", "LR", "snake"]), st.booleans(), st.sampled_from([None, 0, 1, 2]))
def test_law_layout_of_many_networks_has_no_fault(draft: Draft, direction: str, folded: bool, depth: int | None):
    scene = layout(draft.network(), direction=direction, folded=folded, depth=depth)
    assert not list(faults(scene))


@pytest.mark.parametrize("direction", ["TB", "LR", "snake"])
@pytest.mark.parametrize("name", ZOO)
def test_layout_of_the_zoo_has_no_fault(name: str, direction: str):
    network = network_of(load(f"{ROOT}/specs/{name}.cdsl"))
    for folded, depth in ((True, None), (False, None), (True, 0), (True, 1)):
        assert not list(faults(layout(network, direction=direction, folded=folded, depth=depth)))


@pytest.mark.parametrize("name", ZOO)
def test_layout_of_the_zoo_is_not_taller_than_4_times_its_width(name: str):
    scene = layout(network_of(load(f"{ROOT}/specs/{name}.cdsl")))
    assert scene.height <= TALLEST * scene.width


def texts_of(scene: Scene) -> list[str]:
    return [text.text for thing in (*scene.boxes, *scene.frames) for text in thing.texts]


def test_layout_when_a_meaning_is_long_writes_it_in_two_lines():
    words = texts_of(layout(network_of(load(f"{ROOT}/specs/vgg16.cdsl"))))
    assert "means (RGB - [0.485, 0.456, 0.406]) /" in words
    assert "[0.229, 0.224, 0.225]" in words


def test_layout_when_a_title_of_a_folded_block_is_long_keeps_how_many_there_are():
    words = texts_of(layout(network_of(load(f"{ROOT}/specs/zhang2016.cdsl"))))
    assert {"model1 … 2 Stage ×2", "model4 … 5 Stage ×2", "model6 … 7 Stage ×2"} <= set(words)


def test_layout_when_a_layer_has_billions_of_parameters_writes_three_digits():
    # (3 * 256 * 256) ** 2 weights and 3 * 256 * 256 biases: 38,654,902,272
    words = texts_of(layout(network_of(load(f"{ROOT}/specs/seed/dense.cdsl"))))
    assert "38.7G" in words
    assert not [word for word in words if word.endswith("…")]


def test_faults_when_things_overlap_finds_them():
    scene = layout(network6().network(), direction="TB")
    moved = replace(scene.boxes[3], y=scene.boxes[2].y + 5)
    broken = replace(scene, boxes=(*scene.boxes[:3], moved, *scene.boxes[4:]))
    assert any("overlap" in fault for fault in faults(broken))
    edge = replace(scene.edges[0], points=(scene.edges[0].points[0], scene.edges[-1].points[-1]))
    assert any("runs through" in fault for fault in faults(replace(scene, edges=(edge,))))
