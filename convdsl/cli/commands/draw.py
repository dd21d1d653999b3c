"""`convdsl draw FILE -o x.svg`: the network as a picture in the format that the file's name asks for."""

import argparse

from convdsl.cli import spec
from convdsl.cli.output import add_arguments, deliver
from convdsl.mistake import MistakeError
from convdsl.render.draw import draw, format_of
from convdsl.view import network_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `draw`."""
    spec.add_arguments(parser)
    add_arguments(parser, "the file to write: .svg, .png, .dot or .json by its name; SVG to standard output if none")
    parser.add_argument("--direction", choices=("TB", "LR"), default="TB", help="down the page, or to the right")
    parser.add_argument("--theme", choices=("light", "dark", "print"), default="light", help="the colours")
    parser.add_argument("--depth", metavar="N", type=int, help="levels of blocks to open; all if not given")
    parser.add_argument("--unfold", action="store_true", help="draw every one of equal blocks in a row")


def run(args: argparse.Namespace) -> int:
    """Draw a spec as far as it is known, broken or not; findings go to standard error."""
    if args.depth is not None and args.depth < 0:
        raise MistakeError(f"`--depth {args.depth}` is less than 0", way_out="0 draws each block as one card")
    kind = format_of("" if args.output == "-" else args.output)
    analysis = spec.analysed(args)
    network = network_of(analysis)
    picture = draw(network, kind, direction=args.direction, theme=args.theme, depth=args.depth, folded=not args.unfold)
    deliver(picture, args)
    return spec.report(analysis)
