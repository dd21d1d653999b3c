"""The commands train, evaluate and colorize from end to end, and what they say to mistakes."""

import json
import os
import sys
from pathlib import Path

import pytest

from convdsl.cli.main import main
from convdsl.train import demo
from convdsl.train.sheet import contact_sheet
from tests.render.schema import breaches
from tests.train.setting import Tiny, job, photographs

ROOT = Path(__file__).parents[2]
SPEC = """convdsl 1
model Tiny(width: int = 4) {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 4 == 0, W % 4 == 0
  Conv2d(width, 4, stride=4) -> BatchNorm2d() -> ReLU()
  ab = ConvTranspose2d(2, 4, stride=4)
  output ab: [N, 2, H, W] means ab / 110
}
train {
  steps = 3
  batch = 2
  crop = 16
  sizes = 20
  checkpoint_every = 2
}
"""


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> Path:
    (tmp_path / "tiny.cdsl").write_text(SPEC)
    photographs(tmp_path / "photos")
    return tmp_path


def command(place: Path, *words: str) -> int:
    return main([word.replace("@", f"{place}/") for word in words])


def trained(place: Path, *more: str) -> int:
    return command(place, "train", "@tiny.cdsl", "--photos", "@photos", "--out", "@run", *more)


def test_train_when_done_can_evaluate_and_colorize(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trained(place, "--lr", "0.01", "--set", "loss=L1()", "--param", "width=6") == 0
    said = capsys.readouterr()
    assert said.out.strip().endswith("checkpoint-00000003.json")
    assert "loss = L1()" in said.err and "AdamW(lr=0.01," in said.err and "Traceback" not in said.err
    assert command(place, "evaluate", "@photos", "--checkpoint", "@run", "--size", "18") == 0
    said = capsys.readouterr()
    assert "train mean colour" in said.out and "20x20" in said.out
    assert command(place, "evaluate", "@photos", "--checkpoint", "@run", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"][2]["photos"] == 5
    schema = json.loads((ROOT / "docs" / "evaluate.schema.json").read_text("utf-8"))
    assert not list(breaches(found, schema, schema))
    assert command(place, "colorize", "@photos", "--checkpoint", "@run", "--out", "@out") == 0
    assert len(capsys.readouterr().out.splitlines()) == 5 == len(list((place / "out").iterdir()))


@pytest.mark.parametrize(
    "words, sentence",
    [
        (("train", "@tiny.cdsl", "--photos", "@nowhere", "--out", "@run"), "no such file or folder"),
        (("train", "@tiny.cdsl", "--photos", "@empty", "--out", "@run"), "no photographs in"),
        (
            ("train", "@tiny.cdsl", "--photos", "@photos", "--out", "@run", "--crop", "18"),
            "does not take crops of 18x18",
        ),
        (("train", "@tiny.cdsl", "--photos", "@photos", "--out", "@run", "--set", "betch=1"), "no setting `betch`"),
        (("train", "@tiny.cdsl", "--photos", "@photso", "--out", "@run"), "/photos`"),
        (("train", "@tiny.cdsl", "--photos", "@photos", "--out", "@run", "--lr", "nan"), "expected a number"),
        (("train", "@tiny.cdsl", "--photos", "@photos", "--out", "@run", "--set", "optimizer=SGD(nesterov=true)"), "0"),
        (
            ("train", "@tiny.cdsl", "--photos", "@photos", "--out", "@run", "--device", "gpu"),
            "there; NVIDIA's are `cuda`",
        ),
        (("train", "@tiny.cdsl", "--photos", "@photos", "--out", "@run", "--resume"), "no checkpoint in"),
        (("train", "@tiny.cdsl", "--photos", "@photos", "--out", "@tiny.cdsl"), "is a file"),
        (("train", "@tiny.cdsl", "--photos", "@photos", "--out", "@run", "--skip-limit", "7"), "is no share"),
        (("evaluate", "@photos", "--checkpoint", "@nowhere"), "no checkpoint in"),
        (("evaluate", "@photos", "--checkpoint", "@run", "--size", "0"), "is less than 1"),
        (("colorize", "@photos", "--checkpoint", "@empty", "--out", "@out"), "no checkpoint in"),
    ],
)
def test_commands_when_something_is_wrong_say_one_sentence_and_a_way_out(
    place: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    (place / "empty").mkdir()
    assert command(place, *words) == 2
    said = capsys.readouterr().err
    assert sentence in said and said.count("error: ") == 1 and "Traceback" not in said


def test_train_when_the_spec_has_no_meaning_or_is_wrong_says_so(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "mute.cdsl").write_text(SPEC.replace(" means ab / 110", ""))
    assert command(place, "train", "@mute.cdsl", "--photos", "@photos", "--out", "@run") == 2
    said = capsys.readouterr().err
    assert "nothing says what the output `ab` means" in said
    assert "say it in the line of the spec: `output ab: … means ab / 110`" in said
    (place / "blind.cdsl").write_text(SPEC.replace(" means (L - 50) / 50", ""))
    assert command(place, "train", "@blind.cdsl", "--photos", "@photos", "--out", "@run") == 2
    assert "means L / 100`" in capsys.readouterr().err
    (place / "wrong.cdsl").write_text(SPEC.replace("steps = 3", "stepps = 3"))
    assert command(place, "train", "@wrong.cdsl", "--photos", "@photos", "--out", "@run") == 1
    assert "E150" in capsys.readouterr().err


def test_checkpoint_when_of_another_spec_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trained(place, "--steps", "1") == 0
    (place / "other.cdsl").write_text(SPEC.replace("-> ReLU()", "-> LeakyReLU(0.1)"))
    capsys.readouterr()
    assert command(place, "evaluate", "@photos", "--checkpoint", "@run", "--spec", "@other.cdsl") == 2
    said = capsys.readouterr().err
    assert "another network" in said and "LeakyReLU" in said
    assert command(place, "evaluate", "@photos", "--checkpoint", "@run", "--spec", "@tiny.cdsl") == 0


def test_colorize_when_one_file_is_broken_does_the_rest_and_exits_with_2(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trained(place, "--steps", "1") == 0
    (place / "photos" / "bad.png").write_bytes(b"no")
    capsys.readouterr()
    assert command(place, "colorize", "@photos", "--checkpoint", "@run", "--out", "@out") == 2
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 5 and "bad.png: not an image" in said.err


OPENED: list[str] = []
WATCHING: list[bool] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if WATCHING and event in ("open", "os.listdir", "os.scandir"):
        OPENED.append(os.path.realpath(os.fsdecode(arguments[0])) if isinstance(arguments[0], str | bytes) else "")


def test_demo_when_it_trains_opens_every_training_photograph_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Watch every file and folder that the process opens (sys.audit) during the demo's own training command."""
    sys.addaudithook(_note)  # cannot be taken away again, so it listens only while WATCHING
    monkeypatch.chdir(ROOT)
    words = [str(tmp_path / "run") if word == str(demo.RUN) else word for word in demo.training(0)]
    WATCHING.append(True)
    try:
        assert main([*words, "--steps", "1", "--batch", "2", "--threads", "1"]) == 0
    finally:
        WATCHING.clear()
    photos = str((ROOT / demo.PHOTOS).resolve())
    touched = {path for path in OPENED if path.startswith(photos)}
    train = {str(path) for path in (ROOT / demo.PHOTOS / "train").resolve().iterdir()}
    assert len(train) == 155
    assert touched - {f"{photos}/train"} == train


def test_demo_when_it_lists_its_commands_scores_the_validation_photographs_after_training() -> None:
    names = [words[0] for words in demo.commands(0)]
    assert names == ["check", "show", "draw", "emit", "train", "evaluate", "colorize", "colorize"]
    for words in demo.commands(0)[:5]:
        assert not any("val" in Path(word).parts for word in words)


def test_sheet_when_made_shows_three_pictures_of_every_readable_photograph(tmp_path: Path) -> None:
    files = sorted(photographs(tmp_path / "a", 5).iterdir())
    (tmp_path / "bad.png").write_bytes(b"x")
    sheet = contact_sheet(job(), Tiny(), [*files, tmp_path / "bad.png"], side=20, columns=2)
    # 2 columns of 3 * 20 + 2 * 3 + 14 px and one margin; 3 rows of 20 + 14 px, the head of 26 and one margin
    assert sheet.size == (2 * 80 + 14, 26 + 3 * 34 + 14)
