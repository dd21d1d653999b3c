"""Weights of Keras: every layout, and a whole network of its layers computed by Keras's rules in numpy.

TensorFlow is not at hand, so files are written as Keras 3 lays them out, and its arithmetic is written here: kernels
(rows, columns, in, out), channels last, padding "same" as its documentation defines it.
"""

import io
import json
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

import convdsl
from convdsl.checkpoints import read_checkpoint
from convdsl.mistake import MistakeError
from convdsl.weights import load_weights

Array = np.ndarray

SPEC = """convdsl 1

model Net {
  input x: [N, 3, 8, 6]
  Pad((0, 1, 0, 1))  # "same", stride 2, window 3: nothing before, one after
  first = Conv2d(4, 3, stride=2)
  bn = BatchNorm2d(eps=1e-3)
  ReLU()
  dw = Conv2d(8, 3, padding=1, groups=4)
  up = ConvTranspose2d(5, 4, stride=2, padding=1)
  up3 = ConvTranspose2d(5, 3, stride=2)
  Pad((0, -1, 0, -1))  # "same": the last row and column are cut off
  Flatten()
  head = Linear(10)
  output head: [N, 10]
}
"""
CLASSES = {  # of the layers, as Keras names them, and their weights' shapes
    "first": ("Conv2D", "conv2d", {"kernel": (3, 3, 3, 4), "bias": (4,)}),
    "bn": (
        "BatchNormalization",
        "batch_normalization",
        {"gamma": (4,), "beta": (4,), "moving_mean": (4,), "moving_variance": (4,)},
    ),
    "dw": ("DepthwiseConv2D", "depthwise_conv2d", {"kernel": (3, 3, 4, 2), "bias": (8,)}),
    "up": ("Conv2DTranspose", "conv2d_transpose", {"kernel": (4, 4, 5, 8), "bias": (5,)}),
    "up3": ("Conv2DTranspose", "conv2d_transpose_1", {"kernel": (3, 3, 5, 5), "bias": (5,)}),
    "head": ("Dense", "dense", {"kernel": (16 * 12 * 5, 10), "bias": (10,)}),
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(name="weights")
def _weights() -> dict[str, dict[str, Array]]:
    """Weights as Keras has them, by layer; variances are positive."""
    random = np.random.default_rng(0)
    return {
        layer: {
            leaf: (random.uniform(0.5, 1.5, shape) if leaf == "moving_variance" else random.normal(0, 0.3, shape))
            for leaf, shape in leaves.items()
        }
        for layer, (_, _, leaves) in CLASSES.items()
    }


# ------------------------------------------------------------------ Keras's arithmetic


def same(size: int, window: int, stride: int) -> tuple[int, int]:
    """Return what padding "same" adds before and after: ceil(size / stride) outputs, the odd pixel at the end."""
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def conv(x: Array, kernel: Array, stride: int) -> Array:
    """Convolve x (n, rows, columns, in) by a kernel (rows, columns, in, out) with padding "same"."""
    rows, columns, _, _ = kernel.shape
    x = np.pad(x, ((0, 0), same(x.shape[1], rows, stride), same(x.shape[2], columns, stride), (0, 0)))
    height, width = (x.shape[1] - rows) // stride + 1, (x.shape[2] - columns) // stride + 1
    out = np.zeros((x.shape[0], height, width, kernel.shape[3]))
    for i in range(rows):
        for j in range(columns):
            part = x[:, i : i + stride * height : stride, j : j + stride * width : stride]
            out[:, : part.shape[1], : part.shape[2]] += part @ kernel[i, j]
    return out


def depthwise(x: Array, kernel: Array) -> Array:
    """Convolve each channel by its own kernels, (rows, columns, in, multiplier), stride 1, padding "same"."""
    parts = [conv(x[..., c : c + 1], kernel[:, :, c : c + 1], 1) for c in range(x.shape[3])]
    return np.concatenate(parts, 3)


def conv_transpose(x: Array, kernel: Array, stride: int) -> Array:
    """Spread x by a kernel (rows, columns, out, in); "same" keeps size * stride pixels, cut as `same` would pad."""
    n, height, width, _ = x.shape
    rows, columns, channels, _ = kernel.shape
    out = np.zeros((n, (height - 1) * stride + rows, (width - 1) * stride + columns, channels))
    for i in range(rows):
        for j in range(columns):
            out[:, i : i + stride * height : stride, j : j + stride * width : stride] += x @ kernel[i, j].T
    top, left = same(height * stride, rows, stride)[0], same(width * stride, columns, stride)[0]
    return out[:, top : top + height * stride, left : left + width * stride]


def keras(weights: dict[str, dict[str, Array]], x: Array) -> Array:
    """Compute the network of SPEC as Keras would: channels last, epsilon 0.001."""
    w = weights
    x = conv(x, w["first"]["kernel"], 2) + w["first"]["bias"]
    norm = w["bn"]
    x = (x - norm["moving_mean"]) / np.sqrt(norm["moving_variance"] + 1e-3) * norm["gamma"] + norm["beta"]
    x = depthwise(np.maximum(x, 0), w["dw"]["kernel"]) + w["dw"]["bias"]
    x = conv_transpose(x, w["up"]["kernel"], 2) + w["up"]["bias"]
    x = conv_transpose(x, w["up3"]["kernel"], 2) + w["up3"]["bias"]
    return x.reshape(len(x), -1) @ w["head"]["kernel"] + w["head"]["bias"]


@pytest.mark.parametrize(
    ("size", "window", "stride", "expected"),
    [
        (8, 3, 2, (0, 1)),
        (7, 3, 2, (1, 1)),
        (8, 4, 2, (1, 1)),
        (8, 3, 1, (1, 1)),
        (224, 7, 2, (2, 3)),
        (8, 1, 2, (0, 0)),
    ],
)
def test_same_is_what_keras_documents(size: int, window: int, stride: int, expected: tuple[int, int]) -> None:
    """224 by 7 with stride 2: (112 - 1) * 2 + 7 - 224 = 5 pixels, 2 before and 3 after, as in ResNet50 of Keras."""
    assert same(size, window, stride) == expected


# ------------------------------------------------------------------ files


def write_weights(weights: dict[str, dict[str, Array]], path: str | io.BytesIO) -> None:
    """Write `.weights.h5` as Keras 3 does: a group for each class and number, the layer's name an attribute."""
    with h5py.File(path, "w") as file:
        file.create_group("vars")
        for layer, leaves in weights.items():
            group = file.create_group(f"layers/{CLASSES[layer][1]}/vars")
            group.attrs["name"] = layer
            for i, array in enumerate(leaves.values()):
                group[str(i)] = array.astype("float32")


def write_whole(weights: dict[str, dict[str, Array]], path: str) -> None:
    """Write a whole model's `.h5`: names of layers and weights in attributes, the model as JSON."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config())
        top = file.create_group("model_weights")
        top.attrs["layer_names"] = list(weights)
        for layer, leaves in weights.items():
            group = top.create_group(layer)
            group.attrs["weight_names"] = [f"{layer}/{leaf}" for leaf in leaves]
            for leaf, array in leaves.items():
                group[f"{layer}/{leaf}"] = array.astype("float32")


def write_archive(weights: dict[str, dict[str, Array]], path: str) -> None:
    """Write `.keras`: the weights' file and the model as JSON in an archive."""
    inside = io.BytesIO()
    write_weights(weights, inside)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config()))
        archive.writestr("model.weights.h5", inside.getvalue())


