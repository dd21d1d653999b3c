"""Where a command's product goes: a file that is not there yet, or standard output."""

import argparse
import sys

from convdsl.files import write_new


def add_arguments(parser: argparse.ArgumentParser, purpose: str) -> None:
    """Declare `-o FILE` and `--force`."""
    parser.add_argument("-o", "--output", metavar="FILE", default="-", help=purpose)
    parser.add_argument("--force", action="store_true", help="overwrite the file if it is there")


def deliver(product: str | bytes, args: argparse.Namespace) -> None:
    """Write a product to the file that was asked for, or to standard output, and say on standard error what was done.

    Raises MistakeError where the file cannot be written, or is there and `--force` is not given.
    """
    if args.output != "-":
        write_new(args.output, product, force=args.force)
        print(f"written: {args.output}", file=sys.stderr)
    elif isinstance(product, str):
        sys.stdout.write(product)
    else:
        sys.stdout.buffer.write(product)
