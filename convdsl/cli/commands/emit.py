"""`convdsl emit FILE -o net.py`: the network as plain PyTorch."""

import argparse

from convdsl import compiled
from convdsl.cli import spec
from convdsl.cli.output import add_arguments, deliver


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `emit`."""
    spec.add_arguments(parser)
    parser.add_argument(
        "--fuse", action="store_true", help="for evaluation: norms go into the weights of the layers before them"
    )
    add_arguments(parser, "the Python file to write; standard output if none")


def run(args: argparse.Namespace) -> int:
    """Print or write the source of a spec that can run; a broken one is reported and nothing is written."""
    analysis = spec.analysed(args)
    deliver(compiled.emit(analysis, fuse=args.fuse), args)
    return spec.report(analysis)
