"""Find where `forward` does the same with every layer of an nn.Sequential in turn, which is written as a loop.

It knows the steps and nothing of how they are printed.
"""

from collections.abc import Callable, Iterator, Sequence

from convdsl.lower.hierarchy import Branch, Leaf
from convdsl.lower.steps import Program, Step
from convdsl.record import dataclass

_FEWEST = 8  # turns of a loop; fewer are written one by one


@dataclass(frozen=True, slots=True)
class Turns:
    """A loop over all layers of the nn.Sequential at `path`.

    start: the step that it begins with. period: steps of one turn, the layer's own the first. steps: of all turns.
    """

    path: tuple[str, ...]
    start: int
    period: int
    steps: int


def turns(program: Program, text: Callable[[Step], str]) -> dict[int, Turns]:
    """Return the loops by the step that they begin with. text: how a step without a module is printed."""
    found = (_turns(program, branch, text) for branch in _branches(program.modules))
    return {one.start: one for one in found if one is not None}


def _branches(root: Branch) -> Iterator[Branch]:
    """Walk the nn.Sequentials of enough layers."""
    pending = [root]
    while pending:
        branch = pending.pop()
        pending.extend(child for child in branch.children.values() if isinstance(child, Branch))
        if branch.is_sequential and len(branch.children) >= _FEWEST:
            yield branch


def _turns(program: Program, branch: Branch, text: Callable[[Step], str]) -> Turns | None:
    layers = [child for child in branch.children.values() if isinstance(child, Leaf)]
    places = [
        at for at, step in enumerate(program.steps) if step.leaf is not None and step.leaf.path[:-1] == branch.path
    ]
    if len(layers) != len(branch.children) or [program.steps[at].leaf for at in places] != layers:
        return None
    period = places[1] - places[0]
    last = places[-1] + period
    if places != list(range(places[0], last, period)) or last > len(program.steps):
        return None
    steps = program.steps[places[0] : last]
    flow = (program.flow,)
    if any(step.outputs != flow or step.also or step.drop for step in steps):
        return None
    if any(step.inputs != flow for step in steps[1:]) or len(steps[0].inputs) != 1:
        return None
    first = _said(steps[:period], text)
    if any(_said(steps[at : at + period], text) != first for at in range(period, len(steps), period)):
        return None
    return Turns(branch.path, places[0], period, len(steps))


def _said(steps: Sequence[Step], text: Callable[[Step], str]) -> list[object]:
    """Return what is printed of a turn: how its layer is applied, the other steps, all shapes."""
    layer, *others = steps
    assert layer.leaf is not None
    if any(step.leaf is not None for step in others):
        return [id(layer)]  # layers from elsewhere, which no other turn has
    return [layer.leaf.plan.applied, layer.shape, *((text(step), step.shape) for step in others)]
