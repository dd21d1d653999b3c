"""Names that are markup, escapes or commands somewhere: in every style and every format of text they stay names.

Each picture is read back by a parser of its format, and has the same structure as the picture of a network that is
called harmlessly; what a name says is found as text.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from convdsl.ops.conv2d import Conv2d
from convdsl.ops.relu import ReLU
from convdsl.render.cells import visible
from convdsl.render.draw import STYLES, draw
from convdsl.render.facts import Network
from convdsl.render.wish import Wish
from tests.render.networks import Draft

HOSTILE = {
    "ends a tag": "</text><script>alert(1)</script>",
    "ends an attribute": '" onload="alert(1)" x=\'',
    "ends a section": "]]><script>alert(1)</script><![CDATA[",
    "ends a comment": "--><script>alert(1)</script><!--",
    "an entity": "&#60;script&#62;&amp;quot;&xxe;",
    "an address": "javascript:alert(1)",
    "escapes of DOT": "\\N\\G\\L\\E\\n\\",
    "HTML to DOT": "<<TABLE><TR><TD>x</TD></TR></TABLE>>",
    "ends a string": '"]; node [label="x"]; {',
    "commands of TeX": "\\input{/etc/passwd} $x$ % ^^M ~_#&",
    "directives of Mermaid": "%%{init: {'x': 1}}%% end #quot; `x`",
    "reads backwards": "a\u202eb\u2066c\u2069\u200e\u200fd",
    "hides": "a\u200bb\ufeffc\x00d\x1b[31m\x7f",
    "spreads over lines": "a\nb\r\nc\u2028d",
    "breaks a script": "</script><script>alert(1)//`${alert(1)}`",
    "unpaired": "a\ud800b",
}
HARMLESS = "harmless"
TEXTS = ("svg", "html", "dot", "mermaid", "tikz", "tikzpicture", "json")
CASES = [(style, kind) for style, one in STYLES.items() for kind in one.formats if kind in TEXTS]


def network(name: str) -> Network:
    """A network in which everything that can have a name has this one."""
    draft = Draft(name)
    x = draft.input(name, 4)
    outer = draft.open(name, name)
    x = draft.call(Conv2d(4, (3, 3), padding=(1, 1)), x, name=name)
    x = draft.call(ReLU(), x, name=name + "2")
    x = draft.call(Conv2d(4, (3, 3), padding=(1, 1)), x, name=name + "3")
    draft.close(outer)
    draft.output(name, x)
    return draft.network()


def picture(style: str, kind: str, name: str) -> str:
    made = network(name)
    layer = next(node.name for node in made.graph.nodes if node.op is not None) if STYLES[style].one_layer else ""
    return str(draw(made, kind, Wish(layer=layer, sizes={"H": 16, "W": 16}), style=style))


# --------------------------------------------------------------------- parsers


class Page(HTMLParser):
    """Elements with the names of their attributes, addresses, and what is text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shape: list[str] = []
        self.addresses: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append(f"{tag} {' '.join(sorted(name for name, _ in attrs))}")
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "xlink:href")]

    def handle_decl(self, decl: str) -> None:
        self.shape.append(f"!{decl}")

    def handle_comment(self, data: str) -> None:
        self.shape.append("comment")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def of_svg(text: str) -> tuple[set[str], str]:
    root = ElementTree.fromstring(text)
    kinds = set()
    for element in root.iter():
        kinds.add(" ".join([element.tag.rpartition("}")[2], *sorted(element.attrib)]))
        assert not any(name.startswith("on") or "href" in name for name in element.attrib)
    return kinds, "\n".join(root.itertext())


def of_html(text: str) -> tuple[set[str], str]:
    page = Page()
    page.feed(text)
    page.close()
    assert not any("on" in shape.split() for shape in page.shape)
    assert all(address.startswith("#") or address == "data:," for address in page.addresses)  # an icon of no bytes
    assert "comment" not in page.shape
    return set(page.shape), "\n".join(page.texts)


