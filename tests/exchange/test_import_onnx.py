"""ONNX files come in: what `export` wrote, and files made by hand, compared with ONNX Runtime's own numbers."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import load

import convdsl
from convdsl.cli.main import main
from convdsl.exchange.imported_onnx import import_onnx
from convdsl.mistake import MistakeError

Arrays = dict[str, np.ndarray]


def save(path: Path, nodes: list[onnx.NodeProto], weights: Arrays, outputs: int) -> str:
    """Write a file that takes [N, 3, H, W] and gives [N, outputs, …]."""
    taken = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, "H", "W"])
    given = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    kept = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "net", [taken], [given], kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(path))
    return str(path)


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def test_import_when_a_file_is_onnx_gives_its_numbers(tmp_path: Path) -> None:
    weights = {
        "features.0.weight": random(8, 3, 3, 3),
        "features.0.bias": random(8),
        "features.1.weight": random(8),
        "features.1.bias": random(8),
        "features.1.running_mean": random(8),
        "features.1.running_var": np.abs(random(8)) + 1,
        "up.weight": random(8, 4, 2, 2),
        "B_17": random(5, 4),
        "six": np.array(6, dtype=np.float32),
        "zero": np.array(0, dtype=np.float32),
        "half": np.array(0.5, dtype=np.float32),
        "twice": np.array([1, 1, 2, 2], dtype=np.float32),
    }
    norm = [f"features.1.{name}" for name in ("weight", "bias", "running_mean", "running_var")]
    nodes = [
        helper.make_node(
            "Conv", ["x", "features.0.weight", "features.0.bias"], ["a"], pads=[1, 1, 1, 1], strides=[2, 2]
        ),
        helper.make_node("BatchNormalization", ["a", *norm], ["b"]),
        helper.make_node("Clip", ["b", "zero", "six"], ["c"]),
        helper.make_node("MaxPool", ["c"], ["d"], kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1]),
        helper.make_node("Add", ["c", "d"], ["e"]),
        helper.make_node("ConvTranspose", ["e", "up.weight"], ["f"], strides=[2, 2]),
        helper.make_node("LeakyRelu", ["f"], ["g"], alpha=0.2),
        helper.make_node("Resize", ["g", "", "twice"], ["h"], mode="linear"),
        helper.make_node("Mul", ["h", "half"], ["i"]),
        helper.make_node("GlobalAveragePool", ["i"], ["j"]),
        helper.make_node("Flatten", ["j"], ["k"]),
        helper.make_node("Gemm", ["k", "B_17"], ["y"], transB=1),
    ]
    path = save(tmp_path / "net.onnx", nodes, weights, 5)
    made, kept = import_onnx(path)
    assert made.text.split("\n")[2:] == [
        "model Net {",
        "  input x: [N, 3, H, W]",
        "",
        "  features = {",
        "    Conv2d(8, 3, stride=2, padding=1) -> BatchNorm2d()",
        "  }",
        "  relu6 = ReLU6()",
        "  max_pool2d = MaxPool2d(3, stride=1, padding=1)",
        "  relu6 + max_pool2d",
        "  up = ConvTranspose2d(4, 2, stride=2, bias=false)",
        "  LeakyReLU(0.2)",
        '  Upsample(scale_factor=2, mode="bilinear") -> Mul(0.5)',
        "  AdaptiveAvgPool2d(1)",
        "  Flatten()",
        '  y = Linear(5, bias=false) as "gemm1"',
        "  output y: [N, 5]",
        "}",
        "",
    ]
    net = convdsl.build(made.text)
    net.load_state_dict(load(kept))
    x = torch.rand(2, 3, 13, 10)
    theirs = onnxruntime.InferenceSession(path).run(None, {"x": x.numpy()})[0]
    with torch.no_grad():
        assert np.allclose(net.eval()(x).numpy(), theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["unet", "seed/network4", "patchgan"])
def test_import_when_convdsl_exported_the_file_comes_back_equal(name: str, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    spec = Path(__file__).parents[2] / "specs" / f"{name}.cdsl"
    convdsl.export(spec, onnx=path)
    made, kept = import_onnx(str(path))
    assert all(trial.difference < 1e-4 for trial in made.trials)
    assert kept


def test_import_when_a_node_has_no_layer_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(
        tmp_path / "odd.onnx", [helper.make_node("CumSum", ["x", "axis"], ["y"], name="n7")], {"axis": np.array(1)}, 3
    )
    assert main(["import", path]) == 1
    assert "error: `CumSum` in `n7` cannot be expressed: no layer does this" in capsys.readouterr().err


def test_import_when_weights_are_asked_for_writes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "a.onnx", [helper.make_node("Conv", ["x", "c.weight"], ["y"])], {"c.weight": random(2, 3, 1, 1)}, 2)
    assert main(["import", "a.onnx", "-o", "a.cdsl", "--weights", "a.safetensors"]) == 0
    from safetensors.numpy import load_file

    assert np.array_equal(load_file("a.safetensors")["c.weight"], random(2, 3, 1, 1))


def test_import_when_the_file_is_no_onnx_says_so(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("convdsl 1\n", "utf-8")
    with pytest.raises(MistakeError, match=r"is no ONNX file|holds no network"):
        import_onnx(str(tmp_path / "text.onnx"))
