"""`convdsl evaluate FILE|DIR… --checkpoint RUN`: the table of metrics, beside predictions that need no network."""

import argparse
import json
import sys
from pathlib import Path

from convdsl.cli import checkpoint, processes
from convdsl.render.cells import visible


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
    parser.add_argument(
        "--hint-points",
        metavar="N",
        type=int,
        default=0,
        help="give a network that takes hints N patches of true colour of each photograph (0)",
    )
    checkpoint.add_temperature(parser)
    parser.add_argument("--card", action="store_true", help="write the table into the run's model card, README.md")
    checkpoint.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    if not processes.is_first():
        return 0  # under torch.distributed.run one process does it all
    limit = checkpoint.share(args)
    side = None if args.size is None else checkpoint.positive("--size", args.size)
    points = args.hint_points and checkpoint.positive("--hint-points", args.hint_points)

    from convdsl.train.thrift import wait_briefly

    wait_briefly()

    from convdsl.train import classify, evaluate
    from convdsl.train.measure import measure
    from convdsl.train.progress import Terminal

    trained = checkpoint.trained(args)
    watch = Terminal(lines=sys.stderr)
    found = measure(
        trained,
        args.photos,
        side=side,
        skip_limit=limit,
        hint_points=points,
        temperature=args.temperature,
        watch=watch,
    )
    if isinstance(found, classify.Classified):
        data, lines = classify.to_data(found), classify.table(found)
    else:
        data, lines = evaluate.to_data(found), evaluate.table(found)
    print(json.dumps(data, indent=1) if args.format == "json" else "\n".join(map(visible, lines)))
    if args.card:
        from convdsl.train.complete import complete

        print(f"written: {complete(trained, found)}", file=sys.stderr)
    return 0
