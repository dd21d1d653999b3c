"""The page of a network: well-formed, self-contained, with the report's numbers; names of any kind stay text."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl import api, load
from convdsl.ops.conv2d import Conv2d
from convdsl.pipeline import analyze
from convdsl.render.canvas import Canvas, Group, Rect
from convdsl.render.canvas_svg import paint_canvas
from convdsl.render.cells import visible
from convdsl.render.draw import draw
from convdsl.render.facts import Network
from convdsl.render.html.compact import Looks
from convdsl.render.html.element import VOID
from convdsl.render.html.page import page
from convdsl.render.html.palette import variables
from convdsl.render.layer_graph import canvas as layer_graph
from convdsl.render.theme import DARK, LIGHT, PRINT
from convdsl.render.wish import Wish
from convdsl.source import Source
from convdsl.view import network_of
from tests.render.networks import Draft
from tests.render.test_layout import chain, drafts, unet
from tests.zoo import ZOO, path

HOSTILE = (
    *("</script><script>alert(1)</script>", "</text><script>alert(1)</script>", "]]>", "\\N", "javascript:alert(1)"),
    *(
        "<!--",
        '" onload="alert(1)',
        "' onfocus='alert(1)",
        "a\u202eb\u2066c",
        "&lt;b&gt;",
        "\u2028\x00\x1b[31m",
        "${x}`",
    ),
)
WRITERS = ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "setHTML")  # of text as markup


class Page(HTMLParser):
    """All elements of a page, in order: name, attributes, own text. Elements that are not closed are a fault."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self.open: list[tuple[str, list[str]]] = []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {[name for name, _ in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words: list[str] = []
        assert len(attrs) == len({name for name, _ in attrs}), f"an attribute comes twice in {tag} {attrs}"
        self.elements.append((tag, {name: value or "" for name, value in attrs}, words))
        if tag not in VOID:
            self.open.append((tag, words))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, []))

    def handle_endtag(self, tag: str) -> None:
        name, _ = self.open.pop()
        assert name == tag, f"</{tag}> closes {name}"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1][1].append(data)

    def all(self, tag: str, **attributes: str) -> Iterator[tuple[dict[str, str], str]]:
        for name, own, words in self.elements:
            if name == tag and all(own.get(key.rstrip("_")) == value for key, value in attributes.items()):
                yield own, "".join(words)

    def one(self, tag: str, **attributes: str) -> tuple[dict[str, str], str]:
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def data(self) -> dict:
        told = json.loads(self.one("script", id="data")[1])
        columns, same = told["layers"]["columns"], told["layers"]["same"]
        told["layers"] = [
            same | {key: values[index] for key, values in columns.items()} for index in range(told["layers"]["count"])
        ]
        return told


def zoo_network(name: str) -> Network:
    return network_of(load(path(name)))


@pytest.mark.parametrize("name", ["unet", "resnet18"])
def test_page_when_read_has_the_numbers_of_the_report(name: str):
    data = Page(page(zoo_network(name), Wish())).data
    report = api.report(load(path(name)), "256x256")
    told = {layer["name"]: layer for layer in data["layers"]}
    assert data["parameters"] == report["parameters"]
    assert data["macs"] == report["macs"]
    assert data["memory"] == report["memory"]["inference"]
    for layer in report["layers"]:
        here = told[layer["name"]]
        kept = ("op", "parameters", "macs", "memory")
        assert {key: here[key] for key in kept} == {key: layer[key] for key in kept}
        assert here["lines"][0] == layer["line"]
    assert len(told) == len(report["layers"]) + len(report["inputs"])


def test_page_when_its_rows_are_read_has_the_numbers_of_the_data():
    found = Page(page(zoo_network("unet"), Wish()))
    rows = {own["id"]: own for own, _ in found.all("tr") if own.get("id", "").startswith("r")}
    assert list(rows) == [f"r{index}" for index in range(len(found.data["layers"]))]
    cells = [text for _, text in found.all("td") if text]
    counts = {f"{layer['macs']:,}" for layer in found.data["layers"] if layer["macs"]}
    assert counts <= set(cells)


def test_page_when_read_has_all_lines_of_the_spec():
    found = Page(page(zoo_network("unet"), Wish()))
    lines = [text for own, text in found.all("li") if own.get("id", "").startswith("s0-")]
    assert "\n".join(lines) == path("unet").read_text("utf-8").rstrip("\n")


