"""`convdsl expand FILE`: the same network flat, one layer a line, each with the place that it comes from."""

import argparse

from convdsl import api
from convdsl.cli import spec
from convdsl.cli.output import add_arguments, deliver
from convdsl.source import Source
from convdsl.syntax.parse import is_yaml


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `expand`."""
    spec.add_arguments(parser)
    add_arguments(parser, "the spec to write; standard output if none")
    parser.add_argument("--to", choices=("text", "yaml"), help="the spelling; that of -o or of the spec if not given")


def run(args: argparse.Namespace) -> int:
    """Print or write the spec of a network that can run; a broken one is reported and nothing is written."""
    analysis = spec.analysed(args)
    kind = args.to
    if kind is None and args.output != "-":
        kind = "yaml" if is_yaml(Source(args.output, "")) else "text"
    deliver(api.expand(analysis, to=kind), args)
    return spec.report(analysis)
