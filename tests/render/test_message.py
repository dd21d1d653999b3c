"""What a diagnostic looks like: expectations are written by hand from the page on the language."""

from re import match
from textwrap import dedent

from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl import codes
from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label, Severity
from convdsl.render.cells import cells, visible
from convdsl.render.excerpt import LEAST
from convdsl.render.message import message, summary
from convdsl.source import Source, Span

UNET = Source(
    "unet.cdsl",
    dedent("""\
        convdsl 1
        model Net {
          input image: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
          enc2 = DoubleConv(64)
          MaxPool2d(2)
          bottom = DoubleConv(128)
          up2 = ConvTranspose2d(64, 2, stride=2)
          Concat(enc2, up2)
        }
        """),
)


def place(text: str, source: Source = UNET, file: int = 0) -> Span:
    start = source.text.index(text)
    return Span(start, start + len(text), file)


def finding(where: Label, *labels: Label, notes: tuple[str, ...] = (), helps: tuple[Help, ...] = ()) -> Diagnostic:
    return Diagnostic(codes.JOIN_SIZE, "`enc2` and `up2` differ in height", where, labels, notes, helps)


def body(text: str) -> str:
    return text.partition("\n")[2]


def test_message_when_both_ends_are_labelled_shows_lines_in_order_and_the_ways_out():
    diagnostic = finding(
        Label(place("Concat(enc2, up2)"), "at H = 6: 3 and 2"),
        Label(place("ConvTranspose2d(64, 2, stride=2)"), "2 * (H // 4)"),
        Label(place("H % 2 == 0"), "promised"),
        Label(place("DoubleConv(64)"), "H // 2"),
        notes=("accepted: H % 4 == 0, H >= 4",),
        helps=(Help("promise it: `where H % 4 == 0`", (Edit(place("H % 2 == 0"), "H % 4 == 0"),)),),
    )
    assert message(diagnostic, (UNET,)) == dedent("""\
        unet.cdsl:8:3: error[E204 join-size] `enc2` and `up2` differ in height
          |
        3 |   input image: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
          |                                   ---------- promised
        4 |   enc2 = DoubleConv(64)
          |          -------------- H // 2
        ...
        7 |   up2 = ConvTranspose2d(64, 2, stride=2)
          |         -------------------------------- 2 * (H // 4)
        8 |   Concat(enc2, up2)
          |   ^^^^^^^^^^^^^^^^^ at H = 6: 3 and 2
          = accepted: H % 4 == 0, H >= 4
          = help: promise it: `where H % 4 == 0`
        3 +   input image: [N, 3, H, W] where H % 4 == 0, W % 2 == 0""")


def test_message_when_several_labels_share_a_line_hangs_their_words():
    diagnostic = finding(
        Label(place("up2)"), "second"), Label(place("enc2,"), "first"), Label(place("Concat"), "the join")
    )
    assert body(message(diagnostic, (UNET,))) == dedent("""\
          |
        8 |   Concat(enc2, up2)
          |   ------ ----- ^^^^ second
          |   |      first
          |   the join""")


def test_message_when_labels_overlap_gives_each_its_row():
    diagnostic = finding(Label(place("Concat(enc2, up2)"), "here"), Label(place("enc2,"), "H // 2"))
    assert body(message(diagnostic, (UNET,))) == dedent("""\
          |
        8 |   Concat(enc2, up2)
          |   ^^^^^^^^^^^^^^^^^ here
          |          ----- H // 2""")


def test_message_when_a_label_is_in_another_file_names_that_file():
    other = Source("blocks.cdsl", "convdsl 1\nblock A() {\n  ReLU()\n}\n")
    diagnostic = finding(Label(place("up2)"), "here"), Label(place("ReLU", other, 1), "made here"))
    assert body(message(diagnostic, (UNET, other))) == dedent("""\
          |
        8 |   Concat(enc2, up2)
          |                ^^^^ here
          --> blocks.cdsl:3:3
          |
        3 |   ReLU()
          |   ---- made here""")


def test_message_when_a_span_runs_over_lines_marks_its_first_and_last():
    start = UNET.text.index("{")
    diagnostic = finding(Label(Span(start, len(UNET.text)), "never closed"))
    assert body(message(diagnostic, (UNET,))) == dedent("""\
          |
        2 | model Net {
          |           ^
        ...
        9 | }
          | ^ never closed""")


def test_message_when_the_place_is_the_end_of_the_file_marks_one_cell():
    source = Source("a.cdsl", "convdsl 1\nmodel A {")
    diagnostic = finding(Label(Span(19, 19), "`}` is missing"))
    assert body(message(diagnostic, (source,))).splitlines()[-2:] == ["2 | model A {", "  |          ^ `}` is missing"]


def test_message_when_the_line_has_wide_characters_and_tabs_marks_the_same_cells():
    source = Source("a.cdsl", "\tx = 日本é bad\n")
    diagnostic = finding(Label(place("bad", source), "here"))
    # a tab to cell 4, `x = ` to 8, two wide characters to 12, one narrow to 13, a blank: `bad` begins in cell 14
    assert body(message(diagnostic, (source,))).splitlines()[1:] == [
        "1 |     x = 日本é bad",
        "  |" + " " * 15 + "^^^ here",
    ]


