"""`convdsl check`: what it prints, in which order, and the exit codes."""

import io
import json
import os
import re
import sys
from pathlib import Path

import pytest

from convdsl.cli.main import main
from convdsl.cli.report import FORMATS

YAML = """convdsl: 1
model: Net
inputs:
  x: {shape: [N, 1, H, W]}
layers:
  - y: ReLU
outputs:
  y: {shape: [N, 1, H, W]}
"""

Capture = pytest.CaptureFixture[str]


def test_check_when_the_spec_is_clean_says_the_sizes(clean: str, capsys: Capture) -> None:
    """u = 2 * (H // 2) meets x = H: equal for even H, and H // 2 >= 1 needs H >= 2."""
    assert main(["check", clean]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "clean.cdsl: accepted: H % 2 == 0, H >= 2; W % 2 == 0, W >= 2",
        "1 file checked: no findings",
    ]
    assert err == ""


def test_check_when_a_join_disagrees_shows_both_ends_and_ends_with_one(wrong: str, capsys: Capture) -> None:
    """u = 2 * (H // 2) + 1 is never H for even H; the smallest promised size is H = 2: 3 and 2."""
    assert main(["check", wrong]) == 1
    out = capsys.readouterr().out
    assert "error[E204 join-size]" in out
    assert "H = 2: 3 and 2" in out
    assert "help: " in out
    assert out.endswith("1 file checked: 1 error; 1 fixable with --unsafe-fixes\n")  # other sizes can be promised


def test_check_when_a_file_is_missing_still_checks_the_others(clean: str, capsys: Capture) -> None:
    assert main(["check", "none.cdsl", clean]) == 2
    out = capsys.readouterr().out
    assert "there is no file `none.cdsl`" in out
    assert "clean.cdsl: accepted: H % 2 == 0" in out
    assert out.endswith("2 files checked: 1 error\n")


def test_check_when_one_is_unreadable_and_one_wrong_ends_with_two(wrong: str, capsys: Capture) -> None:
    assert main(["check", wrong, "none.cdsl"]) == 2


def test_check_when_a_spec_has_no_model_ends_with_one(broken: str, capsys: Capture) -> None:
    assert main(["check", broken]) == 1
    assert "broken.cdsl:2:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.cdsl", b""),
        ("junk.cdsl", bytes(range(256))),
        ("latin.yaml", "convdsl: 1 # gr\u00fcn".encode("latin-1")),
        ("wide.cdsl", "convdsl 1".encode("utf-16")),
    ],
)
def test_check_when_the_bytes_are_no_text_ends_with_two(name: str, data: bytes, capsys: Capture) -> None:
    Path(name).write_bytes(data)
    assert main(["check", name]) == 2
    out = capsys.readouterr().out
    assert out.count("error[") == 1
    assert "help: " in out


def test_check_when_given_a_folder_without_specs_ends_with_two(capsys: Capture) -> None:
    Path("folder").mkdir()
    assert main(["check", "folder"]) == 2
    assert "there is no spec in the folder `folder`" in capsys.readouterr().err


def test_check_when_given_a_parameter_uses_it(clean: str, capsys: Capture) -> None:
    """A width of 0 is outside the range of out_channels, so that the value has reached the layer."""
    assert main(["check", clean, "--param", "width=8"]) == 0
    assert main(["check", clean, "--param", "width=0"]) == 1
    assert "`out_channels`" in capsys.readouterr().out


@pytest.mark.parametrize("pair", ["width", "=3", "a b=3", "1x=3"])
def test_check_when_a_parameter_is_no_pair_ends_with_two(clean: str, pair: str, capsys: Capture) -> None:
    assert main(["check", clean, "--param", pair]) == 2
    assert "names no parameter" in capsys.readouterr().err


def test_check_when_the_parameter_is_unknown_ends_with_one(clean: str, capsys: Capture) -> None:
    assert main(["check", clean, "--param", "depth=3"]) == 1
    assert "no parameter `depth`" in capsys.readouterr().out


