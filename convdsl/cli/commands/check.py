"""`convdsl check FILE…`: every finding, the accepted sizes, a line that counts."""

import argparse
import sys
import time

from convdsl.cli import spec
from convdsl.cli.terminal import wants_colour, width
from convdsl.diagnostics import Diagnostic
from convdsl.files import is_unreadable
from convdsl.pipeline import Analysis, analyze
from convdsl.render.message import message, summary
from convdsl.source import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `check`."""
    spec.add_arguments(parser, many=True)
    parser.add_argument("--format", choices=("full", "json"), default="full", help="for people, or for programs")


def run(args: argparse.Namespace) -> int:
    """Check each file on its own; one that cannot be read does not keep the others from being checked."""
    began = time.perf_counter()
    given = spec.parameters(args)
    checked: list[tuple[Source, tuple[Diagnostic, ...], Analysis | None]] = []
    for path in args.files:
        source, unread = spec.read(path, args)
        if any(map(is_unreadable, unread)):
            checked.append((source, unread, None))
        else:
            analysis = analyze(source, given)
            checked.append((source, (*unread, *analysis.diagnostics), analysis))
    if args.format == "json":
        _print_json(checked)
    else:
        for source, findings, analysis in checked:
            _print_one(source, findings, analysis)
        seconds = time.perf_counter() - began if sys.stdout.isatty() else None
        print(_footer([findings for _, findings, _ in checked], seconds))
    return exit_code([finding for _, findings, _ in checked for finding in findings])


def exit_code(findings: list[Diagnostic]) -> int:
    """Return 2 where a file could not be read, 1 where a spec has an error, else 0."""
    if any(map(is_unreadable, findings)):
        return 2
    return 1 if any(finding.is_error for finding in findings) else 0


def _print_one(source: Source, findings: tuple[Diagnostic, ...], analysis: Analysis | None) -> None:
    colour = wants_colour(sys.stdout)
    sources = (source,) if analysis is None else analysis.sources
    for finding in findings:
        print(message(finding, sources, colour=colour, width=width()), end="\n\n")
    if analysis is not None and analysis.legal is not None:
        print(f"{source.name}: accepted: {'; '.join(analysis.legal.lines())}")


def _footer(findings: list[tuple[Diagnostic, ...]], seconds: float | None) -> str:
    files = f"{len(findings):,} file{'' if len(findings) == 1 else 's'} checked"
    time_taken = "" if seconds is None else f" in {1000 * seconds:,.0f} ms"
    return f"{files}{time_taken}: {summary(finding for found in findings for finding in found)}"


def _print_json(checked: list[tuple[Source, tuple[Diagnostic, ...], Analysis | None]]) -> None:
    import json

    from convdsl.render.json_report import check_report

    print(json.dumps(check_report(checked), indent=2, ensure_ascii=False))
