"""`convdsl draw FILE -o x.svg`: the network as a picture in the format that the file's name asks for."""

import argparse
import re
import sys
from pathlib import Path

from convdsl.analysis.memory import WIDTHS
from convdsl.cli import spec
from convdsl.cli.output import add_arguments, deliver
from convdsl.drawing import ENGINES, drawn, of_photo, wish_of
from convdsl.mistake import MistakeError
from convdsl.record import replace
from convdsl.render.draw import FORMATS, STYLES, format_of
from convdsl.render.theme import THEMES
from convdsl.render.wish import DIRECTIONS, FRAMES
from convdsl.view import network_of

_DIRECTION = "down the page, to the right, or down in strips that stand side by side; what fits if not given"
_COLLAPSE = "draw blocks and groups of this name as one card: a full name or a block's, with * and ?; may be repeated"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `draw`."""
    suffixes = ", ".join(dict.fromkeys(FORMATS))
    styles = "; ".join(f"{name}: {style.says}" for name, style in STYLES.items())
    spec.add_arguments(parser)
    add_arguments(parser, f"the file to write, by its name one of {suffixes}; SVG to standard output if none")
    parser.add_argument("--style", choices=tuple(STYLES), default="graph", help=f"what is drawn; {styles}")
    parser.add_argument("--layer", metavar="NAME", default="", help="the layer to draw, for a style that draws one")
    parser.add_argument("--size", metavar="HxW", help="sizes in numbers: of an input of 256x256, or H=256,W=128")
    parser.add_argument("--batch", metavar="N", type=int, help="count memory for so many images; 1 if not given")
    parser.add_argument("--dtype", choices=tuple(WIDTHS), help="count memory for this type; float32 if not given")
    parser.add_argument("--direction", choices=DIRECTIONS, default="", help=_DIRECTION)
    parser.add_argument("--theme", choices=tuple(THEMES), default="light", help="the colours")
    parser.add_argument("--depth", metavar="N", type=int, help="levels of blocks to open; all if not given")
    parser.add_argument("--collapse", metavar="GLOB", action="append", default=[], help=_COLLAPSE)
    parser.add_argument("--unfold", action="store_true", help="draw every one of equal blocks in a row")
    parser.add_argument("--values", action="store_true", help="arithmetic: write numbers into the cells")
    parser.add_argument("--step", metavar="Y,X", type=_place, default=(), help="arithmetic: the output that is drawn")
    parser.add_argument("--animate", action="store_true", help="arithmetic: an SVG that moves, as a GIF does")
    parser.add_argument("--photo", metavar="FILE", type=Path, help="a photograph before and after a fixed window")
    parser.add_argument("--frames", metavar="N", type=int, default=FRAMES, help="steps that move; %(default)s at most")
    parser.add_argument("--engine", choices=ENGINES, default="own", help="who lays graphs out; dot: Graphviz")
    parser.add_argument("--open", action="store_true", help="then open the file with what this machine opens it with")


def _place(text: str) -> tuple[int, ...]:
    if not re.fullmatch("[0-9]{1,9}(,[0-9]{1,9})*", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"`{text}` is no place: write a number for each axis, `0,2`")
    return tuple(map(int, text.split(",")))


def run(args: argparse.Namespace) -> int:
    """Draw a spec as far as it is known, broken or not; findings go to standard error."""
    if args.open and args.output == "-":
        raise MistakeError("`--open` needs a file", way_out="name one: `-o net.svg`")
    kind = format_of("" if args.output == "-" else args.output)
    analysis = spec.analysed(args)
    network = network_of(analysis)
    wish = wish_of(
        network,
        args.direction,
        not args.unfold,
        args.depth,
        tuple(args.collapse),
        args.layer,
        args.size,
        args.batch,
        args.dtype,
    )
    wish = replace(wish, values=args.values, step=args.step, moving=args.animate, frames=args.frames)
    note = ""
    if args.photo is not None:
        product = of_photo(network, kind, args.theme, wish, args.photo)
    else:
        product, note = drawn(network, kind, args.style, args.theme, wish, args.engine)
    if note:
        print(f"note: {note}", file=sys.stderr)
    deliver(product, args)
    if args.open:
        import webbrowser

        webbrowser.open(Path(args.output).resolve().as_uri())
    return spec.report(analysis)
