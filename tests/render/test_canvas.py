"""Canvas: primitives by role, painted as SVG."""

import xml.etree.ElementTree as ET

import pytest

from convdsl.record import replace
from convdsl.render.canvas import Canvas, Disc, Group, Label, Line, Picture, Polygon, Rect, flat
from convdsl.render.canvas_svg import FEW, WORDS, paint_canvas
from convdsl.render.strokes import head, joined, shortened
from convdsl.render.theme import LIGHT, THEMES, blend

SVG = "{http://www.w3.org/2000/svg}"
RECT = Rect(1, 2, 30, 40, "fill:conv", "outline", 4)
EVERY = (
    RECT,
    Polygon(((0, 0), (4, 0), (0, 3)), "heat:50", "ink"),
    Line(((0, 0), (10, 0), (10, 10)), bend=3, head=True),
    Disc(5, 5, 2, "group:1"),
    Label(3, 9, "conv1 </text><script>", upright=True, bold=True),
)


def painted(*items, theme=LIGHT):
    return ET.fromstring(paint_canvas(Canvas("a net", "what it shows", 50, 60, items), theme))


def test_paint_every_primitive_gives_one_element_each():
    root = painted(Group("x", "a tip", EVERY))
    group = root.find(f"{SVG}g")
    assert [child.tag.removeprefix(SVG) for child in group] == [
        *("title", "rect", "polygon", "path", "path", "circle", "text")
    ]
    assert group.find(f"{SVG}rect").get("fill") == LIGHT.paint("conv").fill
    assert group.find(f"{SVG}text").text == "conv1 </text><script>"


def test_paint_ids_of_two_pictures_differ():
    one, other = painted(Group("x", "", (RECT,))), painted(Group("x", "", (Disc(1, 1, 1),)))
    ids = [{element.get("id") for element in root.iter() if element.get("id")} for root in (one, other)]
    assert not ids[0] & ids[1]


def test_flat_yields_what_groups_hold():
    assert list(flat((Group("a", "", (Group("b", "", EVERY),)), RECT))) == [*EVERY, RECT]


def test_as_json_names_each_kind():
    data = Canvas("t", "d", 1, 1, (Group("a", "", EVERY),)).as_json()
    assert [item["kind"] for item in data["items"][0]["items"]] == ["rect", "polygon", "line", "disc", "label"]


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_colour_every_theme_knows_every_role(theme):
    roles = ("page", "ink", "soft", "fill:conv", "bar:unheard of", "mark:+", "group:1", "group:9", "heat:0", "heat:100")
    assert all(theme.colour(role).startswith("#") for role in roles)
    assert theme.colour("heat:0") == theme.page
    assert theme.colour("heat:100") == theme.heat


def test_colour_unknown_role_raises_value_error():
    with pytest.raises(ValueError, match="nothing"):
        LIGHT.colour("nothing")


def test_blend_half_way_is_the_mean():
    assert blend("#000000", "#ffffff", 50) == "#7f7f7f"  # 255 * 50 // 100 = 127 = 0x7f


def test_strokes_of_a_slanted_line():
    # 3-4-5: five pixels off the end of a line of 10 are half of it
    assert shortened([(0, 0), (6, 8)], 5) == [(0, 0), (3, 4)]
    assert head([(0, 0), (0, 20)]) == ((0, 20), (4, 13), (-4, 13))
    # along (3, 4): the base lies 7 before the tip, at (1.8, 2.4), and its ends 4 to both sides of it, along (4, -3)
    assert head([(0, 0), (6, 8)]) == ((6, 8), (5, 0), (-1, 5))
    assert joined([(0, 0), (10, 0), (10, 10)], 4) == "M0 0L6 0Q10 0 10 4L10 10"
    assert joined([(0, 0), (10, 0), (10, 10)]) == "M0 0L10 0L10 10"


def test_paint_many_items_that_look_alike_is_one_element_where_nothing_changes() -> None:
    fills = tuple(Rect(10 * at, 0, 10, 10, "fill:conv") for at in range(FEW))
    lines = tuple(Line(((at, 0), (at, 9))) for at in range(FEW))
    words = tuple(Label(10 * at, 9, str(at)) for at in range(WORDS))
    root = painted(*fills, *lines, *words, *(replace(one, opacity=50) for one in fills))
    kinds = [child.tag.removeprefix(SVG) for child in root][3:]
    # what is seen through would be darker where two of it lie on each other
    assert kinds == ["path", "path", "g", *["rect"] * FEW]
    assert [text.text for text in root.find(f"{SVG}g")] == [str(at) for at in range(WORDS)]
    assert root.find(f"{SVG}path").get("d").startswith("M0 0h10v10h-10zM10 0h10")


def test_paint_pixels_are_a_png_within_the_file() -> None:
    drawn = Canvas("t", "d", 9, 9, (Picture(1, 2, 3, 4, b"\x89PNG"),))
    image = painted(*drawn.items).find(f"{SVG}image")
    assert image.get("href") == "data:image/png;base64,iVBORw=="
    assert drawn.as_json()["items"][0]["png"] == "iVBORw=="
