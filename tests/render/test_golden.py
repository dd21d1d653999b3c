"""Whole outputs, kept as files under tests/golden and read in review like code.

`pytest tests/render/test_golden.py --update-golden` rewrites them. Of every network of the zoo there is what `show`
prints, for all sizes and at its paper's.
"""

import json
from pathlib import Path

import pytest

from convdsl.cli.main import main
from convdsl.pipeline import analyze
from convdsl.render.layout import layout
from convdsl.render.message import message
from convdsl.render.svg import svg
from convdsl.render.table import table
from convdsl.source import Source
from convdsl.view import network_of
from tests.zoo import ROOT, SPELLINGS, ZOO

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden"
SPECS = {
    "network6": TESTS.parent / "specs" / "seed" / "network6.cdsl",
    "resnet": GOLDEN / "resnet" / "spec.cdsl",
    "branchy": GOLDEN / "branchy" / "spec.cdsl",
    "broken": GOLDEN / "broken" / "spec.cdsl",
}


def outputs(name: str) -> dict[str, str]:
    analysis = analyze(Source(SPECS[name].name, SPECS[name].read_text("utf-8")))
    network = network_of(analysis)
    found = "".join(f"{message(finding, analysis.sources)}\n\n" for finding in analysis.diagnostics)
    scene = json.dumps(layout(network, direction="LR", depth=0).as_json(), indent=1, ensure_ascii=False)
    return {
        "graph.svg": svg(network),
        "overview.json": scene + "\n",
        "table.txt": table(network, width=120) + "\n",
    } | ({"messages.txt": found} if found else {})


@pytest.mark.parametrize("name", SPECS)
def test_golden_outputs_of_a_spec_are_unchanged(name: str, request: pytest.FixtureRequest):
    for file, text in outputs(name).items():
        path = GOLDEN / name / file
        if request.config.getoption("--update-golden"):
            path.write_text(text, "utf-8")
        assert path.read_text("utf-8") == text, f"{path} is stale: look at the difference, then use --update-golden"


def sessions(name: str, spelling: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a terminal shows of a network: `show`, blocks alone; then, at the size of its paper, all layers."""
    asked = ZOO[name].asked
    size = [] if asked is None else ["--size", "x".join(map(str, asked.values()))]
    out = []
    for flags in (["--depth", "0"], size):
        main(["show", f"specs/{name}{spelling}", *flags])
        out.append(f"$ {' '.join(['convdsl show', f'specs/{name}.cdsl', *flags])}\n{capsys.readouterr().out}")
    return "\n".join(out)


@pytest.mark.parametrize("name", ZOO)
def test_golden_show_of_the_zoo_is_unchanged_and_the_same_in_both_spellings(
    name: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("COLUMNS", raising=False)
    path = GOLDEN / Path(name).name / "show.txt"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(sessions(name, ".cdsl", capsys), "utf-8")
    for spelling in SPELLINGS:
        stale = f"{path} is stale: look at the difference, then use --update-golden"
        assert path.read_text("utf-8") == sessions(name, spelling, capsys), stale
