"""The value of one argument of a call, and the slip that only an argument can be: `==` for `=`."""

from convdsl import codes
from convdsl.diagnostics import Help
from convdsl.graph.evaluate import Env, bare_name, evaluate
from convdsl.graph.problem import Problem
from convdsl.record import replace
from convdsl.syntax import tree


def argument_value(expr: tree.Expr, env: Env) -> object:
    """Evaluate an argument as `evaluate` does.

    Raises Problem; for an unknown name in front of `==` it says that an argument takes one `=`.
    """
    try:
        return evaluate(expr, env)
    except Problem as problem:
        name = bare_name(expr.left) if isinstance(expr, tree.Binary) and expr.operator == "==" else None
        if name is not None and problem.diagnostic.code is codes.UNKNOWN_NAME:
            way = Help(f"`==` compares; an argument is given with one `=`: `{name}=…`")
            problem.diagnostic = replace(problem.diagnostic, helps=(*problem.diagnostic.helps, way))
        raise
