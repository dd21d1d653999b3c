"""Specs over several files at the command line: names in messages, standard input, libraries, and `expand`."""

import io
import json
import sys
from pathlib import Path

import pytest

from convdsl.cli.main import main

Capture = pytest.CaptureFixture[str]

PART = """convdsl 1

block Double(channels: int) {
  Conv2d(channels, 3, padding=1) -> ReLU()
}
"""
NET = """convdsl 1

from "parts/double.cdsl" import Double

model Net {
  input x: [N, 1, H, W]
  y = Double(2)
  output y: [N, 2, H, W]
}
"""


@pytest.fixture(name="net")
def _net() -> str:
    Path("nets/parts").mkdir(parents=True)
    Path("nets/net.cdsl").write_text(NET, "utf-8")
    Path("nets/parts/double.cdsl").write_text(PART, "utf-8")
    return "nets/net.cdsl"


def test_check_when_a_spec_imports_is_clean(net: str, capsys: Capture) -> None:
    assert main(["check", net]) == 0
    assert capsys.readouterr().out == "nets/net.cdsl: accepted: H >= 1; W >= 1\n1 file checked: no findings\n"


def test_check_when_an_imported_file_is_wrong_names_it_as_it_would_be_opened(net: str, capsys: Capture) -> None:
    Path("nets/parts/double.cdsl").write_text(PART.replace("padding=1", "paddin=1"), "utf-8")
    assert main(["check", net]) == 1
    out = capsys.readouterr().out
    assert out.startswith("nets/parts/double.cdsl:4:23: error[E111 unknown-parameter]")
    assert "--> nets/net.cdsl:7:7" in out


def test_check_when_an_imported_file_is_missing_ends_with_one(net: str, capsys: Capture) -> None:
    Path("nets/parts/double.cdsl").unlink()
    assert main(["check", net]) == 1
    assert "error[E013 import-path] there is no file `nets/parts/double.cdsl`" in capsys.readouterr().out


def test_check_when_json_is_asked_for_names_the_file_of_each_label(net: str, capsys: Capture) -> None:
    Path("nets/parts/double.cdsl").write_text(PART.replace("padding=1", "paddin=1"), "utf-8")
    assert main(["check", net, "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert found["file"] == "nets/parts/double.cdsl"
    assert [label["file"] for label in found["labels"]] == ["nets/parts/double.cdsl", "nets/net.cdsl"]


def test_check_when_the_file_is_a_library_says_what_it_is(net: str, capsys: Capture) -> None:
    assert main(["check", "nets/parts/double.cdsl"]) == 0
    said = "nets/parts/double.cdsl: a library of 1 block, proved where a model uses them\n1 file checked: no findings\n"
    assert capsys.readouterr().out == said


def test_check_when_a_library_is_yaml_says_so_too(capsys: Capture) -> None:
    Path("b.yaml").write_text("convdsl: 1\nblocks:\n  A: {layers: [ReLU]}\n  B: {layers: [A]}\n", "utf-8")
    assert main(["check", "b.yaml"]) == 0
    assert "a library of 2 blocks" in capsys.readouterr().out


def test_check_when_a_library_names_an_unknown_layer_finds_it(capsys: Capture) -> None:
    Path("b.cdsl").write_text("convdsl 1\nblock A() {\n  Relu()\n}\n", "utf-8")
    assert main(["check", "b.cdsl"]) == 1
    out = capsys.readouterr().out
    assert "b.cdsl:3:3: error[E110 unknown-layer]" in out
    assert "a library" not in out


@pytest.mark.parametrize("command", ["show", "draw", "emit", "expand"])
def test_command_when_given_a_library_says_that_there_is_no_network(command: str, net: str, capsys: Capture) -> None:
    assert main([command, "nets/parts/double.cdsl"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "error[E011 no-model] `nets/parts/double.cdsl` has blocks and no `model`" in err


def test_stdin_when_it_is_said_where_it_lies_imports_from_there(
    net: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NET.encode())))
    assert main(["check", "-", "--stdin-filename", "nets/unsaved.cdsl"]) == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NET.encode())))
    assert main(["check", "-"]) == 1
    assert "--stdin-filename" in capsys.readouterr().out


def test_show_when_a_spec_imports_names_the_file_of_each_layer(net: str, capsys: Capture) -> None:
    assert main(["show", net, "--format", "json"]) == 0
    layers = json.loads(capsys.readouterr().out)["layers"]
    assert {(layer["file"], layer["line"]) for layer in layers} == {("nets/parts/double.cdsl", 4)}


def test_draw_when_a_spec_imports_points_into_the_right_files(net: str, capsys: Capture) -> None:
    assert main(["draw", net]) == 0
    picture = capsys.readouterr().out
    assert "nets/parts/double.cdsl:4" in picture
    assert "nets/net.cdsl:6" in picture


def test_emit_when_a_spec_imports_is_the_same_as_of_one_file(net: str, capsys: Capture) -> None:
    assert main(["emit", net]) == 0
    apart = capsys.readouterr().out
    Path("nets/one").mkdir()
    Path("nets/one/net.cdsl").write_text(
        NET.replace('from "parts/double.cdsl" import Double\n', PART.removeprefix("convdsl 1\n")), "utf-8"
    )
    assert main(["emit", "nets/one/net.cdsl"]) == 0
    assert capsys.readouterr().out == apart


def test_expand_when_printed_is_a_spec_of_its_own(net: str, capsys: Capture) -> None:
    assert main(["expand", net]) == 0
    text = capsys.readouterr().out
    assert "parts/double.cdsl:4:3 in y = Double(2) (net.cdsl:7)" in text
    Path("flat.cdsl").write_text(text, "utf-8")
    assert main(["check", "flat.cdsl"]) == 0


def test_expand_when_written_takes_the_spelling_of_its_name_and_overwrites_nothing(net: str, capsys: Capture) -> None:
    assert main(["expand", net, "-o", "flat.yaml"]) == 0
    assert Path("flat.yaml").read_text("utf-8").startswith("convdsl: 1\n")
    Path("flat.yaml").write_text("mine", "utf-8")
    assert main(["expand", net, "-o", "flat.yaml"]) == 2
    assert Path("flat.yaml").read_text("utf-8") == "mine"
    assert main(["expand", net, "-o", "flat.yaml", "--force", "--to", "text"]) == 0
    assert Path("flat.yaml").read_text("utf-8").startswith("convdsl 1\n")


def test_expand_when_the_spec_is_wrong_writes_nothing(wrong: str, capsys: Capture) -> None:
    assert main(["expand", wrong, "-o", "flat.cdsl"]) == 1
    assert "error[E204 join-size]" in capsys.readouterr().err
    assert not Path("flat.cdsl").exists()


def test_expand_when_parameters_are_given_has_their_values(clean: str, capsys: Capture) -> None:
    assert main(["expand", clean, "--param", "width=7"]) == 0
    assert "Conv2d(7, 4, stride=2, padding=1)" in capsys.readouterr().out
