"""The face: what a Python program calls, and what arrives when something is wrong."""

import subprocess
import sys
from operator import attrgetter
from pathlib import Path

import pytest

import convdsl
from convdsl.api import report
from convdsl.view import Size

ROOT = Path(__file__).parent.parent
UNET = ROOT / "specs" / "unet.cdsl"
# Double(16) on 1 channel: 16*9 + 16 + 16*16*9 + 16 = 2,480; Double(32) on 16: 4,640 + 9,248; Double(64) on 32:
# 18,496 + 36,928; u2: 64*32*4 + 32 = 8,224; Double(32) on 64: 18,464 + 9,248; u1: 32*16*4 + 16 = 2,064; Double(16) on
# 32: 4,624 + 2,320; ab: 16*2*9 + 2 = 290
PARAMETERS = 2_480 + 13_888 + 55_424 + 8_224 + 27_712 + 2_064 + 6_944 + 290
WRONG = UNET.read_text("utf-8").replace("(16, 2", "(16, 3")


def test_face_when_listed_offers_every_name() -> None:
    assert all(hasattr(convdsl, name) for name in convdsl.__all__)
    assert set(convdsl.__all__) <= set(dir(convdsl))


def test_face_when_asked_for_what_it_lacks_says_so_as_any_module() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        attrgetter("trian")(convdsl)


@pytest.mark.parametrize("first", ["", "convdsl.train\n"])
def test_face_when_a_folder_has_a_functions_name_offers_the_function(first: str) -> None:
    program = f"import convdsl\n{first}from convdsl.train.device import prepare\nassert callable(convdsl.train)"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_load_when_given_a_path_text_or_an_analysis_finds_the_same() -> None:
    by_path = convdsl.load(UNET)
    by_name = convdsl.load(str(UNET))
    by_text = convdsl.load(UNET.read_text("utf-8"))
    assert by_path.ok
    assert convdsl.load(by_path) is by_path
    assert by_path.architecture_hash == by_name.architecture_hash == by_text.architecture_hash


def test_load_when_given_parameters_uses_them() -> None:
    text = (
        "convdsl 1\nmodel M(n: int = 2) {\n  input x: [N, 1, H, W]\n  y = Conv2d(n, 1)\n  output y: [N, n, H, W]\n}\n"
    )
    assert report(convdsl.load(text, n=5))["parameters"] == 5 + 5
    assert report(convdsl.load(convdsl.load(text), n=7))["parameters"] == 7 + 7


def test_load_when_there_is_no_file_raises_with_the_diagnostic() -> None:
    with pytest.raises(convdsl.SpecError, match="there is no file") as raised:
        convdsl.load("nowhere.cdsl")
    assert [found.code.id for found in raised.value.diagnostics] == ["E004"]


def test_check_when_the_spec_is_right_finds_nothing() -> None:
    assert convdsl.check(ROOT / "specs" / "demo.cdsl") == ()


def test_check_when_the_spec_is_wrong_returns_the_findings() -> None:
    assert [found.code.id for found in convdsl.check(WRONG)] == ["E204"]


@pytest.mark.parametrize("make", [convdsl.emit, convdsl.build])
def test_product_when_the_spec_is_wrong_raises_what_was_found(make: object) -> None:
    assert callable(make)
    with pytest.raises(convdsl.SpecError, match=r"<text>:19:3: error\[E204 join-size\]"):
        make(WRONG)


@pytest.mark.parametrize("size", ["256x256", 256, (256, 256), {"H": 256, "W": 256}])
def test_show_when_a_size_is_spelt_in_python_means_the_same(size: Size) -> None:
    assert "MACs at H = 256, W = 256" in convdsl.show(UNET, size)


def test_show_when_the_size_is_not_accepted_raises_the_way_out() -> None:
    with pytest.raises(convdsl.MistakeError, match="does not run at H = 6, W = 8") as raised:
        convdsl.show(UNET, "6x8")
    assert "`H=8,W=8` or `H=4,W=8`" in raised.value.way_out


def test_draw_when_given_a_photograph_or_a_number_of_frames_draws_as_the_command_line_does() -> None:
    edges = (
        "convdsl 1\nmodel M {\n  input x: [N, 3, H, W]\n  y = Filter2d(box, padding=1)\n  output y: [N, 3, H, W]\n}\n"
    )
    photo = UNET.parent / "photos/val/animal-red-panda.jpg"
    assert convdsl.draw(edges, photo=photo).count("<image ") == 2
    few, many = (convdsl.draw(edges, style="arithmetic", moving=True, frames=count) for count in (2, 9))
    assert 1 < few.count("@keyframes") < many.count("@keyframes")


def test_draw_when_given_a_path_writes_what_it_returns(tmp_path: Path) -> None:
    picture = convdsl.draw(UNET, tmp_path / "net.svg")
    assert (tmp_path / "net.svg").read_text("utf-8") == picture
    with pytest.raises(convdsl.MistakeError, match="exists"):
        convdsl.draw(UNET, tmp_path / "net.svg", direction="LR")


def test_emit_when_run_alone_checks_itself(tmp_path: Path) -> None:
    """The file runs in a process that cannot see convdsl, at the smallest legal size, 4x4."""
    convdsl.emit(UNET, tmp_path / "net.py")
    done = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "net.py")], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"ok: {PARAMETERS:,} parameters, output [[1, 2, 4, 4]]" in done.stdout
    assert "convdsl" not in [line.split()[1] for line in convdsl.emit(UNET).splitlines() if line.startswith("import ")]


def test_build_when_given_a_seed_gives_equal_weights() -> None:
    import torch

    one, other = convdsl.build(UNET, seed=3), convdsl.build(UNET, seed=3)
    assert sum(weight.numel() for weight in one.parameters()) == PARAMETERS
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_build_when_the_weights_need_more_than_the_memory_says_how_much() -> None:
    """(196,608² weights + 196,608 biases) of 4 bytes are 154,619,609,088 bytes."""
    with pytest.raises(convdsl.MistakeError, match="154,619,609,088 bytes"):
        convdsl.build(ROOT / "specs" / "seed" / "dense.cdsl")
