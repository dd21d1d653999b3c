"""Fixes on texts of a toy language, whose reviews are a few lines each; the real ones are in tests/cli/test_fix.py."""

import re
from collections.abc import Callable

import pytest

from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label, Severity
from convdsl.lint.fix import Fixed, Seen, Texts, chosen, fix
from convdsl.source import Span

READING = Code("E001", "syntax")
SIZES = Code("E204", "join-size")
HINT = Code("I401", "hint", Severity.INFO)
WARNING = Code("W403", "warning", Severity.WARNING)

Change = Callable[[str], str]


def findings(text: str, pattern: str, code: Code, change: Change, *, safe: bool = True) -> list[Seen]:
    """Find a pattern; the fix replaces it."""
    out = []
    for match in re.finditer(pattern, text):
        span = Span(*match.span())
        way = Help("replace it", (Edit(span, change(match[0])),), safe)
        out.append(Seen(Diagnostic(code, f"found {match[0]}", Label(span), (), (), (way,), code.severity), ("a",)))
    return out


def run(text: str, review: Callable[[str], list[Seen]], *, unsafe: bool = False) -> tuple[str, Fixed, list[str]]:
    """Fix one text; return it, the outcome, and every text that was reviewed."""
    tried: list[str] = []

    def look(texts: Texts) -> list[Seen]:
        tried.append(texts["a"])
        return review(texts["a"])

    done = fix({"a": text}, look, unsafe=unsafe)
    return done.texts["a"], done, tried


def test_fix_when_fixes_do_not_overlap_applies_all_in_one_round() -> None:
    text, done, tried = run("x x x", lambda text: findings(text, "x", READING, lambda _: "y"))
    assert text == "y y y"
    assert [one.message for one in done.mended] == ["found x"] * 3
    assert len(tried) == 2


def test_fix_when_one_mends_nothing_drops_it_and_keeps_the_rest() -> None:
    def review(text: str) -> list[Seen]:
        return findings(text, "[xq]", READING, lambda found: "y" if found == "x" else "Q") + findings(
            text, "Q", READING, lambda _: "q"
        )

    text, done, _ = run("x q x", review)
    assert (text, len(done.mended), done.settled) == ("y q y", 2, True)


def test_fix_when_a_fix_brings_a_worse_finding_drops_it() -> None:
    def review(text: str) -> list[Seen]:
        return findings(text, "i", HINT, lambda _: "w") + findings(text, "w", WARNING, lambda _: "w")

    text, done, _ = run("i", review)
    assert (text, done.mended, done.settled) == ("i", (), True)


def test_fix_when_a_fix_of_a_warning_leaves_a_hint_keeps_it() -> None:
    def review(text: str) -> list[Seen]:
        return findings(text, "w", WARNING, lambda _: "i") + findings(text, "i", HINT, lambda _: "i")

    assert run("w", review)[0] == "i"


def test_fix_when_a_hint_is_mended_at_the_cost_of_an_error_drops_it() -> None:
    def review(text: str) -> list[Seen]:
        return findings(text, "i", HINT, lambda _: "e") + findings(text, "e", SIZES, lambda _: "e")

    assert run("i", review)[0] == "i"


def test_fix_when_a_mistake_of_reading_hid_later_ones_goes_on_with_those() -> None:
    """Sizes are judged only of what can be read: mending `x` shows two errors that were there all the time."""

    def review(text: str) -> list[Seen]:
        reading = findings(text, "x", READING, lambda _: "y")
        return reading or findings(text, "s", SIZES, lambda _: "t")

    text, done, _ = run("x s s", review)
    assert text == "y t t"
    assert [one.code for one in done.mended] == [READING, SIZES, SIZES]


def test_fix_when_one_mistake_of_reading_is_exchanged_for_another_drops_it() -> None:
    def review(text: str) -> list[Seen]:
        return findings(text, "x", READING, lambda _: " z") + findings(text, "z", Code("E007", "z"), lambda _: "z")

    assert run("x", review)[0] == "x"


