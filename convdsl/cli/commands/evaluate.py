"""`convdsl evaluate FILE|DIR… --checkpoint RUN`: the table of metrics, beside gray and the mean colour."""

import argparse
import json
import sys
from pathlib import Path

from convdsl.cli import checkpoint


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `evaluate`."""
    parser.add_argument("photos", metavar="FILE|DIR", type=Path, nargs="+", help="photographs in colour")
    parser.add_argument("--size", metavar="N", type=int, default=96, help="side of the squares, in pixels (96)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="a table, or all of it for programs")
    parser.add_argument(
        "--skip-limit", metavar="SHARE", type=float, default=0.1, help="share of files that may be unusable (0.1)"
    )
    checkpoint.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    side, limit = checkpoint.positive("--size", args.size), checkpoint.share(args)

    from convdsl.train.evaluate import evaluate, table, to_data
    from convdsl.train.progress import Terminal

    trained = checkpoint.trained(args)
    evaluation = evaluate(
        trained.job,
        trained.network,
        args.photos,
        trained.checkpoint.facts.mean_ab,
        side=side,
        skip_limit=limit,
        watch=Terminal(lines=sys.stderr),
    )
    if args.format == "json":
        print(json.dumps(to_data(evaluation), indent=1))
    else:
        print("\n".join(table(evaluation)))
    return 0
