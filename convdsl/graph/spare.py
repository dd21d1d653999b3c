"""Declared layers that are never applied: some published checkpoints hold such weights (language rule 8)."""

from convdsl import codes
from convdsl.argument import Invalid, signature
from convdsl.graph.bind import bind, collect
from convdsl.graph.evaluate import Env
from convdsl.graph.frame import Declared, Frame
from convdsl.graph.graph import Node
from convdsl.graph.keys import key_text
from convdsl.graph.nodes import Nodes
from convdsl.graph.problem import Problem
from convdsl.op import Op
from convdsl.ops import catalogue
from convdsl.shape import Shape, shape_of
from convdsl.syntax import tree

FED_BY = ("in_channels", "num_features", "in_features")  # PyTorch's names for the channels that a layer expects
ROOMY = 4096  # any size at which no window fails to fit; the shape is used for counting weights only


def keep_spare(run: Nodes, declared: Declared, frame: Frame, env: Env) -> None:
    """Add the weights of a declared layer that nothing applies.

    Raises Problem where its input's channels are not stated.
    """
    statement = declared.statement
    way = "apply it, remove it, or state its `in_channels` so that its weights are kept"
    never = Problem(
        codes.DEAD_NODE, f"the declared layer `{statement.name}` is never applied", statement.name_span, helps=(way,)
    )
    shape: Shape | None = None
    calls = statement.calls if statement.body is None else _chain(statement.body)
    numbered = statement.body is not None or len(calls) > 1
    for position, call in enumerate(calls):
        op = catalogue.find(call.callee)
        if op is None or call.callee in run.blocks_of(frame):
            raise never
        given = collect(call, env, None, declared.defaults.get(call.callee, {}), frozenset())
        bound = bind(op, call.callee, given, call.span, 1, env, True, run.solved)
        if bound.blanks:
            raise never
        fed = next((getattr(bound.op, name) for name in FED_BY if _has(op, name)), None)
        if fed is not None:
            shape = shape_of("N", fed, *(ROOMY,) * ((bound.op.rank or 2) - 2))
        if shape is None:
            raise never
        name = f"{statement.name}.{position}" if numbered else statement.name
        key = declared.prefix + (name if call.key is None else key_text(call.key, env))
        index = len(run.graph.spare)
        try:
            after = bound.op.shape(shape)
        except (Invalid, ValueError):
            raise never from None
        run.graph.spare.append(
            Node(
                index,
                key,
                key,
                bound.op,
                (),
                (after,),
                scope=declared.scope,
                span=call.span,
                trail=frame.trail,
                fed=(shape,),
            )
        )
        shape = after
    if not calls:
        raise never


def _chain(body: tree.Body) -> tuple[tree.Call, ...]:
    """Return the calls of a body that is one unnamed chain, () for any other."""
    calls: list[tree.Call] = []
    for line in body.statements:
        if not isinstance(line, tree.Flow) or line.targets or not isinstance(line.source, tree.Call):
            return ()
        calls.extend((line.source, *line.calls))
    return tuple(calls)


def _has(op: type[Op], name: str) -> bool:
    return any(parameter.name == name for parameter in signature(op))
