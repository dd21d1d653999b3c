"""The whole chain never raises on anything that a person could hand to it, and points into the text."""

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import convdsl
from convdsl.pipeline import analyze
from convdsl.render.json_report import report
from convdsl.render.layout import layout
from convdsl.render.message import message
from convdsl.render.svg import paint
from convdsl.render.table import table
from convdsl.render.theme import THEMES
from convdsl.source import Source
from convdsl.spec_error import SpecError
from convdsl.view import network_of

SPECS = Path(__file__).parent.parent / "specs"
TEXTS = [path.read_text("utf-8") for path in sorted(SPECS.rglob("*.cdsl"))]
YAMLS = [path.read_text("utf-8") for path in sorted(SPECS.rglob("*.yaml"))]
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
WORDS = [
    *("H", "W", "N", "C", "x", "1", "0", "-1", "3", "2.5", "1e9", "9007199254740993", "true", "none", "same", '"a.b"'),
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        "=",
        ":",
        "->",
        "+",
        "*",
        "/",
        "//",
        "%",
        "**",
        "==",
        "<=",
        "in",
        "not",
        "and",
    ),
    *("\n", " ", "#", "?", "input", "output", "if", "else", "for", "repeat", "layer", "default", "means", "where"),
    *("expect", "parameters", "Conv2d(8, 3)", "Concat(x, x)", "Flatten()", "Linear(3)", "BatchNorm2d()", "range(3)"),
    *("Chunk(2)", "Crop(x, like=x)", "Upsample(scale_factor=1.5)", 'as "k"', "block", "model", "ab / 110", "L"),
]


@st.composite
def mutated(draw: st.DrawFn, texts: list[str]) -> str:
    tokens = TOKEN.findall(draw(st.sampled_from(texts)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(tokens) - 1)))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            del tokens[at : at + draw(st.integers(1, 3))]
        elif kind == 1:
            tokens.insert(at, draw(st.sampled_from(WORDS)))
        elif kind == 2 and tokens:
            tokens[at] = draw(st.sampled_from(WORDS))
        elif tokens:
            other = draw(st.integers(0, len(tokens) - 1))
            tokens[at], tokens[other] = tokens[other], tokens[at]
    return "".join(tokens)


def survives(name: str, text: str) -> None:
    analysis = analyze(Source(name, text))
    for found in analysis.diagnostics:
        for label in (found.where, *found.labels):
            assert 0 <= label.span.start <= label.span.end <= len(text), found
        assert found.message
        assert message(found, analysis.sources)
    if analysis.graph is not None:  # right or wrong, it can be shown and drawn
        network = network_of(analysis)
        assert json.dumps(report(network, None), allow_nan=False)
        assert table(network)
        assert paint(layout(network), THEMES["light"])
    if analysis.ok:
        assert analysis.graph is not None
        assert all(node.shapes is not None for node in analysis.graph.nodes)
    else:
        with pytest.raises(SpecError):
            analysis.require_ok()


NONE = list(HealthCheck)
MANY = int(os.environ.get("CONVDSL_FUZZ", "2000"))


@given(mutated(TEXTS))
@settings(max_examples=150, deadline=None, suppress_health_check=NONE)
def test_law_the_chain_survives_any_mutation_of_a_text_spec(text: str) -> None:
    survives("net.cdsl", text)


@given(mutated(YAMLS))
@settings(max_examples=60, deadline=None, suppress_health_check=NONE)
def test_law_the_chain_survives_any_mutation_of_a_yaml_spec(text: str) -> None:
    survives("net.yaml", text)


@pytest.mark.slow
@given(mutated(TEXTS))
@settings(max_examples=MANY, deadline=None, suppress_health_check=NONE)
def test_law_the_chain_survives_many_mutations_of_a_text_spec(text: str) -> None:
    survives("net.cdsl", text)


@pytest.mark.slow
@given(mutated(YAMLS))
@settings(max_examples=MANY, deadline=None, suppress_health_check=NONE)
def test_law_the_chain_survives_many_mutations_of_a_yaml_spec(text: str) -> None:
    survives("net.yaml", text)


@pytest.mark.parametrize("path", sorted(SPECS.rglob("*.cdsl")), ids=lambda path: path.stem)
def test_a_spec_of_the_zoo_when_spelt_in_yaml_is_the_same_network(path: Path) -> None:
    twin = path.with_suffix(".yaml")
    if not twin.exists():
        pytest.skip(f"{path.stem} is spelt in text only")
    one = analyze(Source(path.name, path.read_text("utf-8")))
    two = analyze(Source(twin.name, twin.read_text("utf-8")))
    assert [item.code for item in one.diagnostics] == [item.code for item in two.diagnostics]
    assert one.architecture_hash == two.architecture_hash
    assert one.recipe == two.recipe
    assert one.legal is not None and two.legal is not None and one.legal.as_json() == two.legal.as_json()


@pytest.mark.parametrize(("name", "keys"), [("network1", 23), ("network2", 37)])
def test_a_head_that_cannot_reach_its_meaning_is_an_error_but_the_network_runs(name: str, keys: int) -> None:
    path = SPECS / "seed" / f"{name}.cdsl"
    analysis = analyze(Source(path.name, path.read_text("utf-8")))
    assert [item.code.id for item in convdsl.check(analysis) if item.is_error] == ["E402"]
    assert len(convdsl.build(analysis).state_dict()) == keys
