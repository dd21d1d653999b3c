"""Autoencoders: networks that draw again what they see, measured beside the mean picture; their halves load alone."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from convdsl.cli.main import main
from convdsl.train.album import open_album
from convdsl.train.run import open_trained

ROOT = Path(__file__).parents[2]
SPEC = """convdsl 1
block Encoder {
  Flatten()
  Linear(4)
}
block Decoder {
  Linear(64)
  Unflatten(1, (1, 8, 8))
}
model Squares {
  input picture: [N, 1, 8, 8] means L / 100
  encoder = Encoder()
  decoder = Decoder()
  output decoder: [N, 1, 8, 8] means L / 100
}
train {
  loss = MSE()
  optimizer = AdamW(lr=2e-2)
  steps = 150
  batch = 8
  crop = 8
  sizes = 8
  flip = false
}
"""


def slopes(folder: Path, count: int = 12) -> Path:
    """Write gray squares of 8 x 8 pixels that grow lighter to the right, by as much as their number."""
    folder.mkdir(parents=True)
    for number in range(count):
        row = np.clip(40 + number * np.arange(8) * 2, 0, 255).astype(np.uint8)
        Image.fromarray(np.tile(row, (8, 1))).save(folder / f"{number:02}.png")
    return folder


def test_mean_picture_is_the_mean_of_the_pixels(tmp_path: Path) -> None:
    album = open_album([slopes(tmp_path / "photos")], (8,), coloured=False)
    # number 0 to 11, mean 5.5: 40 + 5.5 * 2 * column
    assert album.mean_picture(8)[3, :, 0].tolist() == [40 + 11 * column for column in range(8)]


def test_train_an_autoencoder_beats_the_mean_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "squares.cdsl").write_text(SPEC)
    photos, run = slopes(tmp_path / "photos"), tmp_path / "run"
    assert main(["train", str(tmp_path / "squares.cdsl"), "--photos", str(photos), "--out", str(run)]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(photos), "--checkpoint", str(run)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("train mean picture") and lines[2].startswith("network")
    assert int(lines[2].split()[-3]) >= 10, lines[2]
    assert lines[2].endswith("of 12")
    assert "L as the network draws it" in lines[-1]


@pytest.mark.slow
def test_train_the_dense_autoencoder_beats_the_mean_digit_and_its_halves_load_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sklearn.datasets import load_digits

    for number, image in enumerate(load_digits().images):
        folder = tmp_path / ("held-out" if number % 5 == 4 else "train")
        folder.mkdir(exist_ok=True)
        picture = Image.fromarray((image * 255 / 16).round().astype(np.uint8))
        picture.resize((28, 28), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
    spec, run = str(ROOT / "specs" / "seed" / "autoencoder_dense.cdsl"), tmp_path / "run"
    assert main(["train", spec, "--photos", str(tmp_path / "train"), "--out", str(run), "--threads", "1"]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "held-out"), "--checkpoint", str(run)]) == 0
    mean, network = (line.split() for line in capsys.readouterr().out.splitlines()[1:3])
    assert float(network[1]) > float(mean[3]) + 3  # dB: half the error
    assert network[-3:] == ["359", "of", "359"]
    trained = open_trained(run)
    weights, digit = trained.network.state_dict(), torch.rand(2, 1, 28, 28)
    halves = {}
    for half in ("encoder", "decoder"):
        halves[half] = getattr(trained.job.fresh(), half)
        part = {key.removeprefix(f"{half}."): value for key, value in weights.items() if key.startswith(f"{half}.")}
        halves[half].load_state_dict(part)  # strict: all of its weights and nothing else
    with torch.no_grad():
        assert torch.equal(halves["decoder"](halves["encoder"](digit)), trained.network(digit))
