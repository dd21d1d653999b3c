"""What commands that use a trained network have in common: its checkpoint, and the spec that it should belong to."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from convdsl.cli import spec
from convdsl.mistake import MistakeError

if TYPE_CHECKING:
    from convdsl.train.run import Trained


def add_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Declare the checkpoint and the spec. required: whether there is no other way to name a network."""
    parser.add_argument(
        "--checkpoint",
        metavar="RUN",
        type=Path,
        required=required,
        help="the --out folder of `train`, or one checkpoint",
    )
    parser.add_argument(
        "--spec", metavar="FILE", dest="file", help="refuse the checkpoint unless it belongs to this spec"
    )
    parser.add_argument("--stdin-filename", default="<stdin>", help=argparse.SUPPRESS)
    parser.add_argument("--param", metavar="NAME=VALUE", action="append", default=[], help="a parameter of that spec")


def add_temperature(parser: argparse.ArgumentParser) -> None:
    """Declare how one colour is taken of the scores of bins."""
    parser.add_argument(
        "--temperature",
        metavar="T",
        type=float,
        help="where the output means bins: 1 takes their mean, near 0 the likeliest; the recipe's if not given",
    )


def trained(args: argparse.Namespace) -> "Trained":
    """Load the network that the arguments name.

    Raises SpecError and MistakeError.
    """
    from convdsl.train.checkpoint import with_kept
    from convdsl.train.run import open_trained

    if not args.file:
        return open_trained(args.checkpoint)
    return open_trained(args.checkpoint, with_kept(spec.analysed(args), args.checkpoint).require_runnable())


def share(args: argparse.Namespace) -> float:
    """Return the limit of unusable files.

    Raises MistakeError where it is no share.
    """
    limit: float = args.skip_limit
    if not 0 <= limit <= 1:
        raise MistakeError(f"`--skip-limit {limit:g}` is no share", way_out="give a number from 0 to 1")
    return limit


def positive(flag: str, value: int) -> int:
    """Return a number of pixels or threads.

    Raises MistakeError where it is less than 1.
    """
    if value < 1:
        raise MistakeError(f"`{flag} {value}` is less than 1", way_out="give a whole number of at least 1")
    return value
