"""Weights that Keras saved: `.weights.h5`, `.h5`, `.keras` and `.npz`, brought into PyTorch's names and layout.

Keras's kernels are (rows, columns, in, out), those of a transposed convolution (rows, columns, out, in), of a depthwise
one (rows, columns, in, multiplier), of a dense layer (in, out). PyTorch's are (out, in, rows, columns), (in, out, rows,
columns), (in * multiplier, 1, rows, columns), (out, in): reversing the axes and exchanging rows and columns again does
all but the depthwise ones. No kernel is turned round: both libraries slide a transposed convolution's kernel the same
way. Sources: keras.io, the layers' pages; PyTorch, torch.nn.

The way of a dense layer behind a flattening depends on the network: `flattening.py`. Reads plain data only: no link, no
data outside the file, and no more than fits into memory.
"""

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from convdsl.exchange.stored import Stored
from convdsl.lower.build import memory_limit
from convdsl.mistake import MistakeError

Array = np.ndarray[Any, np.dtype[Any]]

# Keras's names of weights and PyTorch's
LEAVES = {
    "kernel": "weight",
    "gamma": "weight",
    "alpha": "weight",
    "embeddings": "weight",
    "depthwise_kernel": "weight",
    "bias": "bias",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
# what `.weights.h5` numbers, by the class of the layer: a beginning of its name in the file
NUMBERED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("batch_normalization", ("gamma", "beta", "moving_mean", "moving_variance")),
    ("layer_normalization", ("gamma", "beta")),
    ("group_normalization", ("gamma", "beta")),
    ("separable_conv", ("depthwise_kernel", "pointwise_kernel", "bias")),
    ("depthwise_conv", ("depthwise_kernel", "bias")),
    ("p_re_lu", ("alpha",)),
    ("conv", ("kernel", "bias")),
    ("dense", ("kernel", "bias")),
)

_BROKEN = (
    *(OSError, ValueError, TypeError, LookupError, AttributeError, RuntimeError, EOFError, ArithmeticError),
    *(MemoryError, struct.error, zipfile.BadZipFile, zlib.error),
)


def read_keras(path: str) -> Stored:
    """Read a file of Keras.

    Raises MistakeError where it is none, is broken, or a package is missing.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".npz":
        arrays, ordered = _read_npz(path), True
    elif suffix == ".keras":
        arrays, ordered = _read_archive(path), True
    else:
        arrays, ordered = _read_hdf5(path, path)
    tensors = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}  # each in memory of its own
    return Stored(path, "Keras", {"": tensors}, ordered=ordered, keras=True)


def to_pytorch(layer: str, leaf: str, array: Array) -> tuple[str, Array]:
    """Return the name and the array as PyTorch has them. leaf: `kernel`, `gamma` …; layer: its name.

    >>> name, array = to_pytorch("conv1", "kernel", np.zeros((3, 5, 1, 8)))
    >>> name, array.shape
    ('conv1.weight', (8, 1, 3, 5))
    """
    spatial = array.ndim - 2
    if leaf == "depthwise_kernel":
        moved = array.transpose(spatial, spatial + 1, *range(spatial))
        return f"{layer}.weight", moved.reshape(-1, 1, *array.shape[:spatial])
    if leaf == "pointwise_kernel":
        return f"{layer}.pointwise.weight", array.transpose(spatial + 1, spatial, *range(spatial))
    if leaf == "kernel" and array.ndim >= 2:
        return f"{layer}.weight", array.transpose(spatial + 1, spatial, *range(spatial))
    if leaf == "alpha":
        return f"{layer}.weight", array.reshape(-1)
    return f"{layer}.{LEAVES.get(leaf, leaf)}", array


def _layer(name: str, weights: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """Bring one layer over; a separable convolution is two, `.depthwise` and `.pointwise`."""
    separable = "pointwise_kernel" in weights
    for leaf, array in weights.items():
        inner = name
        if separable and leaf != "pointwise_kernel":
            inner = f"{name}.{'depthwise' if leaf == 'depthwise_kernel' else 'pointwise'}"
        yield to_pytorch(inner, leaf, array)


def _read_npz(path: str) -> dict[str, Array]:
    """Read arrays named `conv1/kernel`; names of PyTorch, `conv1.weight`, are taken as they are, and so is what they
    hold.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _require_room(path, sum(entry.file_size for entry in archive.infolist()))
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
    except _BROKEN as error:
        raise _broken(path, error) from error
    out: dict[str, Array] = {}
    for full, array in found.items():
        layer, _, leaf = full.removesuffix(":0").replace("\\", "/").rpartition("/")
        if layer and (leaf in LEAVES or leaf == "pointwise_kernel"):
            separable = f"{layer}/pointwise_kernel" in found or f"{layer}/pointwise_kernel:0" in found
            group = {leaf: array} | ({"pointwise_kernel": array} if separable and leaf != "pointwise_kernel" else {})
            name, value = next(_layer(layer.replace("/", "."), group))
            out[name] = value
        else:
            out[full] = array
    return out