@pytest.mark.parametrize("name", ["unet", "resnet18", "seed/network6"])
def test_page_when_its_links_are_followed_finds_every_element_and_layer(name: str):
    found = Page(page(zoo_network(name), Wish()))
    ids = [own["id"] for _, own, _ in found.elements if "id" in own]
    assert len(ids) == len(set(ids))
    data = found.data
    for view in data["views"]:
        shown = [nodes for id_, nodes, _ in view["boxes"] if id_ in ids]
        assert len(shown) == len(view["boxes"])
        assert {node for nodes in shown for node in nodes} == set(range(len(data["layers"])))
    assert {id_ for id_, _, _ in data["groups"]} <= set(ids)


def test_page_when_its_policy_is_read_lets_only_its_own_script_and_style_run():
    text = page(zoo_network("unet"), Wish())
    found = Page(text)
    policy = found.one("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        (whole,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = b64encode(sha256(whole.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    for _, own, _ in found.elements:
        assert not any(name.startswith("on") or name in ("src", "style") for name in own)
        assert own.get("href", "#") == "data:," or own.get("href", "#").startswith("#")
    script = list(found.all("script"))[-1][1]
    for word in (*("fetch(", "XMLHttp", "WebSocket", "sendBeacon", "import(", "eval", "Function("), *WRITERS):
        assert word not in script
    assert set(re.findall(r"https?:[^\"']*", script)) == {"http://www.w3.org/2000/svg"}  # a namespace, not an address
    style = found.one("style")[1]
    assert "url(" not in style and "@import" not in style


@pytest.mark.parametrize("name", HOSTILE)
def test_page_when_a_name_is_hostile_keeps_it_as_text(name: str):
    tame = Page(page(draft_named("plain").network(), Wish()))
    found = Page(page(draft_named(name).network(), Wish()))
    assert [tag for tag, _, _ in found.elements] == [tag for tag, _, _ in tame.elements]
    assert [sorted(own) for _, own, _ in found.elements] == [sorted(own) for _, own, _ in tame.elements]
    assert found.data["layers"][0]["name"] == name
    assert not any("\u202e" in text or "\u2066" in text for _, _, words in found.elements for text in words)


@pytest.mark.parametrize("words", [name for name in HOSTILE if "\x00" not in name])
def test_page_when_a_comment_is_hostile_keeps_it_as_text(words: str):
    text = path("unet").read_text("utf-8")
    tame, wild = (
        Page(page(network_of(analyze(Source("unet.cdsl", f"{text}# {comment}\n"))), Wish())) for comment in ("", words)
    )
    assert [(tag, sorted(own)) for tag, own, _ in tame.elements] == [
        (tag, sorted(own)) for tag, own, _ in wild.elements
    ]
    assert wild.one("li", id=f"s0-{text.count(chr(10)) + 1}")[1] == visible(f"# {words}")


def draft_named(name: str) -> Draft:
    draft = Draft(name)
    x = draft.input(name, 1)
    outer = draft.open(name, name)
    x = draft.call(Conv2d(1, (1, 1)), x, name=name)
    draft.close(outer)
    draft.output(name, x)
    return draft


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=20))
def test_law_page_with_any_names_is_well_formed(name: str):
    found = Page(page(draft_named(name).network(), Wish()))
    assert found.data["model"] == name


def test_page_when_the_spec_is_broken_shows_the_finding_and_its_line():
    text = path("unet").read_text("utf-8").replace("u1 = ConvTranspose2d(16, 2,", "u1 = ConvTranspose2d(16, 3,")
    network = network_of(analyze(Source("unet.cdsl", text)))
    found = Page(page(network, Wish()))
    assert any(own["href"] == "#s0-19" for own, _ in found.all("a"))
    assert found.one("li", id="s0-19")[0]["class"] == "wrong"


def test_page_when_equal_layers_are_folded_links_all_of_them():
    draft = Draft()
    x = draft.input("x", 8)
    for _ in range(5):
        x = draft.call(Conv2d(8, (3, 3), padding=(1, 1)), x)
    draft.output("y", x)
    data = Page(page(draft.network(), Wish())).data
    assert [nodes for _, nodes, _ in data["views"][-1]["boxes"]] == [[0], [1, 2, 3, 4, 5]]


def test_page_when_blocks_are_closed_has_a_picture_of_each_level():
    data = Page(page(unet(2).network(), Wish())).data
    assert [view["depth"] for view in data["views"]] == [0, None]
    assert data["views"][0]["boxes"][1][2] == 1  # the block e0 in one box
    assert len(Page(page(chain(3).network(), Wish())).data["views"]) == 1


