"""How `check` prints what it found: the formats by name, and the line that people read last."""

import argparse
import os
import sys
import time
from collections.abc import Container, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from convdsl.cli import linting
from convdsl.cli.asked import Answers, limit_lines, size_lines
from convdsl.cli.terminal import wants_colour, width
from convdsl.diagnostics import Diagnostic
from convdsl.files import is_unreadable
from convdsl.pipeline import Analysis
from convdsl.record import dataclass, field
from convdsl.render.message import message, summary
from convdsl.source import Source
from convdsl.syntax import tree

if TYPE_CHECKING:
    from convdsl.render.formats.report import Report

PROGRAMS = ("json", "json-lines", "github", "gitlab", "sarif", "junit")
MOST_SHOWN = 50  # findings of one file, for people; more are read by nobody
FORMATS = ("full", "concise", "grouped", *PROGRAMS)


@dataclass(frozen=True, slots=True)
class Checked:
    """One file and what was found; the analysis is None where the file could not be read.

    answers: to what was asked besides; their findings are among the others. fail_on: the least severity that fails.
    """

    source: Source
    findings: tuple[Diagnostic, ...]
    analysis: Analysis | None
    answers: Answers = field(default_factory=Answers)
    fail_on: str = "error"

    def fails(self, finding: Diagnostic) -> bool:
        """Tell whether a finding ends in exit code 1."""
        return linting.fails(finding, self.fail_on)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The file's own text and those that it imports, by `Span.file`."""
        return (self.source,) if self.analysis is None else self.analysis.sources


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--format`, `-o FILE` and `--force`."""
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="full",
        metavar="FORMAT",
        help=f"for people: full, concise or grouped; for programs: {', '.join(PROGRAMS)}",
    )
    parser.add_argument("-o", "--output", metavar="FILE", default="-", help="write there, not to standard output")
    parser.add_argument("--force", action="store_true", help="overwrite the file if it is there")


def deliver(checked: Sequence[Checked], began: float, args: argparse.Namespace, *lines: str) -> None:
    """Print the report, or write it to the file that was asked for.

    began: by `time.perf_counter()`. lines: for people, above the last one.
    """
    text = rendered(checked, args)
    if args.format not in PROGRAMS:
        # the time is news on a terminal only: elsewhere equal files are to print equal bytes
        limits = limit_lines({one.source.name: one.answers for one in checked})
        told = args.output == "-" and sys.stdout.isatty()
        text += "".join(
            f"{line}\n" for line in (*limits, *lines, footer(checked, began if told else None, fixed=bool(lines)))
        )
    if args.output == "-":
        sys.stdout.write(text)
    else:
        from convdsl.cli.output import deliver as write  # a report in a file is rare

        write(text, args)


def exit_code(checked: Sequence[Checked]) -> int:
    """Return 2 where a file could not be read, else 1 where a finding fails, else 0."""
    if any(is_unreadable(finding) for one in checked for finding in one.findings):
        return 2
    return 1 if any(one.fails(finding) for one in checked for finding in one.findings) else 0


def rendered(checked: Sequence[Checked], args: argparse.Namespace, stream: TextIO | None = None) -> str:
    """Print findings in the format that was asked for. stream: where they go, if not to standard output or a file."""
    if args.statistics and args.format not in PROGRAMS:
        return linting.statistics([finding for one in checked for finding in one.findings])
    if args.format == "full":
        colour = (stream is not None or args.output == "-") and wants_colour(stream or sys.stdout)
        return "".join(line for one in checked for line in _full(one, colour))
    # none is loaded that is not asked for
    module = import_module(f"convdsl.render.formats.{args.format.replace('-', '_')}")
    text = module.render(_report(checked, with_networks=args.format == "json", with_rules=args.format == "sarif"))
    assert isinstance(text, str)
    return text


def footer(checked: Sequence[Checked], began: float | None = None, *, fixed: bool = False) -> str:
    """Say what was checked, in how long, what was found, and how much of it is fixable.

    began: by `time.perf_counter()`. fixed: what `--fix` can do has been done.
    """
    findings = [finding for one in checked for finding in one.findings]
    time_taken = "" if began is None else f" in {1000 * (time.perf_counter() - began):,.0f} ms"
    count = f"{len(checked):,} file{'' if len(checked) == 1 else 's'} checked{time_taken}"
    return f"{count}: {summary(findings)}{_fixable(checked, fixed)}"


def _fixable(checked: Sequence[Checked], fixed: bool) -> str:
    """Count the findings with a fix in the files that were named; others are not touched."""
    named = {os.path.realpath(one.source.name) for one in checked}
    safe = unsafe = 0
    for one in checked:
        for finding in one.findings:
            ways = [way for way in finding.helps if way.edits]
            if not ways or any(not _is_in(named, edit.span.file, one) for way in ways for edit in way.edits):
                continue
            if any(way.safe for way in ways):
                safe += 1
            else:
                unsafe += 1
    parts = [f"{safe:,} fixable with --fix"] if safe and not fixed else []
    if unsafe:
        parts.append(f"{unsafe:,} {'more' if parts else 'fixable'} with --unsafe-fixes")
    return f"; {', '.join(parts)}" if parts else ""


def _is_in(named: Container[str], file: int, checked: Checked) -> bool:
    return file == 0 or os.path.realpath(checked.sources[file].name) in named


def _full(checked: Checked, colour: bool) -> Iterator[str]:
    analysis = checked.analysis
    for finding in checked.findings[:MOST_SHOWN]:
        yield f"{message(finding, checked.sources, colour=colour, width=width())}\n\n"
    if (rest := len(checked.findings) - MOST_SHOWN) > 0:
        yield f"{checked.source.name}: and {rest:,} more\n\n"
    if analysis is not None and analysis.accepted is not None and analysis.sizes_known:
        sizes = "; ".join(analysis.accepted.text()) or "the sizes that the spec fixes"
        if analysis.accepted.is_empty:
            sizes = "no size"
        yield f"{checked.source.name}: accepted: {sizes}\n"
        yield from (f"{checked.source.name}: {line}\n" for line in size_lines(checked.answers))
    elif analysis is not None and analysis.is_library and analysis.ok:
        count = sum(isinstance(item, tree.Block) for item in analysis.file.items)
        blocks = "1 block" if count == 1 else f"{count:,} blocks"
        yield f"{checked.source.name}: a library of {blocks}, proved where a model uses them\n"


def _report(checked: Sequence[Checked], *, with_networks: bool, with_rules: bool) -> "Report":
    from convdsl.render.formats.report import Report
    from convdsl.render.json_report import Checked as File
    from convdsl.view import network_of

    files = []
    for one in checked:
        has_network = with_networks and one.analysis is not None and one.analysis.graph is not None
        network = network_of(one.analysis) if has_network and one.analysis is not None else None
        files.append(File(one.source.name, network, one.findings, one.sources, one.answers.sizes, one.answers.others))
    here = Path.cwd()
    base = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    failing = {id(finding) for one in checked for finding in one.findings if one.fails(finding)}

    def fails(finding: Diagnostic) -> bool:
        return id(finding) in failing

    return Report(tuple(files), here.as_posix(), base.as_posix(), fails, _explanations() if with_rules else {})


def _explanations() -> Mapping[str, tuple[str, str]]:
    from convdsl.lint.catalogue import rules
    from convdsl.lint.rule import text_of

    out = {}
    for rule in rules():
        text = text_of(type(rule))
        parts = (("What", text.what), ("Why", text.why), ("Fix", text.fix), *(("Source", one) for one in text.sources))
        out[rule.code.id] = text.lead, "\n".join(f"{name}: {words}" for name, words in parts)
    return out
