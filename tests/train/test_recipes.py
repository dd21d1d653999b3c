"""Random recipes that `check` takes, each on a network of two layers: what is right for `check` can be trained."""

from pathlib import Path
from random import Random

import pytest

import convdsl
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis
from convdsl.train import classify, evaluate
from convdsl.train.loop import train
from convdsl.train.observe import Watching
from convdsl.train.run import make_job, open_trained
from tests.train.setting import durable, photographs

RUNS = 110  # all; make test takes the first few
FAST = 6
JUDGES = {"lab.cdsl": (3, "Lab / 100"), "rgb.cdsl": (3, "RGB"), "ab.cdsl": (2, "ab / 110")}
PICTURES = {"L / 100": 1, "RGB": 3, "Lab / 100": 3, "ab / 110": 2}
OPTIMIZERS = (
    *("AdamW", "AdamW(lr=2e-3, eps=1e-4)", "Adam(lr=1e-3, weight_decay=0.1)", "Adam(beta1=0, beta2=0)", "Adam(lr=0)"),
    *("Adam(eps=1e-20)", "SGD(lr=0.01)", "SGD(0.01, momentum=0.9, nesterov=true)", "SGD(0.01, 0.9, weight_decay=1)"),
)
SCHEDULES = (
    *("Constant()", "Constant(warmup=9)", "Cosine()", "Cosine(warmup=1, floor=0.1)", "Cosine(warmup=3)"),
    *("Cosine(warmup=9)", "OneCycle()", "OneCycle(rise=0)", "OneCycle(rise=1)", "OneCycle(0.5, start=1, floor=1)"),
    *("MultiStep([1])", "MultiStep([2, 1], gamma=0)", "MultiStep([1, 1, 3, 50], gamma=0.5, warmup=2)"),
)
LOSSES = {
    "classes": ("CrossEntropy()", "CrossEntropy(label_smoothing=1)", "2 * CrossEntropy() + CrossEntropy(0.5)"),
    "bins": (
        *("RebalancedCrossEntropy()", "RebalancedCrossEntropy(uniform=1)", "RebalancedCrossEntropy(uniform=1e-6)"),
        *("RebalancedCrossEntropy(nearest=1)", "RebalancedCrossEntropy(nearest=313, sigma=1e-3)"),
        "0.5 * RebalancedCrossEntropy(sigma=50, nearest=10)",
    ),
    "picture": (
        *("MSE()", "L1()", "SmoothL1(0.1)", "SmoothL1(1e-9)", "Huber(0.5)", "100 * L1() + 0.5 * MSE() + L1()"),
        *("0 * L1() + Huber()",),
    ),
}
SOMETIMES = {
    "ema": ("0.5", "0.99", "1"),
    "clip": ("1", "1e-6"),
    "precision": ("fp32", "bf16", "fp64"),
    "flip": ("false",),
    "exposure": ("0.4", "2"),
    "restraint": ("0.15", "0.9"),
    "sizes": ("8", "(8, 11, 30)"),
    "seed": ("7", "4294967296", "9007199254740991"),
    "temperature": ("1", "0.001"),
}


def network(draw: Random, kind: str) -> tuple[str, str]:
    """Write a network of two layers, and say which discriminators see something of what it makes."""
    first = draw.choice(("ReLU()", "BatchNorm2d() -> ReLU()", "Dropout(0.5)", "LeakyReLU(0.1)"))
    source = draw.choice(("L / 100", "RGB", "Lab / 100")) if kind == "picture" else "L / 100"
    lines = [f"input x: [N, {PICTURES[source]}, H, W] means {source} where H % 2 == 0, W % 2 == 0"]
    if kind == "classes":
        return "\n  ".join(
            (lines[0].replace("H, W]", "8, 8]").partition(" where")[0], f"Conv2d(4, 3) -> {first} -> Flatten()")
        ), "y = Linear(2)\n  output y: [N, 2] means classes"
    if kind == "hint":
        lines += ["input hint: [N, 2, H, W] = 0 means ab / 110", "input mask: [N, 1, H, W] = 0"]
        lines.append("Concat(x, hint, mask)")
    target = draw.choice(("ab / 110", "Lab / 100", "RGB"))
    channels, means = (313, "ab_bins") if kind == "bins" else (PICTURES[target], target)
    half = kind in ("bins", "picture") and draw.random() < 0.5
    window = "2, stride=2" if half else "3, padding=1"
    size = "H / 2, W / 2" if half else "H, W"
    lines.append(f"Conv2d(4, 3, padding=1) -> {first}")
    return "\n  ".join(lines), f"y = Conv2d({channels}, {window})\n  output y: [N, {channels}, {size}] means {means}"


