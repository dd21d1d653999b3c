"""`convdsl diff A B`: what differs between two networks, as text, as data or as a picture."""

import argparse
import json
import sys

from convdsl.cli import spec
from convdsl.cli.terminal import wants_colour, width
from convdsl.comparison import diff
from convdsl.mistake import MistakeError
from convdsl.render.wish import DIRECTIONS

_DIRECTION = "of the picture, as in `draw`"
WIDE = 160  # cells, where the text goes to a file or a pipe


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diff`."""
    parser.add_argument("before", metavar="A", help="a spec, text or YAML; - is standard input")
    parser.add_argument("after", metavar="B", help="another, or the same with other parameters")
    parser.add_argument(
        "--stdin-filename", metavar="NAME", default=spec.UNNAMED, help="what to call standard input; .yaml says YAML"
    )
    for flag, whose in (("--param", "both models"), ("--param-a", "the model of A"), ("--param-b", "the model of B")):
        parser.add_argument(
            flag, metavar="NAME=VALUE", action="append", default=[], help=f"give a parameter of {whose}, as width=16"
        )
    parser.add_argument("--size", metavar="HxW", help="count at this size; one near 256x256 if not given")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people, or for programs")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="also write it: .svg, .png, .pdf, .tex: a picture; .json: data"
    )
    parser.add_argument("--force", action="store_true", help="overwrite the file if it is there")
    parser.add_argument("--theme", choices=("light", "dark", "print"), default="light", help="the picture's colours")
    parser.add_argument("--direction", choices=DIRECTIONS, default="", help=_DIRECTION)
    parser.add_argument("--depth", metavar="N", type=int, help="levels of blocks that the picture opens")
    parser.add_argument("--exit-code", action="store_true", help="end with 1 where the networks differ")


def run(args: argparse.Namespace) -> int:
    """Compare two specs as far as they are known, broken or not; findings go to standard error."""
    if args.before == args.after == spec.STDIN:
        raise MistakeError("both networks are `-`, and standard input is one", way_out="give one of them as a file")
    if args.depth is not None and args.depth < 0:
        raise MistakeError(f"`--depth {args.depth}` is less than 0", way_out="0 draws each block as one card")
    before = spec.opened(args.before, args, spec.parameters([*args.param, *args.param_a]))
    after = spec.opened(args.after, args, spec.parameters([*args.param, *args.param_b]))
    found = diff(before, after, args.size)
    if args.format == "json":
        print(json.dumps(found.report(), indent=2, ensure_ascii=False))
    else:
        print(found.text(width=width(WIDE), colour=wants_colour(sys.stdout)))
    if args.output is not None:
        found.draw(args.output, direction=args.direction, theme=args.theme, depth=args.depth, force=args.force)
        print(f"written: {args.output}", file=sys.stderr)
    broken = [spec.report(analysis) for analysis in (before, after)]
    return 1 if any(broken) or (args.exit_code and not found.same) else 0
