"""Every known mistake, a spec whose offending lines end in `# error: CODE`, is found where it is and nowhere else.

What `convdsl check` prints of each is kept under tests/golden/bad and read in review like code; `--update-golden`
rewrites it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from convdsl.cli.main import main
from convdsl.diagnostics import Diagnostic, Edit, Help
from convdsl.folder import Folder
from convdsl.pipeline import Analysis, analyze
from convdsl.source import Source
from convdsl.syntax.parse import decode

FOLDER = Path(__file__).parent / "bad"
GOLDEN = Path(__file__).parent / "golden" / "bad"
BAD = sorted(path for path in FOLDER.iterdir() if path.suffix in (".cdsl", ".yaml", ".yml"))
MARK = re.compile(r"# error:((?: [EWI]\d{3})+)\s*$")
INPUT = re.compile(r"^[ ]*input [^#\n]*[^#\n ]", re.MULTILINE)
# words of the program's inside, which its user has never seen
INSIDE = re.compile(r"\b(tokens?|nodes?|flow tuples?|Binary|Unary|BODY|LPAR|RSQB|LALR|scalars?|callee|parser|AST)\b")


def marked(text: str) -> list[tuple[int, str]]:
    """Return (line, code) for each mark; a line with two mistakes names both codes."""
    lines = enumerate(text.split("\n"), 1)
    return [(at, code) for at, line in lines for found in MARK.finditer(line) for code in found[1].split()]


def checked(source: Source) -> Analysis:
    """Analyze a spec of the corpus; it may import files from there."""
    return analyze(source, reader=Folder(str(FOLDER / source.name)))


def findings(path: Path) -> tuple[Source, tuple[Diagnostic, ...]]:
    """Analyze a spec: what follows from a line that cannot be read is not to be said by any later phase."""
    source, undecodable = decode(path.name, path.read_bytes())
    return source, undecodable or checked(source).diagnostics


def line_of(source: Source, found: Diagnostic) -> int:
    return source.position(found.where.span.start).line


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_bad_spec_when_checked_has_the_marked_errors(path: Path) -> None:
    source, found = findings(path)
    errors = [(line_of(source, d), d.code.id) for d in found if d.is_error and d.where.span.file == 0]
    assert sorted(errors) == sorted(marked(path.read_bytes().decode("utf-8-sig")))
    assert any(d.is_error for d in found)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_bad_spec_when_it_imports_has_the_marked_errors_in_the_other_files(path: Path) -> None:
    analysis = checked(decode(path.name, path.read_bytes())[0])
    for number, other in enumerate(analysis.sources[1:], 1):
        here = [d for d in analysis.diagnostics if d.is_error and d.where.span.file == number]
        assert [(line_of(other, d), d.code.id) for d in here] == marked(other.text)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_bad_spec_when_checked_is_told_a_way_out_in_the_words_of_its_writer(path: Path) -> None:
    for found in findings(path)[1]:
        assert found.helps, found.message
        assert not found.message.endswith(".")
        assert all((help_.text and help_.text[-1] not in ".?") or help_.text.endswith("...") for help_ in found.helps)
        said = (found.message, *(label.text for label in found.labels), *(help_.text for help_ in found.helps))
        assert not any(INSIDE.search(re.sub(r"`[^`]*`", "", text)) for text in said), said


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_bad_spec_when_checked_prints_what_was_read_in_review(
    path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(FOLDER)
    monkeypatch.setenv("COLUMNS", "100")
    main(["check", path.name])
    printed = capsys.readouterr().out
    kept = GOLDEN / f"{path.name}.txt"
    if request.config.getoption("--update-golden"):
        GOLDEN.mkdir(exist_ok=True)
        kept.write_text(printed, "utf-8")
    assert kept.read_text("utf-8") == printed, f"{kept} is stale: look at the difference, then use --update-golden"


def test_golden_messages_are_those_of_the_corpus() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {f"{path.name}.txt" for path in BAD}


def test_corpus_has_at_least_as_many_mistakes_as_were_promised() -> None:
    assert len(BAD) >= 120


def offers() -> Iterator[tuple[str, Source, Diagnostic, Help]]:
    """Yield every way out of the corpus that a program could carry out."""
    for path in BAD:
        source, found = findings(path)
        for diagnostic in found:
            for help_ in diagnostic.helps:
                if help_.edits and all(edit.span.file == 0 for edit in help_.edits):
                    yield path.name, source, diagnostic, help_


def where_lines() -> Iterator[tuple[str, Source, Diagnostic, str]]:
    """Yield every `where` of the corpus that is offered for the reader to write, with the spec as it is then."""
    for path in BAD:
        source, found = findings(path)
        for diagnostic in found:
            for help_ in diagnostic.helps:
                offered = re.fullmatch(r"promise it: `(where .*)`", help_.text)
                line = INPUT.search(source.text)
                if offered and not help_.edits and line and line[0].find(" where ") < 0:
                    end = line.end()
                    yield path.name, source, diagnostic, f"{source.text[:end]} {offered[1]}{source.text[end:]}"


def edited(text: str, edits: tuple[Edit, ...]) -> str:
    """Apply edits that do not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    return text


def places(source: Source, found: tuple[Diagnostic, ...]) -> set[tuple[str, str, int, int]]:
    """Return what is said where."""
    at = [source.position(d.where.span.start) for d in found]
    return {(d.code.id, d.message, p.line, p.column) for d, p in zip(found, at, strict=True)}


def test_law_an_edit_that_is_offered_takes_its_finding_away_and_brings_no_other_to_read() -> None:
    wrong = []
    for name, source, diagnostic, help_ in offers():
        before = checked(source).diagnostics
        better = Source(source.name, edited(source.text, help_.edits))
        after = checked(better).diagnostics
        if places(source, (diagnostic,)) <= places(better, after):
            wrong.append(f"{name}: `{help_.text}` leaves {diagnostic.message!r}")
        elif sum(d.code.id < "E100" for d in after) > sum(d.code.id < "E100" for d in before):
            wrong.append(f"{name}: `{help_.text}` brings {sorted(places(better, after) - places(source, before))}")
    assert not wrong, "\n".join(wrong)


def test_law_a_where_that_is_offered_takes_its_finding_away() -> None:
    wrong, tried = [], 0
    for name, source, diagnostic, text in where_lines():
        tried += 1
        after = checked(Source(source.name, text)).diagnostics
        lines = {(line_of(Source(source.name, text), d), d.code.id) for d in after}
        if (line_of(source, diagnostic), diagnostic.code.id) in lines:
            wrong.append(f"{name}: {diagnostic.message}")
    assert not wrong, "\n".join(wrong)
    assert tried >= 2
