"""Exported files: they do what the module does at every size that they promise, and say whence they are."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor

import convdsl
from convdsl.cli.main import main
from convdsl.exchange.agreement import agree
from convdsl.exchange.export import Exported
from convdsl.lower.dims import dims
from convdsl.mistake import MistakeError
from tests.zoo import ZOO, path

SPEC = """convdsl 1
model Small(width: int = 4) {
  input gray: [N, 1, H, W] means L / 100
  input hint: [N, 2, H, W] = 0
  a = Concat(gray, hint) -> Conv2d(width, 3, padding=1) -> BatchNorm2d() -> ReLU()
  MaxPool2d(2) -> Conv2d(8, 3, padding=1) -> ReLU()
  up = ConvTranspose2d(width, 2, stride=2)
  ab = Concat(up, a) -> Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
"""
Made = tuple[Path, Path, tuple[Exported, ...]]


@pytest.fixture(scope="module", name="made")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("exported")
    places = folder / "net.onnx", folder / "net.pt2"
    return *places, convdsl.export(SPEC, onnx=places[0], torch_export=places[1], width=6, seed=3)


@torch.no_grad()
def test_files_at_sizes_that_were_not_tried_give_what_the_module_gives(made: Made) -> None:
    onnx_file, program_file, found = made
    network = convdsl.build(SPEC, seed=3, width=6).eval()
    session = onnxruntime.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
    program = torch.export.load(program_file).module()
    for height, width, batch in ((50, 36, 5), (8, 64, 1)):
        assert not any(sizes["H"] == height for one in found for sizes in one.agreement.sizes)
        x, hint = torch.randn(batch, 1, height, width), torch.randn(batch, 2, height, width)
        expected = network(x, hint)
        (ours,) = session.run(None, {"gray": x.numpy(), "hint": hint.numpy()})
        np.testing.assert_allclose(ours, expected.numpy(), atol=1e-5)
        torch.testing.assert_close(program(x, hint), expected)


def test_program_at_a_size_that_is_not_accepted_refuses_it(made: Made) -> None:
    program = torch.export.load(made[1]).module()
    with pytest.raises(Exception, match=r"Guard failed|divisible|shape"):
        program(torch.zeros(1, 1, 9, 8), torch.zeros(1, 2, 9, 8))


def test_onnx_names_its_axes_as_the_spec_and_tells_whence_it_is(made: Made) -> None:
    model = onnx.load(made[0])
    axes = {
        value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    }
    assert axes == {
        "gray": ["N", 1, "H", "W"],
        "hint": ["N", 2, "H", "W"],
        "ab": ["N", 2, "2 * (H // 2)", "2 * (W // 2)"],
    }
    words = {item.key: item.value for item in model.metadata_props}
    assert words["convdsl.spec"] == SPEC
    assert words["convdsl.architecture"] == convdsl.load(SPEC, width=6).architecture_hash
    assert words["convdsl.accepted"] == "H % 2 == 0, H >= 2; W % 2 == 0, W >= 2"
    assert words["convdsl.sizes"] == "H % 2 == 0, H >= 4; W % 2 == 0, W >= 4"  # at 2 the pool makes one pixel
    assert json.loads(words["convdsl.parameters"]) == {"width": 6}
    assert json.loads(words["convdsl.means"]) == {"gray": "L / 100", "ab": "a / 110, b / 110"}
    assert not any(b".py" in node.SerializeToString() for node in model.graph.node)  # no paths of this machine


def test_program_tells_the_same(made: Made) -> None:
    words = {"convdsl.spec": "", "convdsl.sizes": ""}
    torch.export.load(made[1], extra_files=words)
    assert words["convdsl.spec"] == SPEC
    assert words["convdsl.sizes"] == "H % 2 == 0, H >= 4; W % 2 == 0, W >= 4"


WRONG: dict[str, Callable[[Tensor], Tensor]] = {
    "other numbers": lambda y: y * 1.001,
    "not a number": lambda y: y * float("nan"),
    "another shape": lambda y: y[..., :-1],
}


@pytest.mark.parametrize("name", WRONG)
def test_file_that_does_not_agree_is_refused_with_the_difference(name: str) -> None:
    analysis = convdsl.load(SPEC)
    network = convdsl.build(analysis, seed=0).eval()
    free = dims(analysis.graph, analysis.legal)
    assert agree(lambda given: [network(*given).detach()], network, analysis.graph, free, "the file").difference == 0
    with pytest.raises(MistakeError, match=r"differs from PyTorch at N = 1, H = 4, W = 4: `ab` by (0.001|nan|inf) of"):
        agree(lambda given: [WRONG[name](network(*given).detach())], network, analysis.graph, free, "the file")


def test_export_when_the_network_runs_at_tied_sizes_is_fixed_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "net.cdsl"
    spec.write_text(
        "convdsl 1\nmodel M {\n  input x: [N, 3, H, W]\n  MaxPool2d(2) -> Flatten()\n"
        "  y = Linear(2, in_features=192)\n  output y: [N, 2]\n}\n"
    )
    assert main(["export", str(spec), "--torch-export", str(tmp_path / "net.pt2"), "--size", "8x32"]) == 0
    said = capsys.readouterr().err
    assert "sizes: H == 8; W == 32" in said
    assert "weights: fresh ones of seed 0" in said
    program = torch.export.load(tmp_path / "net.pt2").module()
    assert program(torch.zeros(7, 3, 8, 32)).shape == (7, 2)  # the batch is free
    assert main(["export", str(spec), "--torch-export", str(tmp_path / "free.pt2")]) == 0
    assert "H is fixed, for it is tied to another size; `--size` chooses another" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "nothing says what to export to"),
        (["--onnx", "FOLDER/a.onnx", "--size", "9x9"], 2, "the network does not run at H = 9, W = 9"),
        (["--onnx", "FOLDER/a.onnx", "--weights", "nowhere.safetensors"], 2, "`nowhere.safetensors` cannot be read"),
    ],
)
def test_export_when_asked_wrongly_says_what_to_do_and_writes_nothing(
    arguments: list[str], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "net.cdsl"
    spec.write_text(SPEC)
    given = [word.replace("FOLDER", str(tmp_path)) for word in arguments]
    assert main(["export", str(spec), *given]) == code
    assert said in capsys.readouterr().err
    assert [item.name for item in tmp_path.iterdir()] == ["net.cdsl"]


def test_export_when_the_extra_is_missing_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "convdsl.exchange.onnx_file", raising=False)
    monkeypatch.delattr("convdsl.exchange.onnx_file", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    spec = tmp_path / "net.cdsl"
    spec.write_text(SPEC)
    assert main(["export", str(spec), "--onnx", str(tmp_path / "a.onnx")]) == 2
    said = capsys.readouterr().err
    assert "this command needs `onnxruntime`, which is not installed" in said
    assert "pip install 'convdsl[onnx]'" in said


@torch.no_grad()
def test_export_when_given_weights_keeps_them(tmp_path: Path) -> None:
    import safetensors.torch

    network = convdsl.build(SPEC, seed=8).eval()
    safetensors.torch.save_file(network.state_dict(), tmp_path / "net.safetensors")
    convdsl.export(SPEC, torch_export=tmp_path / "net.pt2", weights=tmp_path / "net.safetensors", fuse=True)
    program = torch.export.load(io.BytesIO((tmp_path / "net.pt2").read_bytes()))
    assert not any("running_mean" in key for key in program.state_dict)
    x, hint = torch.randn(2, 1, 8, 8), torch.randn(2, 2, 8, 8)
    torch.testing.assert_close(program.module()(x, hint), network(x, hint))


LARGE = {"seed/dense"}  # 144 GiB of weights


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ZOO if name not in LARGE])
def test_zoo_when_exported_agrees(name: str, tmp_path: Path) -> None:
    found = convdsl.export(path(name), onnx=tmp_path / "net.onnx", torch_export=tmp_path / "net.pt2")
    assert all(one.agreement.difference < 1e-4 for one in found)
    fixed = {dim.symbol for one in found for dim in one.dims.sizes if dim.is_fixed}
    assert fixed == set()  # every network of the zoo with free sizes keeps them