def of_dot(text: str) -> tuple[set[str], str]:
    """A string of DOT ends at the first quote without a backslash (graphviz.org/doc/info/lang.html)."""
    strings = re.findall(r'"((?:\\.|[^"\\])*)"', text, re.DOTALL)
    rest = re.sub(r'"(?:\\.|[^"\\])*"', "S", text, flags=re.DOTALL)
    lines = {re.sub(r"\d+", "0", re.sub(r"(?<=[=> ])[\w×.#]+(?=[\s\]])", "S", line)) for line in rest.splitlines()}
    assert not any("<" in line or "\\" in line for line in lines)
    return lines, "\n".join(re.sub(r"\\(.)", r"\1", string) for string in strings)


def of_mermaid(text: str) -> tuple[set[str], str]:
    """A string of Mermaid ends at the next quote, and knows no escapes but `#code;`."""
    strings = re.findall(r'"([^"]*)"', text)
    for string in strings:
        plain = re.sub(r"#\d+;|<br/>", "", string)
        assert not set(plain) & set("#;<>&`%{}\\|\"'[]")
    rest = re.sub(r'"[^"]*"', "S", text)
    decoded = [re.sub(r"#(\d+);", lambda found: chr(int(found[1])), string) for string in strings]
    return {re.sub(r"\d+", "0", line.strip()) for line in rest.splitlines()}, "\n".join(decoded)


def of_tikz(text: str) -> tuple[set[str], str]:
    """Plain ASCII whose commands are the painter's own; a brace, dollar or percent sign of a name has a backslash."""
    assert text.isascii()
    commands = set(re.findall(r"\\[A-Za-z]+", text))
    for line in text.splitlines():
        bare = re.sub(r"\\.", "", line)
        assert bare.count("{") == bare.count("}"), line
        assert "$" not in bare
    return commands, ""


def of_json(text: str) -> tuple[set[str], str]:
    found: list[str] = []

    def walk(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            yield "/".join(map(str, value))
            for item in value.values():
                yield from walk(item)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item)
        elif isinstance(value, str):
            found.append(value)

    return set(walk(json.loads(text))), "\n".join(found)


PARSERS: dict[str, Callable[[str], tuple[set[str], str]]] = {
    "svg": of_svg,
    "html": of_html,
    "dot": of_dot,
    "mermaid": of_mermaid,
    "tikz": of_tikz,
    "tikzpicture": of_tikz,
    "json": of_json,
}


@cache
def structure(style: str, kind: str) -> set[str]:
    """The structure of the picture of a network that is called harmlessly."""
    return PARSERS[kind](picture(style, kind, HARMLESS))[0]


# what escapes of TeX look like beside a painter's commands
PRINTED = {
    *("\\textasciicircum", "\\textasciitilde", "\\ensuremath", "\\backslash", "\\lbrace", "\\rbrace", "\\ldots"),
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize(("style", "kind"), CASES, ids=str)
def test_picture_when_every_name_is_hostile_has_the_structure_of_a_harmless_one(style: str, kind: str, name: str):
    text = picture(style, kind, name)
    shape, words = PARSERS[kind](text)
    harmless = structure(style, kind)
    if kind.startswith("tikz"):
        shape -= PRINTED
    assert shape <= harmless | PRINTED, shape - harmless
    assert not re.search("[\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\x00\x1b\x7f\ud800]", text)
    if kind in ("svg", "html"):
        assert visible(name)[:5] in words


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_dot_when_every_name_is_hostile_is_read_by_graphviz_as_it_stands(name: str):
    if shutil.which("dot") is None:
        pytest.skip("dot is not on this machine")
    text = picture("graph", "dot", name)
    done = subprocess.run(["dot", "-Tjson0"], input=text.encode(), capture_output=True, check=True)
    graph = json.loads(done.stdout)
    boxes = [item for item in graph["objects"] if "nodes" not in item and "subgraphs" not in item]
    assert len(boxes) == 4  # input, two layers, output
    assert len(graph["edges"]) == 3
    svg = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=True).stdout
    root = ElementTree.fromstring(svg)
    assert not [element for element in root.iter() if "script" in element.tag]
    assert visible(name) in {(element.text or "") for element in root.iter("{http://www.w3.org/2000/svg}text")}
