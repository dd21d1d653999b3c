"""What editors and type checkers are told: the stubs are those of the catalogue, and programs pass strictly."""

import subprocess
import sys
from pathlib import Path

import pytest

import convdsl
from convdsl import layers, recipes
from convdsl.builder.stub import HOME, stubs
from convdsl.ops import catalogue
from tests.builder import programs
from tests.test_architecture import from_outside, loaded_by

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(("name", "text"), stubs().items(), ids=lambda part: part if len(part) < 20 else "")
def test_stub_when_made_anew_is_the_same(name: str, text: str) -> None:
    """Stale: run `python -m convdsl.builder.stub`."""
    assert (HOME / name).read_text("utf-8") == text


def test_conv2d_when_read_in_the_stub_has_pytorchs_signature() -> None:
    text = stubs()["layers.pyi"]
    assert "def Conv2d(\n    out_channels: int,\n    kernel_size: int | tuple[int, int],\n" in text
    assert '    padding: Literal["same", "valid"] | int | tuple[int, int] = 0,\n' in text
    assert "def ReLU(\n    inplace: bool = False,\n" in text or "def ReLU() -> Call:" in text


def test_modules_when_asked_for_all_name_the_catalogue() -> None:
    assert layers.__all__ == list(catalogue.names())
    assert dir(layers) == sorted(catalogue.names())
    assert "AdamW" in recipes.__all__ and "AdamW" in dir(recipes)
    assert all(f"def {name}(" in stubs()["layers.pyi"] for name in catalogue.names())


@pytest.mark.slow
def test_programs_when_checked_strictly_are_clean() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "tests/builder/programs.py"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert "programs.py" not in done.stdout, done.stdout


SPECS = [
    programs.Colorizer,
    programs.UNet,
    programs.Shared,
    programs.unet(3, 4),
    programs.resnet(2, 2, 2, 2),
    programs.pix2pix(8),
    programs.seed4(),
]


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_program_when_checked_is_right(spec: convdsl.Model) -> None:
    assert convdsl.load(spec).diagnostics == ()


def test_program_when_it_writes_network_4_writes_the_network_of_the_spec() -> None:
    ours, theirs = convdsl.load(programs.seed4()), convdsl.load(str(ROOT / "specs/seed/network4.cdsl"))
    assert ours.architecture_hash == theirs.architecture_hash
    assert programs.seed4().to_text() == (ROOT / "specs/seed/network4.cdsl").read_text("utf-8")


def test_unet_when_python_loops_is_the_unet_of_the_languages_loops() -> None:
    ours, theirs = convdsl.load(programs.unet(4, 16)), convdsl.load(programs.UNet)
    assert ours.graph is not None and theirs.graph is not None
    assert [node.key for node in ours.graph.nodes] == [node.key for node in theirs.graph.nodes]


def test_resnet_18_when_counted_has_the_papers_weights() -> None:
    """11,689,512 parameters: torchvision's resnet18."""
    assert "11,689,512 parameters" in convdsl.show(programs.resnet(2, 2, 2, 2), "224x224")


def test_spec_of_a_program_when_given_to_the_api_is_taken_everywhere(tmp_path: Path) -> None:
    net = programs.unet(1, 4)
    assert convdsl.load(net).source.text == net.to_text()
    assert "<svg" in convdsl.draw(net)
    assert "class UNet1x4" in convdsl.emit(net)
    assert sum(weight.numel() for weight in convdsl.build(net, seed=0).parameters()) > 0
    assert convdsl.load(programs.Colorizer, width=4).parameters == {"width": 4}


def test_builder_when_used_imports_no_package_from_outside(tmp_path: Path) -> None:
    program = (
        "from convdsl import Body, model\nfrom convdsl.layers import Conv2d\nfrom convdsl.recipes import AdamW\n"
        "def net(m):\n    m.input('x', '[N, 3, H, W]')\n    m.y = Conv2d(8, 1)\n    m.output('y', '[N, 8, H, W]')\n"
        "net = model(name='Net')(net)\nnet.train(optimizer=AdamW())\nassert net.analysis().ok"
    )
    assert from_outside(loaded_by(program, tmp_path)) == set()
