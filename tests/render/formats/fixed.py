"""One report for all formats: files of both spellings, every severity, two ways out, names and words that attack."""

from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label, Severity
from convdsl.render.formats.report import Report, is_error
from convdsl.render.json_report import Checked
from convdsl.source import Source, Span

NET = Source("./specs/net.cdsl", "model Net {\n  input x: [N, 3, H, W]\n  # 𝔻own\n  a = 𝔻(1) -> Conv2d(8 3)\n}\n")
LIBRARY = Source("specs/blocks.yaml", "convdsl: 1\nblocks: {}\n")
# a name that would end a workflow command, an attribute and a line, and turn the reading direction
HOSTILE = Source("sp%ecs/a,b:c\u202e\n::error::x<\"'&.cdsl", "convdsl 1\n")
CLEAN = Source("clean.cdsl", "convdsl 1\n")
OUTSIDE = Source("../other/far.cdsl", "")


def at(source: Source, text: str, file: int = 0) -> Span:
    start = source.text.index(text)
    return Span(start, start + len(text), file)


HEADER = Diagnostic(
    Code("E002", "missing-header"),
    "the first line `convdsl 1` is missing",
    Label(at(NET, "model")),
    helps=(Help("begin the file with `convdsl 1`", (Edit(Span(0, 0), "convdsl 1\n\n"),), safe=True),),
)
COMMA = Diagnostic(
    Code("E001", "syntax"),
    "a comma is missing",
    Label(at(NET, " 3)")),
    labels=(Label(at(NET, "𝔻(1)"), "100% of it"), Label(at(LIBRARY, "blocks: {}", 1), "the block")),
    notes=("accepted: H % 2 == 0\nand W",),
    helps=(
        Help("write one", (Edit(at(NET, " 3)"), ", 3)"),)),
        Help("mend both", (Edit(at(NET, "𝔻(1)"), "Up(1)"), Edit(Span(11, 20, 1), ": {Up: {}}"))),
        Help("think again"),
    ),
)
BROAD = Diagnostic(
    Code("W301", "checkerboard", Severity.WARNING),
    "a ]]> b\n::set-output name=x::y \u202eabc\x1b[31m <&>",
    Label(Span(0, len(NET.text))),
    severity=Severity.WARNING,
)
HINT = Diagnostic(Code("I142", "hole-solved", Severity.INFO), "a hint", Label(Span(0, 9)), severity=Severity.INFO)
AGAIN = Diagnostic(Code("I142", "hole-solved", Severity.INFO), "another", Label(Span(0, 9)), severity=Severity.INFO)
IN_LIBRARY = Diagnostic(Code("E007", "yaml-structure"), "the blocks are empty", Label(at(LIBRARY, "{}", 1)))
MISSING = Diagnostic(Code("E004", "unreadable"), "there is no file `../other/far.cdsl`", Label(Span(0, 0)))


def report() -> Report:
    """Two specs find the same mistake of a library: it is to be told once."""
    files = (
        Checked(NET.name, None, (HEADER, BROAD, COMMA, IN_LIBRARY), (NET, LIBRARY)),
        Checked(HOSTILE.name, None, (HINT, AGAIN, IN_LIBRARY), (HOSTILE, LIBRARY)),
        Checked(CLEAN.name, None, (), (CLEAN,)),
        Checked(OUTSIDE.name, None, (MISSING,), (OUTSIDE,)),
    )
    rules = {"W301": ("Windows overlap unevenly.", "Why: a pattern shows.\nFix: a kernel that the stride divides.")}
    return Report(files, "/home/me/repo", "/home/me/repo", is_error, rules)