def test_check_when_given_a_dash_reads_standard_input(
    clean: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(clean).read_bytes())))
    assert main(["check", "-", "--stdin-filename", "editor.cdsl"]) == 0
    assert "editor.cdsl: accepted: " in capsys.readouterr().out


def test_check_when_standard_input_is_named_yaml_reads_yaml(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    text = YAML.encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert main(["check", "-", "--stdin-filename", "editor.yaml"]) == 0
    assert "editor.yaml: accepted: H >= 1; W >= 1" in capsys.readouterr().out


def test_check_when_asked_for_json_prints_one_document(clean: str, wrong: str, capsys: Capture) -> None:
    assert main(["check", clean, wrong, "none.cdsl", "--format", "json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert report["version"] == 1
    assert [one["file"] for one in report["files"]] == ["clean.cdsl", "wrong.cdsl", "none.cdsl"]
    height = {"text": "H % 2 == 0, H >= 2", "finite": [], "from": 2, "period": 2, "residues": [0]}
    assert report["files"][0]["legal_sizes"]["H"] == height
    assert report["files"][0]["diagnostics"] == []
    assert [one["code"] for one in report["files"][1]["diagnostics"]] == ["E204"]
    assert [one["code"] for one in report["files"][2]["diagnostics"]] == ["E004"]


def test_check_when_run_twice_prints_equal_bytes(wrong: str, capsys: Capture) -> None:
    main(["check", wrong])
    first = capsys.readouterr().out
    main(["check", wrong])
    assert capsys.readouterr().out == first


def test_check_when_a_file_has_hundreds_of_findings_shows_fifty_and_counts_all(capsys: Capture) -> None:
    """300 lines without a comma: one message each, 50 of them printed for people, all of them for programs."""
    lines = "".join("  Conv2d(8 3)\n" for _ in range(300))
    Path("many.cdsl").write_text(f"convdsl 1\nmodel Net {{\n  input x: [N, 3, H, W]\n{lines}}}\n", "utf-8")
    assert main(["check", "many.cdsl"]) == 1
    out = capsys.readouterr().out
    found = int(re.search(r"checked: (\d+) errors", out)[1])
    assert out.count("error[E001 syntax]") == 50
    assert f"many.cdsl: and {found - 50} more\n" in out
    assert main(["check", "--format", "json", "many.cdsl"]) == 1
    assert capsys.readouterr().out.count("a comma is missing") >= found - 2


@pytest.mark.parametrize("name", FORMATS)
def test_check_when_given_a_format_keeps_its_exit_codes(name: str, clean: str, wrong: str, capsys: Capture) -> None:
    assert main(["check", clean, "--format", name]) == 0
    assert main(["check", clean, wrong, "--format", name]) == 1
    assert main(["check", wrong, "none.cdsl", "--format", name]) == 2
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", FORMATS)
def test_check_when_given_an_output_writes_the_same_bytes_there(name: str, wrong: str, capsys: Capture) -> None:
    main(["check", wrong, "--format", name])
    printed = capsys.readouterr().out
    assert main(["check", wrong, "--format", name, "-o", "report"]) == 1
    assert capsys.readouterr() == ("", "written: report\n")
    assert Path("report").read_bytes().decode() == printed


def test_check_when_the_output_is_there_asks_for_force(wrong: str, capsys: Capture) -> None:
    Path("report").write_text("mine", "utf-8")
    assert main(["check", wrong, "-o", "report"]) == 2
    assert Path("report").read_text("utf-8") == "mine"
    assert "`--force` overwrites it" in capsys.readouterr().err
    assert main(["check", wrong, "-o", "report", "--force"]) == 1
    assert Path("report").read_text("utf-8").startswith("wrong.cdsl:")


def test_check_when_run_below_the_repository_names_files_as_the_repository_does(wrong: str, capsys: Capture) -> None:
    Path("repo/.git").mkdir(parents=True)
    Path("repo/specs").mkdir()
    Path(wrong).rename("repo/specs/wrong.cdsl")
    os.chdir("repo/specs")
    main(["check", "./wrong.cdsl", "--format", "github"])
    assert capsys.readouterr().out.startswith("::error file=specs/wrong.cdsl,line=")
