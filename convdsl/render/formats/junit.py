"""JUnit's XML, which every CI server shows as test results: a suite a file, a case a finding.

Source: the schema of Apache Ant's junitreport, as Jenkins and GitLab read it. No times and no host: equal findings
print equal bytes.
"""

from collections.abc import Iterable
from html import escape

from convdsl.render.cells import visible
from convdsl.render.formats.report import Finding, Report


def render(report: Report) -> str:
    """Print the suites. What fails `check` is a failure; other findings are passed cases whose words are their output.

    A file without findings has one passed case, so that it is seen to have been checked.
    """
    groups: dict[str, list[Finding]] = {file.file: [] for file in report.files}
    for finding in report.findings():
        groups.setdefault(finding.source.name, []).append(finding)
    every = [finding for findings in groups.values() for finding in findings]
    tests = sum(max(1, len(findings)) for findings in groups.values())
    out = ['<?xml version="1.0" encoding="UTF-8"?>']
    out.append(f'<testsuites name="convdsl check" tests="{tests}" failures="{_failures(report, every)}" errors="0">')
    for name, findings in groups.items():
        out.extend(_suite(report, name, findings))
    out.append("</testsuites>")
    return "\n".join(out) + "\n"


def _failures(report: Report, findings: Iterable[Finding]) -> int:
    return sum(report.fails(finding.diagnostic) for finding in findings)


def _suite(report: Report, name: str, findings: list[Finding]) -> Iterable[str]:
    path = _attribute(report.path(name))
    tests, failures = max(1, len(findings)), _failures(report, findings)
    yield f'  <testsuite name="{path}" tests="{tests}" failures="{failures}" errors="0">'
    if not findings:
        yield f'    <testcase classname="{path}" name="check"/>'
    for finding in findings:
        yield from _case(report, path, finding)
    yield "  </testsuite>"


def _case(report: Report, path: str, finding: Finding) -> Iterable[str]:
    one, start = finding.diagnostic, finding.start
    name = _attribute(f"{one.code} at {start.line}:{start.column}")
    words = "\n".join((f"{finding.place_of(one.where.span)}: {finding.message}", *finding.facts))
    yield f'    <testcase classname="{path}" name="{name}" file="{path}" line="{start.line}">'
    if report.fails(one):
        kind = f'type="{_attribute(one.code.id)}" message="{_attribute(one.message)}"'
        yield f"      <failure {kind}>{escape(words, quote=False)}</failure>"
    else:
        yield f"      <system-out>{escape(f'{one.severity.value}: {words}', quote=False)}</system-out>"
    yield "    </testcase>"


def _attribute(text: str) -> str:
    """Escape a value; an XML document has no place for control characters, whose pictures are shown."""
    return escape(visible(text))
