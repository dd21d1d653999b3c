"""Laws of emitted files over generated specs, and that type checkers find nothing in those of the zoo."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings

import convdsl
from convdsl.lower.build import load
from convdsl.lower.keys import state
from tests.lower.alive import specs
from tests.lower.interpreter import Interpreter, run_and_differentiate
from tests.lower.test_every_layer import SPECS, spec
from tests.lower.test_turns import LIST, LOOP, PLAIN
from tests.lower.test_zoo import CORNERS, ROOT

ZOO = sorted((ROOT / "specs").rglob("*.cdsl"))


@settings(max_examples=20, deadline=None)
@given(specs())
def test_law_emitted_source_when_run_has_the_state_that_the_graph_says_and_computes_the_same(text: str) -> None:
    analysis = convdsl.load(text)
    assert analysis.ok, analysis.diagnostics
    graph = analysis.graph
    torch.manual_seed(0)
    network = load(convdsl.emit(analysis), graph.model)()
    found = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    assert list(found.items()) == list(state(graph).keys.items())
    network.eval()
    plain = Interpreter(graph)
    plain.take(network.state_dict(), training=False)
    x = torch.randn(2, 4, 8, 4)
    (ours,), (ours_x,) = run_and_differentiate(network, [x])
    (theirs,), (theirs_x,) = run_and_differentiate(plain, [x])
    assert torch.equal(ours, theirs)
    assert ours_x is not None
    assert theirs_x is not None
    torch.testing.assert_close(ours_x, theirs_x)


@pytest.mark.slow
def test_emitted_files_are_typed_strictly(tmp_path: Path) -> None:
    for path in ZOO:
        (tmp_path / f"{path.stem}.py").write_text(convdsl.emit(path))
        (tmp_path / f"{path.stem}_fused.py").write_text(convdsl.emit(path, fuse=True))
    for name, body in CORNERS.items():
        (tmp_path / f"corner_{name}.py").write_text(convdsl.emit(f"convdsl 1\n{body}"))
    for name, text in (("loop", LOOP), ("plain", PLAIN), ("list", LIST)):
        (tmp_path / f"long_{name}.py").write_text(convdsl.emit(text))
    for name in SPECS:
        (tmp_path / f"every_{name}.py").write_text(convdsl.emit(spec(name)))
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=/dev/null", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
