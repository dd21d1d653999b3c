"""Make a long story short: stages of one resolution that follow each other become one.

What has a finding, begins or ends a skip over coarser stages, or is an input or output, stays.
"""

from collections.abc import Sequence

from convdsl.record import replace
from convdsl.render.figure.closing import SLACK
from convdsl.render.figure.stages import Stage, Story, keep

BETWEEN = " … "  # the names of the first and the last of a run
FEW = 4  # stages too many, for which a run is merged in part


def digest(told: Story, most: int) -> Story:
    """Merge if there are more than `most` stages: all runs of equal ones; then, until so many are left, the longest of
    other runs, and what begins and ends in one tensor.
    """
    if len(told.stages) > most:
        told = _merged(told, 0, _alike(told, _chains(told)))
    told = _merged(told, most, _chains(told))
    for stretches in (_segments, _plateaus):
        if len(told.stages) > most:
            told = _merged(told, most, stretches(told))
            told = _merged(told, 0, _alike(told, _chains(told)))
            told = _merged(told, most, _chains(told))
    return told


def _chains(told: Story) -> list[range]:
    """Find runs in which each stage reads only the one before it, and nothing else reads that."""
    reads, readers = _neighbours(told)
    runs: list[range] = []
    for index, stage in enumerate(told.stages):
        before = told.stages[index - 1] if index else stage
        goes_on = (
            runs
            and runs[-1].stop == index
            and reads[index] == [index - 1]
            and readers[index - 1] == [index]
            and before.level == stage.level
            and before.frames == stage.frames
        )
        if not _may_merge(stage):
            continue
        if goes_on:
            runs[-1] = range(runs[-1].start, index + 1)
        else:
            runs.append(range(index, index + 1))
    return [run for run in runs if len(run) > 1]


def _alike(told: Story, runs: Sequence[range]) -> list[range]:
    """Cut runs into those whose stages do the same, at one resolution."""
    out: list[range] = []
    for run in runs:
        start = run.start
        for index in run:
            if _does(told.stages[index]) != _does(told.stages[start]):
                out.append(range(start, index))
                start = index
        out.append(range(start, run.stop))
    return [run for run in out if len(run) > 1]


def _does(stage: Stage) -> tuple[object, ...]:
    axes = None if stage.shape is None else stage.shape.spatial
    return stage.words, stage.category, stage.count, axes


def _segments(told: Story) -> list[range]:
    """Find stretches between two tensors through which everything goes, and that are nowhere coarser than both."""
    last = list(range(len(told.stages)))  # the last reader of each stage
    for wire in told.wires:
        last[wire.source] = max(last[wire.source], wire.target)
    out: list[range] = []
    cut, reach = -1, 0
    for index in range(len(told.stages)):
        if reach <= index:  # nothing from before passes by
            stretch = range(cut + 1, index + 1)
            if cut >= 0 and len(stretch) > 1 and _is_flat(told.stages, stretch):
                out.append(stretch)
            cut = index
        reach = max(reach, last[index])
    return out


def _plateaus(told: Story) -> list[range]:
    """Find stages of one resolution in a row of which the first alone reads others, and the last alone is read."""
    runs: list[range] = []
    for index, stage in enumerate(told.stages):
        if not _may_merge(stage):
            continue
        if runs and runs[-1].stop == index and stage.level == told.stages[index - 1].level:
            runs[-1] = range(runs[-1].start, index + 1)
        else:
            runs.append(range(index, index + 1))
    run_of = {index: run for run in runs for index in run}
    spoilt = set()
    for wire in told.wires:
        here, there = run_of.get(wire.source), run_of.get(wire.target)
        if here != there:
            if here is not None and wire.source != here[-1]:
                spoilt.add(here)
            if there is not None and wire.target != there[0]:
                spoilt.add(there)
    return [run for run in runs if len(run) > 1 and run not in spoilt]


def _is_flat(stages: Sequence[Stage], stretch: range) -> bool:
    ends = [level for index in (stretch.start - 1, stretch[-1]) if (level := stages[index].level) is not None]
    deepest = max((level for index in stretch if (level := stages[index].level) is not None), default=0.0)
    return all(_may_merge(stages[index]) for index in stretch) and deepest <= max(ends, default=deepest) + SLACK


def _may_merge(stage: Stage) -> bool:
    return stage.kind in ("layer", "join") and not stage.has_problem and stage.known and not stage.frames


def _merged(told: Story, most: int, runs: Sequence[range]) -> Story:
    """Merge the longest runs, those of one length together, until `most` stages are left."""
    into = list(range(len(told.stages)))
    left = len(told.stages)
    for long in sorted({len(run) for run in runs}, reverse=True):
        equal = [run for run in runs if len(run) == long]
        if left <= most:
            break
        if most and len(equal) == 1 and left - most <= FEW:
            equal = [equal[0][max(0, long - 1 - left + most) :]]
        for run in equal:
            told.stages[run[-1]] = _sum([told.stages[index] for index in run])
            for index in run[:-1]:
                into[index] = run[-1]
            left -= len(run) - 1
    return keep(told, into)


def _sum(stages: Sequence[Stage]) -> Stage:
    """Make one stage of several: equal ones are counted, of others it is said how many they are."""
    first, last = stages[0], stages[-1]
    names = (first.name.split(BETWEEN)[0], last.name.split(BETWEEN)[-1])
    name = BETWEEN.join(dict.fromkeys(one for one in names if one))
    layers = sum(stage.times * stage.count for stage in stages)
    alike = len({_does(stage) for stage in stages}) == 1
    heaviest = max(stages, key=lambda stage: stage.parameters)
    return replace(
        last,
        category=heaviest.category,
        kind="layer",
        name=name,
        words=first.words if alike else f"{layers} layers",
        before=first.before,
        times=layers // first.count if alike else 1,
        count=first.count if alike else layers,
        tooltip="\n".join((first.tooltip, last.tooltip)),
        about=first.about,
        around=first.around,
        first=(first.first or first.shape) if alike else None,
        parameters=sum(stage.parameters for stage in stages),
    )


def _neighbours(told: Story) -> tuple[list[list[int]], list[list[int]]]:
    reads: list[list[int]] = [[] for _ in told.stages]
    readers: list[list[int]] = [[] for _ in told.stages]
    for wire in told.wires:
        reads[wire.target].append(wire.source)
        readers[wire.source].append(wire.target)
    return reads, readers
