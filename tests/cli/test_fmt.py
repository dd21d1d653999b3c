"""`convdsl fmt`: what is written, what is printed where, and the exit codes."""

import io
import stat
import sys
from pathlib import Path

import pytest

from convdsl import api
from convdsl.cli.main import main
from convdsl.spec_error import SpecError

UGLY = "convdsl 1\nmodel M{input x:[N,3,H,W]\n  y=Conv2d(2,3,1,1) # why\n  output y:[N,2,H,W]}\n"
CLEAN = """\
convdsl 1

model M {
  input x: [N, 3, H, W]
  y = Conv2d(2, 3, stride=1, padding=1)  # why
  output y: [N, 2, H, W]
}
"""
BROKEN = "convdsl 1\nmodel M {\n  x = (\n}\n"
YAML = "convdsl:   1\nmodel:   M\ninputs: {x: {shape: [N, 3, H, W]}}\nlayers: [{y: ReLU}]\noutputs: {y: [N, 3, H, W]}\n"


class Run:
    def __init__(self, capsys: pytest.CaptureFixture[str], *argv: str) -> None:
        self.code = main(["fmt", *argv])
        self.out, self.err = capsys.readouterr()


def stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


# -------------------------------------------------------------------- in place


def test_fmt_when_run_rewrites_the_file_once(capsys: pytest.CaptureFixture[str]) -> None:
    path = write("a.cdsl", UGLY)
    first = Run(capsys, "a.cdsl")
    assert (first.code, first.out, first.err) == (0, "1 file reformatted\n", "")
    assert path.read_text() == CLEAN
    before = path.stat()
    again = Run(capsys, "a.cdsl")
    assert (again.code, again.out, again.err) == (0, "1 file already formatted\n", "")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_fmt_when_one_file_is_broken_formats_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    broken, ugly = write("a.cdsl", BROKEN), write("b.cdsl", UGLY)
    write("c.cdsl", CLEAN)
    run = Run(capsys, "a.cdsl", "b.cdsl", "c.cdsl")
    assert run.code == 2
    assert run.out == "1 file reformatted, 1 already formatted, 1 not formatted\n"
    assert "a.cdsl:3:7: error[E001 syntax]" in run.err
    assert broken.read_text() == BROKEN
    assert ugly.read_text() == CLEAN


def test_fmt_when_the_network_is_wrong_formats_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    path = write("a.cdsl", UGLY.replace("Conv2d(2,3,1,1)", "Convv2d(2,3)"))
    assert Run(capsys, "a.cdsl").code == 0
    assert "  y = Convv2d(2, 3)  # why\n" in path.read_text()


def test_fmt_when_a_file_is_missing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "a.cdsl")
    assert run.code == 2
    assert "there is no file `a.cdsl`" in run.err
    assert run.out == "1 file not formatted\n"


def test_fmt_when_it_rewrites_keeps_mode_and_link(capsys: pytest.CaptureFixture[str]) -> None:
    path = write("real/a.cdsl", UGLY)
    path.chmod(0o640)
    Path("link.cdsl").symlink_to(path)
    assert Run(capsys, "link.cdsl").code == 0
    assert Path("link.cdsl").is_symlink()
    assert path.read_text() == CLEAN
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [file.name for file in path.parent.iterdir()] == ["a.cdsl"]


def test_fmt_when_the_file_may_not_be_written_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("a.cdsl", UGLY)
    monkeypatch.setattr("convdsl.files.os.access", lambda *_: False)  # root may write everything
    run = Run(capsys, "a.cdsl")
    assert run.code == 2
    assert "error: `a.cdsl` may not be written by you\n  = help: ask for the right: `chmod +w a.cdsl`" in run.err
    assert path.read_text() == UGLY


def test_fmt_when_lines_end_in_crlf_writes_lf(capsys: pytest.CaptureFixture[str]) -> None:
    path = write("a.cdsl", CLEAN.replace("\n", "\r\n"))
    assert Run(capsys, "a.cdsl").out == "1 file reformatted\n"
    assert path.read_bytes() == CLEAN.encode()


def test_fmt_when_given_yaml_writes_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    path = write("a.yaml", YAML)
    assert Run(capsys, "a.yaml").code == 0
    text = path.read_text()
    assert text.startswith("convdsl: 1\nmodel: M\n")
    assert Run(capsys, "a.yaml").out == "1 file already formatted\n"


# --------------------------------------------------------------- folders


