"""The findings under the name of their file, in columns, for people with many files."""

from convdsl.render.cells import visible
from convdsl.render.formats.report import Finding, Report


def render(report: Report) -> str:
    """Print a file's name and below it a row a finding: place, severity, code, sentence; an empty line between them."""
    groups: dict[str, list[Finding]] = {}
    for finding in report.findings():
        groups.setdefault(finding.source.name, []).append(finding)
    return "\n".join(_group(name, findings) for name, findings in groups.items())


def _group(name: str, findings: list[Finding]) -> str:
    rows = []
    for finding in findings:
        one = finding.diagnostic
        rows.append(
            (f"{finding.start.line}:{finding.start.column}", one.severity.value, str(one.code), finding.message)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [visible(name)]
    for place, severity, code, said in rows:
        lines.append(f"  {place:>{widths[0]}}  {severity:{widths[1]}}  {code:{widths[2]}}  {said}")
    return "".join(f"{line}\n" for line in lines)
