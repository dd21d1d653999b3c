"""`convdsl show FILE`: the table of layers, one of them, the list of weights, or the report for other programs."""

import argparse
import sys

from convdsl import api
from convdsl.analysis.memory import WIDTHS
from convdsl.cli import spec
from convdsl.cli.terminal import wants_colour, width
from convdsl.mistake import MistakeError

WIDE = 160  # cells, where the table goes to a file or a pipe: all columns of most networks


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `show`."""
    spec.add_arguments(parser)
    parser.add_argument("--size", metavar="HxW", help="count at this size of the input: 256x256, or H=256,W=128")
    parser.add_argument("--batch", metavar="N", type=int, help="count for so many images at once; 1 if not given")
    parser.add_argument("--dtype", choices=tuple(WIDTHS), help="the type of weights and values; float32 if not given")
    parser.add_argument("--depth", metavar="N", type=int, help="levels of blocks to open; all if not given")
    parser.add_argument("--bars", action="store_true", help="skips in the margin, bars beside parameters and MACs")
    parser.add_argument("--ascii", action="store_true", help="no other characters, for terminals that have none")
    parser.add_argument("--keys", action="store_true", help="list the weights: names as in state_dict, shapes, counts")
    parser.add_argument("--layer", metavar="NAME", help="one layer from near: its formulas with the numbers put in")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="for people, or for programs")


def run(args: argparse.Namespace) -> int:
    """Show as much as is known of a spec, broken or not; findings go to standard error."""
    if args.depth is not None and args.depth < 0:
        raise MistakeError(f"`--depth {args.depth}` is less than 0", way_out="0 prints each block as one row")
    analysis = spec.analysed(args)
    if args.format == "json":
        import json

        found = api.report(analysis, args.size, batch=args.batch, dtype=args.dtype)
        print(json.dumps(found, indent=2, ensure_ascii=False))
    elif args.layer is not None:
        print(api.closeup(analysis, args.layer, args.size))
    else:
        colour = wants_colour(sys.stdout)
        shown = api.show(
            analysis,
            args.size,
            keys=args.keys,
            batch=args.batch,
            dtype=args.dtype,
            depth=args.depth,
            columns=width(WIDE),
            colour=colour,
            bars=args.bars,
            ascii=args.ascii,
        )
        print(shown)
    return spec.report(analysis)
