"""Comments that keep a finding quiet, in both spellings, and what is said of wrong and unused ones."""

import pytest

from convdsl.lint.selection import Selection
from convdsl.pipeline import analyze
from convdsl.review import Policy, review
from convdsl.source import Source
from convdsl.testing.rule_laws import edited

TEXT = """convdsl 1
model M {{
  input x: [N, 8, H, W]
  {above}
  up = ConvTranspose2d(4, 3, stride=2, padding=1){behind}
  ReLU()
  y = Conv2d(2, 1)
  output y: [N, 2, 2 * H - 1, 2 * W - 1]
}}
"""
YAML = """convdsl: 1
model: M
inputs:
  x: {{shape: [N, 8, H, W]}}
layers:
  {above}
  - up: {{ConvTranspose2d: {{out_channels: 4, kernel_size: 3, stride: 2, padding: 1}}}}{behind}
  - ReLU
  - y: {{Conv2d: {{out_channels: 2, kernel_size: 1}}}}
outputs:
  y: {{shape: [N, 2, 2 * H - 1, 2 * W - 1]}}
"""
FORMS = {"m.cdsl": TEXT, "m.yaml": YAML}


def said(name: str, *, above: str = "", behind: str = "", policy: Policy | None = None) -> list[str]:
    source = Source(name, FORMS[name].format(above=above, behind=behind))
    return [item.code.id for item in review(analyze(source), policy)]


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("word", ["checkerboard", "W301", "double-act, checkerboard"])
def test_comment_when_it_stands_behind_or_above_a_layer_keeps_its_finding_quiet(name: str, word: str) -> None:
    assert said(name) == ["W301"]
    comment = f"# convdsl: ignore[{word}] the picture is blurred behind it"
    assert said(name, behind=f"  {comment}") == []
    assert said(name, above=comment) == []
    assert said(name, above=f"{comment}\n  # and more words") == []


def test_comment_when_its_statement_takes_several_lines_covers_all_of_them() -> None:
    text = TEXT.format(above="# convdsl: ignore[W301] blurred", behind="")
    split = text.replace("ConvTranspose2d(4, 3,", "ConvTranspose2d(\n    4,\n    3,")
    assert [item.code.id for item in review(analyze(Source("m.cdsl", split)))] == []
    last = TEXT.format(above="", behind="  # convdsl: ignore[W301] blurred")
    split = last.replace("ConvTranspose2d(4, 3,", "ConvTranspose2d(\n    4,\n    3,")
    assert [item.code.id for item in review(analyze(Source("m.cdsl", split)))] == []


@pytest.mark.parametrize("name", FORMS)
def test_comment_when_it_gives_no_reason_or_no_rule_is_a_finding_and_keeps_nothing_quiet(name: str) -> None:
    assert said(name, behind="  # convdsl: ignore[checkerboard]") == ["W301", "W902"]
    assert said(name, behind="  # convdsl: ignore it is blurred") == ["W301", "W902"]
    assert said(name, behind="  # convdsl: ignore[] it is blurred") == ["W301", "W902"]


def test_comment_when_it_names_no_rule_that_there_is_asks_for_another() -> None:
    source = Source("m.cdsl", TEXT.format(above="", behind="  # convdsl: ignore[checkerbord] blurred"))
    found = review(analyze(source))
    assert [item.code.id for item in found] == ["W301", "W902"]
    assert found[1].message == "there is no rule `checkerbord`"
    assert found[1].helps[0].text == "did you mean `checkerboard`"


@pytest.mark.parametrize("name", FORMS)
def test_comment_when_nothing_is_found_is_unused_and_its_edit_removes_it(name: str) -> None:
    for above, behind in (("# convdsl: ignore[double-act] why", ""), ("", "  # convdsl: ignore[double-act] why")):
        source = Source(name, FORMS[name].format(above=above, behind=behind))
        found = review(analyze(source))
        (unused,) = [item for item in found if item.code.id == "W901"]
        assert {item.code.id for item in found} == {"W301", "W901"}
        better = edited(source, unused.helps[0].edits)
        plain = FORMS[name].format(above="", behind="")
        assert better.text == (plain.replace("  \n", "", 1) if above else plain)


def test_comment_when_its_rule_is_not_run_is_not_called_unused() -> None:
    policy = Policy(Selection(None, ("double-act", "W301")))
    assert said("m.cdsl", behind="  # convdsl: ignore[double-act] why", policy=policy) == []


def test_comment_when_it_names_an_error_of_the_phases_is_refused_and_the_error_stays() -> None:
    text = """convdsl 1
model M {
  input x: [N, 8, H, W]
  a = Conv2d(4, 2)
  y = a + x  # convdsl: ignore[join-channels] why
  output y: [N, 4, H, W]
}
"""
    found = [item.code.id for item in review(analyze(Source("m.cdsl", text)))]
    assert "W902" in found
    assert found[0].startswith("E2")


def test_comment_when_it_names_an_error_of_a_rule_keeps_it_quiet() -> None:
    """A rule's error is judgement: PyTorch runs such a network."""
    text = """convdsl 1
model M {
  input gray: [N, 1, H, W] means L
  Conv2d(2, 3, padding=1)
  ab = ReLU()  # convdsl: ignore[head-range] as published
  output ab: [N, 2, H, W] means ab
}
"""
    codes = [item.code.id for item in review(analyze(Source("m.cdsl", text)))]
    assert "E402" not in codes
    assert not any(code.startswith("W9") for code in codes)


def test_comment_when_it_is_part_of_another_comment_or_a_string_means_nothing() -> None:
    assert said("m.cdsl", behind="  # see # convdsl: ignore[W301] there") == ["W301"]


def test_hint_of_the_phases_when_a_comment_names_it_is_quiet() -> None:
    text = """convdsl 1
model M {
  input x: [N, 8, H, W] where H % 2 == 0  # convdsl: ignore[where-strict] the camera gives such
  y = Conv2d(4, 1)
  output y: [N, 4, H, W]
}
"""
    plain = text.replace("  # convdsl: ignore[where-strict] the camera gives such", "")
    assert [item.code.id for item in review(analyze(Source("m.cdsl", plain)))] == ["I232"]
    assert review(analyze(Source("m.cdsl", text))) == ()
