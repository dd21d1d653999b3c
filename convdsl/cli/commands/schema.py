"""`convdsl schema`: the JSON Schema of specs in YAML, for editors."""

import argparse

from convdsl.authoring.schema import text
from convdsl.cli.output import add_arguments, deliver


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `schema`."""
    add_arguments(parser, "the file to write; standard output if none")


def run(args: argparse.Namespace) -> int:
    """Print or write the schema."""
    deliver(text(), args)
    return 0
