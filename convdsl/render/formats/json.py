"""One document for programs; its fields are a contract, docs/check.schema.json."""

import json

from convdsl.render.formats.report import Report
from convdsl.render.json_report import check_report


def render(report: Report) -> str:
    """Print the document; all that is not ASCII is escaped, so that nothing in it moves a cursor or breaks a line."""
    return json.dumps(check_report(report.files), indent=2) + "\n"
