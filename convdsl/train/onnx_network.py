"""Colour by an exported network: ONNX Runtime computes, and the file itself says what its numbers mean.

`convdsl export … --onnx` writes the spec and the sizes that the file takes into its metadata. Needs the extra `onnx`.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import onnxruntime
import torch
from onnxruntime.capi import onnxruntime_pybind11_state as state
from torch import Tensor

from convdsl.graph.graph import Graph
from convdsl.graph.library import Shelf
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis, analyze
from convdsl.recipe import Recipe
from convdsl.recipe_data import from_data
from convdsl.shape import Shape
from convdsl.sizes import Size
from convdsl.source import Source
from convdsl.train.colouring import Colourist, Run
from convdsl.train.job import Job
from convdsl.train.run import make_job
from convdsl.unsettled import RecipeError

_UNUSABLE = (state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NotImplemented)
_EXPORT = "export it again: `convdsl export SPEC --weights RUN --onnx net.onnx`"


def open_onnx(path: Path, threads: int | None = None) -> Colourist:
    """Open an ONNX file that `convdsl export` wrote.

    Raises MistakeError where it is none.
    """
    if not path.is_file():
        raise MistakeError(f"there is no ONNX file `{path}`", way_out=_EXPORT.replace("again: ", "by "))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is said here
    options.enable_cpu_mem_arena = False  # memory for one tile, not for the largest of each kind
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except _UNUSABLE as error:
        reason = str(error).strip().split("\n")[0]
        raise MistakeError(f"`{path}` is no ONNX file that can be run", notes=(reason,), way_out=_EXPORT) from error
    words: Mapping[str, str] = session.get_modelmeta().custom_metadata_map
    if "convdsl.spec" not in words or "convdsl.dims" not in words:
        message = f"`{path}` does not say what its numbers mean, and which sizes it takes"
        raise MistakeError(message, way_out=_EXPORT)
    analysis = _analysis(path, words).require_runnable()
    job = make_job(analysis, _recipe(path, words), json.loads(words["convdsl.parameters"]), judged=False)
    assert job.graph is not None
    picture = next(tensor for tensor in job.graph.inputs if tensor.default is None)
    return Colourist(_narrowed(job, picture.shape, words), _by(session, job.graph, picture.name))


def _recipe(path: Path, words: Mapping[str, str]) -> Recipe | None:
    """Read by which recipe the network has learned; None where the file, of an older version, does not say it."""
    try:
        return from_data(json.loads(words["convdsl.recipe"])) if "convdsl.recipe" in words else None
    except (RecipeError, ValueError, TypeError, AttributeError) as error:
        message = f"`{path}` holds a recipe that this convdsl does not know"
        raise MistakeError(message, notes=(str(error),), way_out=_EXPORT) from error


def _analysis(path: Path, words: Mapping[str, str]) -> Analysis:
    texts: dict[str, str] = json.loads(words["convdsl.imported"])
    ways = {(importer, way): name for importer, way, name in json.loads(words.get("convdsl.ways", "[]"))}
    shelf = Shelf({name: Source(f"{path}:{name}", text) for name, text in texts.items()}, ways)
    return analyze(Source(str(path), words["convdsl.spec"]), json.loads(words["convdsl.parameters"]), reader=shelf)


def _narrowed(job: Job, shape: Shape, words: Mapping[str, str]) -> Job:
    """Take only the sizes that the file takes: fewer than the network's where ONNX cannot say all of them."""
    dims = {dim["symbol"]: dim for dim in json.loads(words["convdsl.dims"])}
    symbols = [axis.symbol if isinstance(axis, Size) else None for axis in shape.spatial]

    def takes(symbol: str | None, size: int) -> bool:
        dim = dims.get(symbol)
        if dim is None:
            return True  # a number in the spec, which `job.legal` knows
        if not dim["step"]:
            return bool(size == dim["offset"])
        turn, rest = divmod(size - dim["offset"], dim["step"])
        return rest == 0 and turn >= dim["low"] and (dim["high"] is None or turn <= dim["high"])

    def legal(height: int, width: int) -> bool:
        return all(map(takes, symbols, (height, width))) and job.legal(height, width)

    return replace(job, legal=legal, accepted=words["convdsl.sizes"] or job.accepted)


def _by(session: onnxruntime.InferenceSession, graph: Graph, picture: str) -> Run:
    def run(picture_NCHW: Tensor, more: Mapping[str, Tensor]) -> Tensor:
        given = {picture: picture_NCHW, **more}
        for tensor in graph.inputs:
            if tensor.name not in given:  # one that has a default, which ONNX cannot keep
                numbers = _sizes(graph, picture, picture_NCHW)
                given[tensor.name] = torch.full(tensor.shape.at(numbers).numbers, float(tensor.default or 0.0))
        fed = {name: value.float().contiguous().numpy() for name, value in given.items()}
        return torch.from_numpy(session.run(None, fed)[0]).float()

    return run


def _sizes(graph: Graph, picture: str, picture_NCHW: Tensor) -> dict[str, int]:
    shape = next(tensor.shape for tensor in graph.inputs if tensor.name == picture)
    pairs = zip(shape.axes, picture_NCHW.shape, strict=True)
    return {axis.symbol: size for axis, size in pairs if isinstance(axis, Size) and axis.symbol is not None}
