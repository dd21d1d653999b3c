"""What an output of a layer reads, found by running the layer in PyTorch at a small size.

A cell is read where changing it changes the output. What only moves numbers is found by the numbers that come out.
"""

from collections.abc import Callable, Sequence
from math import prod

import torch
from torch import Tensor

from convdsl.graph.graph import Graph
from convdsl.lower.build import build
from convdsl.record import dataclass

Place = tuple[int, int]  # which input, and which of its numbers, counted in memory order
_CHANGES = (1000.0, -3.0)  # a large one for maxima, a small one for what saturates
_SEED = 0
_ROUNDS = 24  # of a random layer: two cells that always fall together do so by chance once in 2 ** 24


@dataclass(frozen=True, slots=True)
class Run:
    """A layer that can be run at one size, with inputs and a seed; shapes: of its inputs, results: of its outputs."""

    forward: Callable[..., tuple[Tensor, ...]]
    shapes: tuple[tuple[int, ...], ...]
    results: tuple[tuple[int, ...], ...]


def prepare(graph: Graph, batch: int, *, training: bool, initial: bool = False) -> Run:
    """Build a network whose sizes are fixed; initial: with PyTorch's weights, else random ones of which none is 0."""
    module = build(graph, seed=_SEED).double().train(training)
    generator = torch.Generator().manual_seed(_SEED)
    with torch.no_grad():
        for weight in () if initial else module.parameters():
            weight.copy_(torch.rand(weight.shape, generator=generator, dtype=torch.float64) + 0.25)
    shapes = tuple(
        (batch, *node.shapes[0].at({}).numbers[1:]) for node in graph.nodes if node.op is None and node.shapes
    )

    def forward(inputs: Sequence[Tensor], seed: int = _SEED) -> tuple[Tensor, ...]:
        # the generator of the CPU alone: torch.manual_seed asks every other device as well, at 2 ms a time
        state = torch.default_generator.get_state()
        torch.default_generator.manual_seed(seed)
        with torch.no_grad():
            out = module(*(x.clone() for x in inputs))
        torch.default_generator.set_state(state)
        return tuple(out) if isinstance(out, tuple | list) else (out,)

    results = tuple(tuple(out.shape) for out in forward([torch.rand(shape).double() for shape in shapes]))
    return Run(forward, shapes, results)


def copies(run: Run, *, by_size: bool = False) -> tuple[list[Place | float], ...] | None:
    """Return, for each number of each output, which input it is a copy of, or what constant it is.

    by_size: which ones are copied may depend on the numbers, as in a max pool; one order of them is shown then.
    Returns None for a layer that does more than move numbers.
    """
    total = sum(prod(shape) for shape in run.shapes)
    steps = [step for step in (17, 13, 11, 7, 5) if total % step] + [1]
    found = [_moved(run, total, step) for step in steps[: 1 if by_size else 2]]
    return found[0] if all(one == found[0] for one in found) else None


def _moved(run: Run, total: int, step: int) -> tuple[list[Place | float], ...] | None:
    """Run with the numbers 1 to total, shuffled: (index * step) modulo total."""
    values = torch.tensor([index * step % total + 1 for index in range(total)], dtype=torch.float64)
    place_of = dict(zip(values.tolist(), _places(run), strict=True))
    first, second = run.forward(_inputs(run, values)), run.forward(_inputs(run, values * 1.5 + 0.25))
    out: tuple[list[Place | float], ...] = tuple([] for _ in first)
    for found, one, other in zip(out, first, second, strict=True):
        for value, twin in zip(one.flatten().tolist(), other.flatten().tolist(), strict=True):
            if value in place_of and twin == value * 1.5 + 0.25:
                found.append(place_of[value])
            elif value == twin:
                found.append(value)
            else:
                return None
    return out


def reads(run: Run) -> tuple[list[frozenset[Place]], ...]:
    """Return, for each number of each output, which input numbers change it."""
    generator = torch.Generator().manual_seed(_SEED)
    total = sum(prod(shape) for shape in run.shapes)
    values = torch.rand(total, generator=generator, dtype=torch.float64)
    start = run.forward(_inputs(run, values))
    found: tuple[list[set[Place]], ...] = tuple([set() for _ in range(out.numel())] for out in start)
    for index, place in enumerate(_places(run)):
        for change in _CHANGES:
            changed = values.clone()
            changed[index] += change
            for cells, before, after in zip(found, start, run.forward(_inputs(run, changed)), strict=True):
                for moved in ((before - after).abs() > 1e-9).flatten().nonzero().flatten().tolist():
                    cells[moved].add(place)
    return tuple([frozenset(cell) for cell in cells] for cells in found)


def parts(run: Run) -> list[int]:
    """Return, for each number of a random layer's output, the part that is kept or dropped as one, from 0."""
    ones = [torch.ones(shape, dtype=torch.float64) for shape in run.shapes]
    rounds = torch.stack([run.forward(ones, seed)[0].flatten() for seed in range(_ROUNDS)])
    numbers: dict[tuple[float, ...], int] = {}
    return [numbers.setdefault(tuple(history), len(numbers)) for history in rounds.T.tolist()]


def _inputs(run: Run, values: Tensor) -> list[Tensor]:
    parts = values.split([prod(shape) for shape in run.shapes])
    return [part.reshape(shape) for part, shape in zip(parts, run.shapes, strict=True)]


def _places(run: Run) -> list[Place]:
    return [(which, index) for which, shape in enumerate(run.shapes) for index in range(prod(shape))]
