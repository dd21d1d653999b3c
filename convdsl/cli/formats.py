"""How `check` prints what it found: the formats by name, and the line that people read last."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from convdsl.cli.asked import Answers
from convdsl.diagnostics import Diagnostic
from convdsl.pipeline import Analysis
from convdsl.record import dataclass
from convdsl.render.message import summary
from convdsl.source import Source

if TYPE_CHECKING:
    from convdsl.render.formats.report import Report

PROGRAMS = ("json", "json-lines", "github", "gitlab", "sarif", "junit")
FORMATS = ("full", "concise", "grouped", *PROGRAMS)


@dataclass(frozen=True, slots=True)
class Checked:
    """One file and what was found; the analysis is None where the file could not be read.

    answers: to what was asked besides; their findings are among the others.
    """

    source: Source
    findings: tuple[Diagnostic, ...]
    analysis: Analysis | None
    answers: Answers = field(default_factory=Answers)

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


def rendered(name: str, checked: Sequence[Checked]) -> str:
    """Print findings in every format but `full`."""
    module = import_module(f"convdsl.render.formats.{name.replace('-', '_')}")  # none is loaded that is not asked for
    text = module.render(_report(checked, with_networks=name == "json"))
    assert isinstance(text, str)
    return text


def footer(checked: Sequence[Checked], seconds: float, output: str) -> str:
    """Say what was checked, what was found and, on a terminal, in how long."""
    findings = [finding for one in checked for finding in one.findings]
    # the time is news on a terminal only: elsewhere equal files are to print equal bytes
    time_taken = f" in {1000 * seconds:,.0f} ms" if output == "-" and sys.stdout.isatty() else ""
    count = f"{len(checked):,} file{'' if len(checked) == 1 else 's'} checked{time_taken}"
    return f"{count}: {summary(findings)}"


def _report(checked: Sequence[Checked], *, with_networks: bool) -> "Report":
    from convdsl.render.formats.report import Report, is_error
    from convdsl.render.json_report import Checked as File
    from convdsl.view import network_of

    files = []
    for one in checked:
        has_network = with_networks and one.analysis is not None and one.analysis.graph is not None
        network = network_of(one.analysis) if has_network and one.analysis is not None else None
        files.append(File(one.source.name, network, one.findings, one.sources, one.answers.sizes, one.answers.others))
    here = Path.cwd()
    base = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    return Report(tuple(files), here.as_posix(), base.as_posix(), is_error)
