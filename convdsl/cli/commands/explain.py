"""`convdsl explain CODE|NAME`: what a finding means, why it matters, how to mend it."""

import argparse
import sys

from convdsl.cli.terminal import width
from convdsl.explanation import explain, printed


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `explain`."""
    parser.add_argument("codes", metavar="CODE", nargs="+", help="a code or a name, as W301 or checkerboard")


def run(args: argparse.Namespace) -> int:
    """Print what is known of each."""
    sys.stdout.write("\n\n".join(printed(explain(word), min(width(), 100)) for word in args.codes))
    return 0
