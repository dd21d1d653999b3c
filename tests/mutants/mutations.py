"""Small wrong changes of a source file: which there are, and where. What only words of a message depend on stays.

A comparison takes its end in or leaves it out, a number is one more or one less, `and` becomes `or`, a condition is
dropped or always holds, `+` becomes `-`, a finding is not made, a list comes back empty.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}
WORDS = {"label", "notes", "message", "strict"}  # arguments that are only read by people, or only assert
TEXTS = {"Code", "Label", "place"}  # calls that hold words and places
CONDITIONAL = (ast.If, ast.IfExp, ast.While)
TYPES = ("annotation", "returns", "decorator_list", "bases", "keywords")  # of functions, classes, declarations
SMALL = (ast.Constant, ast.Name, ast.operator, ast.cmpop, ast.boolop)  # shown with what is around them
SHOWABLE = (ast.expr, ast.keyword, ast.AugAssign, ast.Return, ast.Assign, ast.comprehension)
EMPTY: dict[type[ast.expr], str] = {
    ast.ListComp: "[]",
    ast.List: "[]",
    ast.Tuple: "()",
    ast.SetComp: "set()",
    ast.DictComp: "{}",
    ast.Dict: "{}",
}


@dataclass(frozen=True, eq=False)
class Place:
    """Where a node hangs in a tree: owner.field, or owner.field[index] where index >= 0; statement: around it."""

    node: ast.AST
    owner: ast.AST
    field: str
    index: int
    statement: ast.stmt
    function: bool


@dataclass(frozen=True, eq=False)
class Mutant:
    """One wrong change. before, after: as Python; line: of the file, from 1.

    lines: a test that runs none of these cannot see the change; empty for what is worked out when the file is read.
    """

    place: Place
    new: ast.AST
    before: str
    after: str
    line: int
    lines: range

    def apply(self) -> None:
        """Change the tree, for good."""
        put(self.place, self.new)


def put(place: Place, node: ast.AST) -> None:
    """Hang another node at a place."""
    if place.index < 0:
        setattr(place.owner, place.field, node)
    else:
        getattr(place.owner, place.field)[place.index] = node


def mutants(tree: ast.Module) -> Iterator[Mutant]:
    """Yield every mutant of a file, in the order of its lines."""
    for place in _places(tree):
        for new in _changes(place.node):
            ast.copy_location(new, place.node)
            ast.fix_missing_locations(new)
            small = isinstance(place.node, SMALL) and isinstance(place.owner, SHOWABLE)
            shown = place.owner if small else place.node
            before = ast.unparse(shown)
            put(place, new)
            after = ast.unparse(shown if small else new)
            put(place, place.node)
            if before == after:  # what came back empty already
                continue
            first = getattr(shown, "lineno", place.statement.lineno)
            last = first if isinstance(shown, ast.stmt) else getattr(shown, "end_lineno", first)
            lines = range(first, last + 1) if place.function else range(0)
            yield Mutant(place, new, _line(before), _line(after), first, lines)


def _line(code: str) -> str:
    return code.strip().split("\n", maxsplit=1)[0]


def _places(tree: ast.Module) -> Iterator[Place]:
    for index, statement in enumerate(tree.body):
        yield from _below(Place(statement, tree, "body", index, statement, False))


def _below(place: Place) -> Iterator[Place]:
    node = place.node
    if isinstance(node, ast.JoinedStr | ast.Assert | ast.Raise | ast.Import | ast.ImportFrom):
        return
    yield place
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "bases", "ctx", "keywords") and not isinstance(
            node, ast.Call
        ):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else ((-1, value),):
            if isinstance(child, ast.AST) and not _is_said(node, field, index, child):
                statement = child if isinstance(child, ast.stmt) else place.statement
                inside = place.function or isinstance(node, ast.Lambda)
                inside = inside or (isinstance(node, ast.FunctionDef) and field == "body")  # not the defaults
                yield from _below(Place(child, node, field, index, statement, inside))


def _is_said(node: ast.AST, field: str, index: int, child: ast.AST) -> bool:
    """Tell what is only read by people: words of messages, helps, labels; codes."""
    if isinstance(child, ast.keyword):
        return child.arg in WORDS
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func).rpartition(".")[2]
    return name in TEXTS or (name == "Help" and field == "args" and index == 0)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    if type(node) in SWAPS:
        yield SWAPS[type(node)]()
    elif isinstance(node, ast.BoolOp) and len(node.values) > 1:
        for left_out in range(len(node.values)):
            rest = [value for at, value in enumerate(node.values) if at != left_out]
            yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from map(ast.Constant, _numbers(node.value))
    elif isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield ast.Name(NAMES[node.id], ast.Load())
    elif isinstance(node, ast.Break | ast.Continue) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom | ast.Call)
    ):
        yield ast.Pass()
    elif isinstance(node, ast.Return) and type(node.value) in EMPTY:
        yield ast.Return(ast.parse(EMPTY[type(node.value)], mode="eval").body)
    if isinstance(node, CONDITIONAL):
        for value in (False,) if isinstance(node, ast.While) else (True, False):
            yield _with(node, test=ast.Constant(value))
    if isinstance(node, ast.comprehension):
        for at in range(len(node.ifs)):
            yield _with(node, ifs=[test for i, test in enumerate(node.ifs) if i != at])


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """Copy a node's top with other fields."""
    return type(node)(**{**dict(ast.iter_fields(node)), **fields})


def _numbers(value: object) -> tuple[object, ...]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (value + 1, value - 1) if value > 0 else (value + 1,)
    return (value * 2, value / 2) if isinstance(value, float) and value else ()
