"""Colour as a choice among bins, against the paper's formulas written out, and against what was published."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import convdsl
from convdsl import bins
from convdsl.cli.main import main
from convdsl.optimization import RebalancedCrossEntropy
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.train import checkpoint
from convdsl.train.colour import rgb_to_lab
from convdsl.train.evaluate import Evaluation, read_squares
from convdsl.train.losses import measure
from convdsl.train.picture import shrink, to_lab
from convdsl.train.progress import Silent
from convdsl.train.quantised import annealed_mean, balance, count, nearest_bin, soften
from convdsl.train.run import open_trained
from tests.render.schema import breaches

ROOT = Path(__file__).parents[2]
WORD = RebalancedCrossEntropy()
CENTRES = torch.tensor(bins.centres(), dtype=torch.float64)


def colours(*shape: int) -> Tensor:
    """Colours of random sRGB pixels as ab."""
    rgb = torch.rand((shape[0], 3, *shape[1:]), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return rgb_to_lab(rgb)[:, 1:]


def test_bins_when_counted_are_those_of_the_paper() -> None:
    assert bins.COUNT == len(bins.centres()) == len(set(bins.centres())) == 313  # section 2.1: "Q = 313"
    assert list(bins.centres()) == sorted(bins.centres())


@pytest.mark.slow
def test_bins_when_all_of_srgb_is_looked_at_hold_the_corners_of_the_squares_that_it_touches() -> None:
    squares: set[tuple[int, int]] = set()
    green, blue = torch.meshgrid(torch.arange(256), torch.arange(256), indexing="ij")
    for red in range(256):
        rgb = torch.stack((torch.full_like(green, red), green, blue))[None].double() / 255
        touched = torch.unique((rgb_to_lab(rgb)[0, 1:] / 10).floor().long().flatten(1), dim=1)
        squares |= {(int(a), int(b)) for a, b in touched.T}
    corners = {(10 * (a + x), 10 * (b + y)) for a, b in squares for x in (0, 1) for y in (0, 1)}
    assert corners <= set(bins.centres())
    assert set(bins.centres()) - corners == {(40, 90), (100, -90), (100, -10), (100, 0)}  # published all the same


def test_nearest_bin_when_compared_with_all_bins_is_the_nearest() -> None:
    ab = colours(2, 30, 30)
    ab[0, :, 0, 0] = torch.tensor([130.0, 130.0])  # outside of every bin
    ab[0, :, 0, 1] = torch.tensor([-500.0, 0.0])
    found = nearest_bin(ab)
    points = ab.permute(0, 2, 3, 1).reshape(-1, 2)
    distance = torch.cdist(points, CENTRES)
    chosen = distance.gather(1, found.flatten()[:, None])[:, 0]
    inside = slice(2, None)
    torch.testing.assert_close(chosen[inside], distance.min(dim=1).values[inside])
    assert torch.equal(count(ab), torch.bincount(found.flatten(), minlength=313))


def test_soft_encoding_when_written_out_is_a_gaussian_over_the_five_nearest() -> None:
    ab = colours(1, 4, 4)
    indices, shares = soften(ab, 5, 5.0)
    for row in range(4):
        for column in range(4):
            squared = (CENTRES - ab[0, :, row, column]).square().sum(1)
            near = squared.argsort()[:5]
            wanted = torch.exp(-squared[near] / (2 * 5.0**2))
            wanted = wanted / wanted.sum()
            assert set(indices[0, :, row, column].tolist()) == set(near.tolist())
            torch.testing.assert_close(shares[0, :, row, column].sort(descending=True).values, wanted)


def test_loss_when_balanced_is_the_papers_sum_over_the_number_of_pixels() -> None:
    """Equation 2, written with the whole soft target: - sum v(Z) sum Z log Z^."""
    ab = colours(2, 3, 5)
    scores = torch.randn(2, 313, 3, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    weights = torch.rand(313, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    indices, shares = soften(ab, 5, 5.0)
    target = torch.zeros_like(scores).scatter_(1, indices, shares)
    per_pixel = nn.CrossEntropyLoss(reduction="none")(scores, target)  # torch's own takes soft targets
    wanted = (per_pixel * weights[target.argmax(dim=1)]).mean()
    torch.testing.assert_close(measure(WORD, scores, ab, weights), wanted)
    torch.testing.assert_close(measure(WORD, scores, ab), per_pixel.mean())


def test_balance_when_colours_are_rare_or_missing_counts_them_more() -> None:
    counts = torch.zeros(313, dtype=torch.long)
    gray, red = bins.centres().index((0, 0)), bins.centres().index((50, 40))
    counts[gray], counts[red] = 900, 100
    weights = balance(counts, WORD)
    shares = counts / 1000
    assert float(shares.double() @ weights) == pytest.approx(1.0)
    missing = bins.centres().index((-50, -30))
    assert weights.isfinite().all() and weights[gray] < weights[red] < weights[missing]
    # far from both colours the smoothed share is 0, and the weight that of lambda alone: 1 / (0.5 / 313), over the mean
    kernel = torch.exp(-torch.cdist(CENTRES, CENTRES).square() / 50)
    smooth = shares.double() @ (kernel / kernel.sum(1, keepdim=True))
    raw = 1 / (0.5 * smooth + 0.5 / 313)
    assert float(raw[missing]) == pytest.approx(626, rel=1e-6)
    torch.testing.assert_close(weights, raw / (shares.double() @ raw))
    equal = balance(counts, RebalancedCrossEntropy(uniform=1.0))
    torch.testing.assert_close(equal, torch.ones_like(equal))


def test_annealed_mean_when_cold_is_the_likeliest_bin_and_when_warm_the_mean() -> None:
    scores = torch.zeros(1, 313, 1, 1, dtype=torch.float64)
    scores[0, 100], scores[0, 200] = 8.0, 9.0
    shares = torch.softmax(scores[0, :, 0, 0], dim=0)
    torch.testing.assert_close(annealed_mean(scores, 1.0)[0, :, 0, 0], shares @ CENTRES)
    torch.testing.assert_close(annealed_mean(scores, 1e-3)[0, :, 0, 0], CENTRES[200])
    # equation 5: exp(log z / T) over its sum
    sharp = torch.exp(shares.log() / 0.38)
    torch.testing.assert_close(annealed_mean(scores, 0.38)[0, :, 0, 0], (sharp / sharp.sum()) @ CENTRES)


def test_target_when_the_output_is_smaller_is_averaged_over_areas() -> None:
    target = torch.arange(32.0).view(1, 2, 4, 4)
    torch.testing.assert_close(shrink(target, torch.empty(1, 313, 2, 2)), nn.AvgPool2d(2)(target))
    assert shrink(target, torch.empty(1, 2, 4, 4)) is target


BINS = """convdsl 1

