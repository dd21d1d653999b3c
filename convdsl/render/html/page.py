"""The network as one file for a browser: graph, spec, table and volumes, linked; it asks nothing of anywhere.

What may run and colour it is named by hashes in its policy, so that nothing from a spec could do either.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files

from convdsl.render.canvas import Canvas
from convdsl.render.cells import visible
from convdsl.render.facts import Network, bytes_text, field_text
from convdsl.render.html.compact import Looks
from convdsl.render.html.element import Child, Markup, element, joined
from convdsl.render.html.listing import lines_around, lines_of, listing
from convdsl.render.html.palette import sheet, variables
from convdsl.render.html.rows import groups, table
from convdsl.render.html.views import View, views, volumes
from convdsl.render.theme import DARK, LIGHT, Theme
from convdsl.render.usual import Counted, counted
from convdsl.render.wish import Wish

VERSION = 2  # of the data in the page
KEYS = (
    ("/", "search; Enter and Shift+Enter go from find to find, Escape ends it"),
    ("arrows, Home, End", "go from layer to layer"),
    ("+, −, 0", "closer, further, as wide as the window; with Ctrl the wheel does it too"),
    ("o, c", "open or close a level of blocks"),
    ("x, two clicks", "close or open the block around a layer, as the sign at its corner does"),
    ("h", "heat by parameters, MACs, memory"),
    ("d", "dark or light"),
    ("Escape", "choose nothing"),
    ("?", "this list"),
)


def page(network: Network, wish: Wish, theme: Theme = LIGHT, strip: Canvas | None = None) -> str:
    """Return the page as text that ends with a newline.

    wish: the sizes to count at (the usual ones without), how the graph is drawn, and the depth that is shown first.
    theme: light follows the reader's screen, others do not. strip: a picture of volumes whose groups say what they are
    about.
    """
    found = counted(network, wish)
    colours = variables(theme)
    looks = Looks()
    pictures = views(network, wish, colours, looks)
    solids = None if strip is None else volumes(strip, network, colours, looks)
    rows, rules = table(network, found)
    style = f"{sheet(theme, follows=theme is LIGHT)}\n{looks.sheet()}\n{_part('page.css')}\n{rules}"
    script = _part("blocks.js") + _part("page.js")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    name = network.graph.model
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", None, name),
        element("link", {"rel": "icon", "href": "data:,"}),  # without it a browser would ask for one
        Markup(f"<style>{style}</style>"),
    )
    body = joined(
        _header(network, found, pictures, wish),
        _main(network, rows, pictures, solids, wish),
        _help(),
        _data(network, found, pictures, solids),
        Markup(f"<script>{script}</script>"),
        between="\n",
    )
    attributes = {"lang": "en"} | ({} if theme is LIGHT else {"data-theme": "dark" if theme is DARK else "light"})
    return f"<!DOCTYPE html>\n{element('html', attributes, head, element('body', None, body)).text}\n"


def _part(name: str) -> str:
    return files("convdsl.render.html").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


# ------------------------------------------------------------------------ parts


def _header(network: Network, found: Counted, pictures: Sequence[View], wish: Wish) -> Markup:
    parts = [f"{found.parameters:,} parameters"]
    work = found.macs(network)
    parts += [] if work is None else [f"{work:,} MACs"]
    parts += [] if found.memory is None else [f"{bytes_text(found.memory.run.total)} of values at most"]
    where = network.legal.where()
    legal = "runs at no size" if network.legal.is_empty else f"runs at {where}" if where else ""
    counts = f"{', '.join(parts)} ({found.at})"
    words = [element("p", None, counts), *([element("p", None, legal)] if legal else [])]
    return element("header", None, element("h1", None, network.graph.model), *words, _tools(pictures, wish))


def _tools(pictures: Sequence[View], wish: Wish) -> Markup:
    depths = []
    first = _shown(pictures, wish)
    for index, view in enumerate(pictures):
        words = "all blocks" if view.depth is None else "no blocks" if view.depth == 0 else f"{view.depth} levels"
        words = "1 level" if view.depth == 1 else words
        depths.append(element("option", {"selected": ""} if index == first else None, words))
    heats = (("", "kind"), ("parameters", "parameters"), ("macs", "MACs"), ("memory", "memory"))
    options = (element("option", {"value": value} if value else {"value": "kinds"}, words) for value, words in heats)
    hidden = {"hidden": ""} if len(pictures) == 1 else {}
    return element(
        "div",
        {"class": "tools", "role": "toolbar", "aria-label": "tools"},
        element(
            "label", {"for": "search"}, "search", element("input", {"id": "search", "type": "search", "size": "14"})
        ),
        element("output", {"id": "count", "for": "search"}),
        element("label", hidden, "open", element("select", {"id": "depth"}, *depths)),
        element("label", None, "colour", element("select", {"id": "heat"}, *options)),
        element("output", {"id": "scale", "for": "heat"}),
        _button("further", "−", "further away"),
        element("output", {"id": "zoom"}, "100 %"),
        _button("closer", "+", "closer"),
        _button("fit", "fit", "as wide as the window"),
        _button("theme", "dark", "dark or light"),
        _button("help", "?", "keys"),
    )


def _shown(pictures: Sequence[View], wish: Wish) -> int:
    """Return which picture is shown first: that of the depth that was asked for, all levels without."""
    return next((index for index, view in enumerate(pictures) if view.depth == wish.depth), len(pictures) - 1)


def _button(id_: str, words: str, label: str) -> Markup:
    return element("button", {"type": "button", "id": id_, "title": label}, words)


def _main(network: Network, rows: Markup, pictures: Sequence[View], solids: View | None, wish: Wish) -> Markup:
    graph = [
        element(
            "div", {"class": "view"} | ({} if index == _shown(pictures, wish) else {"hidden": ""}), Markup(view.svg)
        )
        for index, view in enumerate(pictures)
    ]
    scroll = {"class": "scroll", "tabindex": "0"}
    sections: list[Child] = [
        element(
            "section",
            {"class": "pictures", "aria-label": "graph"},
            element("h2", None, "graph"),
            element("div", scroll | {"id": "graph", "role": "region", "aria-label": "graph of layers"}, *graph),
            element("div", {"id": "about", "aria-live": "polite"}),
        ),
        _section("spec", "spec", listing(network), scroll),
        _section("layers", "rows", rows, scroll),
    ]
    if solids is not None:
        words = "volumes, to scale"
        region = scroll | {"id": "volumes", "role": "region", "aria-label": words}
        strip = (element("h2", None, words), element("div", region, Markup(solids.svg)))
        sections.append(element("section", {"class": "strip", "aria-label": "volumes"}, *strip))
    return element("main", {"class": "volumes"} if solids is not None else None, joined(*sections, between="\n"))


def _section(words: str, id_: str, inside: Markup, scroll: dict[str, str]) -> Markup:
    region = scroll | {"id": id_, "role": "region", "aria-label": words}
    return element("section", {"aria-label": words}, element("h2", None, words), element("div", region, inside))


def _help() -> Markup:
    rows = (part for key, does in KEYS for part in (element("dt", None, key), element("dd", None, does)))
    return element(
        "dialog",
        {"id": "keys", "aria-labelledby": "keys-title"},
        element("h2", {"id": "keys-title"}, "keys"),
        element("dl", None, *rows),
        _button("done", "close", "close"),
    )


# ------------------------------------------------------------------------- data


def _data(network: Network, found: Counted, pictures: Sequence[View], solids: View | None) -> Markup:
    """Return the numbers of the report and the links between the parts, as data that no browser runs."""
    told = {
        "version": VERSION,
        "model": network.graph.model,
        "sizes": found.sizes,
        "parameters": found.parameters,
        "macs": found.macs(network),
        "memory": None if found.memory is None else found.memory.run.total,
        "layers": _columns([_layer(network, found, index) for index in range(len(found.layers))]),
        "views": [view.as_json() for view in pictures],
        "groups": groups(network),
        "volumes": [] if solids is None else [link.as_json() for link in solids.links],
    }
    text = json.dumps(told, ensure_ascii=True, separators=(",", ":"))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(f'<script type="application/json" id="data">{text}</script>')


def _columns(layers: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Put what layers say into columns; what all of them say stands once."""
    columns = {key: [layer[key] for layer in layers] for key in (layers[0] if layers else {})}
    same = {key: values[0] for key, values in columns.items() if all(value == values[0] for value in values)}
    differing = {key: values for key, values in columns.items() if key not in same}
    return {"count": len(layers), "same": same, "columns": differing}


def _layer(network: Network, found: Counted, index: int) -> dict[str, object]:
    layer = found.layers[index]
    node = layer.node
    file, first, last = lines_of(network, node)
    applied = index < len(network.graph.nodes)
    field = network.fields[index] if applied and index < len(network.fields) else None
    return {
        "name": node.name,
        "op": layer.title,
        "applied": applied,
        "file": file,
        "lines": [first, last],
        "around": lines_around(network, node),
        "parameters": layer.parameters,
        "macs": layer.macs if applied else None,
        "memory": found.memory.layers.get(index, 0) if applied and found.memory is not None else None,
        "field": visible(field_text(field)) if field else "",
    }
