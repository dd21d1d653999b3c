"""The text that reaches each module in `forward`, and the text of a layer's call."""

import re
from collections import Counter
from collections.abc import Collection, Iterator

from convdsl.lower.declare import access
from convdsl.lower.hierarchy import Branch, Refused
from convdsl.lower.names import Locals
from convdsl.lower.steps import Program, Step
from convdsl.op import Expression

_LONGEST = 40  # columns of a module's path; a longer one is reached through a local
_MOST = 32  # indexings of one nn.Sequential: each counts its layers from the first, microseconds of every forward
_SINGLE_QUOTED = re.compile(r"'([^'\"\\\n]*)'")

Path = tuple[str, ...]


def function(step: Step) -> str:
    """Print a layer that is no module.

    Raises Refused where it has to be one.
    """
    plan = step.plan
    template = plan.template if isinstance(plan, Expression) else plan.inplace if step.inplace else plan.function
    if not template:
        raise Refused(f"`{step.node.name}` has no place among the modules and is no function", step.node)
    return _SINGLE_QUOTED.sub(r'"\1"', template.format(*step.inputs, training="self.training"))


def applied(step: Step, module: str, inputs: tuple[str, ...]) -> str:
    """Print the call of a layer's module, which is reached by the text `module`."""
    assert step.leaf is not None
    if step.leaf.plan.applied:
        return step.leaf.plan.applied.format(*inputs, module=module)
    return f"{module}({', '.join(inputs)})"


class Paths:
    """Long paths go through locals, and so do the layers of a long nn.Sequential; assigned where first needed.

    in_loops: the nn.Sequentials that a loop runs through. turn: the local that such a loop has a layer in.
    """

    def __init__(self, program: Program, in_loops: Collection[Path]) -> None:
        used = [*program.arguments, program.flow]
        used += [name for step in program.steps for name in (*step.outputs, step.also) if name]
        self._names = Locals(tuple(used))
        self.turn = self._names.take("layer") if in_loops else ""
        self._text: dict[Path, str] = {}
        self._branch: dict[Path, Branch] = {}
        self._pending: list[str] = []
        paths = (step.leaf.path for step in program.steps if step.leaf is not None)
        uses = Counter(path[:depth] for path in paths for depth in range(len(path)))
        self._many = {path for path, count in uses.items() if count > _MOST}.difference(in_loops)
        self._bind((), program.modules, "self")

    def before(self, step: Step) -> Iterator[str]:
        """Yield the assignments that the step's path needs."""
        if step.leaf is not None:
            self._reach(step.leaf.path[:-1])
            yield from self._pending
            self._pending.clear()

    def expression(self, step: Step) -> str:
        """Print what computes a step."""
        if step.leaf is None:
            return function(step)
        path = step.leaf.path
        return applied(step, access(self._text[path[:-1]], self._branch[path[:-1]], path[-1]), step.inputs)

    def branch(self, path: Path) -> str:
        """Print how a level that was reached is called."""
        return self._text[path]

    def _reach(self, path: Path) -> None:
        for depth in range(1, len(path) + 1):
            here = path[:depth]
            if here in self._text:
                continue
            parent = self._branch[here[:-1]]
            branch = parent.children[here[-1]]
            assert isinstance(branch, Branch)
            words = access(self._text[here[:-1]], parent, here[-1])
            untyped = depth == 1 and parent.is_sequential  # an item of an nn.Sequential is any module to type checkers
            if len(words) > _LONGEST or words.startswith("getattr") or untyped:
                name = self._names.take("layers_" + "_".join(here[-2:]))
                self._pending.append(f"        {name}{': Any' if untyped else ''} = {words}")
                words = name
            self._bind(here, branch, words)

    def _bind(self, path: Path, branch: Branch, words: str) -> None:
        """Keep how a level is reached; one that is indexed many times is a list from then on."""
        if branch.is_sequential and path in self._many:
            name = self._names.take("layers" if not path or path[-1].isdigit() else path[-1])
            self._pending.append(f"        {name} = list({words})")
            words = name
        self._text[path], self._branch[path] = words, branch
