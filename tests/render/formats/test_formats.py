"""Every format of `check` on one fixed report: golden files, the formats' own rules, and what an attacker tries."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from convdsl.cli.report import FORMATS
from convdsl.codes import __dict__ as codes
from convdsl.diagnostics import Code, Diagnostic, Label
from convdsl.render.formats.fingerprints import fingerprints
from convdsl.render.formats.meanings import MEANINGS
from convdsl.render.formats.report import Finding, Report, is_error
from convdsl.source import Source, Span
from tests.render.formats.fixed import NET, report

HERE = Path(__file__).parent
DOCS = HERE.parents[2] / "docs"
GOLDEN = HERE.parents[1] / "golden" / "formats"
SUFFIXES = {"json": "json", "gitlab": "json", "sarif": "json", "json-lines": "jsonl", "junit": "xml"}
RENDERED = [name for name in FORMATS if name != "full"]


def render(name: str, given: Report | None = None) -> str:
    text = import_module(f"convdsl.render.formats.{name.replace('-', '_')}").render(given or report())
    assert isinstance(text, str)
    return text


def strings(value: object) -> Iterator[str]:
    """Yield every string of plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


@pytest.mark.parametrize("name", RENDERED)
def test_format_of_the_fixed_report_is_what_was_read_in_review(name: str, request: pytest.FixtureRequest) -> None:
    kept = GOLDEN / f"{name}.{SUFFIXES.get(name, 'txt')}"
    if request.config.getoption("--update-golden"):
        kept.write_text(render(name), "utf-8")
    assert kept.read_text("utf-8") == render(name), f"{kept} is stale: look at the difference, then --update-golden"


@pytest.mark.parametrize("name", RENDERED)
def test_format_when_names_and_words_attack_prints_nothing_that_moves_a_cursor_or_turns_a_line(name: str) -> None:
    assert all(char == "\n" or char.isprintable() for char in render(name))


@pytest.mark.parametrize("name", RENDERED)
def test_format_when_nothing_was_checked_is_still_well_formed(name: str) -> None:
    text = render(name, Report((), "/r", "/r", is_error))
    if name in ("json", "gitlab", "sarif"):
        json.loads(text)
    elif name == "junit":
        ElementTree.fromstring(text)
    else:
        assert text == ""


def test_report_when_a_finding_comes_by_two_specs_tells_it_once() -> None:
    assert [one.diagnostic.code.id for one in report().findings()] == [
        "E002",
        "W301",
        "E001",
        "E007",
        "I142",
        "I142",
        "E004",
    ]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.cdsl", "sub/a.cdsl"),
        ("./a.cdsl", "sub/a.cdsl"),
        ("../a.cdsl", "a.cdsl"),
        ("/r/b/a.cdsl", "b/a.cdsl"),
        ("/rr/a.cdsl", "/rr/a.cdsl"),
        ("../../a.cdsl", "/a.cdsl"),
    ],
)
def test_path_when_asked_is_that_of_the_repository(name: str, path: str) -> None:
    assert Report((), "/r/sub", "/r", is_error).path(name) == path


# ------------------------------------------------------------------ fingerprints


def prints(text: str, *places: Span, message: str = "m") -> tuple[str, ...]:
    source = Source("a.cdsl", text)
    found = [Finding(Diagnostic(Code("E001", "syntax"), message, Label(span)), (source,)) for span in places]
    return fingerprints(Report((), "/r", "/r", is_error), found)


def test_fingerprint_when_lines_come_above_and_numbers_change_stays() -> None:
    before = prints("x\n  bad(1)\n", Span(4, 7))
    assert before == prints("# new\n\nx\nbad(1)\n", Span(9, 12), message="other sizes")


def test_fingerprints_when_two_lines_are_equal_differ() -> None:
    first, second = prints("bad\nbad\n", Span(0, 3), Span(4, 7))
    assert first != second
    assert re.fullmatch("[0-9a-f]{64}", first)


# ------------------------------------------------------------------ json