def test_message_when_the_line_is_long_cuts_around_the_place():
    source = Source("a.cdsl", "x" * 500 + " bad " + "y" * 500)
    rows = message(finding(Label(place("bad", source), "here")), (source,), width=60).splitlines()
    code, marks = rows[2], rows[3]
    assert max(map(cells, rows[2:])) <= 60
    assert code.startswith("1 | …xxx")
    assert code.endswith("yyy…")
    assert code.index("bad") == marks.index("^^^")


def test_message_when_two_places_of_a_long_line_are_far_apart_shows_the_line_twice():
    source = Source("a.cdsl", "first " + "x" * 500 + " bad")
    text = message(
        finding(Label(place("bad", source), "here"), Label(place("first", source), "and")), (source,), width=60
    )
    rows = text.splitlines()
    assert [row[:5] for row in rows[2:]] == ["1 | f", "  | -", "1 | …", "  |  "]
    assert rows[4].index("bad") == rows[5].index("^^^")


def test_message_when_text_hides_control_characters_shows_them():
    source = Source("a\x1b[2J.cdsl", "x = 1 # \u202eevil\n")
    text = message(Diagnostic(codes.SYNTAX, "unknown \x07 `\x1b[31m`", Label(place("evil", source))), (source,))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.startswith("a␛[2J.cdsl:1:10: error[E001 syntax] unknown ␇ `␛[31m`")
    assert "<U+202E>evil" in text


def test_message_when_the_source_is_empty_has_no_excerpt():
    source = Source("junk.cdsl", "")
    diagnostic = Diagnostic(codes.UNREADABLE, "not a text file", Label(Span(0, 0)), notes=("byte 3 is 0xFF",))
    assert message(diagnostic, (source,)) == "junk.cdsl:1:1: error[E004 unreadable] not a text file\n  = byte 3 is 0xFF"


def test_message_when_a_repair_removes_or_inserts_lines_shows_them():
    gone = Help("remove it", (Edit(place("  MaxPool2d(2)\n"), ""),))
    new = Help("add it", (Edit(Span(place("}").start, place("}").start), "  output y: [N, 2, H, W]\n"),))
    diagnostic = finding(Label(place("Concat(enc2, up2)")), helps=(gone, new))
    assert message(diagnostic, (UNET,)).splitlines()[4:] == [
        "  = help: remove it",
        "5 -   MaxPool2d(2)",
        "  = help: add it",
        "9 +   output y: [N, 2, H, W]",
    ]


def test_message_in_colour_when_stripped_equals_the_plain_one():
    diagnostic = finding(
        Label(place("up2)"), "second"),
        Label(place("Concat"), "the join"),
        notes=("one\ntwo",),
        helps=(Help("do", (Edit(place("up2)"), "up3)"),)),),
    )
    painted = message(diagnostic, (UNET,), colour=True)
    plain = painted
    for code in ("\x1b[0m", "\x1b[1;31m", "\x1b[1m", "\x1b[34m", "\x1b[32m"):
        plain = plain.replace(code, "")
    assert painted != plain
    assert plain == message(diagnostic, (UNET,))


def test_summary_counts_each_severity():
    one = Diagnostic(codes.SYNTAX, "", Label(Span(0, 0)))
    warning = Diagnostic(Code("W1", "x", Severity.WARNING), "", Label(Span(0, 0)), severity=Severity.WARNING)
    hint = Diagnostic(codes.WHERE_STRICT, "", Label(Span(0, 0)), severity=Severity.INFO)
    assert summary([]) == "no findings"
    assert summary([one]) == "1 error"
    assert summary([one, warning, one, hint]) == "2 errors, 1 warning, 1 hint"


def test_visible_when_text_is_printable_changes_nothing():
    assert visible("Conv2d(8, 3) é 日本") == "Conv2d(8, 3) é 日本"
    assert visible("a\u00a0b\u200b\ud800\x85") == "a<U+00A0>b<U+200B><U+D800><U+0085>"


SPANS = st.tuples(st.integers(0, 80), st.integers(0, 40))
TEXTS = st.text(st.characters() | st.sampled_from("\n\r\t \u202e\x1b日é"), max_size=80)


@settings(deadline=None, max_examples=200)
@given(TEXTS, st.lists(SPANS, min_size=1, max_size=5), SPANS, TEXTS, st.integers(1, 120))
def test_law_message_on_any_text_shows_no_control_character_and_keeps_the_width(text, spans, edit, words, width):
    source = Source("s.cdsl", text)
    places = []
    for start, length in spans:
        start = min(start, len(text))
        places.append(Label(Span(start, min(start + length, len(text))), words[:3]))
    at = min(edit[0], len(text))
    way_out = Help(words, (Edit(Span(at, min(at + edit[1], len(text))), words),))
    out = message(finding(*places, helps=(way_out,)), (source,), width=width)
    assert all(visible(line) == line for line in out.split("\n"))
    for line in out.split("\n"):
        margin = match(r" *\d+ \| ", line)
        assert margin is None or cells(line) <= max(width, len(margin[0]) + LEAST)
