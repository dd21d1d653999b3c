"""One line a finding, for people who know what to do and for tools that jump to a place."""

from convdsl.render.formats.report import Report


def render(report: Report) -> str:
    """Print `net.cdsl:3:7: error[E112 missing-argument] the sentence` for each finding."""
    lines = []
    for finding in report.findings():
        one = finding.diagnostic
        lines.append(f"{finding.place_of(one.where.span)}: {one.severity.value}[{one.code}] {finding.message}\n")
    return "".join(lines)
