"""From specs to jobs: which sizes are legal for photographs, and what cannot be trained."""

from pathlib import Path

import pytest
import torch

from convdsl import api
from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.spec_error import SpecError
from convdsl.train.engine import Engine
from convdsl.train.job import Job
from convdsl.train.loop import train
from convdsl.train.run import make_job, open_trained
from tests.train.setting import photographs
from tests.train.test_engine import batch

ROOT = Path(__file__).parents[2]


def job(text: str) -> Job:
    return make_job(analyze(Source("x.cdsl", f"convdsl 1\n{text}\n")))


def model(shape: str, out: str, more: str = "") -> str:
    return f"""model A {{
  input gray: {shape} means L / 100
  {more}
  ab = gray -> Conv2d(2, 2, stride=2)
  output ab: {out} means ab / 110
}}"""


def test_sizes_when_symbols_are_free_fixed_or_shared_are_asked_of_both_axes() -> None:
    free = job(model("[N, 1, H, W]", "[N, 2, H // 2, W // 2]")).legal
    assert free(2, 7) and not free(1, 7)
    fixed = job(model("[N, 1, 32, W]", "[N, 2, 16, W // 2]")).legal
    assert fixed(32, 7) and not fixed(31, 7) and not fixed(32, 1)
    shared = job(model("[N, 1, S, S]", "[N, 2, S // 2, S // 2]")).legal
    assert shared(9, 9) and not shared(9, 10)


def test_job_when_an_input_has_a_default_needs_the_other_one_only() -> None:
    text = """model A {
  input gray: [N, 1, H, W] means L / 100
  input mask: [N, 1, H, W] = 0
  Concat(gray, mask)
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}"""
    assert job(text).source.channels == ("L",)


@pytest.mark.parametrize(
    "text, sentence",
    [
        (
            "model A {\n  input x: [N, 1, H, W] means L\n  input y: [N, 1, H, W] means L\n  Concat(x, y)\n"
            "  ab = Conv2d(2, 1)\n  output ab: [N, 2, H, W] means ab\n}",
            "`A` has 2 inputs to fill and 1 outputs",
        ),
        (
            "model A {\n  input x: [N, 3, H, W]\n  ab = Conv2d(2, 1)\n  output ab: [N, 2, H, W] means ab\n}",
            "nothing says what the input `x` means",
        ),
        (
            "model A {\n  input x: [N, 1, H, W] means L\n  y = Conv2d(7, 1)\n  output y: [N, 7, H, W] means classes\n}",
            r"the output `y` means classes and is no \[N, classes\]",
        ),
        (
            "model A {\n  input x: [N, 1, 4, 4] means L\n  Flatten()\n  y = Linear(2)\n  output y: [N, 2] means ab\n}",
            r"the output `y` is \[N, 2\], and a picture has height and width",
        ),
    ],
)
def test_job_when_it_makes_no_picture_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(MistakeError, match=sentence) as caught:
        job(text)
    assert caught.value.way_out


def test_job_when_the_spec_is_wrong_or_empty_is_refused() -> None:
    with pytest.raises(SpecError):
        job(model("[N, 1, H, W]", "[N, 3, H, W]"))
    with pytest.raises(SpecError):
        job("train {\n  batch = 3\n}")


def test_job_when_the_picture_is_not_the_first_input_is_refused() -> None:
    text = """model A {
  input hint: [N, 2, H, W] = 0 means ab / 110
  input gray: [N, 1, H, W] means L / 100
  Concat(gray, hint)
  ab = Conv2d(2, 1)
  output ab: [N, 2, H, W] means ab / 110
}"""
    with pytest.raises(MistakeError, match="the picture `gray` stands behind the input `hint`"):
        job(text)


def test_job_when_the_weights_do_not_fit_into_memory_says_so() -> None:
    huge = job(
        """model A {
  input gray: [N, 1, 96, 96] means L / 100
  h = Flatten() -> Linear(96 * 96 * 96) -> Linear(2 * 96 * 96) -> Unflatten(1, (2, 96, 96))
  output h: [N, 2, 96, 96] means ab / 110
}"""
    )
    with pytest.raises(MistakeError, match=r"`A` has 24,\d{3},\d{3},\d{3} weights, which need"):
        huge.fresh()  # 884,736 * (9,216 + 18,432) weights, about 91 GiB


