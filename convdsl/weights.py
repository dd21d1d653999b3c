"""Weights of others for a network, from Python: what `convdsl weights load` does, into a module."""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from convdsl.api import Place, Spec, Written, load
from convdsl.checkpoints import read_checkpoint
from convdsl.compiled import build
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis

if TYPE_CHECKING:
    from torch import nn


def load_weights(
    network: "Spec | nn.Module",
    checkpoint: Place,
    *,
    part: str = "",
    rename: Place | Mapping[str, str] | Iterable[str] = (),
    match: str = "names",
    strict: bool = True,
    **parameters: object,
) -> "nn.Module":
    """Return a network with the weights of a checkpoint; a module that is given is changed and returned.

    network: a spec, which is built, or a module. checkpoint: safetensors, `.pt` or `.pth`, Keras's `.weights.h5`,
    `.h5`, `.keras` or `.npz` (for a spec only), or the `out` of `train`. part: which dictionary of several, "" finds
    it. rename: the path of a rename table, rows `"module.* -> *"`, or exact names {old: new}. match: "names", or
    "shape": the order and the shapes of layers, where only one answer is possible. strict: every tensor has to fit;
    else those that do are loaded. parameters: values for the model's parameters, where a spec is given.
    Raises MistakeError, whose notes say what does not fit, SpecError where the spec has an error.
    """
    from convdsl.exchange.load import load_into, rows_of
    from convdsl.lower.renaming import ARROW, quoted

    if match not in ("names", "shape"):
        raise MistakeError(f"there is no way to match by `{match}`", way_out='say match="names" or match="shape"')
    if isinstance(rename, Mapping):
        given = tuple(f"{quoted(old)} {ARROW} {quoted(new) if new else ''}" for old, new in rename.items())
    elif isinstance(rename, str | os.PathLike):
        given = (os.fspath(rename),)
    else:
        given = tuple(rename)
    rows, stored = rows_of(given), read_checkpoint(os.fspath(checkpoint))
    if isinstance(network, str | os.PathLike | Analysis | Written):
        analysis = load(network, **parameters)
        module, graph = build(analysis), analysis.graph
    else:
        module, graph = network, None
    load_into(module, graph, stored, part=part, rows=rows, by=match, strict=strict)
    return module
