"""Laws of loading, over generated specs: nothing is lost on the way, and no weight lands in another's place."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

import convdsl
from convdsl.api import load
from convdsl.checkpoints import read_checkpoint
from convdsl.exchange.load import to_safetensors
from convdsl.exchange.stored import Stored
from convdsl.exchange.weights import match_graph
from convdsl.lower.renaming import read_row
from tests.lower.alive import specs
from tests.twins.test_twins import TWINS
from tests.zoo import path

LAWS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)


def equal(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    return list(a) == list(b) and all(torch.equal(a[key], b[key]) for key in a)


@LAWS
@given(text=specs())
def test_law_weights_written_and_read_are_the_same(text: str, tmp_path: Path) -> None:
    graph = load(text).graph
    assert graph is not None
    state = convdsl.build(text, seed=1).state_dict()
    torch.save(state, tmp_path / "a.pt")
    found = match_graph(read_checkpoint(str(tmp_path / "a.pt")), graph)
    assert found.ok and equal(found.state(), state)
    (tmp_path / "a.safetensors").write_bytes(to_safetensors(found.state(), "hash"))
    assert equal(convdsl.load_weights(text, tmp_path / "a.safetensors").state_dict(), state)


@LAWS
@given(text=specs())
def test_law_a_prefix_is_offered_and_the_offer_fits_all(text: str) -> None:
    graph = load(text).graph
    assert graph is not None
    state = convdsl.build(text, seed=1).state_dict()
    stored = Stored("a", "test", {"": {f"module.{key}": value for key, value in state.items()}})
    found = match_graph(stored, graph)
    assert not found.ok
    assert found.offer == "module.* -> *"
    mended = match_graph(stored, graph, rows=(read_row(found.offer, "offer"),))
    assert mended.ok and equal(mended.state(), state)


@LAWS
@given(text=specs(), ordered=st.booleans(), data=st.data())
def test_law_by_shape_a_layer_finds_its_own_place_or_none(text: str, ordered: bool, data: st.DataObject) -> None:
    """Names that say nothing, in the order of layers or, where the file keeps none, in any order."""
    graph = load(text).graph
    assert graph is not None
    state = convdsl.build(text, seed=1).state_dict()
    layers = list(dict.fromkeys(key.rpartition(".")[0] for key in state))
    shuffled = layers if ordered else data.draw(st.permutations(layers))
    number = {layer: f"layer{i}" for i, layer in enumerate(shuffled)}
    renamed = {f"{number[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": key for key in state}
    in_file = {old: renamed[old] for layer in shuffled for old in renamed if old.startswith(f"{number[layer]}.")}
    stored = Stored("a", "test", {"": {old: state[key] for old, key in in_file.items()}}, ordered=ordered)
    found = match_graph(stored, graph, by="shape")
    assert all(in_file[old] == new for old, new in found.names.items() if new in state)
    assert found.ok or not ordered


@pytest.mark.parametrize("name", ["seed/network6", "patchgan", pytest.param("zhang2017", marks=pytest.mark.slow)])
def test_checkpoint_of_the_original_loads_by_its_names(name: str, tmp_path: Path) -> None:
    twin = TWINS[name].make()
    torch.save({"state_dict": twin.state_dict(), "epoch": 1}, tmp_path / "a.pth")
    built = convdsl.load_weights(path(name), tmp_path / "a.pth")
    theirs = twin.state_dict()
    assert all(torch.equal(value, theirs[key]) for key, value in built.state_dict().items())
    assert equal(convdsl.build(path(name), weights=tmp_path / "a.pth").state_dict(), built.state_dict())
