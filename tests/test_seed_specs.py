"""The networks of the series: both spellings are one network. Weights and outputs: tests/twins."""

from pathlib import Path

import pytest

from convdsl.graph.graph import Graph
from convdsl.lower.build import TooLarge, build
from convdsl.pipeline import Analysis, analyze
from convdsl.review import review
from convdsl.source import Source
from tests.syntax.normal_form import normal

SEED = Path(__file__).parent.parent / "specs" / "seed"
NAMES = sorted(path.stem for path in SEED.glob("*.cdsl"))


def analysis_of(name: str, suffix: str = ".cdsl") -> Analysis:
    path = SEED / (name + suffix)
    return analyze(Source(path.name, path.read_text()))


def graph_of(name: str, suffix: str = ".cdsl") -> Graph:
    graph = analysis_of(name, suffix).graph
    assert graph is not None
    return graph


@pytest.mark.parametrize("name", NAMES)
def test_seed_in_both_spellings_is_one_network(name: str) -> None:
    text, spelt = analysis_of(name), analysis_of(name, ".yaml")
    assert normal(text.file) == normal(spelt.file)
    assert text.architecture_hash == spelt.architecture_hash != ""
    assert [d.code for d in text.diagnostics] == [d.code for d in spelt.diagnostics]
    assert text.legal is not None and spelt.legal is not None
    assert text.legal.text() == spelt.legal.text()


@pytest.mark.parametrize("name", NAMES)
def test_seed_when_checked_has_the_one_known_mistake(name: str) -> None:
    """Networks 1 and 2 end in ReLU and so cannot make negative chroma; nothing else is an error in any."""
    expected = ["E402"] if name in ("network1", "network2") else []
    assert [d.code.id for d in review(analysis_of(name)) if d.is_error] == expected


def test_dense_when_built_is_refused_before_anything_is_allocated() -> None:
    """196,608 = 3 * 256 * 256; (196,608 ** 2 + 196,608) * 4 bytes = 154,619,609,088."""
    with pytest.raises(TooLarge, match=r"154,619,609,088|144"):
        build(graph_of("dense"), max_bytes=2**30)