def test_json_when_rendered_fits_its_committed_schema() -> None:
    schema = json.loads((DOCS / "check.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(render("json")), schema)


def test_schemas_when_compared_say_the_same_of_a_finding() -> None:
    check, show = (json.loads((DOCS / f"{name}.schema.json").read_text("utf-8")) for name in ("check", "show"))
    assert check["$defs"]["diagnostic"] == show["$defs"]["diagnostic"]
    sizes = {key: value for key, value in check["$defs"]["legal_sizes"].items() if key != "type"}
    assert sizes == {key: value for key, value in show["properties"]["legal_sizes"].items() if key != "type"}


def test_json_lines_when_read_are_the_entries_of_json_with_the_version() -> None:
    lines = [json.loads(line) for line in render("json-lines").splitlines()]
    whole = json.loads(render("json"))["diagnostics"]
    assert [{"version": 1, **entry} for entry in whole if entry["code"] != "E007"] == [
        line for line in lines if line["code"] != "E007"
    ]
    assert len(lines) == 7


# ------------------------------------------------------------------ github


COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def unescaped(text: str) -> str:
    """Undo the escapes as the runner does: properties have five, data three; `%25` last."""
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_github_when_a_runner_reads_it_gives_one_command_a_line_with_the_words_that_were_meant() -> None:
    found = [COMMAND.fullmatch(line) for line in render("github").splitlines()]
    assert [match and match[1] for match in found] == [
        "error",
        "warning",
        "error",
        "error",
        "notice",
        "notice",
        "error",
    ]
    fields = [dict(part.split("=", 1) for part in match[2].split(",")) for match in found if match]
    assert unescaped(fields[4]["file"]) == "sp%ecs/a,b:c<U+202E>␊::error::x<\"'&.cdsl"
    assert (fields[2]["line"], fields[2]["col"], fields[2]["endColumn"]) == ("4", "23", "26")
    assert "col" not in fields[1]  # it runs over several lines,
    assert fields[1]["endLine"] == "5"  # and ends with the newline of the fifth
    assert found[2] and "100% of it" in unescaped(found[2][3])


# ------------------------------------------------------------------ gitlab


def test_gitlab_when_read_has_the_five_fields_and_no_fingerprint_twice() -> None:
    entries = json.loads(render("gitlab"))
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == 7
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert entry["location"]["lines"]["begin"] >= 1
    assert [entry["location"]["path"] for entry in entries[:4]] == ["specs/net.cdsl"] * 3 + ["specs/blocks.yaml"]


# ------------------------------------------------------------------ sarif


def sarif() -> dict:
    return json.loads(render("sarif"))


def test_sarif_when_rendered_validates_against_the_schema_of_the_standard() -> None:
    schema = json.loads((HERE / "sarif-2.1.0.schema.json").read_text("utf-8"))
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(sarif())] == []
    broken = sarif()
    broken["runs"][0]["results"][0]["level"] = "fatal"
    assert list(validator.iter_errors(broken))


def test_sarif_region_when_letters_lie_beyond_16_bits_counts_code_units() -> None:
    """`  a = 𝔻(1) -> Conv2d(8 3)`: ` 3)` is at code points 22 to 25 of the line; 𝔻 takes two units, columns from 1."""
    (result,) = [one for one in sarif()["runs"][0]["results"] if one["ruleId"] == "E001"]
    region = result["locations"][0]["physicalLocation"]["region"]
    line = NET.text.split("\n")[3]
    units = len(line[: line.index(" 3)")].encode("utf-16-le")) // 2
    assert region == {"startLine": 4, "startColumn": units + 1, "endLine": 4, "endColumn": units + 4}
    assert units == 23


def test_sarif_fixes_when_carried_out_by_a_reader_are_the_edits() -> None:
    """A reader of the standard alone applies the replacement to the file's lines in UTF-16."""
    (result,) = [one for one in sarif()["runs"][0]["results"] if one["ruleId"] == "E001"]
    first, second = result["fixes"]
    (replacement,) = first["artifactChanges"][0]["replacements"]
    region = replacement["deletedRegion"]
    units = NET.text.split("\n")[region["startLine"] - 1].encode("utf-16-le")
    old = units[2 * (region["startColumn"] - 1) : 2 * (region["endColumn"] - 1)].decode("utf-16-le")
    assert (old, replacement["insertedContent"]["text"]) == (" 3)", ", 3)")
    assert [change["artifactLocation"]["uri"] for change in second["artifactChanges"]] == [
        "specs/net.cdsl",
        "specs/blocks.yaml",
    ]


def test_sarif_uris_when_names_attack_are_relative_references_or_absolute_ones() -> None:
    places = [one["locations"][0]["physicalLocation"] for one in sarif()["runs"][0]["results"]]
    uris = [place["artifactLocation"]["uri"] for place in places]
    assert uris[0] == "specs/net.cdsl"
    assert uris[4] == "sp%25ecs/a%2Cb%3Ac%E2%80%AE%0A%3A%3Aerror%3A%3Ax%3C%22%27%26.cdsl"
    assert uris[6] == "file:///home/me/other/far.cdsl"
    assert "region" not in places[6]


def test_sarif_rules_when_read_are_those_of_the_results_with_help() -> None:
    run = sarif()["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    (rule,) = [rule for rule in rules if rule["id"] == "W301"]
    assert rule["shortDescription"]["text"] == "checkerboard: Windows overlap unevenly."
    assert "Fix: a kernel" in rule["help"]["text"]
    assert rule["defaultConfiguration"]["level"] == "warning"


def test_meanings_are_told_of_every_code_before_the_linter() -> None:
    assert set(MEANINGS) == {code.id for code in codes.values() if isinstance(code, Code)}


# ------------------------------------------------------------------ junit


def test_junit_when_parsed_counts_its_cases_and_keeps_every_word() -> None:
    root = ElementTree.fromstring(render("junit"))
    suites = root.findall("testsuite")
    cases = [case for suite in suites for case in suite]
    assert (int(root.attrib["tests"]), int(root.attrib["failures"])) == (len(cases), len(root.findall(".//failure")))
    assert (len(cases), len(root.findall(".//failure"))) == (8, 4)  # 7 findings, 4 errors, and a clean file
    for suite in suites:
        assert int(suite.attrib["tests"]) == len(suite)
    output = root.find(".//system-out")
    assert output is not None and "a ]]> b␊::set-output name=x::y <U+202E>abc␛[31m <&>" in (output.text or "")