def spec(number: int) -> str:
    """Write the network and the recipe of a number."""
    draw = Random(number)
    kind = draw.choice(("picture", "picture", "hint", "bins", "classes"))
    body = "\n  ".join(network(draw, kind))
    family = kind if kind in LOSSES else "picture"
    settings = {"steps": "3", "batch": draw.choice("1237"), "crop": "8", "checkpoint_every": draw.choice("12")}
    settings |= {"optimizer": draw.choice(OPTIMIZERS), "schedule": draw.choice(SCHEDULES)}
    settings["loss"] = draw.choice(LOSSES[family])
    if family == "picture" and draw.random() < 0.4:
        word = f"Adversarial(kind={draw.choice(('bce', 'lsgan'))})"
        settings["loss"] = draw.choice((word, f"{settings['loss']} + {word}", f"0.1 * {word}"))
        settings["discriminator"] = f'"{draw.choice(tuple(JUDGES))}"'
        if draw.random() < 0.5:
            settings["discriminator_lr"] = draw.choice(("1e-4", "0"))
    colours = "input x: [N, 1," in body and kind != "classes"
    for name, values in SOMETIMES.items():
        if draw.random() < 0.4 and (colours or name not in ("exposure", "restraint")):
            settings[name] = draw.choice(values)
    lines = "\n".join(f"  {name} = {value}" for name, value in settings.items())
    return f"convdsl 1\n\nmodel Random {{\n  {body}\n}}\n\ntrain {{\n{lines}\n}}\n"


@pytest.fixture(name="photos", scope="module")
def two_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("classes")
    for name in ("cat", "dog"):
        photographs(place / name, 3)
    return place


def read(folder: Path, number: int) -> Analysis:
    folder.mkdir()
    for name, (channels, means) in JUDGES.items():
        judge = f"input p: [N, {channels}, H, W] means {means}\n  Conv2d(4, 4, stride=2, padding=1) -> LeakyReLU(0.2)"
        judge += "\n  s = Conv2d(1, 3, padding=1)\n  output s: [N, 1, H // 2, W // 2]"
        (folder / name).write_text(f"convdsl 1\n\nmodel Judge {{\n  {judge}\n}}\n")
    (folder / "net.cdsl").write_text(spec(number))
    return convdsl.load(folder / "net.cdsl")


@pytest.mark.parametrize(
    "number", [*range(FAST), *(pytest.param(number, marks=pytest.mark.slow) for number in range(FAST, RUNS))]
)
def test_law_a_recipe_that_check_takes_trains_resumes_to_the_same_bits_and_is_measured(
    tmp_path: Path, photos: Path, number: int
) -> None:
    analysis = read(tmp_path / "spec", number)
    wrong = [item.message for item in analysis.diagnostics if item.is_error]
    assert not wrong, spec(number)
    job, out, watching = make_job(analysis), tmp_path / "run", Watching((photos,), samples=0)
    try:
        train(job, (photos,), out, watching=watching)
    except MistakeError as refusal:  # of a batch of one number, of which no variance can be taken
        assert "a norm has one value for each channel" in str(refusal), spec(number)
        return
    whole = durable(out)
    for last in out.glob("checkpoint-00000003.*"):
        last.unlink()
    train(job, (photos,), out, watching=watching, resume=True)
    assert durable(out) == whole, spec(number)
    trained = open_trained(out)
    if trained.job.classes:
        classify.classify(trained.job, trained.network, (photos,), trained.checkpoint.facts.classes, side=8)
    else:
        evaluate.evaluate(trained.job, trained.network, (photos,), trained.checkpoint.facts.mean_ab, side=8)
