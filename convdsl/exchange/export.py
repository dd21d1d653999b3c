"""Export a module for other programs, and keep the result only if it does the same."""

import json
from collections.abc import Iterator, Mapping
from importlib import import_module

from torch import nn
from torch.export import ExportedProgram

from convdsl.analysis.accepted import Accepted
from convdsl.exchange import program_file
from convdsl.exchange.agreement import Agreement, agree
from convdsl.exchange.trace import Untraceable, trace
from convdsl.graph.graph import Graph
from convdsl.lower.dims import Dims, dims, usual
from convdsl.record import dataclass

ONNX, PROGRAM = "onnx", "torch.export"


@dataclass(frozen=True, slots=True)
class Exported:
    """A file in memory that was tried: its kind, the sizes that it takes, by what it was run and how it agreed."""

    kind: str
    content: bytes
    dims: Dims
    runtime: str
    agreement: Agreement

    def lines(self) -> Iterator[str]:
        """Say for a person what was exported and what is not as the spec has it."""
        said = "; ".join(map(str, self.dims.sizes)) or "the one that the spec fixes"
        yield f"sizes: {said}"
        if self.dims.narrower:
            yield "  smaller ones make a map one pixel wide, which torch.export would take for a constant"
        for dim in self.dims.sizes:
            if dim.why:
                yield f"  {dim.symbol} is fixed, for {dim.why}; `--size` chooses another"
        tried = "; ".join(", ".join(f"{s} = {x}" for s, x in one.items()) for one in self.agreement.sizes)
        yield f"tried with {self.runtime} at {tried or 'the one size'}"
        yield f"largest difference from PyTorch's module: {self.agreement.difference:.1e} of the largest number"


def export(
    network: nn.Module,
    graph: Graph,
    legal: Accepted,
    kinds: tuple[str, ...],
    words: Mapping[str, str],
    sizes: Mapping[str, int] | None = None,
) -> tuple[Exported, ...]:
    """Export a network in evaluation mode to each kind of file.

    words: kept in the files. sizes: the only ones that the files have to take; None for as many as can be said.
    Raises MistakeError where a file does not do what the module does, or cannot be made.
    """
    if ONNX in kinds:
        import_module("convdsl.exchange.onnx_file")  # what is missing is said before the work
    program, free = _program(network, graph, legal, sizes)
    told = {**words, "convdsl.sizes": "; ".join(map(str, free.sizes)), "convdsl.dims": _in_numbers(free)}
    return tuple(_file(network, graph, program, free, kind, told) for kind in kinds)


def _in_numbers(free: Dims) -> str:
    """Say the sizes for programs: symbol == step * d + offset, low <= d <= high."""
    keys = ("symbol", "step", "offset", "low", "high")
    return json.dumps([{key: getattr(dim, key) for key in keys} for dim in free.sizes])


def _program(
    network: nn.Module, graph: Graph, legal: Accepted, sizes: Mapping[str, int] | None
) -> tuple[ExportedProgram, Dims]:
    free = dims(graph, legal)
    if sizes is not None:
        free = free.fixed(sizes)
        return trace(network, graph, free), free
    try:
        return trace(network, graph, free), free
    except Untraceable as refusal:
        free = free.fixed(usual(legal), f"torch.export says: {refusal}")
        return trace(network, graph, free), free


def _file(
    network: nn.Module, graph: Graph, program: ExportedProgram, free: Dims, kind: str, words: Mapping[str, str]
) -> Exported:
    if kind == ONNX:
        from convdsl.exchange import onnx_file  # needs the extra `onnx`

        content, runtime = onnx_file.to_onnx(program, graph, words), onnx_file.RUNTIME
        run = onnx_file.runner(content)
    else:
        content, runtime = program_file.to_program(program, words), program_file.RUNTIME
        run = program_file.runner(content)
    return Exported(kind, content, free, runtime, agree(run, network, graph, free, f"the {kind} file"))
