"""`convdsl colorize FILE|DIR… --checkpoint RUN --out DIR`: photographs in colour."""

import argparse
import sys
from pathlib import Path

from convdsl.cli import checkpoint
from convdsl.render.cells import visible


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `colorize`."""
    parser.add_argument("photos", metavar="FILE|DIR", type=Path, nargs="+", help="photographs, gray or in colour")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="where the coloured ones go")
    parser.add_argument(
        "--size", metavar="N", type=int, help="short side that the network sees, in pixels; the training's if not given"
    )
    parser.add_argument("--force", action="store_true", help="overwrite what is there")
    checkpoint.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Colour; 2 if any file could not be read, the others being done."""
    short = None if args.size is None else checkpoint.positive("--size", args.size)

    from convdsl.train.predict import colorize_files
    from convdsl.train.progress import Terminal

    found = checkpoint.trained(args)
    done = colorize_files(
        found.job,
        found.network,
        args.photos,
        args.out,
        short=short,
        force=args.force,
        watch=Terminal(lines=sys.stderr),
    )
    for path in done.written:
        print(visible(str(path)) if sys.stdout.isatty() else path)
    if done.skipped:
        print(
            f"error: {len(done.skipped)} of {len(done.written) + len(done.skipped)} files were left out",
            file=sys.stderr,
        )
    return 2 if done.skipped else 0
