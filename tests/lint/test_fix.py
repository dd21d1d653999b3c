"""Fixes on texts of a toy language, whose reviews are a few lines each; the real ones are in tests/cli/test_fix.py."""

import re
from collections.abc import Callable

from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label, Severity
from convdsl.lint.fix import MAX_FAILURES, MAX_ROUNDS, Fixed, Seen, Texts, chosen, fix
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
    assert (text, done.settled, len(done.mended)) == (".p.", False, 2)


def test_fix_when_there_is_no_end_of_fixes_stops_and_says_so() -> None:
    """The last letter is found, and one more is written behind it."""

    def review(text: str) -> list[Seen]:
        return [at(Span(len(text) - 1, len(text)), Edit(Span(len(text), len(text)), "x"))]

    text, done, _ = run("x", review)
    assert not done.settled
    assert text == "x" * (1 + MAX_ROUNDS)


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
    other = Diagnostic(READING, "m", Label(Span(0, 0)), helps=(way("a", False), way("b", False)))
    assert (chosen(other), chosen(other, unsafe=True)) == (None, other.helps[0])


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
    assert len(tried) == 1 + MAX_FAILURES
    assert 0 < len(done.dropped) < MAX_FAILURES
