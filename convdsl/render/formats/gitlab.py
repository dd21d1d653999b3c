"""GitLab's code quality report, shown in merge requests.

Source: GitLab, "Code Quality", the report's format: description, check_name, fingerprint, severity, location.
"""

import json

from convdsl.diagnostics import Severity
from convdsl.render.cells import visible
from convdsl.render.formats.fingerprints import fingerprints
from convdsl.render.formats.report import Report

SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(report: Report) -> str:
    """Print a list of findings; an empty one where there are none, which tells GitLab that old ones are mended."""
    findings = report.findings()
    entries = [
        {
            "description": f"{finding.diagnostic.code}: {finding.message}",
            "check_name": finding.diagnostic.code.name,
            "fingerprint": fingerprint,
            "severity": SEVERITIES[finding.diagnostic.severity],
            "location": {
                "path": visible(report.path(finding.source.name)),
                "lines": {"begin": finding.start.line, "end": finding.last_line},
            },
        }
        for finding, fingerprint in zip(findings, fingerprints(report, findings), strict=True)
    ]
    return json.dumps(entries, indent=2) + "\n"
