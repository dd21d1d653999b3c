"""One JSON object a line and a finding, for programs that read a stream; each is an entry of the one of `json`."""

import json

from convdsl.render.formats.report import Report
from convdsl.render.json_report import VERSION, diagnostics_report


def render(report: Report) -> str:
    """Print each finding as in `json`, with the version beside its fields; nothing where there is nothing to say."""
    lines = []
    for finding in report.findings():
        (entry,) = diagnostics_report((finding.diagnostic,), finding.sources)
        lines.append(json.dumps({"version": VERSION, **entry}) + "\n")
    return "".join(lines)
