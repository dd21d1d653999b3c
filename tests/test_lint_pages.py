"""docs/lints/ and `explain`: every rule has its page, made of its file, and every code has words."""

from pathlib import Path

import pytest

from convdsl.cli.main import main
from convdsl.explanation import explain
from convdsl.lint.catalogue import rules
from convdsl.lint.selection import known
from docs import lint_pages
from tests.render.schema import breaches

ROOT = Path(__file__).parent.parent


def test_pages_of_rules_when_made_anew_are_the_same() -> None:
    """Stale: run `make readme` and read the difference."""
    made = dict(lint_pages.pages())
    assert made.keys() == {str(path.relative_to(ROOT)) for path in ROOT.glob("docs/lints/*")}
    assert [name for name, text in made.items() if (ROOT / name).read_text("utf-8") != text] == []


@pytest.mark.parametrize("code", known().values(), ids=str)
def test_code_when_explained_by_id_or_name_has_a_sentence_and_a_way_out(
    code: object, capsys: pytest.CaptureFixture[str]
) -> None:
    one = explain(code.id)
    assert one == explain(code.name) == explain(code.id.lower())
    assert one.lead.endswith(".")
    assert one.fix
    assert main(["explain", code.id]) == 0
    assert capsys.readouterr().out.startswith(f"{code.id} {code.name} ({code.severity.value})\n\n")


def test_explain_when_there_is_no_such_code_names_a_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "checkerbord"]) == 2
    assert "did you mean `checkerboard`" in capsys.readouterr().err


def test_rules_when_listed_are_a_line_each_and_the_same_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["rules", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    schema = json.loads((ROOT / "docs" / "rules.schema.json").read_text("utf-8"))
    assert not list(breaches(found, schema, schema))
    listed = found["rules"]
    assert [line.split()[:2] for line in lines] == [[row["code"], row["name"]] for row in listed]
    assert len(lines) == len(rules())
    assert main(["rules", "--all"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(known())