def test_fmt_when_given_a_folder_takes_its_specs_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("in/b.cdsl", "in/deep/a.cdsl", "in/.hidden/c.cdsl", "out/d.cdsl", "in/notes.txt"):
        write(name, UGLY)
    write("in/e.yaml", f"# a spec\n\n{YAML}")
    write("in/ci.yaml", "on: push\n")
    Path("in/link").symlink_to(Path("out").absolute())
    Path("in/f.cdsl").symlink_to(Path("out/d.cdsl").absolute())
    run = Run(capsys, "in", "--check")
    assert run.code == 1
    assert run.out.splitlines() == [
        "would reformat in/b.cdsl",
        "would reformat in/e.yaml",
        "would reformat in/deep/a.cdsl",
        "3 files would be reformatted",
    ]


def test_fmt_when_a_folder_and_its_file_are_named_formats_the_file_once(capsys: pytest.CaptureFixture[str]) -> None:
    write("in/a.cdsl", UGLY)
    assert Run(capsys, "in/a.cdsl", "in").out == "1 file reformatted\n"


def test_fmt_when_a_folder_has_no_spec_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in").mkdir()
    run = Run(capsys, "in")
    assert run.code == 2
    assert run.err == "error: there is no spec in the folder `in`\n  = help: a spec's name ends in `.cdsl`\n"


# ----------------------------------------------------------- --check, --diff


def test_fmt_check_when_something_would_change_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    path = write("a.cdsl", UGLY)
    write("b.cdsl", CLEAN)
    run = Run(capsys, "--check", "a.cdsl", "b.cdsl")
    assert (run.code, run.err) == (1, "")
    assert run.out == "would reformat a.cdsl\n1 file would be reformatted, 1 already formatted\n"
    assert path.read_text() == UGLY
    assert Run(capsys, "--check", "b.cdsl").code == 0


def test_fmt_diff_when_something_would_change_prints_a_patch(capsys: pytest.CaptureFixture[str]) -> None:
    path = write("a.cdsl", CLEAN.replace("x: [", "x:[").removesuffix("\n"))
    run = Run(capsys, "--diff", "a.cdsl")
    assert run.code == 1
    assert run.err == "1 file would be reformatted\n"
    assert run.out == (
        "--- a.cdsl\n+++ a.cdsl\n@@ -1,7 +1,7 @@\n convdsl 1\n \n model M {\n-  input x:[N, 3, H, W]\n"
        "+  input x: [N, 3, H, W]\n   y = Conv2d(2, 3, stride=1, padding=1)  # why\n   output y: [N, 2, H, W]\n"
        "-}\n\\ No newline at end of file\n+}\n"
    )
    assert path.read_text().endswith("}")


# ---------------------------------------------------------------- standard input


def test_fmt_when_given_a_dash_prints_the_text_and_nothing_else(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, UGLY)
    assert main(["fmt", "-"]) == 0
    assert capsysbinary.readouterr() == (CLEAN.encode(), b"")


def test_fmt_when_standard_input_is_broken_prints_no_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, BROKEN)
    run = Run(capsys, "-", "--stdin-filename", "net.cdsl")
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("net.cdsl:3:7: error[E001 syntax]")


def test_fmt_when_the_name_of_standard_input_is_yaml_reads_yaml(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, YAML)
    assert main(["fmt", "-", "--stdin-filename", "net.yaml"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"convdsl: 1\n")


@pytest.mark.parametrize(("text", "code", "out"), [(UGLY, 1, "would reformat <stdin>\n"), (CLEAN, 0, "")])
def test_fmt_check_when_given_a_dash_says_whether_it_would_change(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str, code: int, out: str
) -> None:
    stdin(monkeypatch, text)
    run = Run(capsys, "-", "--check")
    assert (run.code, run.out) == (code, out)


def test_fmt_when_a_dash_stands_among_files_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "-", "a.cdsl")
    assert run.code == 2
    assert "standard input is formatted alone" in run.err


# ------------------------------------------------------------------- Python


def test_fmt_in_python_returns_the_text_of_a_path_a_text_and_an_analysis() -> None:
    write("a.cdsl", UGLY)
    assert api.fmt("a.cdsl") == api.fmt(UGLY) == api.fmt(api.load(UGLY)) == CLEAN
    assert Path("a.cdsl").read_text() == UGLY


@pytest.mark.parametrize("spec", [BROKEN, "missing.cdsl"])
def test_fmt_in_python_when_it_cannot_be_read_raises(spec: str) -> None:
    with pytest.raises(SpecError):
        api.fmt(spec)
