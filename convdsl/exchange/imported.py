"""From what was read of somebody's network to a spec that is known to be the same one, or the reasons why not.

The folded spec has to have the keys and the wiring of the flat one, else the flat one is given. Then both networks run:
with the original's weights the spec's outputs are compared with the original's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import nn

from convdsl.authoring.format import formatted
from convdsl.exchange.read_module import Read, Unsupported, read_module
from convdsl.exchange.tracing import REFUSALS, Untraceable, first_line
from convdsl.graph.graph import Graph
from convdsl.graph.identity import architecture_hash
from convdsl.lower.build import build
from convdsl.lower.counted import counted
from convdsl.lower.declared import NOTHING_DECLARED, Declared
from convdsl.lower.draft import has_state
from convdsl.lower.keys import state_keys
from convdsl.lower.spell import spell
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis, analyze
from convdsl.record import dataclass
from convdsl.source import Source
from convdsl.spec_error import SpecError

Sizes = Sequence[Sequence[int]]
# rounding of float32 through another order of sums: relative to the largest number that comes out
CLOSE = 1e-5


class Inexpressible(Exception):
    """A network with parts that no layer does; they are in `found`."""

    def __init__(self, found: tuple[Unsupported, ...]) -> None:
        super().__init__(f"{len(found)} things cannot be expressed")
        self.found = found


@dataclass(frozen=True, slots=True)
class Trial:
    """One comparison of outputs: at which sizes, and the largest difference."""

    sizes: tuple[tuple[int, ...], ...]
    difference: float


@dataclass(frozen=True, slots=True)
class Imported:
    """A spec and how it was found. is_folded: blocks and groups stand in it; by: what has followed the program."""

    text: str
    analysis: Analysis
    by: str
    is_folded: bool
    is_fixed: bool
    trials: tuple[Trial, ...]


def import_module(module: nn.Module, inputs: Sizes, *, fold: bool = True) -> Imported:
    """Return a module as a spec, for inputs of these sizes: (N, C, H, W) and the like, one for each tensor.

    The sizes of images become symbols; where the network takes one size only, they stay numbers.
    Raises Inexpressible where the module has what no layer does, MistakeError where it cannot be followed or the spec
    would not be the same network.
    """
    if not isinstance(module, nn.Module):
        message = f"a network that is there is expected, a torch.nn.Module, not {type(module).__name__}"
        raise MistakeError(message, way_out="make it first, `from_pytorch(UNet(), (1, 3, 64, 64))`")
    _require_runs(module, inputs)
    try:
        read = read_module(module, inputs)
        fixed = bool(read.unsupported) or not _analysed(spell(read.draft, read.spare, fold=False)).ok
        made = None if fixed else _proved(module, read, inputs, fold, fixed=False)
        if made is None:
            read = read_module(module, inputs, fixed=True)
            if read.unsupported:
                raise Inexpressible(read.unsupported)
            made = _proved(module, read, inputs, fold, fixed=True)
    except Untraceable as problem:
        way_out = "PyTorch has to be able to follow `forward`: choices that depend on values, not on sizes, hide it"
        raise MistakeError(f"the module cannot be traced: {problem}", way_out=way_out) from problem
    assert made is not None
    return made


def _require_runs(module: nn.Module, inputs: Sizes) -> None:
    """Run the module once as it is.

    Raises MistakeError where it does not take tensors of these sizes.
    """
    try:
        results = run(module, [torch.zeros(tuple(sizes)) for sizes in inputs])
    except REFUSALS as refusal:
        message = f"the network does not run at {_said(inputs)}: {first_line(refusal)}"
        raise MistakeError(message, way_out="give the sizes of each tensor that `forward` takes, in order") from refusal
    if not results:
        raise MistakeError("no tensor comes out of the network")


def run(module: nn.Module, examples: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Return what comes out in evaluation, without gradients; the module's mode stays."""
    was_training = module.training
    try:
        with torch.no_grad():
            return _tensors(module.eval()(*examples))
    finally:
        module.train(was_training)


def _proved(module: nn.Module, read: Read, inputs: Sizes, fold: bool, *, fixed: bool) -> Imported | None:
    """Write the spec and compare it with the module; None where it is right at the traced sizes only.

    Raises MistakeError where it is right at none.
    """
    analysis, text, is_folded = written(read, fold)
    _require_same_state(analysis, module)
    assert analysis.graph is not None
    twin = build(analysis.graph, device="meta")
    twin.load_state_dict(module.state_dict(), assign=True)
    trials = tuple(compare(module, twin, sizes) for sizes in places(analysis, inputs))
    wrong = [trial for trial in trials if not trial.difference <= CLOSE]
    if trials[0] in wrong or (wrong and fixed):
        said = f"outputs differ by {wrong[0].difference:.2g} of the largest, at {_said(wrong[0].sizes)}"
        message = f"the spec would not be the same network: with equal weights {said}"
        raise MistakeError(message, way_out="please report the module")
    return None if wrong else Imported(text, analysis, read.by, is_folded, fixed, trials)


def written(read: Read, fold: bool = True) -> tuple[Analysis, str, bool]:
    """Write the spec, folded where the folded one is the same network, with what the original declares of itself.

    Raises SpecError where the network is one that the language refuses.
    """
    found = _written(read, fold, read.declared)
    if not found[0].ok and read.declared.inputs:  # what it declares is not so
        found = _written(read, fold, NOTHING_DECLARED)
    analysis = found[0]
    if not analysis.ok:
        raise SpecError(analysis.diagnostics, analysis.sources)
    return found


