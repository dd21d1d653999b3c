"""Checkpoints: there and back, damaged, of another network, two at most."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from convdsl.graph.identity import architecture_hash
from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.recipe import Recipe
from convdsl.source import Source
from convdsl.train import checkpoint
from convdsl.train.checkpoint import Facts, State
from convdsl.train.kept import saved, step_of
from tests.train.setting import AB, GRAY

FACTS = Facts("convdsl 1\nmodel A {\n}\n", "aa", {"width": 3}, Recipe(batch=3), GRAY, AB, (-0.5, 5.8), "ff", 2, 9)


def state(step: int) -> State:
    weights = {"a.weight": torch.full((2, 3), float(step)), "a.steps": torch.tensor(step)}
    return State(step, weights, {"a.weight": torch.zeros(2, 3)}, {"a.weight/exp_avg": torch.ones(2, 3)})


def test_checkpoint_when_loaded_is_what_was_saved(tmp_path: Path) -> None:
    path = checkpoint.save(tmp_path, state(7), FACTS)
    for place in (tmp_path, path, path.with_suffix(".safetensors")):
        loaded = checkpoint.load(place)
        assert loaded.facts == FACTS and loaded.state.step == 7
        for part in ("model", "ema", "optimizer"):
            old, new = getattr(state(7), part), getattr(loaded.state, part)
            assert old.keys() == new.keys() and all(torch.equal(old[key], new[key]) for key in old)
        assert torch.equal(loaded.state.weights["a.weight"], torch.zeros(2, 3))


def test_checkpoints_when_many_are_saved_are_the_last_two(tmp_path: Path) -> None:
    for step in (1, 2, 10, 100):
        checkpoint.save(tmp_path, state(step), FACTS)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"checkpoint-{step:08d}.{kind}" for step in (10, 100) for kind in ("json", "safetensors")]


def test_checkpoints_when_a_signal_asked_for_one_are_those_of_the_unbroken_run_once_it_is_over(tmp_path: Path) -> None:
    facts = replace(FACTS, recipe=Recipe(checkpoint_every=10), steps=25)

    def kept(*steps: int) -> list[int]:
        for step in steps:
            checkpoint.save(tmp_path, state(step), facts)
        return [step_of(path) for path in saved(tmp_path)]

    assert kept(3, 7) == [3, 7]  # two, although the recipe asked for none of them
    assert kept(10, 20) == [10, 20]
    assert kept(21) == [20, 21] and kept(23) == [20, 23]
    assert kept(25) == [20, 25]
    assert len(list(tmp_path.iterdir())) == 4


def test_checkpoint_when_copied_under_another_name_is_left_alone(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, state(1), FACTS)
    for name in ("checkpoint-best", "checkpoint-00000001-mine"):
        for suffix in (".json", ".safetensors"):
            (tmp_path / f"{name}{suffix}").write_bytes((tmp_path / f"checkpoint-00000001{suffix}").read_bytes())
    for step in (2, 3, 4, 100_000_000):  # whose name is longer, and comes before the others in the alphabet
        checkpoint.save(tmp_path, state(step), FACTS)
    assert checkpoint.load(tmp_path).state.step == 100_000_000
    assert checkpoint.load(tmp_path / "checkpoint-best.json").state.step == 1
    names = {path.name for path in tmp_path.glob("*.json")}
    mine = {"checkpoint-best.json", "checkpoint-00000001-mine.json"}
    assert names == {"checkpoint-00000004.json", "checkpoint-100000000.json", *mine}
    checkpoint.remove(tmp_path)
    assert {path.name for path in tmp_path.glob("*.json")} == mine
    assert not checkpoint.exists(tmp_path)


def test_load_when_only_tensors_are_there_names_them(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, state(1), FACTS).unlink()
    with pytest.raises(MistakeError, match="no checkpoint in") as caught:
        checkpoint.load(tmp_path)
    assert "checkpoint-00000001.safetensors: there is no JSON file beside it" in caught.value.notes[0]


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
@pytest.mark.parametrize("damage", ["cut", "flip", "missing", "empty"])
def test_load_when_the_newest_is_damaged_falls_back_and_says_so(tmp_path: Path, suffix: str, damage: str) -> None:
    checkpoint.save(tmp_path, state(1), FACTS)
    target = checkpoint.save(tmp_path, state(2), FACTS).with_suffix(f".{suffix}")
    body = target.read_bytes()
    if damage == "missing":
        target.unlink()
    else:
        middle = len(body) // 2
        broken = {"cut": body[:middle], "empty": b"", "flip": body[:middle] + b"\0\xff" + body[middle + 2 :]}
        target.write_bytes(broken[damage])
    loaded = checkpoint.load(tmp_path)
    assert loaded.state.step == 1
    gone = damage == "missing" and suffix == "json"  # as after a crash between the two files
    assert len(loaded.damaged) == (0 if gone else 1)
    assert [half.name for half in loaded.halves] == (["checkpoint-00000002.safetensors"] if gone else [])


def test_load_when_nothing_is_whole_says_why(tmp_path: Path) -> None:
    with pytest.raises(MistakeError, match="no checkpoint in"):
        checkpoint.load(tmp_path)
    with pytest.raises(MistakeError, match="no checkpoint in"):
        checkpoint.load(tmp_path / "nowhere.safetensors")
    checkpoint.save(tmp_path, state(1), FACTS).write_text('{"version": 99}')
    with pytest.raises(MistakeError, match="no whole checkpoint") as caught:
        checkpoint.load(tmp_path)
    assert "format 99" in caught.value.notes[0]


def test_checkpoint_when_of_another_network_is_refused_with_the_difference(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, state(1), FACTS)
    loaded = checkpoint.load(tmp_path)
    checkpoint.require_architecture(loaded, FACTS.spec, "aa")
    with pytest.raises(MistakeError, match="another network") as caught:
        checkpoint.require_architecture(loaded, "convdsl 1\nmodel B {\n}\n", "bb")
    assert "-model A {" in caught.value.notes and "+model B {" in caught.value.notes


def test_checkpoint_when_saved_under_the_hash_of_another_spelling_is_still_its_networks(tmp_path: Path) -> None:
    spec = "convdsl 1\nmodel A {\n  input x: [N, 1, H, W]\n  y = Upsample(scale_factor=(2, 2))\n"
    spec += "  output y: [N, 1, 2 * H, 2 * W]\n}\n"
    graph = analyze(Source("a.cdsl", spec)).graph
    assert graph is not None
    before, now = architecture_hash(graph, as_written=True), architecture_hash(graph)
    assert before != now
    checkpoint.save(tmp_path, state(1), replace(FACTS, spec=spec, architecture=before))
    loaded = checkpoint.load(tmp_path)
    checkpoint.require_architecture(loaded, spec, now)
    with pytest.raises(MistakeError, match="another network"):
        checkpoint.require_architecture(loaded, spec, "bb")


def test_save_when_a_crash_leaves_a_part_is_not_disturbed(tmp_path: Path) -> None:
    (tmp_path / ".checkpoint-00000002.safetensors.part").write_bytes(b"half")
    checkpoint.save(tmp_path, state(2), replace(FACTS, threads=1))
    assert checkpoint.load(tmp_path).facts.threads == 1


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
def test_load_when_any_byte_is_flipped_or_any_length_cut_falls_back_or_loses_nothing(
    tmp_path: Path, suffix: str
) -> None:
    """Between words of JSON a tab for a line's end says the same; everything else is noticed."""
    checkpoint.save(tmp_path, state(1), FACTS)
    target = checkpoint.save(tmp_path, state(2), FACTS).with_suffix(f".{suffix}")
    body = target.read_bytes()
    flips = [body[:at] + bytes([body[at] ^ (1 << at % 8)]) + body[at + 1 :] for at in range(0, len(body), 9)]
    cuts = [body[:length] for length in range(0, len(body) - 1, 41)]
    for broken in (*flips, *cuts):
        target.write_bytes(broken)
        loaded = checkpoint.load(tmp_path)
        if loaded.state.step == 1:
            assert [one.path.stem for one in loaded.damaged] == ["checkpoint-00000002"]
        else:
            assert loaded.facts == FACTS and torch.equal(loaded.state.model["a.weight"], state(2).model["a.weight"])
            # what was flipped was a blank, or the checksum's own name
            assert suffix == "json" and (broken.split() == body.split() or b"checksum" not in broken)


