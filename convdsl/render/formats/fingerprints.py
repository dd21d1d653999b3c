"""What a finding is recognised by from one run to the next, when lines were added above it."""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from convdsl.render.formats.report import Finding, Report


def fingerprints(report: Report, findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return 64 hexadecimal digits for each finding, all different.

    They hash the file's path, the code, the text of the line without the spaces around it, and a number where those
    are equal; neither the line's number nor the message, whose sizes change with layers elsewhere.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    out = []
    for finding in findings:
        line = finding.source.line(finding.start.line).strip()
        key = (report.path(finding.source.name), finding.diagnostic.code.id, line)
        text = "\0".join((*key, str(seen[key])))
        seen[key] += 1
        out.append(sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
    return tuple(out)
