"""Any checkpoint by its path: safetensors, PyTorch, Keras. What a file is, its first bytes say, then its name."""

from pathlib import Path

import safetensors
import safetensors.torch

from convdsl.exchange.pytorch_file import read_pytorch
from convdsl.exchange.stored import Stored
from convdsl.mistake import MistakeError

HDF5 = b"\x89HDF\r\n\x1a\n"


def read_checkpoint(path: str) -> Stored:
    """Read a checkpoint.

    Raises MistakeError where there is none, where it is broken, and where it cannot be read without running code.
    """
    place = Path(path)
    try:
        with place.open("rb") as file:
            head = file.read(32)
    except OSError as error:
        raise MistakeError(
            f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}", way_out="check the name"
        ) from error
    suffix = place.suffix.lower()
    if head.startswith(HDF5) or suffix in (".h5", ".hdf5", ".keras", ".npz"):
        from convdsl.exchange.keras_file import read_keras

        return read_keras(path)
    if suffix == ".safetensors" or head[8:9] == b"{":
        return _read_safetensors(path)
    return read_pytorch(path, head)


def _read_safetensors(path: str) -> Stored:
    try:
        tensors = safetensors.torch.load_file(path)
        with safetensors.safe_open(path, "pt") as file:
            order = file.offset_keys()
    except (safetensors.SafetensorError, OSError, ValueError, KeyError) as error:
        why = str(error).removeprefix("Error while deserializing header: ")[:150]
        raise MistakeError(f"`{path}` is broken: {why}", way_out="fetch or copy it once more") from error
    return Stored(path, "safetensors", {"": {name: tensors[name] for name in order}}, ordered=False)
