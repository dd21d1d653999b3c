"""`convdsl check FILE…`: every finding, the accepted sizes, a line that counts."""

import argparse
import sys
import time

from convdsl.cli import spec
from convdsl.cli.terminal import wants_colour, width
from convdsl.diagnostics import Diagnostic
from convdsl.files import is_unreadable
from convdsl.pipeline import Analysis, analyze
from convdsl.record import dataclass
from convdsl.render.message import message, summary
from convdsl.source import Source
from convdsl.syntax import tree

MOST_SHOWN = 50  # findings of one file, for people; more are read by nobody


@dataclass(frozen=True, slots=True)
class Checked:
    """One file and what was found; the analysis is None where the file could not be read."""

    source: Source
    findings: tuple[Diagnostic, ...]
    analysis: Analysis | None


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `check`."""
    spec.add_arguments(parser, many=True)
    parser.add_argument("--format", choices=("full", "json"), default="full", help="for people, or for programs")


def run(args: argparse.Namespace) -> int:
    """Check each file on its own; one that cannot be read does not keep the others from being checked."""
    began = time.perf_counter()
    given = spec.parameters(args)
    checked = []
    for path in args.files:
        source, unread = spec.read(path, args)
        if any(found.is_error for found in unread):
            checked.append(Checked(source, unread, None))
        else:
            analysis = analyze(source, given, reader=spec.imports(path, args))
            checked.append(Checked(source, (*unread, *analysis.diagnostics), analysis))
    findings = [finding for one in checked for finding in one.findings]
    if args.format == "json":
        _print_json(checked)
    else:
        for one in checked:
            _print_one(one)
        print(_footer(len(checked), findings, time.perf_counter() - began))
    if any(map(is_unreadable, findings)):
        return 2
    return 1 if any(finding.is_error for finding in findings) else 0


def _print_one(checked: Checked) -> None:
    colour = wants_colour(sys.stdout)
    analysis = checked.analysis
    sources = (checked.source,) if analysis is None else analysis.sources
    for finding in checked.findings[:MOST_SHOWN]:
        print(message(finding, sources, colour=colour, width=width()), end="\n\n")
    if (rest := len(checked.findings) - MOST_SHOWN) > 0:
        print(f"{checked.source.name}: and {rest:,} more", end="\n\n")
    if analysis is not None and analysis.accepted is not None and analysis.sizes_known:
        sizes = "; ".join(analysis.accepted.text()) or "the sizes that the spec fixes"
        if analysis.accepted.is_empty:
            sizes = "no size"
        print(f"{checked.source.name}: accepted: {sizes}")
    elif analysis is not None and analysis.is_library and analysis.ok:
        count = sum(isinstance(item, tree.Block) for item in analysis.file.items)
        blocks = "1 block" if count == 1 else f"{count:,} blocks"
        print(f"{checked.source.name}: a library of {blocks}, proved where a model uses them")


def _footer(files: int, findings: list[Diagnostic], seconds: float) -> str:
    # the time is news on a terminal only: elsewhere equal files are to print equal bytes
    time_taken = f" in {1000 * seconds:,.0f} ms" if sys.stdout.isatty() else ""
    return f"{files:,} file{'' if files == 1 else 's'} checked{time_taken}: {summary(findings)}"


def _print_json(checked: list[Checked]) -> None:
    import json

    from convdsl.render import json_report
    from convdsl.view import network_of

    report = json_report.check_report(
        [
            json_report.Checked(
                one.source.name,
                network_of(one.analysis) if one.analysis is not None and one.analysis.graph is not None else None,
                one.findings,
                (one.source,) if one.analysis is None else one.analysis.sources,
            )
            for one in checked
        ]
    )
    print(json.dumps(report, indent=2, ensure_ascii=False))
