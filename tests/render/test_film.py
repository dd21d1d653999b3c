"""Films: a frame is the canvas that it was made from, and the SVG says when each part is seen."""

import re
from xml.etree import ElementTree

from convdsl.render.canvas import Canvas, Group, Item, Label, Rect
from convdsl.render.film import HOLD, LAST, Film, film
from convdsl.render.film_gif import film_gif
from convdsl.render.film_svg import paint_film
from convdsl.render.theme import LIGHT

SVG = "{http://www.w3.org/2000/svg}"
PAGE = Rect(0, 0, 30, 30, "fill:conv")


def canvas(*items: Item) -> Canvas:
    return Canvas("a film", "three frames", 40, 40, (PAGE, *items, Label(2, 38, "always")))


def steps() -> list[Canvas]:
    marks = [Rect(10 * at, 0, 10, 10, "group:1") for at in range(3)]
    numbers = [Label(10 * at, 9, str(at)) for at in range(3)]
    return [canvas(Group("g", "", (marks[at],)), *numbers[: at + 1]) for at in range(3)]


def seen(made: Film, frame: int) -> set[Item]:
    return {item for part in made.parts if part.first <= frame < part.end for item in part.items}


def test_film_shows_in_each_frame_what_its_canvas_holds() -> None:
    made = film(steps())
    assert made.frames == 3
    assert made.milliseconds == 2 * HOLD + LAST
    for frame, one in enumerate(steps()):
        flat = {part for item in one.items for part in (item.items if isinstance(item, Group) else (item,))}
        assert seen(made, frame) == flat


def test_film_puts_fills_that_come_and_go_behind_lines_and_letters() -> None:
    order = [item for part in film(steps()).parts for item in part.items]
    assert order[0] == PAGE
    assert max(order.index(item) for item in order if isinstance(item, Rect)) < order.index(Label(2, 38, "always"))


def test_paint_film_moves_without_a_script_and_stands_still_for_who_asks() -> None:
    text = paint_film(film(steps()), LIGHT)
    root = ElementTree.fromstring(text)
    assert "<script" not in text
    assert "prefers-reduced-motion:reduce" in text
    classes = [group.get("class") for group in root.iter(f"{SVG}g")]
    assert classes and all(classes)
    style = root.findtext(f"{SVG}style") or ""
    for name in classes:
        assert f"@keyframes {name}{{" in style
    # the first frame is what is seen where nothing moves
    still = dict(re.findall(r"\.([\w-]+)\{visibility:(\w+)", style))
    assert {name: word for name, word in still.items() if word == "visible"}.keys() == {
        name for name in classes if name and name.rpartition("-f")[2].startswith("0-")
    }


def test_paint_film_says_when_a_frame_is_seen() -> None:
    style = paint_film(film(steps()), LIGHT)
    # frame 1 of 3: from 700 to 1400 of 3400 ms, 20.58 % to 41.17 %
    assert "0.00%{visibility:hidden}20.58%{visibility:visible}41.17%{visibility:hidden}" in style


def test_film_gif_has_a_frame_for_each_canvas() -> None:
    from io import BytesIO

    from PIL import Image

    data = film_gif(steps(), LIGHT)
    with Image.open(BytesIO(data)) as picture:
        assert picture.n_frames == 3
        assert picture.size == (60, 60)
        durations = []
        colours = []
        for frame in range(3):
            picture.seek(frame)
            durations.append(picture.info["duration"])
            colours.append([picture.convert("RGB").getpixel((15 * at + 12, 3)) for at in range(3)])
    assert durations == [HOLD, HOLD, LAST]
    marked = tuple(bytes.fromhex(LIGHT.colour("group:1")[1:]))
    for frame, row in enumerate(colours):
        near = [all(abs(a - b) < 12 for a, b in zip(pixel, marked, strict=True)) for pixel in row]
        assert near == [at == frame for at in range(3)]
