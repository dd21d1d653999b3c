"""`convdsl evaluate FILE|DIR… --checkpoint RUN`: the table of metrics, beside predictions that need no network."""

import argparse
import json
import sys
from pathlib import Path

from convdsl.cli import checkpoint


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `evaluate`."""
    parser.add_argument(
        "photos",
        metavar="FILE|DIR",
        type=Path,
        nargs="+",
        help="photographs in colour; for a classifier, in folders by class",
    )
    parser.add_argument(
        "--size",
        metavar="N",
        type=int,
        help="side of the squares, in pixels (96; a classifier: its crop in training)",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="a table, or all of it for programs")
    parser.add_argument(
        "--skip-limit", metavar="SHARE", type=float, default=0.1, help="share of files that may be unusable (0.1)"
    )
    checkpoint.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    limit = checkpoint.share(args)
    side = None if args.size is None else checkpoint.positive("--size", args.size)

    from convdsl.train import classify, evaluate
    from convdsl.train.album import SQUARE
    from convdsl.train.loop import MEAN_PICTURE
    from convdsl.train.progress import Terminal

    trained = checkpoint.trained(args)
    job, network, facts, watch = trained.job, trained.network, trained.checkpoint.facts, Terminal(lines=sys.stderr)
    if job.classes:
        said = classify.classify(
            job, network, args.photos, facts.classes, side=side or facts.recipe.crop, skip_limit=limit, watch=watch
        )
        data, lines = classify.to_data(said), classify.table(said)
    else:
        usual = facts.recipe.crop if job.repeats else SQUARE
        mean = trained.checkpoint.path.parent / MEAN_PICTURE if job.repeats else None
        seen = evaluate.evaluate(
            job,
            network,
            args.photos,
            facts.mean_ab,
            side=side or usual,
            skip_limit=limit,
            mean_picture=mean,
            watch=watch,
        )
        data, lines = evaluate.to_data(seen), evaluate.table(seen)
    print(json.dumps(data, indent=1) if args.format == "json" else "\n".join(lines))
    return 0
