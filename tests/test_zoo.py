"""The zoo's networks: totals, names of weights and accepted sizes as published, and as PyTorch has it.

What is expected of each stands in tests/zoo.toml.
"""

import itertools

import pytest
import torch

from convdsl import api, compiled
from convdsl.lower.keys import state_keys
from convdsl.pipeline import Analysis
from tests.zoo import ROOT, SPELLINGS, ZOO, Known, path

SPELT = list(itertools.product(ZOO, SPELLINGS))
TRIED = [
    pytest.param(name, marks=pytest.mark.slow) if known.heavy else name
    for name, known in ZOO.items()
    if not known.unbuildable
]
# what the README and `make demo` show is no published network, nor is what chooses among colours
OURS = {"unet", "demo", "adversarial", "judge", "quantised"}


def test_zoo_has_every_spec_in_both_spellings() -> None:
    files = {file.relative_to(ROOT / "specs").as_posix() for file in (ROOT / "specs").rglob("*.*")}
    specs = {file for file in files if file.endswith(SPELLINGS)}
    assert specs == {name + spelling for name in [*ZOO, *OURS] for spelling in SPELLINGS}


@pytest.mark.parametrize(("name", "spelling"), SPELT)
def test_network_has_its_totals(name: str, spelling: str) -> None:
    known, analysis = ZOO[name], api.load(path(name, spelling))
    assert analysis.graph is not None
    found = api.report(analysis, known.asked)
    assert found["parameters"] == known.parameters
    assert len(state_keys(analysis.graph)) == known.keys
    digits = len(known.gmac.partition(".")[2])
    assert isinstance(found["macs"], int)
    assert f"{found['macs'] / 1e9:.{digits}f}" == known.gmac
    shape = analysis.graph.shape(analysis.graph.outputs[0].value)
    assert shape is not None
    assert list(shape.at({"N": 1} | (known.asked or {})).numbers or ()) == known.output


@pytest.mark.parametrize(("name", "spelling"), SPELT)
def test_network_has_the_published_names_of_weights(name: str, spelling: str) -> None:
    graph = api.load(path(name, spelling)).graph
    assert graph is not None
    found = {key: list(shape) for key, shape in state_keys(graph).items()}
    assert {key: found.get(key) for key in ZOO[name].weights} == ZOO[name].weights


@pytest.mark.parametrize(("name", "spelling"), SPELT)
def test_network_accepts_and_promises_the_sizes_that_follow_from_its_arithmetic(name: str, spelling: str) -> None:
    known, analysis = ZOO[name], api.load(path(name, spelling))
    assert analysis.accepted is not None and analysis.legal is not None
    assert analysis.accepted.text() == of_both_axes(known.accepted)
    assert analysis.legal.text() == of_both_axes(known.promised)


def of_both_axes(heights: str) -> tuple[str, ...]:
    return () if heights == "one size" else (heights, heights.replace("H", "W"))


@pytest.mark.parametrize("name", TRIED)
def test_network_runs_in_pytorch_at_the_accepted_sizes_and_at_no_other(name: str) -> None:
    """Every height on either side of an edge, square and beside another width that runs."""
    known = ZOO[name]
    analysis = api.load(path(name))
    module = compiled.build(analysis, seed=0).eval()
    assert sum(weight.numel() for weight in module.parameters()) == known.parameters
    assert len(module.state_dict()) == known.keys
    for height in known.runs:
        for width in {height, known.runs[0]}:
            assert shape_of_run(module, analysis, height, width) == expected_shape(analysis, height, width)
    for height in known.fails:
        for size in ((height, height), (height, known.runs[0]), (known.runs[0], height)):
            assert not accepts(analysis, known, *size)
            with pytest.raises(RuntimeError):
                shape_of_run(module, analysis, *size)


def accepts(analysis: Analysis, known: Known, height: int, width: int) -> bool:
    assert analysis.accepted is not None
    if known.accepted == "one size":
        return [height, width] == known.size
    return analysis.accepted.contains({"H": height, "W": width})


@torch.no_grad()
def shape_of_run(module: torch.nn.Module, analysis: Analysis, height: int, width: int) -> tuple[int, ...]:
    """Run on noise of this size; inputs that have a default are left out."""
    assert analysis.graph is not None
    inputs = [tensor.shape.axes[1].value for tensor in analysis.graph.inputs if tensor.default is None]
    return tuple(module(*(torch.randn(1, channels, height, width) for channels in inputs)).shape)


def expected_shape(analysis: Analysis, height: int, width: int) -> tuple[int, ...] | None:
    """Return what the analysis says of a size, which it has to accept."""
    graph, accepted = analysis.graph, analysis.accepted
    assert graph is not None and accepted is not None
    sizes = {"H": height, "W": width} if accepted.axes else {}
    assert accepted.contains(sizes)
    shape = graph.shape(graph.outputs[0].value)
    assert shape is not None
    return shape.at({"N": 1, **sizes}).numbers


def test_zhang2017_with_a_hint_gives_another_picture_than_without() -> None:
    """A hint of zeros is what is left out."""
    module = compiled.build(path("zhang2017"), seed=0).eval()
    gray, none, hint = torch.randn(1, 1, 16, 16), torch.zeros(1, 2, 16, 16), torch.zeros(1, 2, 16, 16)
    hint[:, :, 8, 8] = 0.5
    mask = hint[:, :1] * 2
    with torch.no_grad():
        assert torch.equal(module(gray), module(gray, none, none[:, :1]))
        assert not torch.equal(module(gray), module(gray, hint, mask))


@pytest.mark.parametrize("name", ["unet2015", "vgg16", "resnet18"])
def test_classifier_when_asked_for_other_classes_still_keeps_its_expectation(name: str) -> None:
    assert api.load(path(name), classes=10).diagnostics == ()
