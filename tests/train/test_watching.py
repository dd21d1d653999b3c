"""Those who look on at a run: they change nothing that is learned, and cost and break nothing."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from convdsl import history
from convdsl.mistake import MistakeError
from convdsl.train import checkpoint, curve, samples
from convdsl.train.aside import SHARE, Aside
from convdsl.train.evaluate import evaluate
from convdsl.train.log import entries
from convdsl.train.loop import train
from convdsl.train.observe import Watching
from convdsl.train.progress import Silent, Step
from tests.render.schema import breaches
from tests.train.setting import GRAY, RGB, job, photographs

ROOT = Path(__file__).parents[2]
OFF = Watching(samples=0)


class Told(Silent):
    """Keep what is said."""

    def __init__(self, at: int = 0, act: Callable[[], None] = lambda: None) -> None:
        self.lines: list[str] = []
        self.steps: list[Step] = []
        self._at, self._act = at, act

    def note(self, line: str) -> None:
        self.lines.append(line)

    def step(self, step: Step) -> None:
        self.steps.append(step)
        if step.number == self._at:
            self._act()


def weights(folder: Path) -> bytes:
    return max(folder.glob("*.safetensors")).read_bytes()


def checked(folder: Path) -> list[Any]:
    return [entry for entry in entries(folder) if "val_photos" in entry]


@pytest.fixture(name="places", scope="module")
def _places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("photos")
    return photographs(folder / "train"), photographs(folder / "val", 7)


def test_run_when_it_is_watched_learns_bitwise_what_it_learns_unwatched(
    tmp_path: Path, places: tuple[Path, Path]
) -> None:
    photos, val = places
    train(job(), (photos,), tmp_path / "alone", watching=OFF)
    state = torch.get_rng_state()
    train(job(), (photos,), tmp_path / "watched", watching=Watching((val,)))
    assert torch.equal(torch.get_rng_state(), state)
    assert weights(tmp_path / "alone") == weights(tmp_path / "watched")
    plain, watched = (history.series(entries(tmp_path / name), "loss") for name in ("alone", "watched"))
    assert plain == watched and len(plain) == 6


def test_validation_when_measured_is_what_evaluate_finds(tmp_path: Path, places: tuple[Path, Path]) -> None:
    photos, val = places
    told, work = Told(), job()
    train(work, (photos,), tmp_path / "run", watching=Watching((val,)), watch=told)
    found = checked(tmp_path / "run")
    assert [entry["step"] for entry in found] == [2, 4, 6]
    loaded = checkpoint.load(tmp_path / "run")
    network = work.fresh()
    network.load_state_dict(dict(loaded.state.weights))
    gray, mean, own = evaluate(work, network, (val,), loaded.facts.mean_ab).rows
    last = found[-1]
    assert (last["val_photos"], last["val_side"]) == (7, 96)
    for row, name in ((gray, "val_gray"), (mean, "val_mean"), (own, "val")):
        assert last[f"{name}_psnr"] == pytest.approx(row.psnr_mean, rel=1e-12)
        assert last[f"{name}_ab_rmse"] == pytest.approx(row.ab_rmse, rel=1e-12)
    assert any(line.startswith("step 6: validation ab-RMSE ") and "(gray " in line for line in told.lines)


def test_validation_when_a_run_is_stopped_and_resumed_is_that_of_the_unbroken_one(
    tmp_path: Path, places: tuple[Path, Path]
) -> None:
    photos, val = places
    wanted = Watching((val,), val_photos=3)
    train(job(), (photos,), tmp_path / "whole", watching=wanted)
    told = Told(3, lambda: signal.raise_signal(signal.SIGINT))
    train(job(), (photos,), tmp_path / "parts", watching=wanted, watch=told)
    assert (tmp_path / "parts" / "README.md").exists()  # a checkpoint that a signal asked for has its card too
    train(job(), (photos,), tmp_path / "parts", resume=True, watching=wanted)
    records = [(tmp_path / name / history.NAME).read_text() for name in ("whole", "parts")]
    assert records[0] == records[1]
    assert checked(tmp_path / "whole")[0]["val_photos"] == 3


def test_validation_when_its_photographs_are_those_of_training_says_so(
    tmp_path: Path, places: tuple[Path, Path]
) -> None:
    told = Told()
    train(job(), (places[0],), tmp_path / "run", watching=Watching((places[0],)), watch=told)
    assert "5 of 5 validation photographs are training photographs too" in told.lines


@pytest.mark.parametrize(("source", "target"), [(GRAY, GRAY), (RGB, RGB)])
def test_validation_when_pictures_are_repeated_stands_beside_the_mean_picture(
    tmp_path: Path, places: tuple[Path, Path], source: Any, target: Any
) -> None:
    work = job(source, target)
    train(work, (places[0],), tmp_path / "run", watching=Watching((places[1],)))
    last, loaded = checked(tmp_path / "run")[-1], checkpoint.load(tmp_path / "run")
    network = work.fresh()
    network.load_state_dict(dict(loaded.state.weights))
    mean, own = evaluate(
        work, network, (places[1],), (0.0, 0.0), side=16, mean_picture=tmp_path / "run" / "mean-picture.png"
    ).rows
    assert last["val_psnr"] == pytest.approx(own.psnr_mean, rel=1e-12)
    assert last["val_mean_psnr"] == pytest.approx(mean.psnr_mean, rel=1e-12)
    assert ("val_ab_rmse" in last) == (target is RGB)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"val": ("nowhere",)}, "no such file or folder"),
        ({"val_photos": 0}, "`--val-photos 0` is less than 1"),
        ({"samples": -1}, "`--samples -1` is less than 0"),
    ],
)
def test_watching_when_it_cannot_be_is_refused_before_a_step_is_done(
    tmp_path: Path, places: tuple[Path, Path], wanted: dict[str, Any], words: str
) -> None:
    with pytest.raises(MistakeError, match=words):
        val = tuple(map(Path, wanted.pop("val", ())))
        train(job(), (places[0],), tmp_path / "run", watching=Watching(val, **wanted))
    assert not checkpoint.exists(tmp_path / "run")


def test_validation_when_its_folder_is_missing_is_refused_before_a_photograph_is_read(
    tmp_path: Path, places: tuple[Path, Path]
) -> None:
    watch = Told()
    with pytest.raises(MistakeError, match="no such file or folder"):
        train(job(), (places[0],), tmp_path / "run", watching=Watching((tmp_path / "nowhere",)), watch=watch)
    assert not watch.lines and not (tmp_path / "run").exists()


def test_run_when_it_has_more_threads_than_processors_says_so_and_counts_one_step_as_one(
    tmp_path: Path, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 0)
    watch = Told()
    train(job(steps=1), (places[0],), tmp_path / "many", watch=watch)
    assert any(line.startswith("1 step on 5 photographs (") for line in watch.lines)
    assert any(line.startswith("more threads than the 0 processors here") for line in watch.lines)
    monkeypatch.setattr("os.cpu_count", lambda: 4096)
    watch = Told()
    train(job(steps=2), (places[0],), tmp_path / "few", watch=watch)
    assert any(line.startswith("2 steps on 5 photographs (") for line in watch.lines)
    assert not any("more threads" in line for line in watch.lines)


def test_record_when_written_keeps_the_contract(tmp_path: Path, places: tuple[Path, Path]) -> None:
    photos, val = places
    train(job(), (photos,), tmp_path / "run", watching=Watching((val,)))
    schema = json.loads((ROOT / "docs" / "metrics.schema.json").read_text("utf-8"))
    for name in ("metrics.jsonl", "speed.jsonl"):
        lines = [json.loads(line) for line in (tmp_path / "run" / name).read_text().splitlines()]
        assert lines[0] == {"version": 1} and len(lines) > 2
        assert [breach for line in lines for breach in breaches(line, schema, schema)] == []


def test_speed_when_a_run_is_resumed_counts_on(tmp_path: Path, places: tuple[Path, Path]) -> None:
    stop = Told(2, lambda: signal.raise_signal(signal.SIGINT))
    train(job(), (places[0],), tmp_path / "run", watching=OFF, watch=stop)
    before = json.loads((tmp_path / "run" / "speed.jsonl").read_text().splitlines()[-1])
    train(job(), (places[0],), tmp_path / "run", resume=True, watching=OFF)
    lines = [json.loads(line) for line in (tmp_path / "run" / "speed.jsonl").read_text().splitlines()[1:]]
    assert lines[0] == before and lines[-1]["step"] == 6 and lines[-1]["seconds"] > before["seconds"] > 0
    assert lines[-1]["memory"] > 2**20


def test_samples_when_drawn_are_of_the_same_photographs_and_of_this_run(
    tmp_path: Path, places: tuple[Path, Path]
) -> None:
    out = tmp_path / "run" / "samples"
    out.mkdir(parents=True)
    (out / "samples-00000008.jpg").write_bytes(b"of a run that is begun again")
    (out / "mine.jpg").write_bytes(b"the user's")
    train(job(), (places[0],), tmp_path / "run")
    names = sorted(path.name for path in out.iterdir())
    assert names[0] == "mine.jpg" and names[1] == "samples-00000002.jpg" and names[-1] == "samples-00000006.jpg"
    with Image.open(out / names[-1]) as sheet:
        # 2 columns of 3 squares, 2 gaps of 3 px and one of 14; 2 rows of a square and 14 px, and the head of 26
        side = samples.SIDE
        assert sheet.size == (2 * (3 * side + 6 + 14) + 14, 26 + 2 * (side + 14) + 14)
        first = np.asarray(sheet)[26 : 26 + side, 14 : 14 + 3 * side + 6].astype(int)
    true = first[:, 2 * side + 6 :]
    gray = first[:, :side]
    assert np.abs(gray - gray.mean(axis=2, keepdims=True)).max() < 12  # JPEG of gray
    assert true.std(axis=2).mean() > 20  # noise in colour


def test_samples_when_a_network_repeats_what_it_sees_are_that_and_what_it_makes(
    tmp_path: Path, places: tuple[Path, Path]
) -> None:
    train(job(RGB, RGB), (places[0],), tmp_path / "run")
    with Image.open(tmp_path / "run" / "samples" / "samples-00000006.jpg") as sheet:
        side = samples.SIDE
        assert sheet.size == (2 * (2 * side + 3 + 14) + 14, 26 + 2 * (side + 14) + 14)
        seen = np.asarray(sheet)[26 : 26 + side, 14 : 14 + side].astype(int)
    assert seen.std(axis=2).mean() > 20  # in colour
    assert "Photographs: seen, predicted" in (tmp_path / "run" / "README.md").read_text("utf-8")


def test_run_when_begun_again_takes_away_what_the_earlier_one_left_and_nothing_else(
    tmp_path: Path, places: tuple[Path, Path]
) -> None:
    run = tmp_path / "run"
    train(job(), (places[0],), run)
    (run / "mine.txt").write_text("the user's")

    def look() -> None:
        there = {path.name for path in run.iterdir()}
        assert there.isdisjoint({"README.md", "loss.svg", "loss.png", "network.svg", "network.py", "speed.jsonl"})
        assert "mine.txt" in there and not list((run / "samples").iterdir())

    train(job(), (places[0],), run, force=True, watch=Told(1, look))
    assert (run / "README.md").exists() and (run / "loss.png").exists()


def test_samples_when_none_are_wanted_make_no_folder(tmp_path: Path, places: tuple[Path, Path]) -> None:
    train(job(), (places[0],), tmp_path / "run", watching=OFF)
    assert not (tmp_path / "run" / "samples").exists()


def test_bar_when_it_moves_is_told_of_memory(tmp_path: Path, places: tuple[Path, Path]) -> None:
    told = Told()
    train(job(), (places[0],), tmp_path / "run", watching=OFF, watch=told)
    assert [step.number for step in told.steps] == [1, 2, 3, 4, 5, 6]
    assert all(step.memory > 2**20 for step in told.steps)


@pytest.mark.parametrize("name", ["loss.svg", "samples", "README.md", "speed.jsonl"])
def test_run_when_a_picture_cannot_be_written_goes_on_and_says_it_once(
    tmp_path: Path, places: tuple[Path, Path], name: str
) -> None:
    run, told = tmp_path / "run", Told()
    run.mkdir()
    if name == "samples":
        (run / name).write_bytes(b"a file where a folder should be")
    else:
        (run / name).mkdir()
    outcome = train(job(), (places[0],), run, watch=told)
    assert outcome.steps == 6 and checkpoint.load(run).state.step == 6
    if name != "README.md":  # a folder is no card of ours, and is left alone
        assert len([line for line in told.lines if "goes on without" in line]) == 1
    assert not list(run.glob(".*.part"))


class Dear:
    """An observer that takes a second."""

    def __init__(self, clock: list[float]) -> None:
        self.seen: list[int] = []
        self._clock = clock

    def after(self, moment: Any) -> None:
        self.seen.append(moment.step.number)
        self._clock[0] += 1.0

    def close(self) -> None:
        self.seen.append(-1)


class Seen:
    """As much of a moment as is asked for."""

    def __init__(self, number: int, last: bool = False, due: bool = True) -> None:
        self.step, self.last, self.due = Step(number, 0.0, 0.0, 0.0), last, due


def test_aside_when_its_work_is_dear_is_left_out_until_it_has_paid_off() -> None:
    clock = [0.0]
    dear = Dear(clock)
    aside: Any = Aside(dear, "it", Silent(), lambda: clock[0])
    for number in range(1, 11):
        clock[0] += 100.0
        aside.after(Seen(number, last=number == 10))
    aside.close()
    # 1 / SHARE = 250 s allow one second: two of them are due after 500 s (number 5, at 501 s), three after 750 s
    # (number 8, at 802 s), and the last is always looked at
    assert SHARE == 0.004
    assert dear.seen == [1, 5, 8, 10, -1]


def test_curves_when_asked_for_later_are_drawn_from_the_record(tmp_path: Path, places: tuple[Path, Path]) -> None:
    train(job(), (places[0],), tmp_path / "run")
    drawn = curve.curves(tmp_path / "run", "a name")
    assert drawn.title == "Training of a name" and "at step 6" in drawn.description
    assert (tmp_path / "run" / "loss.svg").read_text().startswith("<svg")
    with Image.open(tmp_path / "run" / "loss.png") as picture:
        assert picture.size == (2 * drawn.width, 2 * drawn.height)


def test_tensorboard_when_not_installed_is_refused_in_a_sentence(
    tmp_path: Path, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch.utils.tensorboard", None)
    with pytest.raises(MistakeError, match="needs the package tensorboard"):
        train(job(), (places[0],), tmp_path / "run", watching=Watching(tensorboard=True))


def test_tensorboard_when_a_run_is_resumed_has_every_point_once(tmp_path: Path, places: tuple[Path, Path]) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    photos, val = places
    wanted = Watching((val,), tensorboard=True)

    def crash() -> None:
        raise KeyError("power")

    with pytest.raises(KeyError):  # step 5 is written down, and nothing of it is saved
        train(job(), (photos,), tmp_path / "run", watching=wanted, watch=Told(6, crash))
    train(job(), (photos,), tmp_path / "run", resume=True, watching=wanted)
    found = accumulator.EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    found.Reload()
    assert [event.step for event in found.Scalars("loss")] == [1, 2, 3, 4, 5, 6]
    assert [event.step for event in found.Scalars("val/ab_rmse")] == [2, 4, 6]
    assert [event.step for event in found.Images("samples")][-1] == 6
    train(job(steps=2), (photos,), tmp_path / "run", force=True, watching=wanted)
    found = accumulator.EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    found.Reload()
    assert [event.step for event in found.Scalars("loss")] == [1, 2]