def test_fix_when_a_file_is_no_yaml_goes_on_with_what_that_hid() -> None:
    def review(text: str) -> list[Seen]:
        first = findings(text, "t", Code("E006", "yaml-syntax"), lambda _: "z")
        return first or findings(text, "z", Code("E007", "z"), lambda _: "y")

    assert run("tz", review)[0] == "yy"


def test_fix_when_a_fix_of_sizes_brings_another_error_drops_it() -> None:
    def review(text: str) -> list[Seen]:
        return findings(text, "s", SIZES, lambda _: "mm") + findings(text, "m", Code("E601", "meaning"), lambda _: "m")

    assert run("s", review)[0] == "s"


def test_fix_when_edits_overlap_applies_them_one_after_the_other() -> None:
    def review(text: str) -> list[Seen]:
        return findings(text, "(?=aa)", READING, lambda _: "") + findings(text, "aa", READING, lambda _: "a")

    text, done, _ = run("aaaa", review)
    assert (text, done.settled) == ("a", True)


def at(place: Span, edit: Edit) -> Seen:
    return Seen(Diagnostic(READING, "m", Label(place), helps=(Help("h", (edit,), True),)), ("a",))


def test_fix_when_fixes_undo_each_other_ends_and_says_so() -> None:
    """`p..` becomes `..p`, then `.p.`, then `..p` again: each time the finding is elsewhere."""

    def review(text: str) -> list[Seen]:
        place = text.index("p")
        return [at(Span(place, place + 1), Edit(Span(0, 3), ("..p", "..p", ".p.")[place]))]

    text, done, _ = run("p..", review)
    assert (text, done.settled, len(done.mended), done.gave_up) == (".p.", False, 2, False)


def test_fix_when_there_is_no_end_of_fixes_stops_and_says_so() -> None:
    """The last letter is found, and one more is written behind it."""

    def review(text: str) -> list[Seen]:
        return [at(Span(len(text) - 1, len(text)), Edit(Span(len(text), len(text)), "x"))]

    text, done, _ = run("x", review)
    assert not done.settled
    assert text == "x" * (1 + 100)  # rounds


def test_fix_when_only_unsafe_is_offered_waits_to_be_asked() -> None:
    def review(text: str) -> list[Seen]:
        return findings(text, "x", READING, lambda _: "y", safe=False)

    assert run("x", review)[0] == "x"
    assert run("x", review, unsafe=True)[0] == "y"


def test_chosen_when_a_finding_has_several_takes_the_first_safe_one() -> None:
    def way(text: str, safe: bool) -> Help:
        return Help(text, (Edit(Span(0, 0), text),), safe)

    one = Diagnostic(READING, "m", Label(Span(0, 0)), helps=(Help("words"), way("a", False), way("b", True)))
    assert chosen(one) == chosen(one, unsafe=True) == one.helps[2]
    other = Diagnostic(READING, "m", Label(Span(0, 0)), helps=(Help("words"), way("a", False), way("b", False)))
    assert (chosen(other), chosen(other, unsafe=True)) == (None, other.helps[1])
    words = Diagnostic(READING, "m", Label(Span(0, 0)), helps=(Help("words"),))
    assert (chosen(words), chosen(words, unsafe=True)) == (None, None)


def test_fix_when_an_edit_is_in_a_file_that_may_not_be_changed_leaves_it() -> None:
    seen = Seen(
        Diagnostic(READING, "m", Label(Span(0, 1, 1)), helps=(Help("h", (Edit(Span(0, 1, 1), "y"),), safe=True),)),
        ("a", "other"),
    )
    assert fix({"a": "x"}, lambda _: [seen]).texts == {"a": "x"}


def test_fix_when_a_fix_spans_two_files_changes_both() -> None:
    def review(texts: Texts) -> list[Seen]:
        if texts["a"] != "x":
            return []
        edits = (Edit(Span(0, 1), "y"), Edit(Span(1, 2, 1), "Z"))
        return [Seen(Diagnostic(READING, "m", Label(Span(0, 1)), helps=(Help("h", edits, True),)), ("a", "b"))]

    assert fix({"a": "x", "b": "123"}, review).texts == {"a": "y", "b": "1Z3"}