model Choice {
  input gray: [N, 1, H, W] means L / 100 where H % 4 == 0, W % 4 == 0
  Conv2d(16, 5, stride=4, padding=2) -> ReLU()
  scores = Conv2d(313, 1)
  output scores: [N, 313, H // 4, W // 4] means ab_bins
}

train {
  optimizer = AdamW(lr=0.03, weight_decay=0)
  steps = 150
  batch = 4
  crop = 16
  sizes = 16
  flip = false
  precision = "fp32"
}
"""
HALF = """convdsl 1

model Half {
  input gray: [N, 1, H, W] means L / 100 where H % 2 == 0, W % 2 == 0
  Conv2d(8, 4, stride=2, padding=1) -> ReLU()
  ab = Conv2d(2, 1)
  output ab: [N, 2, H // 2, W // 2] means ab / 110
}

train {
  optimizer = AdamW(lr=0.03, weight_decay=0)
  steps = 60
  batch = 4
  crop = 16
  sizes = 16
  flip = false
  precision = "fp32"
}
"""


def two_colours(folder: Path) -> Path:
    """Dark photographs are blue and light ones orange: what any network can learn from lightness."""
    folder.mkdir()
    for number in range(4):
        colour = (40, 60, 140 + number) if number % 2 else (240, 170, 90 + number)
        pixels = np.full((20, 24, 3), colour, np.uint8)
        pixels[::5] = np.maximum(pixels[::5], 6) - 5
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.mark.parametrize("text", [BINS, HALF])
def test_network_with_a_smaller_output_when_trained_colours_evaluates_and_is_read_again(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, photos, run = tmp_path / "net.cdsl", two_colours(tmp_path / "photos"), tmp_path / "run"
    spec.write_text(text)
    assert main(["check", str(spec)]) == 0
    assert main(["train", str(spec), "--photos", str(photos), "--out", str(run), "--threads", "1"]) == 0
    capsys.readouterr()
    words = ["evaluate", str(photos), "--checkpoint", str(run), "--size", "16", "--format", "json"]
    assert main(words) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert rows["network"]["ab_rmse"] < 0.5 * rows["train mean colour"]["ab_rmse"]
    words = ["colorize", str(photos), "--checkpoint", str(run), "--out", str(tmp_path / "out"), "--size", "16"]
    assert main(words) == 0
    with Image.open(tmp_path / "out" / "1.png") as image:
        blue = np.asarray(image).reshape(-1, 3).mean(0)
    assert image.size == (24, 20) and blue[2] > blue[0] + 50


def test_run_when_its_output_means_bins_keeps_what_each_counts(tmp_path: Path) -> None:
    spec, photos, run = tmp_path / "net.cdsl", two_colours(tmp_path / "photos"), tmp_path / "run"
    spec.write_text(BINS.replace("steps = 150", "steps = 2"))
    assert main(["train", str(spec), "--photos", str(photos), "--out", str(run), "--threads", "1"]) == 0
    facts = checkpoint.load(run).facts
    assert len(facts.balance) == 313 and facts.target.is_bins
    blue, missing = (bins.centres().index(point) for point in ((20, -50), (-50, -30)))
    assert facts.balance[blue] < facts.balance[missing]
    words = ["train", str(spec), "--photos", str(photos), "--out", str(run), "--threads", "1", "--resume"]
    assert main(words) == 0


def test_output_when_larger_than_the_photograph_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec, photos = tmp_path / "net.cdsl", two_colours(tmp_path / "photos")
    spec.write_text(
        "convdsl 1\nmodel Large {\n  input gray: [N, 1, H, W] means L / 100\n  ab = ConvTranspose2d(2, 2, stride=2)\n"
        "  output ab: [N, 2, 2 * H, 2 * W] means ab / 110\n}\ntrain {\n  steps = 2\n  crop = 16\n  sizes = 16\n}\n"
    )
    assert main(["train", str(spec), "--photos", str(photos), "--out", str(tmp_path / "run")]) == 2
    assert "makes 32x32 pixels of 16x16" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "message", "place"),
    [
        ("Conv2d(313, 1)", "Conv2d(312, 1)", "313 bins of ab for a tensor of 312", "ab_bins"),
        ("ab_bins", "ab_bin", "`ab_bin` is no colour word", "ab_bin"),
        ("ab_bins", "ab_bins / 2", "`ab_bins` stands alone", "ab_bins"),
        ("train {", "train {\n  loss = MSE()", "compares numbers with numbers, and the output means ab_bins", "MSE()"),
        ("train {", "train {\n  loss = CrossEntropy()", "compares scores with a class", "CrossEntropy()"),
    ],
)
def test_bins_when_wrong_are_refused_where_they_stand(old: str, new: str, message: str, place: str) -> None:
    text = BINS.replace(old, new)
    if "312" in new:
        text = text.replace("[N, 313, H", "[N, 312, H")
    found = [item for item in analyze(Source("x.cdsl", text)).diagnostics if item.is_error]
    assert [text[item.where.span.start : item.where.span.end] for item in found] == [place]
    assert message in found[0].message and found[0].helps


def test_colours_when_compared_by_the_loss_of_bins_are_refused() -> None:
    text = HALF.replace("train {", "train {\n  loss = RebalancedCrossEntropy()")
    (found,) = [item for item in analyze(Source("x.cdsl", text)).diagnostics if item.is_error]
    assert found.message.startswith("`RebalancedCrossEntropy` compares scores of bins with a colour")
    assert "SmoothL1" in found.helps[0].text


@pytest.fixture(name="unsure", scope="module")
def _unsure(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs, one whose network still takes several colours for likely, and one that makes no bins."""
    place = tmp_path_factory.mktemp("unsure")
    (place / "net.cdsl").write_text(BINS.replace("steps = 150", "steps = 30"))
    (place / "half.cdsl").write_text(HALF.replace("steps = 60", "steps = 2"))
    photos = str(two_colours(place / "photos"))
    for spec, run in (("net", "run"), ("half", "half")):
        words = ["--photos", photos, "--out", str(place / run), "--threads", "1"]
        assert main(["train", str(place / f"{spec}.cdsl"), *words]) == 0
    return place


@pytest.mark.parametrize("temperature", [1.0, 0.2, 0.05])
def test_evaluation_when_given_a_temperature_is_of_its_annealed_mean(
    unsure: Path, temperature: float, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", str(unsure / "photos"), "--checkpoint", str(unsure / "run"), "--size", "16"]
    assert main([*words, "--temperature", str(temperature), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    trained = open_trained(unsure / "run")
    _, pixels, _ = read_squares((unsure / "photos",), 16, 0.0, Silent())
    lab = to_lab(pixels)
    with torch.no_grad():
        scores = trained.network(lab[:, :1] / 100).double()
    sharp = torch.exp(scores.log_softmax(1) / temperature)  # equation 5: exp(log z / T) over its sum
    ab = torch.einsum("nqhw,qc->nchw", sharp / sharp.sum(1, keepdim=True), CENTRES)
    missed = nn.functional.interpolate(ab, (16, 16), mode="bilinear") - lab[:, 1:]
    (own,) = (row for row in found["rows"] if row["name"] == "network")
    assert own["ab_mae"] == pytest.approx(missed.abs().mean().item(), rel=1e-3)
    schema = json.loads((ROOT / "docs" / "evaluate.schema.json").read_text("utf-8"))
    assert not list(breaches(found, schema, schema))
    assert found["temperature"] == temperature
    assert f"colours of bins at temperature {temperature:g}" in found["protocol"]
    by_program = convdsl.evaluate(unsure / "run", unsure / "photos", size=16, temperature=temperature)
    assert isinstance(by_program, Evaluation) and by_program.protocol == found["protocol"]


def test_evaluation_when_no_temperature_is_given_tells_that_of_the_recipe(
    unsure: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", str(unsure / "photos"), "--size", "16"]
    assert main([*words, "--checkpoint", str(unsure / "run")]) == 0
    assert "colours of bins at temperature 0.38" in capsys.readouterr().out
    assert main([*words, "--checkpoint", str(unsure / "half"), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["temperature"] is None and "temperature" not in found["protocol"]


@pytest.mark.parametrize("kind", ["--checkpoint", pytest.param("--onnx", marks=pytest.mark.slow)])
def test_photographs_when_coloured_at_a_temperature_are_the_more_colourful_the_colder(
    unsure: Path, kind: str, tmp_path: Path
) -> None:
    network = unsure / ("run" if kind == "--checkpoint" else "net.onnx")
    if kind == "--onnx":
        assert main(["export", str(unsure / "net.cdsl"), "--weights", str(unsure / "run"), "--onnx", str(network)]) == 0
    chroma: dict[str, float] = {}
    for name, more in {"usual": [], "0.38": ["--temperature", "0.38"], "cold": ["--temperature", "0.01"]}.items():
        words = [kind, str(network), "--out", str(tmp_path / name), "--size", "16", *more]
        assert main(["colorize", str(unsure / "photos"), *words]) == 0
        pixels = np.stack([np.asarray(Image.open(tmp_path / name / f"{number}.png")) for number in range(4)])
        chroma[name] = to_lab(torch.from_numpy(pixels))[:, 1:].norm(dim=1).mean().item()
    assert chroma["usual"] == chroma["0.38"] and chroma["cold"] > chroma["usual"] + 1
    convdsl.colorize(network, unsure / "photos", tmp_path / "program", size=16, temperature=0.01)
    for number in range(4):
        same = f"{number}.png"
        assert (tmp_path / "program" / same).read_bytes() == (tmp_path / "cold" / same).read_bytes()


@pytest.mark.parametrize("command", ["evaluate", "colorize"])
@pytest.mark.parametrize(
    ("run", "temperature", "sentence"),
    [
        ("half", "0.5", "the network says colours, and no scores of bins that a temperature could sharpen"),
        ("run", "0", "`temperature` is 0: expected at least 0.001"),
        ("run", "-1", "`temperature` is -1: expected at least 0.001"),
        ("run", "1.5", "`temperature` is 1.5: expected at most 1"),
        ("run", "nan", "`temperature` is nan: expected a number"),
    ],
)
def test_temperature_when_it_cannot_be_is_refused_in_a_sentence(
    unsure: Path,
    command: str,
    run: str,
    temperature: str,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = ["--out", str(tmp_path / "out")] if command == "colorize" else []
    words = [command, str(unsure / "photos"), "--checkpoint", str(unsure / run), "--temperature", temperature, *out]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert sentence in said and "Traceback" not in said and not (tmp_path / "out").exists()
