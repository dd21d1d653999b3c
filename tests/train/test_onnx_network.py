"""Colouring by ONNX Runtime from an exported file alone is colouring by PyTorch."""

import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

import convdsl
from convdsl.cli.main import main
from convdsl.mistake import MistakeError
from convdsl.train import photos
from convdsl.train.colouring import by_module
from convdsl.train.onnx_network import open_onnx
from tests.train.setting import photographs
from tests.train.test_commands import SPEC

HINTED = """convdsl 1
model Hinted {
  input gray: [N, 1, H, W] means L / 100
  input hint: [N, 2, H, W] = 0.25
  Concat(gray, hint)
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
"""


@pytest.fixture(name="place", scope="module")
def _place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("onnx")
    (place / "blocks.cdsl").write_text("convdsl 1\nblock Down(width: int) {\n  Conv2d(width, 4, stride=4)\n}\n")
    text = SPEC.replace("model Tiny", 'from "blocks.cdsl" import Down\n\nmodel Tiny').replace(
        "Conv2d(width, 4, stride=4)", "Down(width)"
    )
    (place / "tiny.cdsl").write_text(text)
    photographs(place / "photos")
    words, scale = ["--param", "width=6"], ["--set", "sizes=28"]  # other short sides than the spec says
    asked = ["--photos", f"{place}/photos", "--out", f"{place}/run", *scale, *words]
    assert main(["train", f"{place}/tiny.cdsl", *asked]) == 0
    net = ["--weights", f"{place}/run", "--onnx", f"{place}/net.onnx"]
    assert main(["export", f"{place}/tiny.cdsl", *net, *words]) == 0
    for name in ("tiny.cdsl", "blocks.cdsl"):
        (place / name).unlink()  # the file is enough
    return place


def test_output_is_pytorchs_to_a_ten_thousandth(place: Path) -> None:
    from convdsl.train.run import open_trained

    trained, by_onnx = open_trained(place / "run"), open_onnx(place / "net.onnx")
    assert by_onnx.job.recipe == trained.job.recipe and by_onnx.job.recipe.short_sides() == (28,)
    assert by_onnx.job.source == trained.job.source and by_onnx.job.target == trained.job.target
    picture = torch.randn(1, 1, 24, 40)
    true, found = by_module(trained.network)(picture, {}), by_onnx.run(picture, {})
    assert (true - found).abs().max() <= 1e-4 * max(1.0, float(true.abs().max()))


@pytest.mark.parametrize("words", [(), ("--size", "full"), ("--tile", "16")])
def test_pictures_are_those_of_the_checkpoint(place: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    for name, network in (("torch", ("--checkpoint", f"{place}/run")), ("onnx", ("--onnx", f"{place}/net.onnx"))):
        assert main(["colorize", f"{place}/photos", *network, "--out", f"{tmp_path}/{name}", *words]) == 0
    for number in range(5):
        one, two = (photos.pixels(Image.open(tmp_path / name / f"{number}.png")) for name in ("torch", "onnx"))
        assert np.abs(one.astype(int) - two).max() <= 1


@pytest.mark.slow
def test_file_takes_only_the_sizes_that_it_was_exported_for(place: Path, tmp_path: Path) -> None:
    (tmp_path / "net.cdsl").write_text(SPEC)
    convdsl.export(tmp_path / "net.cdsl", onnx=tmp_path / "net.onnx", size="32x48")
    job = open_onnx(tmp_path / "net.onnx").job
    assert job.legal(32, 48) and not job.legal(32, 32) and not job.legal(64, 96)
    wide = open_onnx(place / "net.onnx").job
    # the network takes 4x4, the file does not: its map would be one pixel wide, a constant to torch.export
    assert wide.legal(8, 40) and not wide.legal(4, 40) and not wide.legal(9, 40) and "H % 4 == 0" in wide.accepted


@pytest.mark.slow
def test_other_inputs_have_the_defaults_of_the_spec(tmp_path: Path) -> None:
    (tmp_path / "net.cdsl").write_text(HINTED)
    convdsl.export(tmp_path / "net.cdsl", onnx=tmp_path / "net.onnx")
    network = convdsl.build(tmp_path / "net.cdsl", seed=0).eval()
    picture = torch.randn(1, 1, 20, 30)
    with torch.no_grad():
        true = network(picture)
    assert torch.allclose(open_onnx(tmp_path / "net.onnx").run(picture, {}), true, atol=1e-5)


def test_files_that_cannot_be_used_are_told(place: Path, tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("hello")
    model = onnx.load(place / "net.onnx")
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "foreign.onnx")
    model = onnx.load(place / "net.onnx")
    (kept,) = (one for one in model.metadata_props if one.key == "convdsl.recipe")
    kept.value = kept.value.replace('"batch": ', '"betch": ')
    onnx.save(model, tmp_path / "newer.onnx")
    for name, words in (
        ("nowhere.onnx", "there is no ONNX file"),
        ("text.onnx", "is no ONNX file that can be run"),
        ("newer.onnx", "holds a recipe that this convdsl does not know"),
        ("foreign.onnx", "does not say what its numbers mean"),
    ):
        with pytest.raises(MistakeError, match=words) as caught:
            open_onnx(tmp_path / name)
        assert "convdsl export" in str(caught.value.way_out)


def test_missing_onnx_runtime_is_told_with_what_to_install(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "convdsl.train.onnx_network", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    words = ["colorize", f"{place}/photos", "--onnx", f"{place}/net.onnx", "--out", f"{tmp_path}/out"]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "onnxruntime" in said and "convdsl[onnx]" in said and "Traceback" not in said
