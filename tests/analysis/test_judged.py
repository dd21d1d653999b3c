"""What a discriminator adds to the memory of a training step: worked by hand, measured, and told."""

import json
from pathlib import Path

import pytest
import torch

import convdsl
from convdsl.analysis import judged, memory
from convdsl.cli.main import main
from convdsl.pipeline import Analysis, with_recipe
from convdsl.settings import override
from convdsl.train.album import Batch
from convdsl.train.engine import Engine
from convdsl.train.run import make_job
from tests.analysis.runs import Peak
from tests.test_discriminator import COLOURS, written
from tests.train.setting import photographs

SPECS = Path(__file__).parents[2] / "specs"
SPEC = COLOURS.replace("Conv2d(2, 3, padding=1)", "Conv2d(2, 1)")
JUDGE = """convdsl 1
model Judge {
  input picture: [N, 3, H, W] means Lab / 100
  score = Conv2d(1, 1)
  output score: [N, 1, H, W]
}
"""
FIXED = JUDGE.replace("H, W]", "16, 16]")
# Planes of H * W: of the network the image 1 and its colours 2 wait while the judge learns. The made and the true
# picture are 3 each; of made ones the judge holds what it sees 3 and its scores 1, and of true ones besides the scores'
# gradient 1: 3 + 6 + 4 + 5. Alone the network would take the image, its colours and their gradient: 1 + 2 + 2.
PLANES = 18 - 5
STATE = (3 + 1) * 4 * (1 + 1 + 2)  # 3 weights and a bias, with gradients and two numbers each of AdamW


def test_discriminator_adds_its_state_and_what_both_hold_while_it_learns(tmp_path: Path) -> None:
    analysis = convdsl.load(written(tmp_path, SPEC, judge=JUDGE))
    assert analysis.graph is not None
    sizes = {"N": 2, "H": 10, "W": 20}
    found = judged.training(analysis.graph, analysis.second, sizes)
    assert found.discriminator == PLANES * 2 * 200 * 4 + STATE
    alone = memory.training(analysis.graph, sizes)
    assert alone.discriminator == 0 and found.total == alone.total + found.discriminator
    double = judged.training(analysis.graph, analysis.second, sizes, width=8, states=0)
    assert double.discriminator == PLANES * 2 * 200 * 8 + 4 * 8 * 2


def test_discriminator_when_not_known_is_not_counted(tmp_path: Path) -> None:
    analysis = convdsl.load(written(tmp_path, SPEC, judge=FIXED))
    assert analysis.graph is not None
    small = judged.training(analysis.graph, analysis.second, {"N": 2, "H": 16, "W": 20})  # which it does not take
    assert small.discriminator is None
    unread = convdsl.load(SPEC)
    assert unread.graph is not None and unread.second == judged.Judge()
    assert judged.training(unread.graph, unread.second, {"N": 2, "H": 10, "W": 20}).discriminator is None
    without = convdsl.load(SPEC.partition("train {")[0])
    assert without.graph is not None and without.second is None


def test_show_when_there_is_a_discriminator_counts_it_or_says_that_it_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = str(written(tmp_path, SPEC, judge=JUDGE))
    assert main(["show", spec, "--size", "32x32", "--batch", "2"]) == 0
    kib = PLANES * 2 * 32 * 32 * 4 / 1024 + STATE / 1024
    assert f"+ {kib:.2f} KiB discriminator" in capsys.readouterr().out
    (tmp_path / "judge.cdsl").write_text(FIXED)
    assert main(["show", spec, "--size", "32x32"]) == 0
    assert capsys.readouterr().out.count("; the discriminator is not counted") == 1
    for size, more in (("16x16", PLANES * 16 * 16 * 4 + STATE), ("32x32", None)):
        assert main(["show", spec, "--size", size, "--format", "json"]) == 0
        step = json.loads(capsys.readouterr().out)["memory"]["training"]
        assert step.pop("discriminator") == more
        total = step.pop("total")
        assert total == sum(step.values()) + (more or 0)


