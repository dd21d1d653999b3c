"""The parts of docs/peers.md: two networks as torchview, torchlens, visualtorch and convdsl draw them.

The others' pictures, and everybody's time and memory, are what `make peers` has left; ours are drawn anew by
`make readme`, so the page shows what convdsl draws now.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from statistics import mode
from typing import Any

from convdsl import drawing
from convdsl.pipeline import analyze
from convdsl.record import dataclass
from convdsl.source import Source

PAGE = "docs/peers.md"
ROOT = Path(__file__).resolve().parent.parent
IMAGES = "images/peers"  # seen from the page
RESULTS = ROOT / "benchmarks" / "results" / "peers.json"
NETWORKS = {"unet2015": "U-Net", "resnet18": "ResNet-18"}
SIZES = {"unet2015": "572x572", "resnet18": "224x224"}  # the tests hold them to those of the results
TOOLS = {
    "torchview": "svg",
    "torchlens": "svg",
    "visualtorch": "png",
    "convdsl graph": "svg",
    "convdsl figure": "svg",
}
SHEET = (800, 1100)  # pixels of a page that a picture is fitted into
POINT = 4 / 3  # CSS pixels
PILLOW = 10  # pixels: the letters of Pillow's own font, which visualtorch takes


@dataclass(frozen=True, slots=True)
class Picture:
    """A file with its size, and the size of most of its letters, in pixels."""

    name: str
    width: int
    height: int
    bytes: int
    letters: float

    @property
    def fitted(self) -> float:
        """The scale at which it lies inside a sheet; not over 1."""
        return min(1, SHEET[0] / self.width, SHEET[1] / self.height)


@cache
def ours(network: str, style: str, folded: bool = True) -> str:
    """Draw a network of the zoo as SVG."""
    text = (ROOT / "specs" / f"{network}.cdsl").read_text("utf-8")
    made = analyze(Source(f"{network}.cdsl", text))
    return drawing.draw(made, style=style, size=SIZES[network], folded=folded)


def measure(name: str, data: bytes) -> Picture:
    """Read the size of an SVG or a PNG, and of the letters in it."""
    if name.endswith(".png"):
        width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))  # in the header, after IHDR
        return Picture(name, width, height, len(data), PILLOW)
    text = data.decode()
    found = re.search(r'<svg [^>]*?width="(\d+)(pt)?" height="(\d+)', text)
    assert found is not None, name
    unit = POINT if found[2] else 1
    letters = mode(float(size) for size in re.findall(r'font-size="([\d.]+)', text))
    return Picture(name, round(int(found[1]) * unit), round(int(found[3]) * unit), len(data), letters * unit)


def picture(network: str, tool: str) -> Picture:
    """Return a tool's picture of a network."""
    name = f"{tool.replace(' ', '-')}-{network}.{TOOLS[tool]}"
    if tool.startswith("convdsl"):
        return measure(name, ours(network, tool.split()[1]).encode())
    return measure(name, (ROOT / "docs" / IMAGES / name).read_bytes())


@cache
def _results() -> Any:
    return json.loads(RESULTS.read_text("utf-8"))


def _table(network: str) -> str:
    found = _results()["networks"][network]
    lines = [
        "| | picture, pixels | bytes | letters on a page | whole process | peak memory | drawing alone |",
        "|-|-:|-:|-:|-:|-:|-:|",
    ]
    for tool in TOOLS:
        one, it = found[tool], picture(network, tool)
        times = [f"{one[f'{part}_seconds']:.2f} s ({one[f'{part}_busy']:.2f})" for part in ("whole", "drawing")]
        cells = (f"{it.width:,} × {it.height:,}", f"{it.bytes:,}", f"{it.letters * it.fitted:.1f} px")
        memory = f"{one['mebibytes']:,.0f} MiB"
        lines.append(f"| {' | '.join((tool, *cells, times[0], memory, times[1]))} |")
    return "\n".join(lines)


def _pictures(network: str) -> str:
    lines = []
    for tool in TOOLS:
        it = picture(network, tool)
        file, width = f"{IMAGES}/{it.name}", round(it.width * it.fitted)
        words = f"{NETWORKS[network]} drawn by {tool}"
        lines += [f"### {tool}", "", f'<a href="{file}"><img src="{file}" width="{width}" alt="{words}"></a>', ""]
    return "\n".join(lines)


def _how() -> str:
    found = _results()
    versions, machine = found["versions"], found["machine"]
    torch = versions["torch"].partition("+")[0]
    unfolded = measure("", ours("resnet18", "graph", False).encode())
    return (
        f"{found['rounds']} rounds in turn on {machine['cores']} cores, load {found['load']}, {found['system']}; "
        f"Python {machine['python']}, PyTorch {torch}, torchview {versions['torchview']}, "
        f"torchlens {versions['torchlens']}, visualtorch {versions['visualtorch']}, "
        f"Graphviz {versions['graphviz']}.\n\n"
        "Equal layers in a row are one card with its number in ours, unless `--unfold` is given; ResNet-18 with every "
        f"layer a card is {unfolded.width:,} × {unfolded.height:,} pixels and {unfolded.bytes:,} bytes."
    )


PARTS: Mapping[str, Callable[[], str]] = {
    **{f"{network}-numbers": partial(_table, network) for network in NETWORKS},
    **{f"{network}-pictures": partial(_pictures, network) for network in NETWORKS},
    "how": _how,
}
PICTURES: Mapping[str, Callable[[], str]] = {
    f"docs/{IMAGES}/convdsl-{style}-{network}.svg": partial(ours, network, style)
    for network in NETWORKS
    for style in ("graph", "figure")
}
