"""The law of coming back: what `emit` printed of a spec is imported as the network that the spec is, to its hash."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import convdsl
from convdsl.exchange.imported import written
from convdsl.exchange.read_module import read_module
from convdsl.graph.graph import Graph
from convdsl.pipeline import Analysis, analyze
from convdsl.source import Source
from tests.lower.test_expand import HARD, LAYERS

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").rglob("*.cdsl"))
UNBUILDABLE = ("dense",)  # 155 GB of weights


def sizes_of(analysis: Analysis) -> list[tuple[int, ...]]:
    """Return sizes at which a network runs, those near 64 pixels, with one image."""
    graph, legal = analysis.graph, analysis.legal
    assert graph is not None and legal is not None
    symbols = legal.nearest(dict.fromkeys(legal.axes, 64))[0] if legal.axes else {}
    return [tensor.shape.at(symbols).numbers for tensor in graph.inputs]


def back(analysis: Analysis, fold: bool = True) -> Analysis:
    """Emit, build, trace, write; torch is asked for no weights."""
    module = convdsl.build(analysis, device="meta")
    read = read_module(module, sizes_of(analysis))
    assert read.unsupported == ()
    return written(read, fold)[0]


def keys(graph: Graph | None) -> list[str | None]:
    assert graph is not None
    return [node.key for node in graph.nodes]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_law_an_emitted_network_comes_back_with_its_hash(path: Path) -> None:
    if path.stem in UNBUILDABLE:
        pytest.skip("its weights fit into no memory")
    analysis = convdsl.load(path)
    for fold in (True, False):
        again = back(analysis, fold)
        assert keys(again.graph) == keys(analysis.graph)
        assert again.architecture_hash == analysis.architecture_hash


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LAYERS, max_size=6), st.integers(1, 5))
def test_law_generated_networks_come_back_with_their_hash(lines: list[str], width: int) -> None:
    body = "\n".join(line.format(i=index) for index, line in enumerate(lines)).replace(
        "layer l", "Conv2d(width, 1)\nlayer l"
    )
    text = f"""convdsl 1
block Block(n: int) {{
  input x: [N, C, H, W]
  y = Conv2d(n, 3, padding=1)
  Concat(x, y) -> ReLU()
}}
model M(width: int = 1) {{
  input x: [N, 3, H, W] where H % 2 == 0
  Conv2d(width, 1)
{body}
  y = Conv2d(1, 1)
  output y: [N, 1, H, W]
}}
"""
    analysis = analyze(Source("made.cdsl", text), {"width": width}).require_ok()
    assert back(analysis).architecture_hash == analysis.architecture_hash


@pytest.mark.parametrize("given", [{}, {"k": 3}, {"k": 1, "lo": 2.5}])
def test_law_holds_for_shared_spare_and_looped_layers(given: dict[str, object]) -> None:
    # what code does not keep: the order of layers that nothing calls, and that two equal factors were written as two
    text = "\n".join(line for line in HARD.split("\n") if "layer chain" not in line and "layer spare" not in line)
    text = text.replace("scale_factor=(2, 2)", "scale_factor=2")
    analysis = analyze(Source("hard.cdsl", text), given).require_ok()
    again = back(analysis)
    assert keys(again.graph) == keys(analysis.graph)
    assert again.architecture_hash == analysis.architecture_hash
