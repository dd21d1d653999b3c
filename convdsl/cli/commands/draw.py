"""`convdsl draw FILE -o x.svg`: the network as a picture."""

import argparse

from convdsl import api
from convdsl.cli import spec
from convdsl.cli.output import add_arguments, deliver


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `draw`."""
    spec.add_arguments(parser)
    add_arguments(parser, "the SVG file to write; standard output if none")


def run(args: argparse.Namespace) -> int:
    """Draw a spec as far as it is known, broken or not; findings go to standard error."""
    analysis = spec.analysed(args)
    deliver(api.draw(analysis), args)
    return spec.report(analysis)