def test_demo_when_made_is_two_million_weights_that_learn_from_a_batch_of_its_size() -> None:
    demo = make_job(analyze(Source("demo.cdsl", (ROOT / "specs" / "demo.cdsl").read_text())))
    engine = Engine(demo, 10, torch.device("cpu"))
    assert 1_900_000 < sum(parameter.numel() for parameter in engine.network.parameters()) <= 2_000_000
    assert engine.precision == "fp32" and demo.recipe.total_steps(155) == demo.recipe.steps
    first = batch(2)
    wide = type(first)(first.pixels.repeat(1, 6, 6, 1), first.exposed)  # 96 px
    losses = [engine.step(wide).loss for _ in range(3)]
    assert losses[-1] < losses[0]


def test_trained_network_when_opened_is_the_one_that_was_saved(tmp_path: Path) -> None:
    text = model("[N, 1, H, W]", "[N, 2, H // 2, W // 2]").replace(
        "ab = gray -> Conv2d(2, 2, stride=2)", "ab = gray -> Conv2d(2, 3, padding=1) -> BatchNorm2d()"
    )
    whole = (
        f"{text.replace('H // 2, W // 2', 'H, W')}\ntrain {{\n  steps = 2\n  batch = 2\n  crop = 16\n  ema = 0.9\n}}"
    )
    work = job(whole)
    train(work, (photographs(tmp_path / "photos"),), tmp_path / "run")
    found = open_trained(tmp_path / "run")
    assert not found.network.training and found.job.recipe == work.recipe
    saved = found.checkpoint.state.ema
    assert saved and all(torch.equal(saved[key], value) for key, value in found.network.state_dict().items())


PARTS = """convdsl 1

block Half(channels: int) {
  Conv2d(channels, 3, padding=1)
}
"""
IMPORTING = """convdsl: 1
import: {parts/half.cdsl: [Half]}
model: A
inputs:
  gray: {shape: [N, 1, H, W], means: L / 100}
layers:
  - ab: {Half: 2}
outputs:
  ab: {shape: [N, 2, H, W], means: ab / 110}
train: {steps: 2, batch: 2, crop: 8, sizes: [18, 20]}
"""


@pytest.fixture(name="spec")
def _spec(tmp_path: Path) -> Path:
    (tmp_path / "net" / "parts").mkdir(parents=True)
    (tmp_path / "net" / "parts" / "half.cdsl").write_text(PARTS, "utf-8")
    spec = tmp_path / "net" / "net.yaml"
    spec.write_text(IMPORTING, "utf-8")
    return spec


def test_checkpoint_when_the_spec_imports_opens_without_any_file_of_it(spec: Path, tmp_path: Path) -> None:
    analysis = api.load(spec)
    train(make_job(analysis), (photographs(tmp_path / "photos"),), tmp_path / "run")
    for file in (spec, *spec.parent.glob("parts/*")):
        file.unlink()
    found = open_trained(tmp_path / "run")
    assert found.job.architecture == analysis.architecture_hash
    assert set(found.network.state_dict()) == {"ab.0.weight", "ab.0.bias"}


def test_checkpoint_when_only_an_imported_file_has_changed_is_refused_with_its_lines(
    spec: Path, tmp_path: Path
) -> None:
    train(make_job(api.load(spec)), (photographs(tmp_path / "photos"),), tmp_path / "run")
    part = spec.parent / "parts" / "half.cdsl"
    part.write_text(PARTS.replace("padding=1", "padding=1, bias=false"), "utf-8")
    with pytest.raises(MistakeError) as caught:
        open_trained(tmp_path / "run", api.load(spec))
    notes = "\n".join(caught.value.notes)
    assert "--- the checkpoint's parts/half.cdsl" in notes
    assert "+  Conv2d(channels, 3, padding=1, bias=false)" in notes
    assert "net.yaml" not in notes
