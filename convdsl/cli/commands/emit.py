"""`convdsl emit FILE -o net.py`: the network as plain PyTorch."""

import argparse

from convdsl import api
from convdsl.cli import spec
from convdsl.cli.output import add_arguments, deliver


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `emit`."""
    spec.add_arguments(parser)
    add_arguments(parser, "the Python file to write; standard output if none")


def run(args: argparse.Namespace) -> int:
    """Print or write the source of a spec that can run; a broken one is reported and nothing is written."""
    analysis = spec.analysed(args)
    deliver(api.emit(analysis), args)
    return spec.report(analysis)