def _written(read: Read, fold: bool, said: Declared) -> tuple[Analysis, str, bool]:
    if fold:
        plain = spell(read.draft, read.spare, said)
        for text in dict.fromkeys((counted(plain), plain)):
            folded = _analysed(text)
            if not folded.ok or folded.graph is None:
                continue
            names = (output.name for output in folded.graph.outputs)
            outputs = zip(read.draft.graph.outputs, names, strict=True)
            read.draft.graph.outputs = [replace(output, name=name) for output, name in outputs]
            flat = _analysed(spell(read.draft, read.spare, said, fold=False))
            is_exact = not read.draft.exact or folded.architecture_hash == flat.architecture_hash
            if flat.ok and is_exact and same(folded, flat):
                return folded, folded.source.text, True
    flat = _analysed(spell(read.draft, read.spare, said, fold=False))
    return flat, flat.source.text, False


def _analysed(text: str) -> Analysis:
    found = formatted(Source("<imported>.cdsl", text))
    return analyze(Source("<imported>.cdsl", text if found.text is None else found.text))


def same(one: Analysis, other: Analysis) -> bool:
    """Tell whether two specs are one network: layers, wiring, and the names of the weights.

    The names of layers without weights do not count, for PyTorch's functions have none.
    """
    return bare_hash(one) == bare_hash(other)


def bare_hash(analysis: Analysis) -> str:
    """Hash a network without the keys of layers that own nothing."""
    graph = analysis.graph
    assert graph is not None
    nodes = [node if has_state(graph, node) else replace(node, key=None) for node in graph.nodes]
    return architecture_hash(replace(graph, nodes=nodes))


def _require_same_state(analysis: Analysis, module: nn.Module) -> None:
    """Compare the names and shapes of the weights.

    Raises MistakeError with the first that differ.
    """
    assert analysis.graph is not None
    mine = dict(state_keys(analysis.graph))
    theirs = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    if mine == theirs:
        return
    missing = [name for name in theirs if name not in mine]
    more = [name for name in mine if name not in theirs]
    other = [name for name in mine if name in theirs and mine[name] != theirs[name]]
    notes = tuple(
        f"{words}: {', '.join(names[:6])}{' …' if len(names) > 6 else ''}"
        for words, names in (
            ("only in the module", missing),
            ("only in the spec", more),
            ("of another shape", other),
        )
        if names
    )
    way_out = "a tensor that no layer owns has no place in a spec"
    raise MistakeError("the module's weights are not those that a spec would have", way_out=way_out, notes=notes)


def compare(module: nn.Module, twin: nn.Module, sizes: Sizes) -> Trial:
    """Run two networks of the same weights on the same random numbers, in evaluation."""
    generator = torch.Generator().manual_seed(0)
    examples = [torch.rand(tuple(one), generator=generator) * 2 - 1 for one in sizes]
    theirs, mine = run(module, [one.clone() for one in examples]), run(twin, examples)
    return Trial(tuple(map(tuple, sizes)), difference(theirs, mine))


def difference(theirs: Sequence[torch.Tensor], mine: Sequence[torch.Tensor]) -> float:
    """Return the largest difference as a part of the largest number, infinity where shapes differ."""
    if [one.shape for one in theirs] != [one.shape for one in mine]:
        return float("inf")
    return max(float((a - b).abs().max()) / max(float(a.abs().max()), 1e-12) for a, b in zip(theirs, mine, strict=True))


def _tensors(results: object) -> list[torch.Tensor]:
    if isinstance(results, torch.Tensor):
        return [results]
    if isinstance(results, Mapping):
        return [found for part in results.values() for found in _tensors(part)]
    if isinstance(results, Sequence):
        return [found for part in results for found in _tensors(part)]
    return []


def places(analysis: Analysis, inputs: Sizes) -> list[Sizes]:
    """Return the sizes at which outputs are compared: those that were traced, and others that the spec accepts."""
    graph, legal = analysis.graph, analysis.legal
    assert graph is not None and legal is not None
    first = {axis: size for axis, size in _bound(graph, inputs).items() if axis in legal.axes}
    if not first or legal.is_empty or not legal.contains(first):
        return [inputs]
    wish = {axis: size + size // 2 + 3 if at % 2 == 0 else size + 1 for at, (axis, size) in enumerate(first.items())}
    other = next((near for near in legal.nearest(wish) if near != first), None)
    return [inputs] if other is None else [inputs, _at(graph, inputs, other)]


def _bound(graph: Graph, inputs: Sizes) -> dict[str, int]:
    out: dict[str, int] = {}
    for tensor, sizes in zip(graph.inputs, inputs, strict=True):
        for axis, size in zip(tensor.shape.axes[1:], sizes[1:], strict=True):
            name = str(axis)
            if not name.isdigit():
                out[name] = size
    return out


def _at(graph: Graph, inputs: Sizes, sizes: Mapping[str, int]) -> Sizes:
    return [
        (2, *(sizes.get(str(axis), size) for axis, size in zip(tensor.shape.axes[1:], given[1:], strict=True)))
        for tensor, given in zip(graph.inputs, inputs, strict=True)
    ]


def _said(sizes: Sizes) -> str:
    return " and ".join("x".join(map(str, one)) for one in sizes)