def _read_archive(path: str) -> dict[str, Array]:
    """Read the weights in a `.keras` archive, in the order that its description of the model gives."""
    try:
        with zipfile.ZipFile(path) as archive:
            weights = archive.getinfo("model.weights.h5")
            _require_room(path, weights.file_size)
            config: object = json.loads(archive.read("config.json"))
            arrays, _ = _read_hdf5(path, io.BytesIO(archive.read(weights)))
    except _BROKEN as error:
        raise _broken(path, error) from error
    order = {name: i for i, name in enumerate(_described(config))}
    return dict(sorted(arrays.items(), key=lambda item: order.get(item[0].partition(".")[0], len(order))))


def _described(config: object) -> dict[str, str]:
    """Return the classes of the layers by name, in order, as the description of a model has them."""
    inner = config.get("config") if isinstance(config, dict) else None
    listed = inner.get("layers") if isinstance(inner, dict) else None
    out: dict[str, str] = {}
    for entry in listed if isinstance(listed, list) else ():
        own = entry.get("config") if isinstance(entry, dict) else None
        if isinstance(own, dict):
            out[str(own.get("name"))] = str(entry.get("class_name"))
    return out


def _classes(root: Any) -> dict[str, str]:
    """Return the classes of the layers of a whole model's `.h5`, none for a file of weights alone."""
    return _described(json.loads(_text(root.attrs["model_config"]))) if "model_config" in root.attrs else {}


def _read_hdf5(path: str, file: str | io.BytesIO) -> tuple[dict[str, Array], bool]:
    """Read HDF5 of either kind; and tell whether the layers are in the order of the network."""
    try:
        import h5py
    except ModuleNotFoundError as error:
        way_out = "`pip install 'convdsl[keras]'`, or save the arrays as .npz: `conv1/kernel`, `conv1/bias` …"
        raise MistakeError(
            f"to read `{path}` takes the package `h5py`, which is not installed", way_out=way_out
        ) from error
    try:
        with h5py.File(file, "r") as root:
            reader = _Hdf5(path, h5py)
            top = reader.group(root, "model_weights") if "model_weights" in root else root
            if "layer_names" in top.attrs:
                return reader.named(top, _classes(root)), True
            return reader.numbered(root), False
    except _BROKEN as error:
        raise _broken(path, error) from error