def test_load_when_no_checkpoint_is_whole_says_what_is_wrong_with_each(tmp_path: Path) -> None:
    for step in (1, 2):
        checkpoint.save(tmp_path, state(step), FACTS)
    (tmp_path / "checkpoint-00000002.json").write_text("{}")
    (tmp_path / "checkpoint-00000001.safetensors").unlink()
    with pytest.raises(MistakeError, match="no whole checkpoint in") as caught:
        checkpoint.load(tmp_path)
    assert [note.removeprefix(f"{tmp_path}/") for note in caught.value.notes] == [
        "checkpoint-00000002.json: there is no 'version' in it",
        "checkpoint-00000001.json: .safetensors No such file or directory",
    ]
    assert "--force" in caught.value.way_out


def test_save_when_crashes_left_tensors_without_words_deletes_them_when_they_are_old(tmp_path: Path) -> None:
    for step in (3, 9):
        (tmp_path / f"checkpoint-{step:08d}.safetensors").write_bytes(b"left by a crash between the two files")
    checkpoint.save(tmp_path, state(4), FACTS)
    assert sorted(path.name for path in tmp_path.glob("*.safetensors")) == [
        "checkpoint-00000004.safetensors",
        "checkpoint-00000009.safetensors",  # newer than all that is known: perhaps only its JSON file was lost
    ]


def test_tidy_when_a_crash_left_parts_deletes_ours_and_nothing_else(tmp_path: Path) -> None:
    for name in (".checkpoint-00000002.json.part", ".film.mkv.part", "checkpoint.part"):
        (tmp_path / name).write_bytes(b"half")
    checkpoint.tidy(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".film.mkv.part", "checkpoint.part"]


def test_write_when_a_name_is_as_long_as_names_may_be_writes_it(tmp_path: Path) -> None:
    path = tmp_path / ("\N{MUSICAL SYMBOL G CLEF}" * 62 + ".txt")  # 4 bytes each: 252 of 255
    checkpoint.write(path, b"body")
    assert path.read_bytes() == b"body" and len(list(tmp_path.iterdir())) == 1
