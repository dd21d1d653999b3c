"""An exported network as an ONNX file in memory, and ONNX Runtime to try it with. Needs the extra `onnx`."""

from collections.abc import Mapping, Sequence

import onnx
import onnxruntime
import onnxscript  # PyTorch's exporter is written in it
import torch
from google.protobuf.message import EncodeError
from torch import Tensor
from torch.export import ExportedProgram

from convdsl.exchange.agreement import Run
from convdsl.exchange.trace import quiet
from convdsl.graph.graph import Graph
from convdsl.mistake import MistakeError
from convdsl.shape import Shape

RUNTIME = f"ONNX Runtime {onnxruntime.__version__}"
_MADE_BY = f"PyTorch {torch.__version__} and onnxscript {onnxscript.__version__}"


def to_onnx(program: ExportedProgram, graph: Graph, words: Mapping[str, str]) -> bytes:
    """Write an exported program as ONNX, its axes named as in the spec. words: kept in the file's metadata.

    Raises MistakeError where ONNX has no way to say a layer, or the file would be too large.
    """
    names = [item.name for item in graph.inputs], [item.name for item in graph.outputs]
    with quiet():
        try:
            made = torch.onnx.export(program, dynamo=True, input_names=names[0], output_names=names[1], verbose=False)
        except torch.onnx.errors.OnnxExporterError as refusal:
            reason = str(refusal.__cause__ or refusal).strip().split("\n")[0]
            raise MistakeError(
                f"`{graph.model}` cannot be said in ONNX: {reason}", way_out="`--torch-export` can"
            ) from refusal
    assert made is not None
    model = made.model_proto
    for value, item in zip(model.graph.input, graph.inputs, strict=True):
        _name_axes(value, item.shape)
    for value, output in zip(model.graph.output, graph.outputs, strict=True):
        _name_axes(value, graph.shape(output.value))
    for node in model.graph.node:
        del node.metadata_props[:]  # what the exporter tells of its own insides, with paths of this machine
    model.producer_name, model.producer_version = "convdsl", words.get("convdsl.version", "")
    onnx.helper.set_model_props(model, {**words, "convdsl.exported_by": _MADE_BY})
    try:
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))
    except (EncodeError, ValueError) as error:
        way_out = "export it for PyTorch: `--torch-export`"
        raise MistakeError(f"`{graph.model}` is larger than the 2 GiB of one ONNX file", way_out=way_out) from error


def _name_axes(value: onnx.ValueInfoProto, shape: Shape | None) -> None:
    for said, axis in zip(value.type.tensor_type.shape.dim, shape.axes if shape is not None else (), strict=True):
        if said.dim_param:
            said.dim_param = str(axis)


def runner(content: bytes) -> Run:
    """Return what runs an ONNX file by ONNX Runtime on the processor."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]

    def run(given: tuple[Tensor, ...]) -> Sequence[Tensor]:
        pairs = {name: x.numpy() for name, x in zip(names, given, strict=True)}
        return [torch.from_numpy(y) for y in session.run(None, pairs)]

    return run
