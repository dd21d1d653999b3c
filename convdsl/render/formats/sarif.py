"""SARIF 2.1.0 for code scanning: results, rules and fixes.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections named below.
"""

import json
from collections.abc import Sequence
from urllib.parse import quote

from convdsl.diagnostics import Code, Help, Severity
from convdsl.render.cells import visible
from convdsl.render.formats.fingerprints import fingerprints
from convdsl.render.formats.meanings import MEANINGS
from convdsl.render.formats.report import Finding, Report
from convdsl.source import Source, Span
from convdsl.version import VERSION

Json = dict[str, object]
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(report: Report) -> str:
    """Print a log of one run. Columns count UTF-16 code units from 1; paths are below `%SRCROOT%`, the repository."""
    findings = report.findings()
    codes = sorted({finding.diagnostic.code for finding in findings}, key=lambda code: code.id)
    numbers = {code: index for index, code in enumerate(codes)}
    prints = fingerprints(report, findings)
    run: Json = {
        "tool": {"driver": {"name": "convdsl", "semanticVersion": VERSION, "rules": [_rule(report, c) for c in codes]}},
        "columnKind": "utf16CodeUnits",
        "invocations": [{"executionSuccessful": True}],
        "results": [
            _result(report, one, numbers[one.diagnostic.code], mark) for one, mark in zip(findings, prints, strict=True)
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(report: Report, code: Code) -> Json:
    """Describe a kind of finding (3.49): its name, what it means, and what to do."""
    nothing = (code.name.replace("-", " "), "")  # a rule that is not installed any more
    what, way_out = report.explanations.get(code.id) or MEANINGS.get(code.id, nothing)
    return {
        "id": code.id,
        "name": "".join(word.capitalize() for word in code.name.split("-")),
        "shortDescription": {"text": f"{code.name}: {visible(what)}"},
        "help": {"text": way_out or what},
        "defaultConfiguration": {"level": LEVELS[code.severity]},
    }


def _result(report: Report, finding: Finding, rule: int, fingerprint: str) -> Json:
    """Describe a finding (3.27)."""
    one = finding.diagnostic
    result: Json = {
        "ruleId": one.code.id,
        "ruleIndex": rule,
        "level": LEVELS[one.severity],
        "message": {"text": "\n".join((finding.message, *finding.facts))},
        "locations": [_location(report, finding.sources, one.where.span)],
        "partialFingerprints": {"convdslFinding/v1": fingerprint},
    }
    labels = [label for label in one.labels if label.text]
    if labels:
        result["relatedLocations"] = [
            {
                "id": number,
                **_location(report, finding.sources, label.span),
                "message": {"text": visible(label.text)},
            }
            for number, label in enumerate(labels, 1)
        ]
    fixes = [_fix(report, finding.sources, way) for way in one.helps if way.edits]
    if fixes:
        result["fixes"] = fixes
    return result


def _fix(report: Report, sources: Sequence[Source], way: Help) -> Json:
    """Describe a way out that a program can carry out (3.55); its edits do not overlap, and go file by file."""
    files: dict[int, list[Json]] = {}
    for edit in sorted(way.edits, key=lambda edit: (edit.span.file, edit.span.start, edit.span.end)):
        files.setdefault(edit.span.file, []).append(
            {
                "deletedRegion": _region(sources[edit.span.file], edit.span),
                "insertedContent": {"text": edit.replacement},
            }
        )
    return {
        "description": {"text": visible(way.text)},
        "artifactChanges": [
            {"artifactLocation": _artifact(report, sources[file]), "replacements": replacements}
            for file, replacements in files.items()
        ],
    }


def _location(report: Report, sources: Sequence[Source], span: Span) -> Json:
    source = sources[span.file]
    physical: Json = {"artifactLocation": _artifact(report, source)}
    if source.text:  # a file that could not be read has no places in it
        physical["region"] = _region(source, span)
    return {"physicalLocation": physical}


def _artifact(report: Report, source: Source) -> Json:
    """Name a file by a relative reference below the repository, by an absolute one elsewhere (3.4)."""
    path = report.path(source.name)
    reference = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    if path.startswith("/"):
        return {"uri": f"file://{reference}"}
    return {"uri": reference, "uriBaseId": "%SRCROOT%"}


def _region(source: Source, span: Span) -> Json:
    """Give a place by lines and columns (3.30.2), the end exclusive."""
    start, end = source.position(span.start), source.position(max(span.start, span.end))
    return {
        "startLine": start.line,
        "startColumn": start.utf16 + 1,
        "endLine": end.line,
        "endColumn": end.utf16 + 1,
    }