def test_page_when_a_depth_is_asked_for_shows_it_first():
    found = Page(page(unet(2).network(), Wish(depth=0)))
    assert [("hidden" in own) for own, _ in found.all("div", class_="view")] == [False, True]
    assert [("selected" in own) for own, _ in found.all("option")][:2] == [True, False]


def test_page_when_a_strip_is_given_links_its_groups():
    solid = Group("s", "", (Rect(0, 0, 9, 9, "fill:conv"),), "e0.conv0")
    found = Page(page(unet(2).network(), Wish(), strip=Canvas("t", "d", 20, 20, (solid,))))
    assert found.data["volumes"] == [["vol-s", [1, 2], 0]]  # the convolution and its ReLU
    assert found.one("g", id="vol-s")


@pytest.mark.parametrize("name", ["unet", "resnet18", "vgg16"])
def test_page_when_drawn_has_a_volume_for_every_layer(name: str):
    text = draw(zoo_network(name), "html")
    assert isinstance(text, str)
    data = Page(text).data
    assert {node for _, nodes, _ in data["volumes"] for node in nodes} == set(range(len(data["layers"])))


def test_looks_when_a_picture_is_made_small_are_the_same():
    looks = Looks()
    whole = paint_canvas(layer_graph(unet(2).network(), Wish()), variables(LIGHT), "v")
    small = looks.compact(whole, ["v-up1"])
    rules = dict(line[1:-1].split("{") for line in looks.sheet().split("\n"))
    assert len(small) < 0.85 * len(whole)
    assert [own for own, _ in Page(small).all("g") if own] == [{"id": "v-up1"}]
    for plain, made in zip(Page(whole).elements, Page(small).elements, strict=True):
        own = dict(made[1])
        for rule in rules[own.pop("class")].split(";") if "class" in own else ():
            name, value = rule.split(":")
            own[name] = value.removesuffix("px")
        assert {**plain[1], "id": own.get("id")} == {**own, "id": own.get("id")}


def test_page_when_a_theme_is_given_has_its_colours():
    network = unet(1).network()
    assert "prefers-color-scheme" in page(network, Wish(), LIGHT)
    assert Page(page(network, Wish(), DARK)).one("html")[0]["data-theme"] == "dark"
    text = page(network, Wish(), PRINT)
    assert Page(text).one("html")[0]["data-theme"] == "light"
    assert f"--page:{PRINT.page}" in text


@pytest.mark.parametrize("draft", [chain(50), unet(13)], ids=["chain", "unet"])
def test_page_of_a_hundred_layers_is_smaller_than_300_kb(draft: Draft):
    network = draft.network()
    assert sum(1 for node in network.graph.nodes if node.op is not None) >= 100
    for folded in (True, False):
        assert len(str(draw(network, "html", Wish(folded=folded))).encode()) < 300_000


def test_page_twice_is_the_same_to_the_byte():
    first, second = (page(zoo_network("unet"), Wish()) for _ in range(2))
    assert first == second


def missing(text: str) -> Iterator[str]:
    """Say what is not linked: an element that is not there, a layer that no box of a picture shows."""
    found = Page(text)
    ids = [own["id"] for _, own, _ in found.elements if "id" in own]
    if len(ids) != len(set(ids)):
        yield "an id comes twice"
    known, data = set(ids), found.data
    linked = [id_ for view in data["views"] for kind in ("boxes", "frames") for id_, _, _ in view[kind]]
    linked += [id_ for id_, _, _ in (*data["groups"], *data["volumes"])]
    linked += [f"r{index}" for index in range(len(data["layers"]))]
    yield from (f"no element {id_}" for id_ in linked if id_ not in known)
    applied = {index for index, layer in enumerate(data["layers"]) if layer["applied"]}
    for number, view in enumerate(data["views"]):
        shown = {node for _, nodes, _ in view["boxes"] for node in nodes}
        yield from (f"layer {node} is in no box of picture {number}" for node in applied - shown)


@settings(deadline=None, max_examples=30)
@given(drafts(), st.booleans())
def test_law_page_of_any_network_links_every_layer(draft: Draft, folded: bool):
    assert not list(missing(str(draw(draft.network(), "html", Wish(folded=folded)))))


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(drafts(), st.booleans())
def test_law_page_of_hundreds_of_networks_links_every_layer(draft: Draft, folded: bool):
    assert not list(missing(str(draw(draft.network(), "html", Wish(folded=folded)))))


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_page_of_the_zoo_links_every_layer(name: str):
    assert not list(missing(str(draw(zoo_network(name), "html"))))
