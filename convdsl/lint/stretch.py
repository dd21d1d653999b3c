"""Stretches: layers one behind the other, read by nothing else, whose outputs step as far as their inputs do."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from convdsl.graph.graph import Node
from convdsl.lint.subject import Subject
from convdsl.op import AxisMap
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Stretch:
    """Layers in order. shifts: how far the output's pixel 0 lies from the input's along each axis, in pixels."""

    nodes: tuple[Node, ...]
    shifts: tuple[Fraction, ...]


def stretches(subject: Subject) -> Sequence[Stretch]:
    """Cut a network into the longest stretches."""
    starts = _starts(subject)
    runs: dict[int, list[Node]] = {}  # by the index of the last node
    for node, _ in subject.layers:
        if node.index not in starts or len(node.inputs) != 1:
            continue
        before = node.inputs[0].node
        joined = before in runs and subject.only_reader(subject.nodes[before]) is node
        run = runs.pop(before) if joined else []
        run.append(node)
        runs[node.index] = run
    return [Stretch(tuple(run), _sum([starts[node.index] for node in run])) for run in runs.values()]


def _starts(subject: Subject) -> Mapping[int, tuple[Fraction, ...]]:
    """Return where the first output of each layer of unit step lies, by the layer's index."""
    found: dict[int, tuple[Fraction, ...]] = {}
    for case in subject.cases:
        maps = [axis for axis in case.op.axes(*case.shapes) if isinstance(axis, AxisMap) and axis.jump == 1]
        if maps and len(maps) == len(case.shapes[0].spatial):
            starts = tuple(axis.start for axis in maps)
            found.update((node.index, starts) for node in case.nodes)
    return found


def _sum(starts: Sequence[tuple[Fraction, ...]]) -> tuple[Fraction, ...]:
    moved = [each for each in starts if any(each)]
    return (
        tuple(sum(axis, Fraction()) for axis in zip(*moved, strict=True)) if moved else (Fraction(),) * len(starts[0])
    )
