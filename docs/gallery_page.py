"""The parts of docs/gallery.md: every style of picture, on networks of the zoo and two small specs in docs/gallery/."""

import contextlib
from collections.abc import Callable, Mapping

from docs.cli_page import terminal
from docs.figures import ROOT, Figure
from docs.walk import fenced

PAGE = "docs/gallery.md"


def _figure(name: str, command: str, shown: str) -> Figure:
    return Figure(f"docs/images/gallery/{name}", command, shown)


FIGURES: Mapping[str, Figure] = {
    "graph": _figure("unet.svg", "draw specs/unet.cdsl", "A U-Net as cards in two columns, its skips in lanes between"),
    "collapsed": _figure(
        "resnet18.svg",
        "draw specs/resnet18.cdsl --depth 1 --theme dark",
        "ResNet-18 as cards down the page, each block one card, on a dark ground",
    ),
    "right": _figure(
        "patchgan.svg", "draw specs/patchgan.cdsl --direction LR", "Five cards from left to right in one group"
    ),
    "snake": _figure("vgg16.svg", "draw specs/vgg16.cdsl --direction snake", "VGG16 as cards in two columns"),
    "broken": _figure(
        "broken.svg",
        "draw docs/gallery/broken.cdsl --style figure",
        "A U-Net with a red exclamation mark at one join, and the error below",
    ),
    "u": _figure("unet2015.svg", "draw specs/unet2015.cdsl --style figure", "The U-Net of 2015 as volumes in a U"),
    "strip": _figure("vgg16_figure.svg", "draw specs/vgg16.cdsl --style figure", "VGG16 as volumes in a row"),
    "inputs": _figure(
        "zhang2017.svg",
        "draw specs/zhang2017.cdsl --style figure",
        "Three inputs joined, volumes down and up again, arrows across",
    ),
    "print": _figure(
        "pix2pix.svg",
        "draw specs/pix2pix.cdsl --style figure --theme print",
        "A U of eight levels in black, white and gray",
    ),
    "arithmetic": _figure(
        "grouped.svg",
        "draw docs/gallery/grouped.cdsl --style arithmetic",
        "A window of 3 by 2 at four places; the last row is hatched",
    ),
    "cropped": _figure(
        "resnet18_conv1.svg",
        "draw specs/resnet18.cdsl --style arithmetic --layer conv1",
        "A window of 7 by 7 at four places of a padded picture",
    ),
    "photo": _figure(
        "edges.svg",
        "draw docs/gallery/edges.cdsl --style arithmetic --photo specs/photos/val/windmill13.jpg",
        "A photograph of windmills, a window of nine numbers, and the edges that it finds",
    ),
    "field": _figure(
        "patchgan_field.svg",
        "draw specs/patchgan.cdsl --style field",
        "A row for each layer with what it sees, and squares of 4 to 70 pixels on the input",
    ),
    "profile": _figure(
        "unet_profile.svg", "draw specs/unet.cdsl --style profile", "A row of bars for each layer, the peak marked"
    ),
    "difference": _figure(
        "difference.svg",
        "diff specs/seed/network4.cdsl specs/seed/network5.cdsl",
        "A graph with one card framed in green and a plus",
    ),
    "page": _figure("unet.html", "draw specs/unet.cdsl", "A page with graph, table, spec and volumes"),
}
DECODED = "photo"  # holds pixels that a library has packed: other versions of it make other bytes of the same picture


def _linked() -> str:
    page = FIGURES["page"]
    return f"{page.told()}: [{page.path.removeprefix('docs/')}]({page.path.removeprefix('docs/')})"


def _terminal() -> str:
    argv = ("show", "specs/unet.cdsl", "--bars", "--size", "256x256")
    with contextlib.chdir(ROOT):
        return fenced(f"$ convdsl {' '.join(argv)}\n{terminal(*argv)}")


def _mermaid() -> str:
    mermaid = _figure("unet.mmd", "draw specs/unet.cdsl --depth 0", "")
    return f"{mermaid.told()}\n\n{fenced(mermaid.draw(), 'mermaid')}"


PARTS: Mapping[str, Callable[[], str]] = {
    **{name: figure.embedded for name, figure in FIGURES.items() if name != "page"},
    "page": _linked,
    "terminal": _terminal,
    "mermaid": _mermaid,
}
PICTURES: Mapping[str, Callable[[], str]] = {
    figure.path: figure.draw for name, figure in FIGURES.items() if name != DECODED
}
