"""The baseline: keyed by file, code and layer, so that lines may move; entries that are dead are errors."""

import pytest

from convdsl.lint import baseline
from convdsl.lint.baseline import Entry
from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.review import Policy, judged, review
from convdsl.source import Source

TEXT = """convdsl 1
model M {
  input x: [N, 8, H, W]
  up = ConvTranspose2d(4, 3, stride=2, padding=1)
  ReLU()
  y = Conv2d(2, 1)
  output y: [N, 2, 2 * H - 1, 2 * W - 1]
}
"""
UP = Entry("m.cdsl", "W301", "up")


def said(text: str, known: set[Entry]) -> list[str]:
    policy = Policy(file="m.cdsl", known=frozenset(known))
    return [item.code.id for item in review(analyze(Source("m.cdsl", text)), policy)]


def test_baseline_when_a_finding_is_in_it_does_not_say_it_wherever_its_line_is() -> None:
    assert said(TEXT, set()) == ["W301"]
    assert said(TEXT, {UP}) == []
    assert said(TEXT.replace("  up", "\n  # moved\n\n  up"), {UP}) == []


@pytest.mark.parametrize("entry", [Entry("m.cdsl", "W301", "down"), Entry("m.cdsl", "W403", "up")])
def test_baseline_when_an_entry_answers_to_nothing_is_an_error(entry: Entry) -> None:
    assert said(TEXT, {UP, entry}) == ["E903"]


def test_baseline_when_an_entry_is_of_another_file_is_left_alone() -> None:
    assert said(TEXT, {UP, Entry("other.cdsl", "W301", "up")}) == []


def test_baseline_when_a_spec_cannot_be_judged_calls_no_entry_dead() -> None:
    broken = TEXT.replace("Conv2d(2, 1)", "Conv2d(2, 0)")
    assert "E903" not in said(broken, {UP})


def test_baseline_when_a_block_has_a_new_call_says_the_finding_again() -> None:
    """One finding speaks of all calls of a block; it is known only if each of its layers is."""
    text = """convdsl 1
block Up() {
  ConvTranspose2d(8, 3, stride=2, padding=1)
  ReLU()
}
model M {
  input x: [N, 8, H, W]
  a = Up()
  y = Up()
  output y: [N, 8, 4 * H - 3, 4 * W - 3]
}
"""
    assert said(text, {Entry("m.cdsl", "W301", "a.0")}) == ["W301"]
    assert said(text, {Entry("m.cdsl", "W301", "a.0"), Entry("m.cdsl", "W301", "y.0")}) == []


def test_law_a_baseline_that_is_written_is_read_as_it_was_and_silences_what_it_was_made_of() -> None:
    found = judged(analyze(Source("m.cdsl", TEXT)), Policy())
    text = baseline.written(baseline.entries_of("m.cdsl", found))
    assert text == (
        '{\n  "version": 1,\n  "findings": [\n    {"file": "m.cdsl", "code": "W301", "layer": "up"}\n  ]\n}\n'
    )
    entries = baseline.read(text, "b.json")
    assert entries == {UP}
    assert baseline.read(baseline.written(()), "b.json") == frozenset()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": 2, "findings": []}', '{"version": 1}', '{"version": 1, "findings": [{"file": 3}]}']
)
def test_baseline_when_it_is_none_is_refused_with_a_way_out(text: str) -> None:
    with pytest.raises(MistakeError, match=r"b\.json"):
        baseline.read(text, "b.json")
