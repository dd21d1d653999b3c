"""`convdsl compare`: finished runs, going ones, broken ones; in a table, as data and in a picture."""

import json
from pathlib import Path

import pytest

import convdsl
from convdsl.cli.main import main
from convdsl.mistake import MistakeError
from convdsl.runs import compare, read_run
from tests.render.schema import breaches

ROOT = Path(__file__).parents[1]
SPEC = """convdsl 1
model Tiny(width: int = 4) {
  input gray: [N, 1, H, W] means L / 100 where H % 4 == 0, W % 4 == 0
  Conv2d(width, 3, padding=1) -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
"""


def run(
    folder: Path, steps: int = 40, done: int = 40, lr: float = 0.001, *, val: bool = False, **words: object
) -> Path:
    """Write what a run leaves, its tensors aside."""
    folder.mkdir(parents=True)
    lines = [{"version": 1}, *({"step": step, "loss": 1 / step, "lr": lr} for step in range(1, done + 1))]
    if val:
        beside = {"val_gray_ab_rmse": 19.62, "val_mean_ab_rmse": 18.6}
        lines += [
            {"step": step, "val_photos": 9, "val_ab_rmse": value, **beside} for step, value in ((20, 17.0), (40, 17.5))
        ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    recipe = {"loss": {"SmoothL1": {"beta": 1.0}}, "optimizer": {"AdamW": {"lr": lr}}, "steps": steps, "crop": 16}
    facts = {"version": 1, "step": done, "steps": steps, "spec": SPEC, "file": "tiny.cdsl", "architecture": "ab" * 32}
    facts |= {
        "parameters": {"width": 6},
        "recipe": recipe,
        "photos": "cd" * 32,
        "photo_count": 5,
        "threads": 1,
        **words,
    }
    (folder / f"checkpoint-{done:08d}.json").write_text(json.dumps(facts))
    (folder / "speed.jsonl").write_text(
        '{"version": 1}\n'
        + json.dumps({"step": done, "seconds": 200.0, "images_per_second": 81.5, "memory": 2**29})
        + "\n"
    )
    return folder


def test_run_when_read_knows_its_network_its_length_and_its_losses(tmp_path: Path) -> None:
    found = read_run(str(run(tmp_path / "a", val=True)))
    # 6 windows of 3x3 and as many biases, then 2 windows of 6x3x3 with 2 biases
    assert (found.network, found.parameters) == ("Tiny", 6 * 9 + 6 + 2 * 6 * 9 + 2)
    assert (found.step, found.steps, found.complete) == (40, 40, True)
    assert found.losses[1] == (2, 0.5) and found.checked["val_ab_rmse"] == ((20, 17.0), (40, 17.5))
    assert (found.seconds, found.images_per_second, found.memory) == (200.0, 81.5, 2**29)
    assert found.settings["optimizer"] == "AdamW" and found.settings["optimizer.lr"] == "0.001"


def test_compare_when_two_runs_differ_says_in_what_and_in_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [str(run(tmp_path / "a", val=True)), str(run(tmp_path / "b", 80, 20, 0.003))]
    assert main(["compare", *names]) == 0
    out = capsys.readouterr().out
    table, _, below = out.partition("\n\n")
    assert "17.50" in table and "17.00 at 20" in table and "20 of 80" in table and "3:20" in table
    assert "ab-RMSE of gray 19.62" in table
    rows = [line.split()[0] for line in below.splitlines()]
    assert rows == ["what", "optimizer.lr", "steps"]
    assert below.splitlines()[1].split()[1:] == ["0.001", "0.003"]


def test_compare_when_the_losses_are_of_different_kinds_warns(tmp_path: Path) -> None:
    terms = [[100.0, {"L1": {}}], [0.5, {"Huber": {"delta": 0.7}}]]
    other = {"loss": terms, "optimizer": {"AdamW": {"lr": 0.001}}, "steps": 40, "crop": 16}
    text = compare([run(tmp_path / "a"), run(tmp_path / "b", recipe=other)]).text()
    assert (
        "SmoothL1" in text and "100 * L1() + 0.5 * Huber(delta=0.7)" in text and "say nothing beside each other" in text
    )


def test_compare_when_runs_are_equal_says_so(tmp_path: Path) -> None:
    text = compare([run(tmp_path / "a"), run(tmp_path / "b")]).text()
    assert text.endswith("network, recipe and photographs are the same")


def test_compare_when_one_run_is_broken_names_it_and_shows_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    good = str(run(tmp_path / "a"))
    assert main(["compare", good, str(tmp_path / "empty"), str(tmp_path / "nowhere")]) == 2
    said = capsys.readouterr()
    assert said.err.count("left out") == 2 and "there is no such folder" in said.err and "Tiny" in said.out
    assert main(["compare", str(tmp_path / "empty")]) == 2
    assert "there is no run to show" in capsys.readouterr().err


def test_compare_when_a_run_has_just_begun_shows_its_losses(tmp_path: Path) -> None:
    folder = run(tmp_path / "young")
    (folder / "checkpoint-00000040.json").unlink()
    (folder / "speed.jsonl").unlink()
    found = compare(folder)
    assert "40 of ?" in found.text() and "<svg" in found.draw()


@pytest.mark.parametrize(
    "words",
    [
        "",
        "[]",
        "{}",
        '{"spec": 1}',
        '{"spec": "convdsl 1\\n", "step": 9, "recipe": 3, "ways": [[1]]}',
        '{"spec": "convdsl 1\\n", "step": 9, "ways": [1], "imported": {"a": 1}, "parameters": {"width": []}}',
        '{"spec": "convdsl 1\\n", "step": "9"}',
        '{"spec": "convdsl 1\\n", "step": 9, "steps": "many"}',
    ],
)
def test_compare_when_a_checkpoint_is_damaged_shows_what_is_left(tmp_path: Path, words: str) -> None:
    folder = run(tmp_path / "a")
    (folder / "checkpoint-00000040.json").write_text(words)
    assert "40 of ?" in compare(folder).text()


def test_compare_when_a_line_in_the_middle_is_damaged_says_what_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = run(tmp_path / "a") / "metrics.jsonl"
    lines = record.read_text().splitlines()  # the head, and 40 steps
    record.write_text("\n".join([*lines[:11], "#" + lines[11], *lines[12:]]))
    assert main(["compare", str(tmp_path / "a")]) == 0
    said = capsys.readouterr()
    assert "1 line of its metrics.jsonl cannot be read and is left out" in said.err
    kept = tuple((step, 1 / step) for step in range(1, 41) if step != 11)
    assert read_run(str(tmp_path / "a")).losses == kept
    record.write_text("\n".join([*lines[:11], "#" + lines[11], "\0", *lines[12:]]))
    assert main(["compare", str(tmp_path / "a")]) == 0
    assert "2 lines of its metrics.jsonl cannot be read and are left out" in capsys.readouterr().err
    record.write_text("\n".join([*lines[:20], lines[20][:9]]))  # as a crash leaves it
    assert main(["compare", str(tmp_path / "a")]) == 0
    assert not capsys.readouterr().err


def test_compare_when_a_run_is_named_twice_shows_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path / "a"), run(tmp_path / "b")
    monkeypatch.chdir(tmp_path)
    assert [found.name for found in compare(["a", "b", "./a", tmp_path / "b"]).runs] == ["a", "b"]


