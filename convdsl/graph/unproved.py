"""What can be said of blocks that no model calls: which layers they name, and with which parameters.

Their shapes, and with them all else, are proved where a model uses them.
"""

from collections.abc import Iterator
from functools import cache

from convdsl import codes
from convdsl.graph.bind import Arguments, LayerValue
from convdsl.graph.evaluate import Env
from convdsl.graph.frame import Declared, Frame
from convdsl.graph.problem import Problem, Silent, did_you_mean
from convdsl.graph.targets import Targets
from convdsl.ops import catalogue
from convdsl.record import fields, is_dataclass
from convdsl.source import Span
from convdsl.syntax import tree


def check_alone(run: Targets) -> None:
    """Report unknown layers and parameters in the blocks that no line has called."""
    called = {run.graph.scopes[node.scope].type for node in run.graph.nodes} if run.graph.scopes else set()
    anything = catalogue.find("Identity")
    assert anything is not None
    circular = any(item.code is codes.RECURSION for item in run.diagnostics)
    for block in (block for own in run.library.own for block in own.values()):
        if block.name in called:
            continue
        frame = Frame("block", "", 0, {}, {}, block=block.name)
        frame.file = block.name_span.file
        for parameter in block.parameters:
            if parameter.kind == "layer":
                nothing = Arguments((), {}, {})
                frame.variables[parameter.name] = LayerValue(anything, "Identity", nothing, parameter.span)
        parts = list(_parts(block))
        for part in parts:
            if isinstance(part, tree.LayerDeclaration):
                frame.layers[part.name] = Declared(part, Env(), "", 0, {})
        for call in _calls(parts):
            try:
                _check(run, call, frame)
            except Problem as problem:
                if not (circular and problem.diagnostic.code is codes.RECURSION):  # one circle is one mistake
                    run.report(problem)
            except Silent:
                pass


def _check(run: Targets, call: tree.Call, frame: Frame) -> None:
    target = run.target(call, frame)
    if isinstance(target, LayerValue | Declared):
        return
    known = run.parameter_names(target)
    for argument in call.arguments:
        if argument.name is not None and argument.name not in known:
            raise Problem(
                codes.UNKNOWN_PARAMETER,
                f"`{call.callee}` has no parameter `{argument.name}`",
                argument.name_span,
                helps=(
                    did_you_mean(argument.name, known, argument.name_span)
                    or f"its parameters: {', '.join(known) or 'none'}",
                ),
            )


def _calls(parts: list[object]) -> Iterator[tree.Call]:
    """Give the calls of layers: those of lines, and elsewhere those with parentheses: a bare word may be a symbol."""
    for part in parts:
        if isinstance(part, tree.Call) and part.parentheses:
            yield part
        of_line: tuple[object, ...] = ()
        if isinstance(part, tree.Flow):
            of_line = (part.source, *part.calls)
        elif isinstance(part, tree.LayerDeclaration):
            of_line = part.calls
        elif isinstance(part, tree.Default):
            of_line = (part.call,)
        yield from (call for call in of_line if isinstance(call, tree.Call) and not call.parentheses)


def _parts(block: tree.Block) -> Iterator[object]:
    """Give all parts of a block, without recursion."""
    todo: list[object] = [block]
    while todo:
        part = todo.pop()
        kind: type = type(part)
        if isinstance(part, tuple):
            todo.extend(reversed(part))
        elif names := _names(kind):
            yield part
            todo.extend([getattr(part, name) for name in names])


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Return the fields of a part of the tree from the last to the first, () for plain data and what has no parts."""
    if not is_dataclass(kind) or kind in (Span, tree.Comments):
        return ()
    return tuple(field.name for field in reversed(fields(kind)))
