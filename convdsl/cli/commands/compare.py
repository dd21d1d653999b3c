"""`convdsl compare RUN RUN…`: training runs beside each other, as a table, as data and as curves."""

import argparse
import json
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `compare`."""
    parser.add_argument("runs", metavar="RUN", nargs="+", help="the --out folder of `train`, finished or still going")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="a table, or all of it for programs")
    parser.add_argument("-o", "--output", metavar="FILE", help="also draw the curves: .svg, .png, .pdf, .tex")
    parser.add_argument("--force", action="store_true", help="overwrite the file if it is there")
    parser.add_argument("--theme", choices=("light", "dark", "print"), default="light", help="the picture's colours")


def run(args: argparse.Namespace) -> int:
    """Compare; 2 where a run could not be read and the others could."""
    from convdsl.runs import compare

    found = compare(args.runs)
    for name, reason in found.broken.items():
        print(f"left out `{name}`: {reason}", file=sys.stderr)
    for run in found.runs:
        if run.damage:
            print(f"of `{run.name}` a part is shown: {run.damage}", file=sys.stderr)
    print(json.dumps(found.report(), indent=1) if args.format == "json" else found.text())
    if args.output is not None:
        found.draw(args.output, theme=args.theme, force=args.force)
        print(f"written: {args.output}", file=sys.stderr)
    return 2 if found.broken else 0