def test_compare_when_there_are_many_runs_has_a_line_for_each_in_both_tables(tmp_path: Path) -> None:
    runs = [run(tmp_path / f"rate-of-{number}", lr=number / 1000) for number in range(1, 11)]
    table, below = compare(runs).text().split("\n\n")
    assert len(table.splitlines()) == len(below.splitlines()) == 11
    assert below.splitlines()[0].split() == ["what", "differs", "optimizer.lr"]
    assert below.splitlines()[10].split()[-1] == "0.01"


def test_compare_of_one_run_with_a_sum_of_losses_draws_its_terms(tmp_path: Path) -> None:
    folder = run(tmp_path / "a")
    lines = [{"step": step, "loss": 3.0, "parts": {"L1": 1.0, "MSE": 2.0}} for step in (1, 2)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    drawn = compare(folder).draw()
    assert all(f">{name}<" in drawn for name in ("1 loss", "2 L1", "3 MSE"))
    run(tmp_path / "b")
    assert "2 L1" not in compare([folder, tmp_path / "b"]).draw()


def test_compare_when_asked_for_data_keeps_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [str(run(tmp_path / "a", val=True)), str(run(tmp_path / "b", 80, 20, 0.003)), str(tmp_path / "gone")]
    assert main(["compare", *names, "--format", "json"]) == 2
    found = json.loads(capsys.readouterr().out)
    schema = json.loads((ROOT / "docs" / "compare.schema.json").read_text("utf-8"))
    assert not list(breaches(found, schema, schema))
    assert found["runs"][0]["validation"]["ab_rmse"]["best_step"] == 20
    assert found["differences"] == {"optimizer.lr": ["0.001", "0.003"], "steps": ["40", "80"]}
    assert found["broken"] == [{"run": names[2], "reason": "there is no such folder"}]


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "tex"])
def test_compare_when_drawn_writes_what_the_suffix_says_and_overwrites_nothing(
    tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(run(tmp_path / "a")), "-o", str(tmp_path / f"all.{suffix}")]
    assert main(words) == 0
    head = (tmp_path / f"all.{suffix}").read_bytes()[:5]
    assert head in (b"<svg ", b"\x89PNG\r", b"%PDF-", b"% Tra", b"\\Requ"), head
    (tmp_path / f"all.{suffix}").write_text("something else")
    assert main(words) == 2 and "--force" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0


def test_compare_when_the_suffix_is_none_of_a_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MistakeError, match="no picture can be written"):
        compare(run(tmp_path / "a")).draw(tmp_path / "a.gif")


def test_compare_when_called_from_python_shows_itself(tmp_path: Path) -> None:
    found = convdsl.compare([run(tmp_path / "a"), run(tmp_path / "b", lr=0.003)])
    assert "optimizer.lr" in str(found)
    assert set(found._repr_mimebundle_()) == {"text/plain", "image/svg+xml"}


def test_compare_when_a_term_of_a_loss_counts_once_spells_it_as_a_recipe_does(tmp_path: Path) -> None:
    terms = [[1.0, {"L1": {}}], [0.5, {"MSE": {}}]]
    other = {"loss": terms, "optimizer": {"AdamW": {"lr": 0.001}}, "steps": 40, "crop": 16}
    text = compare([run(tmp_path / "a"), run(tmp_path / "b", recipe=other)]).text()
    assert "L1() + 0.5 * MSE()" in text and "1 * L1()" not in text
