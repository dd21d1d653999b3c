"""How many layers a model makes at least, counted without making them: a spec of ten lines can ask for 10 ** 20.

A lower bound from the tree alone, so that nothing which would pass is refused: loops count where their turns are
written as numbers, an `if` counts as its smaller side. What it does not see, the budgets of `nodes.py` meet later.
"""

from collections.abc import Mapping, Sequence

from convdsl import codes
from convdsl.graph.evaluate import Env, evaluate
from convdsl.graph.nodes import MOST_NODES
from convdsl.graph.problem import Problem, Silent
from convdsl.source import Span
from convdsl.syntax import tree

_NOTHING = Env()


def too_many(model: tree.Model, blocks: Mapping[str, tree.Block]) -> Problem | None:
    """Find the statement with which a model passes the most layers that there may be; None where it need not pass."""
    counter = _Counter(blocks)
    total = 0
    for statement in model.body.statements:
        total += counter.statement(statement)
        if total > MOST_NODES:
            span = statement.span
            layers = f"{total:,}" if total < 10**15 else "over 10 ** 15"
            return Problem(
                codes.TOO_MANY_LAYERS,
                f"the model has {layers} layers or more",
                Span(span.start, min(span.end, span.start + 200), span.file),
                "the limit of 100,000 layers is passed here",
                helps=("repeat less often",),
            )
    return None


class _Counter:
    """Counts each block once; blocks that lead back to themselves count as nothing, and are refused elsewhere."""

    def __init__(self, blocks: Mapping[str, tree.Block]) -> None:
        self.blocks = blocks
        self.known: dict[str, int] = {}

    def statements(self, statements: Sequence[tree.Statement]) -> int:
        return sum(map(self.statement, statements))

    def statement(self, statement: tree.Statement) -> int:
        if isinstance(statement, tree.Flow):
            inner = statement.source
            made = self.statements(inner.statements) if isinstance(inner, tree.Body) else 0
            calls = (inner, *statement.calls) if isinstance(inner, tree.Call) else statement.calls
            return made + sum(map(self.call, calls))
        if isinstance(statement, tree.Repeat):
            count = _value(statement.count)
            turns = count if isinstance(count, int) else 0
            return max(turns, 0) * self.statements(statement.body.statements)
        if isinstance(statement, tree.For):
            items = _value(statement.iterable)
            turns = len(items) if isinstance(items, tuple | range) else 0
            return turns * self.statements(statement.body.statements)
        if isinstance(statement, tree.If) and statement.orelse is not None:
            return min(self.statements(statement.body.statements), self.statements(statement.orelse.statements))
        return 0

    def call(self, call: tree.Call) -> int:
        """Count a call: a block's layers, one for an operator; what a parameter stands for is not known here."""
        name = call.callee
        if not name[:1].isupper():
            return 0
        block = self.blocks.get(name)
        if block is None:
            return 1
        if name not in self.known:
            self.deepen(block)
        return self.known[name]

    def deepen(self, block: tree.Block) -> None:
        """Count a block after those that it calls, without recursion: blocks may call each other by the thousand."""
        todo = [(block, False)]
        while todo:
            one, ready = todo.pop()
            if ready:
                self.known[one.name] = min(self.statements(one.body.statements), 10**18)
                continue
            self.known[one.name] = 0
            todo.append((one, True))
            inner = (self.blocks.get(name) for name in _called(one.body.statements))
            todo.extend((found, False) for found in inner if found is not None and found.name not in self.known)


def _called(statements: Sequence[tree.Statement]) -> list[str]:
    """List the callees of statements and of the bodies in them."""
    out: list[str] = []
    todo = list(statements)
    while todo:
        statement = todo.pop()
        if isinstance(statement, tree.Flow):
            if isinstance(statement.source, tree.Body):
                todo.extend(statement.source.statements)
            elif isinstance(statement.source, tree.Call):
                out.append(statement.source.callee)
            out.extend(call.callee for call in statement.calls)
        elif isinstance(statement, tree.Repeat | tree.For):
            todo.extend(statement.body.statements)
        elif isinstance(statement, tree.If):
            todo.extend(statement.body.statements)
            todo.extend(statement.orelse.statements if statement.orelse is not None else ())
    return out


def _value(expr: tree.Expr) -> object:
    try:
        return evaluate(expr, _NOTHING)
    except (Problem, Silent):
        return None
