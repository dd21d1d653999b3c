"""Files that `torch.save` wrote, read without running anything that lies in them.

The only place that opens a pickle, and only by PyTorch's reader that makes tensors and plain containers
(`weights_only`). What needs more, a whole module or TorchScript, is refused with a sentence.
"""

import struct
import warnings
import zipfile
from pickle import UnpicklingError
from typing import Any

import torch

from convdsl.exchange.stored import Stored, parts_of
from convdsl.mistake import MistakeError

ZIP = b"PK\x03\x04"
OLD = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # torch.save before PyTorch 1.6: its magic number, pickled
_BROKEN = (
    *(UnpicklingError, LookupError, ValueError, TypeError, AttributeError, RuntimeError, EOFError, OSError),
    *(ArithmeticError, AssertionError, MemoryError, struct.error, zipfile.BadZipFile),
)


def read_pytorch(path: str, head: bytes) -> Stored:
    """Read a `.pt` or `.pth` file. head: its first bytes.

    Raises MistakeError where it is none, is broken, or needs code to be read.
    """
    zipped = head.startswith(ZIP)
    if zipped:
        _refuse_other_archives(path)
    elif not head.startswith(OLD):
        raise MistakeError(
            f"`{path}` is no checkpoint: `torch.save` did not write it, nor safetensors, nor Keras",
            way_out="give a .safetensors, .pt, .pth, .h5, .keras or .npz file",
        )
    content = _read(path, mapped=zipped)
    if not isinstance(content, dict):
        what = "one tensor without a name" if isinstance(content, torch.Tensor) else f"a {type(content).__name__}"
        raise MistakeError(f"`{path}` holds {what}, and no dictionary of tensors", way_out=_SAVE)
    parts, others = parts_of(content)
    for tensors in parts.values():
        for name, tensor in tensors.items():
            if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_meta:
                raise MistakeError(f"`{name}` in `{path}` is no plain tensor: {_kind(tensor)}", way_out=_SAVE)
    return Stored(path, "PyTorch", parts, others=others)


_SAVE = "write it by `torch.save(module.state_dict(), path)`"


def _kind(tensor: torch.Tensor) -> str:
    if tensor.is_meta:
        return "it has no numbers"
    return "it is quantized" if tensor.is_quantized else f"its layout is {tensor.layout}"


def _refuse_other_archives(path: str) -> None:
    """Tell archives of other kinds by the names in them.

    Raises MistakeError.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except _BROKEN as error:
        raise _broken(path, "the archive has no end") from error
    names = {entry.filename.partition("/")[2] or entry.filename for entry in entries}
    if "constants.pkl" in names or any(name.startswith("code/") for name in names):
        raise MistakeError(
            f"`{path}` is TorchScript, which holds code, and none of it is run here",
            way_out="where it is trusted: `torch.save(torch.jit.load(path).state_dict(), new_path)`",
        )
    if "archive_format" in names:
        raise MistakeError(
            f"`{path}` is a program of torch.export",
            way_out="write its weights: `torch.save(torch.export.load(path).state_dict, new_path)`",
        )
    if "data.pkl" not in names:
        raise MistakeError(f"`{path}` is an archive, and `torch.save` did not write it", way_out=_SAVE)
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise MistakeError(f"`{path}` is compressed, which `torch.save` never does", way_out="write it by `torch.save`")


def _read(path: str, *, mapped: bool) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old formats and of pickles; what matters is an error
            return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except UnpicklingError as error:
        raise MistakeError(
            f"`{path}` cannot be read without running code that lies in it: {_culprit(str(error))}",
            way_out=f"where it is trusted, load it in Python and {_SAVE}",
        ) from error
    except _BROKEN as error:
        raise _broken(path, str(error)) from error


def _culprit(text: str) -> str:
    """Find what PyTorch's long message speaks of."""
    words = text.split()
    at = words.index("GLOBAL") + 1 if "GLOBAL" in words else -1
    return f"it wants `{words[at][:100]}`" if 0 < at < len(words) else "it holds more than tensors"


def _broken(path: str, why: str) -> MistakeError:
    first = why.split("\n", maxsplit=1)[0].split(". ", maxsplit=1)[0][:150]
    return MistakeError(f"`{path}` is broken: {first or 'it ends too early'}", way_out="fetch or copy it once more")