def test_expectation_of_training_memory_counts_the_discriminator(tmp_path: Path) -> None:
    alone = convdsl.load(SPEC)
    assert alone.graph is not None
    network = memory.training(alone.graph, {"N": 2, "H": 10, "W": 20}).total
    total = network + PLANES * 2 * 200 * 4 + STATE

    def expecting(condition: str, judge: str = JUDGE) -> Analysis:
        line = "  output y: [N, 2, H, W] means ab / 110\n"
        return convdsl.load(written(tmp_path, SPEC.replace(line, f"{line}  expect {condition}\n"), judge=judge))

    assert expecting(f"training_memory(N=2, H=10, W=20) == {total}").ok
    (found,) = expecting(f"training_memory(N=2, H=10, W=20) < {total}").diagnostics
    assert f"{PLANES * 2 * 200 * 4 + STATE:,} discriminator" in found.notes[-1]
    (found,) = expecting("training_memory(N=2, H=10, W=20) < 100", FIXED).diagnostics
    assert found.notes[-1] == "the discriminator is not counted"


def test_dry_run_tells_what_the_discriminator_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec, photos = str(written(tmp_path, SPEC, judge=JUDGE)), str(photographs(tmp_path / "photos"))
    words = ["train", spec, "--photos", photos, "--dry-run", "--batch", "2", "--set", "precision=fp32"]
    assert main(words) == 0
    said = capsys.readouterr().out
    kib = (PLANES * 2 * 16 * 16 * 4 + STATE) / 1024
    assert f"+ {kib:.2f} KiB discriminator\n" in said and "parameters   4, and 4 of the discriminator\n" in said


def measured(analysis: Analysis, batch: int, crop: int) -> int:
    """Return the most bytes of values and gradients at one time of a step of both networks."""
    recipe = override(analysis.recipe, {"batch": batch, "crop": crop, "precision": "fp32", "exposure": 0.0})
    engine = Engine(make_job(analysis, recipe), 10, torch.device("cpu"))
    assert engine.adversary is not None
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 255, (batch, crop, crop, 3), dtype=torch.uint8, generator=generator)
    crops = Batch(pixels, torch.zeros(batch))
    engine.step(crops)  # which makes the optimizers' states
    networks, aside = (engine.network, engine.adversary.network), list(engine.mean.values())
    for network, optimizer in zip(networks, (engine.optimizer, engine.adversary.optimizer), strict=True):
        aside += [*network.parameters(), *network.buffers()]
        aside += [value for held in optimizer.state.values() for value in held.values()]
        optimizer.zero_grad(set_to_none=True)
    peak = Peak(aside, [])
    with peak:
        engine.step(crops)
    return peak.most


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"discriminator_model": "Judge(width=48)"},
        pytest.param({"discriminator": "patchgan.cdsl"}, marks=pytest.mark.slow),
        pytest.param({"discriminator_model": "Judge(width=2)"}, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_step_of_two_networks_is_planned_as_it_is_measured(changed: dict[str, object]) -> None:
    analysis = convdsl.load(SPECS / "adversarial.cdsl")
    analysis = with_recipe(analysis, override(analysis.recipe, changed))
    assert analysis.graph is not None and analysis.judge is not None and analysis.judge.graph is not None
    batch, crop = 4, 96
    found = judged.training(analysis.graph, analysis.second, {"N": batch, "H": crop, "W": crop})
    its = memory.training(analysis.judge.graph, {"N": batch, "H": crop, "W": crop})
    states = found.parameters + found.buffers + found.optimizer + its.parameters + its.buffers + its.optimizer
    most = measured(analysis, batch, crop)
    # gradients are counted as if both networks had all of theirs at the moment at which most is taken
    assert found.total - states - found.gradients - its.gradients <= most <= (found.total - states)
