"""The command inspect from end to end, its formats, its mistakes, and the same from Python."""

import json
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import torch

import convdsl
from convdsl.cli.main import main
from tests.train.setting import photographs
from tests.train.test_commands import SPEC

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "inspect.schema.json").read_text("utf-8"))


@pytest.fixture(name="place", scope="module")
def _place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("inspect")
    (place / "tiny.cdsl").write_text(SPEC)
    (place / "other.cdsl").write_text(SPEC.replace("width: int = 4", "width: int = 5"))
    photographs(place / "photos")
    words = ("train", "@tiny.cdsl", "--photos", "@photos", "--out", "@run", "--param", "width=6")
    assert command(place, *words) == 0
    return place


def command(place: Path, *words: str) -> int:
    return main([word.replace("@", f"{place}/") for word in words])


KINDS = {
    "activations": ("--layer", "1", "--photo", "@photos/0.png"),
    "kernels": ("--kernels", "0"),
    "field": ("--field", "--photo", "@photos"),
    "translation": ("--translation", "--photo", "@photos/1.png"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_inspect_prints_data_that_keeps_its_contract_and_draws(
    kind: str, place: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = KINDS[kind]
    file = tmp_path / "picture.svg"
    assert command(place, "inspect", "@run", *words, "--format", "json", "-o", str(file)) == 0
    data = json.loads(capsys.readouterr().out)
    jsonschema.validate(data, SCHEMA)
    assert data["kind"] == kind and data["network"] == "Tiny after 3 steps of training"
    root = ElementTree.fromstring(file.read_text("utf-8"))
    assert root.get("role") == "img"
    assert all(root.findtext(f"{{http://www.w3.org/2000/svg}}{word}") for word in ("title", "desc"))


@pytest.mark.parametrize("kind", KINDS)
def test_inspect_of_a_spec_has_fresh_weights_and_text(
    kind: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = KINDS[kind]
    assert command(place, "inspect", *words, "@tiny.cdsl") == 0
    assert "Tiny with fresh weights (seed 0)" in capsys.readouterr().out


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_inspect_writes_pictures_in_binary_formats(suffix: str, start: bytes, place: Path, tmp_path: Path) -> None:
    file = tmp_path / f"maps.{suffix}"
    words = ("--layer", "1", "--photo", "@photos/0.png", "--shared-scale", "--channels", "0,2-3", "-o", str(file))
    assert command(place, "inspect", "--checkpoint", "@run", *words) == 0
    assert file.read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--layer", "0"), "nothing says which network"),
        (("@run", "--layer", "0"), "nothing says of which photograph"),
        (("@run", "--layer", "0", "--photo", "@photos"), "is a folder"),
        (("@run", "--layer", "0", "--photo", "@nowhere.png"), "cannot be read"),
        (("@run", "--layer", "9", "--photo", "@photos/0.png"), "there is no layer `9`"),
        (("@run", "--kernels", "1"), "has no window"),
        (("@run", "--kernels", "0", "--photo", "@photos/0.png"), "`--photo` says nothing here"),
        (("@run", "--field", "--channels", "3"), "`--channels` says nothing here"),
        (("@run", "--field", "--photo", "@nowhere"), "no such file or folder"),
        (("@run", "--translation", "--size", "0"), "is less than 1"),
        (("@run", "--translation", "--size", "1025"), "a side of 1,025 pixels is more than what is looked at"),
        (("@run", "--field", "--size", "9999"), "a side of 9,999 pixels"),
        (("@run", "--layer", "0", "--photo", "@photos/0.png", "--size", "9999"), "a side of 9,999 pixels"),
        (("@run", "--checkpoint", "@run", "--kernels", "0"), "are two runs"),
        (("@run", "--param", "width=3", "--kernels", "0"), "leave `--param` out"),
        (("@run", "--weights", "x.pt", "--kernels", "0"), "a run has its own weights"),
        (("@tiny.cdsl", "--weights", "@photos/0.png", "--kernels", "0"), "0.png"),
        (("@other.cdsl", "--checkpoint", "@run", "--kernels", "0"), "holds another network"),
        (("@run/checkpoint-00000009.json", "--kernels", "0"), "run/checkpoint-00000003.json`"),
        (("@run", "--kernels", "0", "-o", "x.tex"), "no picture can be written as `.tex`"),
        (("@run",), "one of the arguments --layer --kernels --field --translation is required"),
        (("@run", "--kernels", "0", "--channels", "5-3"), "has no channel in it"),
    ],
)
def test_inspect_when_a_mistake_is_made_says_what_and_how_to_mend_it(
    words: tuple[str, ...], sentence: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(place, "inspect", *words) == 2
    said = capsys.readouterr()
    assert sentence in said.err and not said.out
    assert "= help:" in said.err or "nowhere" in said.err  # a file that is not there: the name says it all


def test_inspect_of_what_does_not_fit_into_memory_says_how_large_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(ROOT / "specs/seed/dense.cdsl"), "--kernels", "dense"]) == 2
    assert "has 38,654,902,272 weights, which need" in capsys.readouterr().err


def test_inspect_when_the_picture_is_there_already_keeps_it(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "kernels.svg"
    file.write_text("mine")
    assert command(place, "inspect", "@run", "--kernels", "0", "-o", str(file)) == 2
    assert file.read_text() == "mine"
    assert command(place, "inspect", "@run", "--kernels", "0", "-o", str(file), "--force") == 0
    assert file.read_text().startswith("<svg")


def test_functions_of_the_face_find_what_the_command_finds(
    place: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run, photo = place / "run", place / "photos" / "0.png"
    found = {
        "activations": convdsl.activations(run, "1", photo),
        "kernels": convdsl.kernels(run, "0"),
        "field": convdsl.effective_field(run, photos=place / "photos"),
        "translation": convdsl.translation(run, photo=place / "photos" / "1.png"),
    }
    for kind, one in found.items():
        words = KINDS[kind]
        assert command(place, "inspect", "@run", *words) == 0
        assert capsys.readouterr().out == f"{one}\n"
    file = tmp_path / "field.svg"
    assert found["field"].draw(file) == file.read_text("utf-8")
    assert set(found["field"]._repr_mimebundle_()) == {"text/plain", "image/svg+xml"}


def test_functions_take_the_parameters_of_a_spec_and_refuse_them_for_a_run(place: Path) -> None:
    assert len(convdsl.kernels(place / "tiny.cdsl", "0", width=9).data["channels"]) == 9
    with pytest.raises(convdsl.MistakeError, match="is no option of `kernels`"):
        convdsl.kernels(place / "run", "0", width=9)


def test_inspect_of_a_spec_with_weights_of_others_has_those(place: Path, tmp_path: Path) -> None:
    module = convdsl.build(place / "tiny.cdsl", seed=3)
    torch.save(module.state_dict(), tmp_path / "other.pt")
    found = convdsl.kernels(place / "tiny.cdsl", "0", weights=tmp_path / "other.pt")
    assert found.data["network"] == "Tiny with the weights of other.pt" and found.data["after"] is None
    assert torch.equal(torch.tensor(found.data["before"]), module.get_submodule("0").weight.detach())
    with pytest.raises(convdsl.MistakeError, match="its own weights"):
        convdsl.kernels(place / "run", "0", weights=tmp_path / "other.pt")
