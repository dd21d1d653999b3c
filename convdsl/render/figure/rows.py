"""Whether a network goes down and comes up again, and on which row of the figure each stage then stands."""

from collections.abc import Sequence

from convdsl.render.figure.closing import SLACK
from convdsl.render.figure.stages import Stage, Story, Wire


def is_skip(stages: Sequence[Stage], wire: Wire) -> bool:
    """Tell whether a wire leads over coarser stages to a join at the resolution that it comes from."""
    level, there = stages[wire.source].level, stages[wire.target].level
    if level is None or there is None or abs(level - there) > SLACK or stages[wire.target].kind == "output":
        return False
    between = (stage.level for stage in stages[wire.source + 1 : wire.target])
    return any(other is not None and other > level + SLACK for other in between)


def rows(told: Story) -> list[int]:
    """Return a row for each stage, 0 at the top: one for each resolution of a U, one for all of another network.

    A stage without axes stands on the row of the one before it, an output on that of what it shows.
    """
    stages = told.stages
    if not any(is_skip(stages, wire) for wire in told.wires):
        return [0] * len(stages)
    known = sorted({stage.level for stage in stages if stage.level is not None})
    rank = {level: row for row, level in enumerate(known)}
    out: list[int] = []
    for stage in stages:
        before = out[-1] if out else 0
        out.append(before if stage.level is None else rank[stage.level])
    return out
