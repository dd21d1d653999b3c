"""`fmt --fill` writes what `?` stands for, and leaves what only the writer can decide."""

from pathlib import Path

import pytest

from convdsl.cli.main import main

TEXT = """convdsl 1

model Net {
  input x: [N, 1, H, W] where H % 2 == 0, W % 2 == 0
  # the encoder
  e = Conv2d(4, (3, 5), stride=2, padding=?) : [N, 4, H / 2, W / 2]  # halves
  y = ConvTranspose2d(2, ?, stride=2, padding=1)
  output y: [N, 2, H, W]
}
"""
# (H + 2 p - 3) // 2 + 1 = H / 2 at even H for p = 1; a window of 5 asks for 2; 2 (x - 1) - 2 + k = 2 x for k = 4
FILLED = TEXT.replace("padding=?", "padding=(1, 2)").replace("2d(2, ?", "2d(2, 4")
OPEN = TEXT.replace("stride=2, padding=1)", "stride=2, padding=?)")


def test_fmt_when_told_to_fill_writes_the_numbers_and_keeps_the_comments(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cdsl").write_text(TEXT, "utf-8")
    assert main(["fmt", "--fill", "net.cdsl"]) == 0
    assert Path("net.cdsl").read_text("utf-8") == FILLED
    assert capsys.readouterr().err == ""


def test_fmt_when_not_told_to_fill_leaves_the_holes() -> None:
    Path("net.cdsl").write_text(TEXT, "utf-8")
    assert main(["fmt", "net.cdsl"]) == 0
    assert Path("net.cdsl").read_text("utf-8") == TEXT


def test_fmt_when_holes_are_ambiguous_fills_the_others_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cdsl").write_text(OPEN, "utf-8")
    assert main(["fmt", "--fill", "net.cdsl"]) == 1
    assert Path("net.cdsl").read_text("utf-8") == OPEN.replace("padding=?) :", "padding=(1, 2)) :")
    assert "E141" in capsys.readouterr().err


def test_fmt_when_it_fills_yaml_writes_lists(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cdsl").write_text(TEXT, "utf-8")
    assert main(["convert", "net.cdsl", "net.yaml"]) == 0
    assert main(["fmt", "--fill", "net.yaml"]) == 0
    assert "padding: [1, 2]" in Path("net.yaml").read_text("utf-8")
    assert "?" not in Path("net.yaml").read_text("utf-8")
    capsys.readouterr()
    assert main(["check", "net.yaml"]) == 0


@pytest.mark.parametrize("flag", ["--check", "--diff"])
def test_fmt_when_it_would_fill_says_that_the_file_would_change(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cdsl").write_text(TEXT, "utf-8")
    assert main(["fmt", "--fill", flag, "net.cdsl"]) == 1
    assert Path("net.cdsl").read_text("utf-8") == TEXT
    assert "net.cdsl" in capsys.readouterr().out


def test_emit_when_holes_are_solved_prints_the_filled_network(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cdsl").write_text(TEXT, "utf-8")
    assert main(["emit", "net.cdsl"]) == 0
    holed = capsys.readouterr().out
    Path("net.cdsl").write_text(FILLED, "utf-8")
    assert main(["emit", "net.cdsl"]) == 0
    assert holed == capsys.readouterr().out
    assert "padding=(1, 2)" in holed


@pytest.mark.parametrize("command", ["emit", "show"])
def test_commands_when_a_hole_is_unsolved_tell_the_finding(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cdsl").write_text(TEXT.replace("H / 2, W / 2]", "H / 4, W / 4]"), "utf-8")
    assert main([command, "net.cdsl"]) == 1
    out = capsys.readouterr()
    assert "E140" in out.out + out.err