def config() -> dict[str, object]:
    layers = [{"class_name": kind, "config": {"name": layer}} for layer, (kind, _, _) in CLASSES.items()]
    return {"class_name": "Functional", "config": {"name": "net", "layers": layers}}


def write_arrays(weights: dict[str, dict[str, Array]], path: str) -> None:
    """Write `.npz`: what a person without h5py saves, `layer/leaf`; a depthwise kernel says so."""
    leaf_of = {("dw", "kernel"): "depthwise_kernel"}
    named = {
        f"{layer}/{leaf_of.get((layer, leaf), leaf)}": array.astype("float32")
        for layer, leaves in weights.items()
        for leaf, array in leaves.items()
    }
    np.savez(path, **named)


WRITERS = {"net.weights.h5": write_weights, "net.h5": write_whole, "net.keras": write_archive, "net.npz": write_arrays}


@pytest.mark.parametrize("file", WRITERS)
def test_network_with_weights_of_keras_computes_what_keras_does(
    file: str, weights: dict[str, dict[str, Array]]
) -> None:
    """Asymmetric padding, a transposed kernel, a depthwise one, and a dense layer behind a flattened picture."""
    WRITERS[file](weights, file)
    x = np.random.default_rng(1).normal(size=(2, 8, 6, 3))
    net = load_weights(SPEC, file).eval().double()
    with torch.no_grad():
        found = net(torch.from_numpy(x.transpose(0, 3, 1, 2))).numpy()
    rounded = {
        k: {n: a.astype("float32").astype("float64") for n, a in leaves.items()} for k, leaves in weights.items()
    }
    np.testing.assert_allclose(found, keras(rounded, x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("file", ["net.keras", "net.h5", "net.npz"])
def test_file_that_keeps_the_order_of_layers_is_matched_by_shape(
    file: str, weights: dict[str, dict[str, Array]]
) -> None:
    WRITERS[file](weights, file)
    assert list(read_checkpoint(file).parts[""])[:2] == ["first.weight", "first.bias"]
    other = SPEC
    for layer in CLASSES:
        other = other.replace(f"  {layer} =", f"  other_{layer} =")
    by_name = load_weights(SPEC, file).state_dict()
    by_shape = load_weights(other.replace("output head", "output other_head"), file, match="shape").state_dict()
    assert all(torch.equal(a, b) for a, b in zip(by_name.values(), by_shape.values(), strict=True))


def test_file_of_keras_without_its_package_says_what_to_install(
    weights: dict[str, dict[str, Array]], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_weights(weights, "net.weights.h5")
    write_arrays(weights, "net.npz")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MistakeError, match="the package `h5py`, which is not installed") as caught:
        read_checkpoint("net.weights.h5")
    assert "pip install 'convdsl[keras]'" in caught.value.way_out
    assert len(read_checkpoint("net.npz").parts[""]) == 14


def test_separable_convolution_becomes_two_layers() -> None:
    with h5py.File("a.weights.h5", "w") as file:
        group = file.create_group("layers/separable_conv2d/vars")
        group.attrs["name"] = "sep"
        for i, shape in enumerate([(3, 3, 4, 2), (1, 1, 8, 6), (6,)]):
            group[str(i)] = np.zeros(shape, "float32")
    found = {name: tuple(one.shape) for name, one in read_checkpoint("a.weights.h5").parts[""].items()}
    assert found == {
        "sep.depthwise.weight": (8, 1, 3, 3),
        "sep.pointwise.weight": (6, 8, 1, 1),
        "sep.pointwise.bias": (6,),
    }


def test_norm_without_scale_is_not_taken_for_one_with() -> None:
    """Three numbered arrays: beta, mean and variance, or gamma, mean and variance; nothing in the file says which."""
    with h5py.File("a.weights.h5", "w") as file:
        group = file.create_group("layers/batch_normalization/vars")
        for i in range(3):
            group[str(i)] = np.zeros(4, "float32")
    assert list(read_checkpoint("a.weights.h5").parts[""]) == [f"batch_normalization.{i}" for i in range(3)]


def test_module_of_its_own_takes_no_file_of_keras(weights: dict[str, dict[str, Array]]) -> None:
    write_weights(weights, "net.weights.h5")
    with pytest.raises(MistakeError, match="only the spec can tell"):
        load_weights(convdsl.build(SPEC), "net.weights.h5")


@pytest.mark.parametrize("kind", ["soft", "external", "storage"])
def test_file_that_leads_out_of_itself_is_refused(kind: str) -> None:
    Path("secret").write_bytes(b"\0" * 16)
    with h5py.File("other.h5", "w") as file:
        file["x"] = np.zeros(4, "float32")
    with h5py.File("a.weights.h5", "w") as file:
        group = file.create_group("layers/conv2d/vars")
        if kind == "storage":
            group.create_dataset("0", (4,), "float32", external=[("secret", 0, 16)])
        else:
            group["0"] = h5py.SoftLink("/elsewhere") if kind == "soft" else h5py.ExternalLink("other.h5", "/x")
    with pytest.raises(MistakeError, match=r"leads out of the file|no array in this file"):
        read_checkpoint("a.weights.h5")


def test_file_that_unpacks_to_more_than_the_memory_is_refused_before_it_is() -> None:
    with h5py.File("a.weights.h5", "w") as file:
        group = file.create_group("layers/dense/vars")
        group.create_dataset("0", (2**20, 2**20), "float64", chunks=(2**10, 2**10), compression="gzip")
    with pytest.raises(MistakeError, match=r"unpacks to 8,796,093,022,208 bytes"):
        read_checkpoint("a.weights.h5")


def test_arrays_that_are_pickled_objects_are_refused() -> None:
    np.savez("a.npz", w=np.array([{"a": 1}], dtype=object))
    with pytest.raises(MistakeError, match=r"`a\.npz` cannot be read as a file of Keras"):
        read_checkpoint("a.npz")