class _Hdf5:
    """Reads groups and arrays of one file, and nothing that leads out of it."""

    def __init__(self, path: str, h5py: Any) -> None:
        self.path, self.h5py, self.bytes = path, h5py, 0

    def named(self, top: Any, classes: Mapping[str, str]) -> dict[str, Array]:
        """Read a whole model's `.h5`, or weights of Keras 2: layers in order, each with the names of its weights.

        classes: of the layers, by name, where the file says so: Keras 3 calls a depthwise kernel `kernel` too.
        """
        out: dict[str, Array] = {}
        for layer in map(_text, top.attrs["layer_names"]):
            group = self.group(top, layer)
            weights = {}
            for full in map(_text, group.attrs.get("weight_names", ())):
                weights[full.rpartition("/")[2].removesuffix(":0")] = self.array(group, full)
            if classes.get(layer, layer).lower().startswith("depthwise") and "kernel" in weights:
                weights = {"depthwise_kernel" if leaf == "kernel" else leaf: array for leaf, array in weights.items()}
            out.update(_layer(layer, weights))
        return out

    def numbered(self, root: Any) -> dict[str, Array]:
        """Read `.weights.h5` of Keras 3: each layer's weights are numbered, and its class is in the group's name."""
        found: list[tuple[str, str, list[Array]]] = []
        self._collect(root, "", "", found, 0)
        out: dict[str, Array] = {}
        for kind, name, arrays in sorted(found, key=lambda item: _natural(item[0])):
            leaves = next((leaves for start, leaves in NUMBERED if kind.startswith(start)), ())
            short_norm = "normalization" in kind and len(arrays) < len(leaves)  # which one is missing, nothing says
            if len(arrays) > len(leaves) or short_norm:
                weights = {str(i): array for i, array in enumerate(arrays)}
            else:
                weights = dict(zip(leaves, arrays, strict=False))
            out.update(_layer(name, weights))
        return out

    def _collect(
        self, group: Any, kind: str, prefix: str, found: list[tuple[str, str, list[Array]]], depth: int
    ) -> None:
        """Look for groups `vars`; a layer's name is the attribute `name` there, else that of its group."""
        if depth > 50:
            raise ValueError("groups lie more than 50 deep in each other")
        name = prefix
        if "vars" in group:
            inside = self.group(group, "vars")
            own = _text(inside.attrs.get("name", kind)) if depth else ""
            name = ".".join(filter(None, (prefix, own)))
            if len(inside):
                arrays = [self.array(inside, key) for key in sorted(inside, key=_natural)]
                found.append((kind, name or "model", arrays))
        for key in group:
            if key != "vars" and group.get(key, getclass=True) is self.h5py.Group:
                self._collect(self.group(group, key), key, name, found, depth + 1)

    def group(self, parent: Any, name: str) -> Any:
        """Return a group that lies in this file."""
        self._require_inside(parent, name)
        found = parent[name]
        if not isinstance(found, self.h5py.Group):
            raise ValueError(f"`{name}` is no group")
        return found

    def array(self, parent: Any, name: str) -> Array:
        """Read an array that lies in this file."""
        self._require_inside(parent, name)
        found = parent[name]
        if not isinstance(found, self.h5py.Dataset) or found.external or found.is_virtual:
            raise ValueError(f"`{name}` is no array in this file")
        if found.dtype.kind not in "fiub":
            raise ValueError(f"`{name}` holds no numbers")
        self.bytes += found.nbytes
        _require_room(self.path, self.bytes)
        read: Array = found[()]
        return np.asarray(read)

    def _require_inside(self, parent: Any, name: str) -> None:
        at = parent
        for part in name.strip("/").split("/"):
            if not isinstance(at.get(part, getlink=True), self.h5py.HardLink):
                raise ValueError(f"`{name}` is missing, or leads out of the file")
            at = at[part]


def _natural(name: str) -> tuple[str, int]:
    """Order `conv2d`, `conv2d_1`, `conv2d_10`: by the name, then by its number."""
    match = re.fullmatch(r"(.*?)_?([0-9]{0,9})", name, re.DOTALL)
    return (match[1], int(match[2] or 0)) if match else (name, 0)


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _require_room(path: str, size: int) -> None:
    limit = memory_limit() // 2
    if size > limit:
        raise MistakeError(
            f"`{path}` unpacks to {size:,} bytes and more, and {limit:,} are half of this machine's memory",
            way_out="find a larger machine",
        )


def _broken(path: str, error: BaseException) -> MistakeError:
    why = str(error).split("\n")[0][:150]
    return MistakeError(f"`{path}` cannot be read as a file of Keras: {why}", way_out="fetch or copy it once more")