def test_fix_when_many_mend_nothing_asks_for_few_reviews() -> None:
    """Of 64 fixes one is bad: halving finds it in about 2 log2(64) = 12 reviews, not in 64."""

    def review(text: str) -> list[Seen]:
        return findings(text, "[xq]", READING, lambda found: "y" if found == "x" else "q")

    text, _, tried = run("x" * 40 + "q" + "x" * 23, review)
    assert text == "y" * 40 + "q" + "y" * 23
    assert len(tried) <= 30


def test_fix_when_nothing_mends_gives_up_and_tells_what_was_tried() -> None:
    def review(text: str) -> list[Seen]:
        return findings(text, "q", READING, lambda found: found)

    text, done, tried = run("q" * 300, review)
    assert text == "q" * 300
    assert done.gave_up
    assert len(tried) == 1 + 100  # failures in a row
    assert 0 < len(done.dropped) < 100


def table(*rows: tuple[Code, str, str | None]) -> Callable[[str], list[Seen]]:
    """Review by patterns: what is found, and what is written in its place; None: nothing is known against it."""

    def review(text: str) -> list[Seen]:
        out = []
        for code, pattern, change in rows:
            for one in findings(text, pattern, code, lambda _, change=change: change or ""):
                bare = Diagnostic(code, one.diagnostic.message, one.diagnostic.where, severity=code.severity)
                out.append(one if change is not None else Seen(bare, one.files))
        return out

    return review


NAMES = Code("E103", "unknown-name")
OTHER = Code("E104", "dead-node")
SECOND = Code("I402", "second", Severity.INFO)
LAST = Code("E901", "last")


@pytest.mark.parametrize(
    ("text", "expected", "rows"),
    [
        # one that mends nothing beside one that does, in either order
        ("xq", "yq", [(READING, "x", "y"), (READING, "q", "q")]),
        ("qx", "qy", [(READING, "q", "q"), (READING, "x", "y")]),
        # of two phases the first mends nothing
        ("qs", "qt", [(READING, "q", "q"), (SIZES, "s", "t")]),
        # a mistake of names hides sizes that are wrong, and what is no error; it brings no other of names
        ("n", "t", [(NAMES, "n", "s"), (SIZES, "s", "t")]),
        ("n", "s", [(NAMES, "n", "s"), (SIZES, "s", None), (SIZES, "s", None)]),
        ("n", "n", [(NAMES, "n", "o"), (OTHER, "o", None), (OTHER, "o", None)]),
        ("n", "o", [(NAMES, "n", "o"), (OTHER, "o", None)]),
        # sizes hide nothing but what is no error
        ("s", "s", [(SIZES, "s", "e"), (LAST, "e", None), (LAST, "e", None)]),
        ("s", "w", [(SIZES, "s", "w"), (WARNING, "w", None), (WARNING, "w", None)]),
        # hints and a warning go, and an error comes: fewer findings, as many of the grave ones, one that is graver
        ("iiw", "iiw", [(HINT, "iiw", "e"), (HINT, "i(?=iw)", None), (WARNING, "w", None), (SIZES, "e", None)]),
        # of a warning and a hint that are tried together each counts: the hint's fix brings two of its kind
        ("wi", "i", [(WARNING, "w", ""), (HINT, "i", "jj"), (SECOND, "j", None)]),
        ("iw", "i", [(HINT, "i", "jj"), (WARNING, "w", ""), (SECOND, "j", None)]),
        # a hint goes and another comes: nothing gained; a warning that becomes a hint is
        ("i", "i", [(HINT, "i", "j"), (SECOND, "j", None)]),
        ("w", "jj", [(WARNING, "w", "jj"), (SECOND, "j", None)]),
        # those that overlap, one after the other: ab becomes X, and bc is gone
        ("abc", "Xc", [(READING, "ab", "X"), (READING, "(?<=a)bc", "Y")]),
        # of two alike one is mended, and the other moves to where it was
        ("xx", "x", [(READING, "x(?=x)", ""), (READING, "x(?!x)", None)]),
        # an edit may take no comment away
        ("x # why", "x # why", [(READING, "x # why", "y")]),
    ],
)
def test_fix_when_reviewed_by_a_table_of_findings_ends_with(
    text: str, expected: str, rows: list[tuple[Code, str, str | None]]
) -> None:
    assert run(text, table(*rows))[0] == expected


