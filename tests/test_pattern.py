"""Patterns for files."""

import pytest

from convdsl.pattern import matches

PATHS = ("a.cdsl", "specs/a.cdsl", "specs/seed/b.cdsl", "specs/seed/deep/c.yaml")


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("a.cdsl", ["a.cdsl", "specs/a.cdsl"]),  # without a slash: at any depth
        ("/a.cdsl", ["a.cdsl"]),
        ("./a.cdsl", ["a.cdsl"]),
        ("*.cdsl", ["a.cdsl", "specs/a.cdsl", "specs/seed/b.cdsl"]),
        ("specs/*.cdsl", ["specs/a.cdsl"]),
        ("specs/*/*", ["specs/seed/b.cdsl", "specs/seed/deep/c.yaml"]),  # the folder `deep` is named
        ("specs", ["specs/a.cdsl", "specs/seed/b.cdsl", "specs/seed/deep/c.yaml"]),
        ("specs/", ["specs/a.cdsl", "specs/seed/b.cdsl", "specs/seed/deep/c.yaml"]),
        ("seed", ["specs/seed/b.cdsl", "specs/seed/deep/c.yaml"]),
        ("specs/**", ["specs/a.cdsl", "specs/seed/b.cdsl", "specs/seed/deep/c.yaml"]),
        ("**/deep/*", ["specs/seed/deep/c.yaml"]),
        ("**/a.cdsl", ["a.cdsl", "specs/a.cdsl"]),
        ("specs/**/c.yaml", ["specs/seed/deep/c.yaml"]),
        ("specs/**/a.cdsl", ["specs/a.cdsl"]),
        ("**", list(PATHS)),
        ("?.cdsl", ["a.cdsl", "specs/a.cdsl", "specs/seed/b.cdsl"]),
        ("[ab].cdsl", ["a.cdsl", "specs/a.cdsl", "specs/seed/b.cdsl"]),
        ("[!a].cdsl", ["specs/seed/b.cdsl"]),
        ("[b-z].cdsl", ["specs/seed/b.cdsl"]),
        ("specs[!a]a.cdsl", []),  # a slash is none of the others
        ("a+cdsl", []),  # a plus is a plus, a dot a dot
        ("aXcdsl", []),
        ("A.cdsl", []),
    ],
)
def test_matches_when_asked_names_just_these(pattern: str, named: list[str]) -> None:
    assert [path for path in PATHS if matches(pattern, path)] == named


@pytest.mark.parametrize(
    "pattern", ["[", "[]", "]", "[z-a]", "**a", "a**", "", "\\", "[\\", "(", "[!]", "[a&&d]", "[[a]", "[|]"]
)
def test_matches_when_a_pattern_is_odd_is_no_accident(pattern: str) -> None:
    assert not matches(pattern, "b/c.cdsl")
