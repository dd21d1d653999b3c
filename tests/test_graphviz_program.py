"""Graphviz, where the machine has it; a note and our own layout where it has not."""

import shutil
import sys
from pathlib import Path

import pytest

import convdsl
from convdsl import drawing, graphviz_program
from convdsl.cli.main import main
from convdsl.graphviz_program import Program, found, rendered
from convdsl.mistake import MistakeError

SPEC = "specs/seed/network6.cdsl"


@pytest.fixture(name="program")
def _program() -> Program:
    program = found()
    if program is None:
        pytest.skip("neither dot nor graphviz-pure is on this machine")
    return program


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_rendered_by_graphviz_is_a_picture(program: Program, kind: str) -> None:
    assert rendered(program, "digraph { a -> b }", kind)[:5] in (b"<?xml", b"\x89PNG\r")


def test_draw_with_the_engine_dot_is_what_graphviz_makes(program: Program, tmp_path: Path) -> None:
    assert main(["draw", SPEC, "--engine", "dot", "-o", str(tmp_path / "net.svg")]) == 0
    text = (tmp_path / "net.svg").read_text("utf-8")
    assert "t_conv4" in text
    assert 'class="graph"' in text  # what dot writes and we do not


def test_rendered_when_graphviz_does_not_finish_says_so(tmp_path: Path) -> None:
    program = tmp_path / "slow"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    program.chmod(0o755)
    with pytest.raises(MistakeError, match=r"not finished in 0\.2 s"):
        rendered(Program(str(program), ("svg",)), "digraph {}", "svg", seconds=0.2)


def test_rendered_when_graphviz_fails_says_what_it_said(program: Program) -> None:
    with pytest.raises(MistakeError, match="Graphviz fails: ") as caught:
        rendered(program, "digraph {", "svg")
    assert "leave `--engine dot` out" in caught.value.way_out


def test_draw_when_there_is_no_graphviz_draws_it_and_notes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(drawing, "found", lambda: None)
    assert main(["draw", SPEC, "--engine", "dot", "-o", str(tmp_path / "net.svg")]) == 0
    err = capsys.readouterr().err
    assert err.count("note:") == 1
    assert "graphviz-pure" in err
    with pytest.warns(UserWarning, match="drawn by the layout of convdsl"):
        picture = convdsl.draw(SPEC, engine="dot")
    assert (tmp_path / "net.svg").read_text("utf-8") == picture == convdsl.draw(SPEC)


def test_found_when_there_is_only_the_port_takes_it_for_what_it_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    def which(name: str, path: str | None = None) -> str | None:
        return "/somewhere/graphviz-pure" if name == "graphviz-pure" and path is None else None

    monkeypatch.setattr(shutil, "which", which)
    assert graphviz_program.found() == Program("/somewhere/graphviz-pure", ("svg", "png"))


def test_draw_when_graphviz_cannot_draw_the_style_says_what_it_draws(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", SPEC, "--engine", "dot", "--style", "profile"]) == 2
    assert "Graphviz draws the style `graph` as svg, png, pdf" in capsys.readouterr().err
