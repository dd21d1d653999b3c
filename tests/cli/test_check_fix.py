"""`convdsl check --fix`, `--unsafe-fixes`, `--diff`: files, standard input, imports, what is said, the exit codes."""

import io
import os
import re
import sys
from pathlib import Path

import pytest

from convdsl.cli.main import main

Capture = pytest.CaptureFixture[str]

# no header, Python's True, a colon, a foreign comment: all safe to mend; one misspelt layer: a guess
TEXT = """# a net
model Net {  # mine
  input x: [N, 3, H, W]
  a = Conv2d(8, 3, padding: 1, bias=True)  # first
  // about b
  b = RelU()
  output b: [N, 8, H, W]
}
"""
SAFE = """convdsl 1

# a net
model Net {  # mine
  input x: [N, 3, H, W]
  a = Conv2d(8, 3, padding=1, bias=true)  # first
  # about b
  b = RelU()
  output b: [N, 8, H, W]
}
"""
YAML = """# a net
model: Net
inputs:
  x: {shape: [N, 3, H, W]}
layers:
  - a: {Conv2d: {out_channels: 8, kernel_size: (3, 3), padding: 1, bias: True}}  # first
  - b: ReLU()
outputs:
  b: {shape: [N, 8, H, W]}
"""
SAFE_YAML = """# a net
convdsl: 1
model: Net
inputs:
  x: {shape: [N, 3, H, W]}
layers:
  - a: {Conv2d: {out_channels: 8, kernel_size: [3, 3], padding: 1, bias: true}}  # first
  - b: ReLU
outputs:
  b: {shape: [N, 8, H, W]}
"""


@pytest.fixture(name="spec")
def _spec() -> Path:
    path = Path("net.cdsl")
    path.write_text(TEXT, "utf-8")
    return path


def test_fix_when_fixes_are_safe_writes_them_and_says_what_is_left(spec: Path, capsys: Capture) -> None:
    assert main(["check", "net.cdsl", "--fix"]) == 1
    assert spec.read_text("utf-8") == SAFE
    out = capsys.readouterr().out
    assert "did you mean `ReLU`" in out
    assert out.endswith(
        "4 fixed: E001 syntax (3), E002 missing-header (1)\n1 file checked: 1 error; 1 fixable with --unsafe-fixes\n"
    )


def test_fix_when_yaml_writes_yaml(capsys: Capture) -> None:
    Path("net.yaml").write_text(YAML, "utf-8")
    assert main(["check", "net.yaml", "--fix"]) == 0
    assert Path("net.yaml").read_text("utf-8") == SAFE_YAML
    assert "4 fixed: " in capsys.readouterr().out


def test_unsafe_fixes_when_asked_for_are_applied_too(spec: Path, capsys: Capture) -> None:
    assert main(["check", "net.cdsl", "--unsafe-fixes"]) == 0
    assert spec.read_text("utf-8") == SAFE.replace("RelU", "ReLU")
    assert capsys.readouterr().out.endswith("1 file checked: no findings\n")


def test_footer_when_not_fixing_counts_what_could_be(spec: Path, capsys: Capture) -> None:
    assert main(["check", "net.cdsl"]) == 1
    footer = "1 file checked: 4 errors; 3 fixable with --fix, 1 more with --unsafe-fixes\n"
    assert capsys.readouterr().out.endswith(footer)
    assert spec.read_text("utf-8") == TEXT


def applied(text: str, diff: str) -> str:
    """Apply a unified diff as its format says: ` ` and `-` lines are there, ` ` and `+` lines come out."""
    old, new = text.split("\n")[:-1], list[str]()
    at = 0
    for line in diff.split("\n")[2:-1]:
        if line.startswith("@@"):
            start = int(re.match(r"@@ -(\d+)", line)[1]) - 1
            new += old[at:start]
            at = start
        elif line.startswith("+"):
            new.append(line[1:])
        else:
            assert line[1:] == old[at]
            new += [line[1:]] if line.startswith(" ") else []
            at += 1
    return "\n".join([*new, *old[at:], ""])


def test_diff_when_asked_for_writes_nothing_and_is_the_change(spec: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "net.cdsl", "--diff"]) == 1
    printed = capfd.readouterr()
    assert spec.read_text("utf-8") == TEXT
    assert printed.err.startswith("4 would be fixed: ")
    assert applied(TEXT, printed.out) == SAFE


def test_diff_when_there_is_nothing_to_fix_ends_as_check_does(clean: str, wrong: str, capsys: Capture) -> None:
    assert main(["check", clean, "--diff"]) == 0
    assert main(["check", wrong, "--diff"]) == 1
    assert capsys.readouterr().out == ""


def test_fix_when_nothing_is_to_be_fixed_leaves_the_file_alone(clean: str, capsys: Capture) -> None:
    before = Path(clean).stat()
    assert main(["check", clean, "--fix"]) == 0
    assert Path(clean).stat().st_mtime_ns == before.st_mtime_ns
    assert "nothing fixed\n" in capsys.readouterr().out


def stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_fix_when_given_standard_input_prints_the_fixed_text_alone(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, TEXT)
    assert main(["check", "-", "--fix"]) == 1
    out, err = capfdbinary.readouterr()
    assert out.decode() == SAFE
    assert b"did you mean `ReLU`" in err


def test_fix_when_standard_input_is_right_prints_it_as_it_was(
    clean: str, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = Path(clean).read_text("utf-8")
    stdin(monkeypatch, text)
    assert main(["check", "-", "--fix"]) == 0
    assert capfdbinary.readouterr().out.decode() == text


def test_fix_when_standard_input_stands_among_files_refuses(spec: Path, capsys: Capture) -> None:
    assert main(["check", "-", "net.cdsl", "--fix"]) == 2
    assert "standard input is fixed alone" in capsys.readouterr().err
    assert spec.read_text("utf-8") == TEXT


def test_fix_when_a_file_is_a_link_changes_what_it_leads_to(spec: Path) -> None:
    Path("link.cdsl").symlink_to("net.cdsl")
    main(["check", "link.cdsl", "net.cdsl", "--fix"])
    assert Path("link.cdsl").is_symlink()
    assert spec.read_text("utf-8") == SAFE


def test_fix_when_a_file_may_not_be_written_says_so_and_leaves_it_whole(
    spec: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("other.cdsl").write_text(TEXT, "utf-8")
    spec.chmod(0o444)
    real = os.access  # who runs the tests as root may write everything
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "net.cdsl" and real(path, mode))
    assert main(["check", "net.cdsl", "other.cdsl", "--fix"]) == 2
    out, err = capsys.readouterr()
    assert err.count("may not be written by you") == 1
    assert spec.read_text("utf-8") == TEXT
    assert Path("other.cdsl").read_text("utf-8") == SAFE
    assert "4 fixed: " in out


def test_fix_when_the_format_is_for_programs_reports_what_is_left(spec: Path, capsys: Capture) -> None:
    assert main(["check", "net.cdsl", "--fix", "--format", "json-lines"]) == 1
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert '"code": "E110"' in out
    assert err == "4 fixed: E001 syntax (3), E002 missing-header (1)\n"


BLOCKS = "convdsl 1\nblock Act() {\n  Conv2d(8, 3, padding: 1)  # kept\n}\n"
USER = """convdsl 1
from "blocks.cdsl" import Act
model M {
  input x: [N, 3, H, W]
  y = Act()
  output y: [N, 8, H, W]
}
"""


def test_fix_when_the_mistake_is_in_an_imported_file_waits_until_that_is_named(capsys: Capture) -> None:
    Path("blocks.cdsl").write_text(BLOCKS, "utf-8")
    Path("user.cdsl").write_text(USER, "utf-8")
    assert main(["check", "user.cdsl", "--fix"]) == 1
    assert Path("blocks.cdsl").read_text("utf-8") == BLOCKS
    assert "fixable" not in capsys.readouterr().out
    assert main(["check", "user.cdsl", "blocks.cdsl", "--fix"]) == 0
    assert Path("blocks.cdsl").read_text("utf-8") == BLOCKS.replace("padding: 1", "padding=1")
    assert "1 fixed: E001 syntax (1)\n" in capsys.readouterr().out


def test_fix_when_a_file_is_missing_still_fixes_the_others(spec: Path, capsys: Capture) -> None:
    assert main(["check", "none.cdsl", "net.cdsl", "--fix"]) == 2
    assert spec.read_text("utf-8") == SAFE


def test_fix_when_it_would_break_an_expectation_is_left_and_the_reason_said(capsys: Capture) -> None:
    """8 x 3 x 3 x 3 weights, 8 numbers of bias, 2 x 8 of the norm: 240, which the spec states; without the bias 232."""
    text = """convdsl 1
model M {
  input x: [N, 3, H, W]
  Conv2d(8, 3)
  y = BatchNorm2d()
  output y: [N, 8, H - 2, W - 2]
  expect parameters == 240
}
"""
    Path("net.cdsl").write_text(text, "utf-8")
    assert main(["check", "net.cdsl", "--fix"]) == 0
    assert Path("net.cdsl").read_text("utf-8") == text
    said = "nothing fixed\n1 left, for their fixes would bring E231 expectation: W401 bias-before-norm (1)\n"
    assert said in capsys.readouterr().out


def test_fix_when_a_comment_keeps_nothing_quiet_takes_it_away_and_no_other(capsys: Capture) -> None:
    text = """convdsl 1
model M {
  input x: [N, 3, H, W]
  # convdsl: ignore[checkerboard] blurred below
  y = ReLU()  # kept
  output y: [N, 3, H, W]
}
"""
    Path("net.cdsl").write_text(text, "utf-8")
    assert main(["check", "net.cdsl", "--fix"]) == 0
    assert Path("net.cdsl").read_text("utf-8") == text.replace("  # convdsl: ignore[checkerboard] blurred below\n", "")
    assert "1 fixed: W901 unused-ignore (1)\n" in capsys.readouterr().out