def test_fix_when_one_did_not_mend_before_another_tries_it_again() -> None:
    """What q becomes is as wrong while there is an x, and sound behind it."""
    text, done, _ = run("qx", table((READING, "q", "r"), (NAMES, "x", "y"), (READING, "r(?=x)", None)))
    assert (text, [one.message for one in done.mended], done.dropped) == ("ry", ["found x", "found q"], ())


def test_fix_when_some_mend_counts_failures_anew() -> None:
    """x is mended at once; of the names in the next round 100 tries fail."""
    text, done, tried = run("x" + "n" * 120, table((READING, "x", "y"), (NAMES, "n", "n")))
    assert (text[0], done.gave_up, len(tried)) == ("y", True, 1 + 1 + 100)


def test_fix_when_few_fail_does_not_give_up_and_says_what_each_would_bring() -> None:
    review = table((SIZES, "s", "mw"), (Code("E601", "meaning"), "m", None), (Code("E601", "meaning"), "m|w", None))
    text, done, _ = run("s", review)
    assert (text, done.gave_up, done.settled) == ("s", False, True)
    (dropped,) = done.dropped
    assert (dropped.diagnostic.message, [code.id for code in dropped.brings]) == ("found s", ["E601"])


def of_edits(*edits: Edit, files: tuple[str, ...] = ("a",)) -> Callable[[Texts], list[Seen]]:
    """Find fault with `x` in file a, once, to be mended by these edits."""
    one = Seen(Diagnostic(READING, "m", Label(Span(0, 1)), helps=(Help("h", edits, True),)), files)
    return lambda texts: [one] if texts["a"].startswith("x") else []


@pytest.mark.parametrize(
    ("edits", "texts"),
    [
        ((Edit(Span(0, 1), "y"), Edit(Span(0, 2), "z")), {"a": "x12"}),  # two edits at one place
        ((Edit(Span(0, 1), "y"), Edit(Span(0, 1, 1), "z")), {"a": "x12"}),  # one in a file that may not be changed
        ((Edit(Span(0, 1, 1), "z"), Edit(Span(0, 1), "y")), {"a": "x12"}),
        ((Edit(Span(0, 1), "y"), Edit(Span(1, 3), "")), {"a": "x#1"}),  # one takes a comment away
        ((Edit(Span(0, 1), "y"), Edit(Span(0, 2, 1), "z"), Edit(Span(1, 3, 1), "z")), {"a": "x", "b": "123"}),
    ],
)
def test_fix_when_an_edit_of_a_fix_cannot_be_made_makes_none(edits: tuple[Edit, ...], texts: Texts) -> None:
    assert fix(texts, of_edits(*edits, files=("a", "b"))).texts == texts


def test_fix_when_two_overlap_in_one_of_their_files_applies_one_only() -> None:
    def review(texts: Texts) -> list[Seen]:
        found = []
        for at, letter in enumerate("xy"):
            if texts["a"][at] == letter:
                edits = (Edit(Span(at, at + 1), letter.upper()), Edit(Span(0, 1, 1), f"{letter}{texts['b'][0]}"))
                place = Label(Span(at, at + 1))
                found.append(Seen(Diagnostic(READING, letter, place, helps=(Help("h", edits, True),)), ("a", "b")))
        return found

    assert fix({"a": "xy", "b": "12"}, review).texts == {"a": "XY", "b": "yx12"}
