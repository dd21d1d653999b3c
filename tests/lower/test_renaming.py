"""Rename tables: exact names, `*`, numbers in `{i}`, arithmetic, names left out; and rows that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convdsl.lower.renaming import quoted, read_row, read_table, rename, table_text
from convdsl.mistake import MistakeError

NAMES = st.text(max_size=30).filter(bool)


def one(row: str, name: str) -> str | None:
    return read_row(row, "row").renamed(name)


@pytest.mark.parametrize(
    ("row", "name", "expected"),
    [
        ("a.weight -> b.weight", "a.weight", "b.weight"),
        ("a.weight -> b.weight", "a.weights", None),
        ("a.weight -> b.weight", "aXweight", None),
        ("module.* -> *", "module.conv.bias", "conv.bias"),
        ("* -> model.*", "conv.bias", "model.conv.bias"),
        ("*.conv.* -> c.*.*", "a.b.conv.x.conv.y", "c.a.b.x.conv.y"),
        ("*.weight -> *.w", "a.weight.weight", "a.weight.w"),
        ("enc{i}.* -> encoder.{i - 1}.*", "enc12.bias", "encoder.11.bias"),
        ("enc{i}.* -> encoder.{i - 1}.*", "enc.bias", None),
        ("l{i}.{j}.w -> l{j}.{2 * i + j}.w", "l3.4.w", "l4.10.w"),
        ("{i}.{i} -> same.{i}", "7.7", "same.7"),
        ("{i}.{i} -> same.{i}", "7.8", None),
        ('"a -> *" -> b', "a -> *", "b"),
        ('a -> "x *"', "a", "x *"),
        ("head.* ->", "head.bias", ""),
        ("a -> b  # why", "a", "b"),
    ],
)
def test_row_gives_a_name_its_new_one(row: str, name: str, expected: str | None) -> None:
    assert one(row, name) == expected


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a", "no row"),
        ("-> b", "no row"),
        ("a -> b c", "no row"),
        ("a -> * ", "has 1 `*`, and `a` has 0"),
        ("a{i -> b", "no row"),
        ("a{1} -> b", "no hole"),
        ("a{i} -> b{j}", "cannot be worked out"),
        ("a{i} -> b{i / 2}", "cannot be worked out"),
        ("a{i} -> b{__import__('os')}", "cannot be worked out"),
        ('"a\\q" -> b', "no string in quotes"),
        ("*.*.*.*.*.*.*.*.* -> a", "more than 8 holes"),
        ("a" * 3000 + " -> b", "no row"),
    ],
)
def test_row_when_it_is_none_is_refused_with_its_place(row: str, said: str) -> None:
    with pytest.raises(MistakeError) as caught:
        read_table(f"# a table\n\n{row}\n", "table.txt")
    assert said in caught.value.message
    assert caught.value.message.startswith("table.txt:3")


def test_table_when_two_rows_match_takes_the_first_and_tells_of_idle_ones() -> None:
    rows = read_table("a.x -> first\na.* -> *\nb.* -> *\n", "t")
    found = rename(["a.x", "a.y", "c"], rows)
    assert found.names == {"a.x": "first", "a.y": "y", "c": "c"}
    assert [row.old for row in found.idle] == ["b.*"]


def test_table_when_two_names_become_one_is_refused() -> None:
    with pytest.raises(MistakeError, match=r"two tensors would be named `x`: `x` and `a\.x`"):
        rename(["x", "a.x"], read_table("a.* -> *", "t"))


@given(st.dictionaries(NAMES, NAMES, max_size=5))
def test_law_a_written_table_read_again_renames_the_same(names: dict[str, str]) -> None:
    names = dict(zip(names, dict.fromkeys(names.values()), strict=False))  # no two alike
    rows = read_table(table_text(names), "t")
    for old, new in names.items():
        if old != new:
            assert next(row.renamed(old) for row in rows if row.renamed(old) is not None) == new


@given(NAMES, NAMES)
def test_law_a_quoted_name_matches_itself_alone(name: str, other: str) -> None:
    row = f"{quoted(name)} -> found"
    assert one(row, name) == "found"
    assert one(row, other) == ("found" if name == other else None)


@given(st.text(alphabet='ab.*{}i0 ->"#', max_size=40))
def test_law_no_text_makes_a_row_raise_anything_but_a_mistake(text: str) -> None:
    try:
        row = read_row(text, "row")
    except MistakeError:
        return
    row.renamed("ab.0")


def test_pattern_when_a_name_is_hostile_comes_to_an_end() -> None:
    """Eight stars over 40,000 letters would be 10^36 ways to split them, if matching ever went back."""
    assert one("*a*a*a*a*a*a*a*ab -> x", "a" * 40_000) is None
