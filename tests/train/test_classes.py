"""Classifiers: trained on photographs in folders by class, measured beside the commonest class."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from convdsl.cli.main import main
from convdsl.mistake import MistakeError
from convdsl.optimization import CrossEntropy
from convdsl.train import losses
from convdsl.train.album import open_album
from convdsl.train.photos import class_of

ROOT = Path(__file__).parents[2]
SPEC = """convdsl 1
model Shade {
  input picture: [N, 1, 8, 8] means L / 100
  Conv2d(4, 3) -> ReLU()
  Flatten()
  scores = Linear(2)
  output scores: [N, 2] means classes
}
train {
  optimizer = AdamW(lr=1e-2)
  steps = 120
  batch = 8
  crop = 8
  sizes = 8
}
"""


def shades(folder: Path, per_class: int = 6) -> Path:
    """Write gray squares of 8 x 8 pixels, dark ones (0 to 99) and light ones (150 to 249), with a little noise."""
    for name, low in (("dark", 0), ("light", 150)):
        (folder / name).mkdir(parents=True)
        for number in range(per_class):
            noise = np.random.default_rng(low + number).integers(low, low + 100, (8, 8), np.uint8)
            Image.fromarray(noise).save(folder / name / f"{number}.png")
    return folder


def test_loss_cross_entropy_equals_torch() -> None:
    torch.manual_seed(0)
    scores, truth = torch.randn(5, 3), torch.tensor([0, 2, 1, 1, 0])
    for share in (0.0, 0.1):
        # mean over the batch of -sum q log softmax, q being 1 - share at the class and share / 3 everywhere besides
        q = functional.one_hot(truth, 3) * (1 - share) + share / 3
        wanted = -(q * scores.log_softmax(1)).sum(1).mean()
        assert torch.allclose(losses.measure(CrossEntropy(share), scores, truth), wanted, atol=1e-6)


def test_album_sorted_by_class_numbers_the_folders(tmp_path: Path) -> None:
    album = open_album([shades(tmp_path / "photos", 2)], (8,), coloured=False, sorted_by_class=True)
    assert album.classes == ("dark", "light")
    assert [path.parent.name for path in album.files] == [album.classes[label] for label in album.labels]


def test_class_of_a_file_in_no_folder_is_refused(tmp_path: Path) -> None:
    shades(tmp_path / "photos")
    assert class_of(tmp_path / "photos" / "dark" / "0.png", [tmp_path / "photos"]) == "dark"
    for place in (tmp_path / "photos" / "dark" / "0.png", tmp_path / "photos" / "dark"):
        with pytest.raises(MistakeError, match="no folder that names its class"):
            class_of(tmp_path / "photos" / "dark" / "0.png", [place])


def test_train_a_classifier_learns_to_tell_dark_from_light(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shade.cdsl").write_text(SPEC)
    photos, run = shades(tmp_path / "photos"), tmp_path / "run"
    assert main(["train", str(tmp_path / "shade.cdsl"), "--photos", str(photos), "--out", str(run)]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(photos), "--checkpoint", str(run)]) == 0
    out = capsys.readouterr().out
    assert "network              12 of 12 right (100.0%)" in out
    assert "the commonest class  6 of 12 right (50.0%)" in out
    assert "dark   6 of 6" in out
    assert main(["evaluate", str(photos), "--checkpoint", str(run), "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    jsonschema.validate(data, json.loads((ROOT / "docs" / "evaluate.schema.json").read_text("utf-8")))
    assert (data["accuracy"], data["side"], data["commonest_class"]) == (1.0, 8, 0.5)
    assert {row["class"] for row in data["photos"]} == {"dark", "light"}
    (tmp_path / "out").mkdir()
    assert main(["colorize", str(photos), "--checkpoint", str(run), "--out", str(tmp_path / "out")]) == 2
    assert "makes no picture" in capsys.readouterr().err
    (photos / "grey").mkdir()
    (photos / "dark" / "0.png").rename(photos / "grey" / "0.png")
    assert main(["evaluate", str(photos), "--checkpoint", str(run)]) == 2
    assert "`grey`, which was no class in training" in capsys.readouterr().err


def test_train_a_classifier_of_other_folders_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shade.cdsl").write_text(SPEC.replace("Linear(2)", "Linear(3)").replace("[N, 2]", "[N, 3]"))
    photos = shades(tmp_path / "photos", 1)
    words = ["train", str(tmp_path / "shade.cdsl"), "--photos", str(photos), "--out", str(tmp_path / "run")]
    assert main(words) == 2
    assert "the network has 3 scores, and the photographs lie in 2 classes" in capsys.readouterr().err


def test_train_a_classifier_by_a_loss_of_colours_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shade.cdsl").write_text(SPEC)
    photos = shades(tmp_path / "photos", 1)
    words = ["train", str(tmp_path / "shade.cdsl"), "--photos", str(photos), "--out", str(tmp_path / "run")]
    assert main([*words, "--set", "loss=MSE"]) == 2
    assert "`MSE` compares numbers with numbers, and the output means classes" in capsys.readouterr().err


@pytest.mark.slow
def test_train_the_seeds_classifier_reads_held_out_digits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        folder = tmp_path / ("held-out" if number % 5 == 4 else "train") / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray((image * 255 / 16).round().astype(np.uint8)).save(folder / f"{number}.png")
    spec, run = str(ROOT / "specs" / "seed" / "classifier.cdsl"), str(tmp_path / "run")
    words = ["train", spec, "--photos", str(tmp_path / "train"), "--out", run, "--threads", "1"]
    assert main(words) == 0
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "held-out"), "--checkpoint", run, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert len(data["photos"]) == 359  # every fifth of 1,797
    assert data["accuracy"] >= 0.97
