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
        before = subject.maker(node.inputs[0])
        joined = before.index in runs and subject.only_reader(before) is node
        run = runs.pop(before.index) if joined else []
        run.append(node)
        runs[node.index] = run
    return [Stretch(tuple(run), _sum([starts[node.index] for node in run])) for run in runs.values()]


def _starts(subject: Subject) -> Mapping[int, tuple[Fraction, ...]]:
    """Return where the first output of each layer of unit step lies, by the layer's index."""
    found: dict[int, tuple[Fraction, ...]] = {}
    for case in subject.cases:
        maps = [axis for axis in case.op.axes(*case.shapes) if isinstance(axis, AxisMap) and axis.jump == 1]
        if maps and len(maps) == len(case.shapes[0].spatial):
            found.update((node.index, tuple(axis.start for axis in maps)) for node in case.nodes)
    return found


def _sum(starts: Sequence[tuple[Fraction, ...]]) -> tuple[Fraction, ...]:
    return tuple(sum(axis, Fraction()) for axis in zip(*starts, strict=True))
