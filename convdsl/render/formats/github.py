"""Workflow commands, which GitHub Actions shows as annotations beside the lines of a pull request.

Source: GitHub, "Workflow commands for GitHub Actions", and the escapes of its toolkit (`core/src/command.ts`).
"""

from convdsl.diagnostics import Severity
from convdsl.render.cells import visible
from convdsl.render.formats.report import Finding, Report

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report) -> str:
    """Print one command a finding. Columns are given where a finding is on one line: elsewhere GitHub has no use."""
    return "".join(_command(report, finding) for finding in report.findings())


def _command(report: Report, finding: Finding) -> str:
    start, end, code = finding.start, finding.end, finding.diagnostic.code
    properties = {"file": visible(report.path(finding.source.name)), "line": start.line, "endLine": finding.last_line}
    if start.line == end.line:
        properties |= {"col": start.column, "endColumn": end.column}
    properties["title"] = str(code)
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    said = "\n".join((finding.message, *finding.facts))
    return f"::{COMMANDS[finding.diagnostic.severity]} {given}::{_data(said)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
