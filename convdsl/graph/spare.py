"""Declared layers that are never applied: some published checkpoints hold such weights (language rule 8)."""

from convdsl import codes
from convdsl.argument import Invalid, signature
from convdsl.graph.bind import bind, collect
from convdsl.graph.evaluate import Env
from convdsl.graph.frame import Declared, Frame
from convdsl.graph.graph import Node
from convdsl.graph.nodes import Nodes
from convdsl.graph.problem import Problem
from convdsl.op import Op
from convdsl.ops import catalogue
from convdsl.shape import Shape, shape_of

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
    for position, call in enumerate(statement.calls):
        op = catalogue.find(call.callee)
        if op is None or call.callee in run.blocks:
            raise never
        given = collect(call, env, None, declared.defaults.get(call.callee, {}), frozenset())
        bound = bind(op, call.callee, given, call.span, 1, env, True)
        fed = next((getattr(bound.op, name) for name in FED_BY if _has(op, name)), None)
        if fed is not None:
            shape = shape_of("N", fed, *(ROOMY,) * ((bound.op.rank or 2) - 2))
        if shape is None:
            raise never
        key = declared.prefix + statement.name + (f".{position}" if len(statement.calls) > 1 else "")
        index = len(run.graph.spare)
        try:
            after = bound.op.shape(shape)
        except (Invalid, ValueError):
            raise never from None
        run.graph.spare.append(
            Node(index, key, key, bound.op, (), (shape,), scope=declared.scope, span=call.span, trail=frame.trail)
        )
        shape = after
    if not statement.calls:
        raise never


def _has(op: type[Op], name: str) -> bool:
    return any(parameter.name == name for parameter in signature(op))
