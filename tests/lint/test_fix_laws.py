"""Laws of fixing: on the corpus of mistakes, and on the zoo with mistakes put in."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.authoring.convert import converted
from convdsl.folder import Folder
from convdsl.lint.fix import Fixed, Seen, Texts, fix
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.syntax.parse import decode, parse

TESTS = Path(__file__).parents[1]
BAD = sorted(path for path in (TESTS / "bad").iterdir() if path.suffix in (".cdsl", ".yaml", ".yml"))
ZOO = sorted(path for path in (TESTS.parent / "specs").glob("*.cdsl") if path.stat().st_size < 3000)


def fixed(name: str, text: str, folder: Path, *, unsafe: bool = False) -> Fixed:
    """Fix one file as `check --fix` does."""

    def review(texts: Texts) -> list[Seen]:
        analysis = analyze(Source(name, texts["it"]), reader=Folder(str(folder / name)))
        files = ("it", *(source.name for source in analysis.sources[1:]))
        return [Seen(found, files) for found in analysis.diagnostics]

    return fix({"it": text}, review, unsafe=unsafe)


def reading_errors(name: str, text: str) -> int:
    return sum(found.is_error for found in parse(Source(name, text)).diagnostics)


def lost(before: str, after: str) -> list[str]:
    """Return the comments that have gone; one may have become the end of another. No string of these specs has `#`."""
    comments = {match[0].strip() for match in re.finditer(r"#.*", before)}
    return [comment for comment in sorted(comments) if after.count(comment) < before.count(comment)]


def obey(path: Path, unsafe: bool) -> None:
    """Fixing settles, keeps every comment, adds no error of reading, and done twice is done once."""
    source, unreadable = decode(path.name, path.read_bytes())
    if unreadable:
        return
    done = fixed(path.name, source.text, path.parent, unsafe=unsafe)
    after = done.texts["it"]
    assert done.settled
    assert (after != source.text) == bool(done.mended)
    assert lost(source.text, after) == []
    assert reading_errors(path.name, after) <= reading_errors(path.name, source.text)
    assert fixed(path.name, after, path.parent, unsafe=unsafe).texts["it"] == after


HOLES_TAKE_LONG = [path for path in BAD if path.name.startswith("hole_")]


@pytest.mark.parametrize("path", [path for path in BAD if path not in HOLES_TAKE_LONG], ids=lambda path: path.name)
def test_law_safe_fixes_settle_keep_comments_add_no_error_of_reading_and_are_idempotent(path: Path) -> None:
    obey(path, unsafe=False)


@pytest.mark.slow
@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_law_unsafe_fixes_settle_keep_comments_add_no_error_of_reading_and_are_idempotent(path: Path) -> None:
    obey(path, unsafe=True)


@pytest.mark.slow
@pytest.mark.parametrize("path", HOLES_TAKE_LONG, ids=lambda path: path.name)
def test_law_safe_fixes_of_holes_settle_and_are_idempotent(path: Path) -> None:
    obey(path, unsafe=False)


# (what is written, what somebody writes in its place): each has one meaning, and a safe fix back
SLIPS = {
    ".cdsl": (
        (r"\btrue\b", "True"),
        (r"\bfalse\b", "False"),
        (r"\bpadding=", "padding: "),
        (r'"(\w+)"', r"'\1'"),
        (r"(?<=\)) -> ", " => "),
        (r"(?<=\)) -> ", " → "),
        (r"(?m)\)$", ");"),
        (r"^convdsl 1\n\n?", ""),
        (r"\bConv2d\(", "nn.Conv2d("),
        (r"\bReLU\(\)", "ReLU"),
        (r"(input \w+): \[", r"\1 = ["),
        (r" <= ", " ≤ "),
    ),
    ".yaml": (
        (r"\btrue\b", "True"),
        (r"\bfalse\b", "False"),
        (r"\[(\d), (\d)\]", r"(\1, \2)"),
        (r"(?m)- ReLU$", "- ReLU()"),
        (r"^convdsl: 1\n", ""),
        (r"(\bkernel_size): ", r"\1:"),
        (r"\"(\w+\[\d\])\"", r"\1"),
    ),
}


@st.composite
def slipped(draw: st.DrawFn) -> tuple[str, str, str]:
    """Draw a spec of the zoo in one of its spellings, and the same with comments and up to four mistakes in it.

    A line has two of them at most: the rest of a line that cannot be read is not read, and where it hides two mistakes
    more, mending the first would seem to bring one.
    """
    path = draw(st.sampled_from(ZOO))
    suffix = draw(st.sampled_from(sorted(SLIPS)))
    text = path.read_text("utf-8")
    if suffix == ".yaml":
        text = converted(Source(path.name, text), f"{path.stem}.yaml").text or ""
    right, wrong = text, text
    slips: Counter[int] = Counter()  # by the number of lines that follow, which stays the same
    for pattern, slip in draw(st.lists(st.sampled_from(SLIPS[suffix]), min_size=1, max_size=4, unique=True)):
        places = list(re.finditer(pattern, wrong))
        if places:
            match = draw(st.sampled_from(places))
            line = wrong.count("\n", match.end())
            slips[line] += 1
            if slips[line] > 2:
                continue
            wrong = wrong[: match.start()] + match.expand(slip) + wrong[match.end() :]
    lines = wrong.split("\n")
    for number in draw(st.sets(st.integers(1, len(lines) - 2), max_size=3)):
        if "#" not in lines[number] and lines[number].strip():
            lines[number] += f"  # note {number}"
    return f"{path.stem}{suffix}", right, "\n".join(lines)


def mend(case: tuple[str, str, str]) -> None:
    """Safe fixes give the network that was meant, with every comment, and done twice they are done once."""
    name, right, wrong = case
    folder = TESTS.parent / "specs"
    done = fixed(name, wrong, folder)
    after = done.texts["it"]
    meant = analyze(Source(name, right), reader=Folder(str(folder / name)))
    given_back = analyze(Source(name, after), reader=Folder(str(folder / name)))
    assert [str(found.code) for found in given_back.diagnostics if found.is_error] == []
    assert given_back.architecture_hash == meant.architecture_hash
    assert lost(wrong, after) == []
    assert fixed(name, after, folder).texts["it"] == after


@given(slipped())
@settings(max_examples=10, deadline=None)
def test_law_safe_fixes_of_slips_give_the_network_that_was_meant_with_every_comment(case: tuple[str, str, str]) -> None:
    mend(case)


@pytest.mark.slow
@given(slipped())
@settings(max_examples=300, deadline=None)
def test_law_safe_fixes_of_many_slips_give_the_network_that_was_meant(case: tuple[str, str, str]) -> None:
    mend(case)


HOLES = """convdsl 1
model M {
  input x: [N, 3, H, W]
  a = Conv2d(4, 3, padding=?)  # the same size
  b = ConvTranspose2d(2, ?, stride=2) : [N, 2, 2 * H, 2 * W]
  output b: [N, 2, 2 * H, 2 * W]
}
"""


@pytest.mark.parametrize("suffix", ["cdsl", "yaml"])
def test_law_a_safe_fix_of_a_network_that_runs_keeps_its_outputs(suffix: str) -> None:
    """The module of the spec with `?` and that of the fixed one, same seed, give the same numbers."""
    import torch

    from convdsl import compiled

    text = HOLES.replace("(4, 3, padding=?)  # the same size", "(4, 3, padding=?) : [N, 4, H, W]  # the same size")
    if suffix == "yaml":
        text = converted(Source("a.cdsl", text), "a.yaml").text or ""
    done = fixed(f"a.{suffix}", text, TESTS)
    assert [str(one.code) for one in done.mended] == ["I142 hole-solved"] * 2
    assert "?" not in done.texts["it"]
    x = torch.randn(2, 3, 7, 5)
    before, after = (
        compiled.build(analyze(Source(f"a.{suffix}", some)), seed=0).eval()(x) for some in (text, done.texts["it"])
    )
    assert torch.equal(before, after)
