"""Networks that are there already, from Python: what `convdsl import` does, for a module or an ONNX file."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from convdsl.api import Place
from convdsl.files import write_new
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis

if TYPE_CHECKING:
    from torch import Tensor, nn

    from convdsl.exchange.read_module import Unsupported


def from_pytorch(module: "nn.Module", *inputs: "Sequence[int] | Tensor", fold: bool = True) -> Analysis:
    """Return a PyTorch module as a spec, which is known to compute the same; its text is `found.source.text`.

    inputs: for each tensor that `forward` takes its sizes, (1, 3, 224, 224), or a tensor of them; heights and widths
    become symbols. fold: blocks, groups and repeats where the structure repeats. The module runs, and stays as it is.
    Raises MistakeError where a layer cannot be expressed (its notes name each), the module cannot be followed or the
    spec would not be the same network; SpecError where the language refuses it.
    """
    from convdsl.exchange.imported import import_module

    if not inputs:
        raise MistakeError("how large its input is has to be said", way_out="such as (1, 3, 224, 224)")
    with _named():
        return import_module(module, tuple(map(_sizes, inputs)), fold=fold).analysis


def from_onnx(path: Place, *, weights: Place | None = None, fold: bool = True, force: bool = False) -> Analysis:
    """Return an ONNX file as a spec, which is known to compute the same; its text is `found.source.text`.

    weights: a safetensors file to write, with the file's weights by the spec's names.
    Raises MistakeError where a node cannot be expressed (its notes name each), the file cannot be read, the spec would
    not be the same network, or the file for the weights exists and `force` is false; SpecError where the language
    refuses it.
    """
    from convdsl.exchange.imported_onnx import import_onnx

    with _named():
        made, tensors = import_onnx(os.fspath(path), fold=fold)
    if weights is not None:
        write_new(os.fspath(weights), tensors, force=force)
    return made.analysis


def refusals(found: "Iterable[Unsupported]") -> Iterator[str]:
    """Say of each part of a network that no layer does it: where it stands, why, and a way out."""
    for one in found:
        place = f"{one.place[0]}:{one.place[1]}: " if one.place else ""
        inside = f" in `{one.module}`" if one.module else ""
        yield f"{place}error: `{one.what}`{inside} cannot be expressed: {one.message}".replace("``", "`")
        if one.help:
            yield f"  = help: {one.help}"


def refused(count: int) -> str:
    """Say how much of a network cannot be expressed."""
    return f"{count} {'thing' if count == 1 else 'things'} of the network cannot be expressed"


@contextmanager
def _named() -> Iterator[None]:
    from convdsl.exchange.imported import Inexpressible

    try:
        yield
    except Inexpressible as problem:
        notes = tuple(line.removeprefix("  = ") for line in refusals(problem.found))
        raise MistakeError(
            refused(len(problem.found)), way_out="write it in layers that there are", notes=notes
        ) from problem


def _sizes(given: "Sequence[int] | Tensor") -> tuple[int, ...]:
    """Return the sizes of a tensor, given or as such.

    Raises MistakeError for anything else.
    """
    shape = getattr(given, "shape", given)
    numbers = tuple(shape) if isinstance(shape, Sequence) and not isinstance(shape, str) else ()
    if len(numbers) < 2 or not all(isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in numbers):
        way_out = "give batch, channels, height and width, such as (1, 3, 224, 224), or a tensor"
        raise MistakeError(f"{given!r} are no sizes of a tensor", way_out=way_out)
    return numbers
