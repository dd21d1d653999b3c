"""`convdsl import`: what a person types, what is written, what is said."""

from pathlib import Path

import pytest

from convdsl import api
from convdsl.cli.main import main

NET = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv = nn.Conv2d(1, width, 3, padding=1)

    def forward(self, x):
        return torch.relu(self.conv(x))

class Odd(Net):
    def forward(self, x):
        return torch.cumsum(self.conv(x), 1)

def make():
    return Net(2)

class Broken(nn.Module):
    def __init__(self, width):
        super().__init__()
"""


@pytest.fixture(name="net")
def _net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "their_net.py").write_text(NET, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "their_net.py"


def run(*words: str) -> int:
    return main(["import", *words])


@pytest.mark.parametrize("spelling", ["cdsl", "yaml"])
def test_import_when_a_file_is_named_writes_the_spec(
    net: str, spelling: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(f"{net}:Net", "--input", "1x1x8x8", "--param", "width=3", "-o", f"net.{spelling}") == 0
    said = capsys.readouterr().err
    assert said.startswith("note: this runs the Python of their_net.py:Net")
    assert "outputs equal" in said
    graph = api.load(f"net.{spelling}").require_ok().graph
    assert graph is not None
    assert [type(node.op).__name__ for node in graph.nodes if node.op] == ["Conv2d", "ReLU"]
    # 3 windows of 3 x 3 and 3 biases
    assert "30 parameters" in said


def test_import_when_a_function_is_named_takes_what_it_makes(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("their_net:make", "--input", "1x1x8x8") == 0
    assert "conv = Conv2d(2, 3, padding=1)" in capsys.readouterr().out


def test_import_when_something_has_no_layer_says_where_and_writes_nothing(
    net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(f"{net}:Odd", "--input", "1x1x8x8", "-o", "odd.cdsl") == 1
    said = capsys.readouterr().err
    assert "their_net.py:14: error: `torch.cumsum` cannot be expressed" in said
    assert not Path("odd.cdsl").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["their_net.py:Nat", "--input", "1x1x8x8"], "did you mean `Net`?"),
        (["their_net.py", "--input", "1x1x8x8"], "write `package.module:Class` or `net.py:Class`"),
        (["their_net.py:Net"], "such as `--input 1x3x224x224`"),
        (["their_net.py:Net", "--input", "8by8"], "`--input 8by8` is no size of a tensor"),
        (["nowhere.py:Net", "--input", "1x1x8x8"], "there is no file `nowhere.py`"),
        (["no_such_package:Net", "--input", "1x1x8x8"], "No module named 'no_such_package'"),
        (["their_net.py:Broken", "--input", "1x1x8x8"], "give what it needs by `--param NAME=VALUE`"),
        (
            ["their_net.py:Net", "--input", "1x5x8x8"],
            "the network does not run at 1x5x8x8: RuntimeError: Given groups=1",
        ),
    ],
)
def test_import_when_asked_wrongly_says_what_to_write(
    net: str, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(*words)
    error = capsys.readouterr().err
    assert code == 2
    assert said in error
    assert "Traceback" not in error
