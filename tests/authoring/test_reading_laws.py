"""Texts that `make fuzz` has found, and the laws that they broke."""

import pytest

from convdsl.authoring.convert import converted
from convdsl.source import Source
from tests.reading_laws import hold

FOUND = {
    "a control character in a comment": ("fuzz.cdsl", "convdsl 1\n# \x06\nblock A {\n  ReLU()\n}\n"),
}


@pytest.mark.parametrize("name", FOUND)
def test_text_that_has_broken_a_law_keeps_all_of_them(name: str) -> None:
    hold(*FOUND[name])


def test_convert_when_a_comment_holds_what_yaml_cannot_says_what() -> None:
    done = converted(Source("a.cdsl", "convdsl 1\n# \x06\nblock A {\n  ReLU()\n}\n"), "a.yaml")
    (found,) = done.diagnostics
    assert done.text is None
    assert "U+0006" in found.message
    assert [way.text for way in found.helps] == ["delete it"]
