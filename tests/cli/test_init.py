"""`convdsl init`: a spec that checks, is formatted and can be trained; nothing is overwritten."""

import json
from pathlib import Path

import pytest

import convdsl
from convdsl.authoring.format import formatted
from convdsl.authoring.schema import schema
from convdsl.cli.main import main
from convdsl.source import Source

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("name", ["net.cdsl", "net.yaml", "other.yml"])
def test_init_writes_a_spec_that_has_no_findings_and_is_formatted(name: str, capsys: Capture) -> None:
    assert main(["init", name]) == 0
    assert main(["check", name]) == 0
    assert "no findings" in capsys.readouterr().out
    text = Path(name).read_text("utf-8")
    assert formatted(Source(name, text)).text == text


def test_init_without_a_name_writes_text_and_says_what_to_do_next(capsys: Capture) -> None:
    assert main(["init"]) == 0
    out = capsys.readouterr().out
    assert "written: net.cdsl" in out
    assert "convdsl check net.cdsl" in out
    assert "convdsl draw net.cdsl -o net.svg" in out
    assert not Path("convdsl.schema.json").exists()


def test_init_in_yaml_writes_the_schema_beside_it_and_names_it_in_the_first_line(capsys: Capture) -> None:
    Path("deep").mkdir()
    assert main(["init", "deep/net.yaml"]) == 0
    assert "deep/convdsl.schema.json" in capsys.readouterr().out
    first = Path("deep/net.yaml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./convdsl.schema.json"
    assert json.loads(Path("deep/convdsl.schema.json").read_text("utf-8")) == schema()


def test_init_with_yaml_and_no_name_writes_yaml() -> None:
    assert main(["init", "--yaml"]) == 0
    assert Path("net.yaml").exists()


def test_both_spellings_that_init_writes_are_one_network() -> None:
    main(["init", "a.cdsl"])
    main(["init", "a.yaml"])
    assert convdsl.load("a.cdsl").architecture_hash == convdsl.load("a.yaml").architecture_hash


def test_init_when_another_file_is_there_leaves_it(capsys: Capture) -> None:
    Path("net.cdsl").write_text("mine", "utf-8")
    assert main(["init"]) == 2
    assert Path("net.cdsl").read_text("utf-8") == "mine"
    assert "--force" in capsys.readouterr().err
    assert main(["init", "--force"]) == 0
    assert Path("net.cdsl").read_text("utf-8").startswith("convdsl 1\n")


@pytest.mark.parametrize("arguments", [["net.txt"], ["net"], ["net.cdsl", "--yaml"]])
def test_init_when_the_name_is_no_specs_offers_one(arguments: list[str], capsys: Capture) -> None:
    assert main(["init", *arguments]) == 2
    assert "help: name it `net" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_the_starting_spec_is_a_training_job() -> None:
    """Colours from gray with a loss, an optimizer and a length: all that `train` asks of a spec besides photographs."""
    main(["init"])
    analysis = convdsl.load("net.cdsl")
    assert analysis.graph is not None
    (gray,), (ab,) = analysis.graph.inputs, analysis.graph.outputs
    assert str(gray.meaning) == "(L - 50) / 50"
    assert str(ab.meaning) == "a / 110, b / 110"
    assert analysis.recipe.epochs == 20
