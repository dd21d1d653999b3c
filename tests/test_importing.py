"""The face's `from_pytorch` and `from_onnx`: networks that are there, as analyses."""

from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import helper
from torch import nn

import convdsl
from tests.exchange.test_import_onnx import save


class Double(nn.Sequential):
    """Two convolutions, as people write them."""

    def __init__(self, before: int, channels: int) -> None:
        super().__init__(nn.Conv2d(before, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 1))


class Strange(nn.Module):
    """What no layer does."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.einsum("nchw->nhwc", x)


def test_module_comes_in_as_a_spec_that_takes_its_weights() -> None:
    module = nn.Sequential(Double(1, 8), Double(8, 2))
    example = torch.rand(1, 1, 24, 40)
    for given in ((1, 1, 24, 40), example, example.shape):
        found = convdsl.from_pytorch(module, given)
        assert "block Double(channels: int)" in found.source.text
    again = convdsl.build(found, weights=module.state_dict())
    x = torch.rand(2, 1, 9, 7)
    assert torch.equal(again.eval()(x), module.eval()(x))
    assert "block" not in convdsl.from_pytorch(module, example, fold=False).source.text


@pytest.mark.parametrize("given", ["1x1x8x8", (0, 1, 8, 8), (8,), (1, 1.5, 8), None])
def test_sizes_that_are_none_are_refused(given: object) -> None:
    with pytest.raises(convdsl.MistakeError, match="no sizes of a tensor"):
        convdsl.from_pytorch(nn.ReLU(), given)


def test_call_without_sizes_or_without_a_module_is_refused() -> None:
    with pytest.raises(convdsl.MistakeError, match="how large its input is"):
        convdsl.from_pytorch(nn.ReLU())
    with pytest.raises(convdsl.MistakeError, match=r"a torch\.nn\.Module, not str"):
        convdsl.from_pytorch("net.py:UNet", (1, 1, 8, 8))


def test_layer_that_cannot_be_expressed_is_named_in_the_notes() -> None:
    with pytest.raises(convdsl.MistakeError, match="1 thing of the network cannot be expressed") as caught:
        convdsl.from_pytorch(Strange(), (1, 3, 8, 8))
    assert "`torch.functional.einsum` cannot be expressed" in caught.value.notes[0]
    assert "test_importing.py:" in caught.value.notes[0]


def test_onnx_file_comes_in_with_its_weights(tmp_path: Path) -> None:
    kernel = np.random.default_rng(0).standard_normal((2, 3, 1, 1)).astype(np.float32)
    node = helper.make_node("Conv", ["x", "c.weight"], ["y"])
    path = save(tmp_path / "a.onnx", [node], {"c.weight": kernel}, 2)
    found = convdsl.from_onnx(path, weights=tmp_path / "a.safetensors")
    network = convdsl.build(found, weights=tmp_path / "a.safetensors")
    assert np.array_equal(network.state_dict()["c.weight"].numpy(), kernel)
    (tmp_path / "b.safetensors").write_text("mine", "utf-8")
    with pytest.raises(convdsl.MistakeError, match="exists"):
        convdsl.from_onnx(path, weights=tmp_path / "b.safetensors")
    convdsl.from_onnx(path, weights=tmp_path / "b.safetensors", force=True)


def test_example_of_the_page_runs() -> None:
    page = (Path(__file__).parents[1] / "docs" / "import.md").read_text("utf-8")
    example = page.partition("## From Python\n\n```python\n")[2].partition("```")[0]
    assert "from_pytorch" in example
    exec(compile(example, "docs/import.md", "exec"), {})
