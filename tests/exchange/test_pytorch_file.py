"""Files of `torch.save`: what they hold is found; what is broken, or would run code, is a sentence and no traceback."""

import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from convdsl.checkpoints import read_checkpoint
from convdsl.exchange.stored import parts_of
from convdsl.mistake import MistakeError


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Trap:
    """Runs a command where it is unpickled as Python would."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch sprung",)


@pytest.mark.parametrize("zipped", [True, False])
def test_state_dict_is_read_in_its_order(zipped: bool) -> None:
    state = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)).state_dict()
    torch.save(state, "a.pt", _use_new_zipfile_serialization=zipped)
    stored = read_checkpoint("a.pt")
    (part,) = stored.parts.values()
    assert list(part) == list(state)
    assert all(torch.equal(part[key], state[key]) for key in state)
    assert stored.ordered


def test_training_checkpoint_when_read_has_its_parts_and_names_the_rest() -> None:
    optimizer = {"state": {0: {"exp_avg": torch.zeros(2, 2)}}, "param_groups": [{"lr": 1e-3}]}  # as Adam's is
    torch.save({"epoch": 3, "net": {"g": nn.Linear(2, 2).state_dict()}, "optimizer": optimizer}, "a.pt")
    stored = read_checkpoint("a.pt")
    assert {name: list(tensors) for name, tensors in stored.parts.items()} == {"net.g": ["weight", "bias"]}
    assert stored.others == ("epoch", "optimizer")


@pytest.mark.parametrize("zipped", [True, False])
def test_file_that_runs_code_is_refused_and_runs_none(zipped: bool) -> None:
    torch.save({"weight": Trap()}, "a.pt", _use_new_zipfile_serialization=zipped)
    with pytest.raises(MistakeError, match=r"without running code that lies in it: it wants `posix\.system`"):
        read_checkpoint("a.pt")
    assert not Path("sprung").exists()


def test_plain_pickle_is_refused_and_runs_no_code() -> None:
    Path("a.pkl").write_bytes(pickle.dumps({"weight": Trap()}))
    with pytest.raises(MistakeError, match="no checkpoint"):
        read_checkpoint("a.pkl")
    assert not Path("sprung").exists()


def test_whole_module_is_refused_with_a_way_out() -> None:
    torch.save(nn.Linear(2, 2), "a.pt")
    with pytest.raises(MistakeError, match=r"it wants `torch\.nn\.modules\.linear\.Linear`") as caught:
        read_checkpoint("a.pt")
    assert "state_dict" in caught.value.way_out


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (("m/data.pkl", "m/constants.pkl", "m/code/__torch__.py"), "TorchScript"),
        (("m/archive_format", "m/models/model.json"), "torch.export"),
        (("word/document.xml",), "`torch.save` did not write it"),
    ],
)
def test_archive_of_another_kind_is_named(entries: tuple[str, ...], said: str) -> None:
    with zipfile.ZipFile("a.pt", "w") as archive:
        for name in entries:
            archive.writestr(name, b"")
    with pytest.raises(MistakeError, match=said):
        read_checkpoint("a.pt")


def test_archive_that_is_compressed_is_refused_before_it_is_unpacked() -> None:
    with zipfile.ZipFile("a.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m/data.pkl", b"0" * 1_000_000)
    with pytest.raises(MistakeError, match=r"compressed, which `torch\.save` never does"):
        read_checkpoint("a.pt")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (torch.zeros(2, 2).to_sparse(), "its layout is torch.sparse_coo"),
        (torch.zeros(2, device="meta"), "it has no numbers"),
    ],
)
def test_tensor_that_is_not_plain_is_named(value: torch.Tensor, said: str) -> None:
    torch.save({"w": value}, "a.pt")
    with pytest.raises(MistakeError, match=f"`w` in `a.pt` is no plain tensor: {said}"):
        read_checkpoint("a.pt")


@pytest.mark.parametrize("value", [torch.zeros(2), [torch.zeros(2)], 3])
def test_file_without_a_dictionary_is_refused(value: object) -> None:
    torch.save(value, "a.pt")
    with pytest.raises(MistakeError, match="no dictionary of tensors"):
        read_checkpoint("a.pt")


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors", "a.h5", "a.keras", "a.npz", "a.txt"])
@pytest.mark.parametrize("body", [b"", b"x", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"\xff" * 100, b"{" * 100])
def test_junk_under_any_name_is_one_sentence(name: str, body: bytes) -> None:
    Path(name).write_bytes(body)
    with pytest.raises(MistakeError):
        read_checkpoint(name)


def test_file_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(MistakeError, match=r"`nowhere\.pt` cannot be read: no such file"):
        read_checkpoint("nowhere.pt")
    with pytest.raises(MistakeError, match="holds no checkpoint"):
        read_checkpoint(".")


def test_dictionaries_that_hold_each_other_many_times_cost_nothing() -> None:
    """Seven levels of a hundred references each would be 100^7 dictionaries, if each were looked at every time."""
    level: dict[str, object] = {"w": torch.zeros(1)}
    for _ in range(7):
        level = {str(i): level for i in range(100)}
    parts, _ = parts_of(level)
    assert len(parts) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data(), zipped=st.booleans())
def test_law_a_damaged_file_is_read_or_refused_and_never_raises_anything_else(
    data: st.DataObject, zipped: bool
) -> None:
    torch.save({"w": torch.arange(6.0), "b": {"c": torch.zeros(2)}}, "a.pt", _use_new_zipfile_serialization=zipped)
    body = bytearray(Path("a.pt").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    Path("b.pt").write_bytes(body[: data.draw(st.sampled_from([len(body), len(body) // 2, len(body) - 1]))])
    try:
        read_checkpoint("b.pt")
    except MistakeError as mistake:
        assert "\n" not in mistake.message
