"""`convdsl weights load CHECKPOINT --spec FILE`: weights of others for a spec; `weights show`: what a file holds."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from convdsl.cli import spec
from convdsl.cli.output import add_arguments
from convdsl.cli.terminal import wants_colour, width
from convdsl.files import write_new
from convdsl.render.cells import visible

if TYPE_CHECKING:
    from convdsl.comparison import Comparison
    from convdsl.exchange.weights import Match
    from convdsl.pipeline import Analysis

VERBS = {
    "load": "match a checkpoint with a spec, and write its weights under the spec's names",
    "show": "list what lies in a checkpoint: names, shapes, types",
}
_CHECKPOINT = "safetensors, .pt or .pth, Keras (.weights.h5, .h5, .keras, .npz), or the --out folder of `train`"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verbs and their arguments."""
    verbs = parser.add_subparsers(metavar="VERB", dest="verb", required=True, title="verbs", prog=parser.prog)
    parsers = {
        name: verbs.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
        for name, purpose in VERBS.items()
    }
    for verb in parsers.values():
        verb.add_argument("checkpoint", metavar="CHECKPOINT", help=_CHECKPOINT)
        verb.add_argument("--part", metavar="NAME", default="", help="which dictionary of several: state_dict, ema …")
        verb.add_argument("--format", choices=("text", "json"), default="text", help="for people, or for programs")
    load = parsers["load"]
    load.add_argument("--spec", metavar="FILE", dest="file", required=True, help="the network")
    load.add_argument("--stdin-filename", default=spec.UNNAMED, help=argparse.SUPPRESS)
    load.add_argument("--param", metavar="NAME=VALUE", action="append", default=[], help="a parameter of that spec")
    load.add_argument(
        "--rename",
        metavar="TABLE",
        action="append",
        default=[],
        help="a file of rows `old -> new`, or one row: 'module.* -> *'; may be given several times",
    )
    load.add_argument(
        "--match",
        choices=("names", "shape"),
        default="names",
        help="by names, or by the order and shapes of layers where only one answer is possible",
    )
    load.add_argument("--write-table", metavar="FILE", help="write the names that were found as a rename table")
    load.add_argument(
        "--partial", action="store_true", help="take what fits; the rest gets fresh weights, seed 0, and is no error"
    )
    add_arguments(load, "the safetensors file to write; without it nothing is written")


def run(args: argparse.Namespace) -> int:
    """Load or show; 0 where everything fits, 1 where it does not."""
    if args.verb == "show":
        return _show(args)
    analysis = spec.analysed(args).require_runnable()

    from convdsl.checkpoints import read_checkpoint
    from convdsl.exchange import weights_report
    from convdsl.exchange.load import rows_of
    from convdsl.exchange.weights import match_graph

    assert analysis.graph is not None  # without a model there is an error
    found = match_graph(
        read_checkpoint(args.checkpoint),
        analysis.graph,
        part=args.part,
        rows=rows_of(tuple(args.rename)),
        by=args.match,
    )
    networks = None if found.ok else _difference(args.checkpoint, analysis)
    if args.format == "json":
        words = weights_report.data(found) | {"diff": None if networks is None else networks.report()}
        print(json.dumps(words, indent=1, ensure_ascii=False))
    else:
        print("\n".join(map(visible, weights_report.text(found, args.file))))
        if networks is not None:
            print(f"\n{networks.text(width=width(), colour=wants_colour(sys.stdout))}")
    if args.write_table:
        _write_table(found, args)
    if not (found.ok or args.partial):
        if args.output != "-":
            print(f"not written: {args.output}; `--partial` takes what fits", file=sys.stderr)
        return 1
    if args.output != "-":
        write_new(args.output, _body(found, analysis, partial=args.partial), force=args.force)
        print(f"written: {args.output}", file=sys.stderr)
    return 0


def _difference(checkpoint: str, analysis: "Analysis") -> "Comparison | None":
    """Compare the network that a run was trained with and the one that its weights do not fit; None for other files."""
    from convdsl.checkpoints import spec_of
    from convdsl.comparison import diff

    trained = spec_of(checkpoint)
    return None if trained is None or trained.graph is None else diff(trained, analysis)


def _body(found: "Match", analysis: "Analysis", *, partial: bool) -> bytes:
    from convdsl.compiled import build
    from convdsl.exchange.load import to_safetensors

    fresh = build(analysis, seed=0).state_dict() if partial and not found.ok else None
    return to_safetensors(found.state(fresh), analysis.architecture_hash)


def _write_table(found: "Match", args: argparse.Namespace) -> None:
    from convdsl.lower.renaming import table_text

    if found.lineup is not None:
        names = {old: new for old, new in found.names.items() if new in found.fit.wanted}
    else:
        names = dict(found.names)
    if all(old == new for old, new in names.items()):
        print(f"not written: {args.write_table}, for no name was changed", file=sys.stderr)
        return
    comment = f"{args.checkpoint} for {args.file}: {len(names)} names"
    write_new(args.write_table, table_text(names, comment), force=args.force)
    print(f"written: {args.write_table}", file=sys.stderr)


def _show(args: argparse.Namespace) -> int:
    from convdsl.checkpoints import read_checkpoint
    from convdsl.exchange import weights_report

    stored = read_checkpoint(args.checkpoint)
    if args.format == "json":
        print(json.dumps(weights_report.stored_data(stored, args.part), indent=1, ensure_ascii=False))
    else:
        print("\n".join(map(visible, weights_report.stored_text(stored, args.part))))
    return 0
