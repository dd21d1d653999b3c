"""`convdsl rules`: all rules of the linter, one a line."""

import argparse
import sys

from convdsl.cli.terminal import width
from convdsl.explanation import Explanation, listing
from convdsl.render.cells import shorten


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `rules`."""
    parser.add_argument("--all", action="store_true", help="what is found before the linter, too")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="for people, or for programs")


def run(args: argparse.Namespace) -> int:
    """Print the list."""
    found = listing(everything=args.all)
    sys.stdout.write(_json(found) if args.format == "json" else _table(found))
    return 0


def _table(found: tuple[Explanation, ...]) -> str:
    longest = max(len(one.code.name) for one in found)
    lines = []
    for one in found:
        line = f"{one.code.id}  {one.code.name:{longest}}  {one.code.severity.value:7}  {one.lead.rstrip('.')}"
        lines.append(shorten(line, width()))
    return "\n".join(lines) + "\n"


def _json(found: tuple[Explanation, ...]) -> str:
    import json

    rows = [
        {
            "code": one.code.id,
            "name": one.code.name,
            "severity": one.code.severity.value,
            "summary": one.lead,
            "what": one.what,
            "why": one.why,
            "fix": one.fix,
            "sources": list(one.sources),
            "thresholds": dict(one.thresholds),
        }
        for one in found
    ]
    return json.dumps({"version": 1, "rules": rows}, indent=2, ensure_ascii=False) + "\n"
