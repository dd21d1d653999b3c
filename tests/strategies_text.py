"""Random specs: trees for hypothesis, and a small printer that spells a tree as text.

The printer is the tests' own, so that reading is held against something that the program did not write.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from hypothesis import strategies as st

from convdsl.source import Source
from convdsl.syntax import tree as t

LETTERS = "abcdefghijklmnopqrstuvwxyz"
names = st.text(LETTERS + "_0123456789", min_size=1, max_size=6).map("v".__add__) | st.sampled_from(
    ["x", "e1", "enc", "model", "block", "train", "width", "inputs", "iffy"]
)
types = st.sampled_from(["Conv2d", "ReLU", "Up", "BatchNorm2d", "GroupNorm", "Level2"])
symbols = st.sampled_from(["N", "C", "H", "W", "D"])
VALUES = {"0": 0, "1": 1, "64": 64, "3_643_514": 3643514, "0.5": 0.5, "1e-3": 0.001, "1.5e+4": 15000.0, "1M": 10**6}
VALUES |= {"1.7G": 1_700_000_000, "200MiB": 200 * 2**20}
numbers = st.sampled_from(sorted(VALUES)).map(lambda text: t.Number(VALUES[text], text))
strings = st.text(LETTERS + " .{}[]#'=-0", max_size=8).map(t.String)
words = st.text(LETTERS + " #()[]{}=,->", min_size=1, max_size=12).map(str.strip).filter(bool)
comments = st.builds(t.Comments, st.lists(words, max_size=2).map(tuple), st.none() | words, st.booleans())

atoms = (
    numbers
    | strings
    | st.builds(t.Boolean, st.booleans())
    | st.just(t.Nothing())
    | st.just(t.Hole())
    | st.builds(t.Name, names | symbols)
)
references = st.recursive(
    st.builds(t.Name, names),
    lambda inner: st.builds(t.Attribute, inner, names) | st.builds(t.Index, inner, numbers | st.builds(t.Name, names)),
    max_leaves=3,
)


def arguments(values: st.SearchStrategy[t.Expr]) -> st.SearchStrategy[tuple[t.Argument, ...]]:
    positional = st.lists(st.builds(t.Argument, st.none(), values), max_size=2)
    named = st.lists(st.builds(t.Argument, names, values), max_size=2)
    return st.tuples(positional, named).map(lambda both: (*both[0], *both[1]))


def calls(values: st.SearchStrategy[t.Expr]) -> st.SearchStrategy[t.Call]:
    bare = st.builds(t.Call, types, st.just(()), st.none(), st.just(False))
    return bare | st.builds(t.Call, types, arguments(values))


def larger(inner: st.SearchStrategy[t.Expr]) -> st.SearchStrategy[t.Expr]:
    operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "==", "<=", "in", "and", "or"])
    return (
        st.builds(t.Binary, operators, inner, inner)
        | st.builds(t.Unary, st.sampled_from(["-", "not"]), inner)
        | st.builds(t.Function, st.sampled_from(["min", "max", "range", "macs"]), arguments(inner))
        | st.builds(t.Sequence, st.lists(inner, min_size=1, max_size=3).map(tuple), st.sampled_from("(["))
    )


plain = st.recursive(atoms | references, larger, max_leaves=8)
expressions = plain | calls(plain)
shapes = st.builds(t.ShapeExpr, st.lists(plain, min_size=1, max_size=4).map(tuple))
keys = st.none() | strings
applied = st.builds(t.Call, types | names, arguments(expressions), keys)
heads = st.recursive(
    applied | references | numbers,
    lambda inner: st.builds(t.Binary, st.sampled_from("+-*/"), inner, inner) | st.builds(t.Unary, st.just("-"), inner),
    max_leaves=4,
).filter(lambda head: not isinstance(head, t.Number))
targets = st.lists(st.builds(t.Name, names) | st.builds(t.Index, st.builds(t.Name, names), plain), max_size=2).map(
    tuple
)
sources = heads | st.builds(t.Values, st.lists(references, min_size=2, max_size=3).map(tuple))
conditions = st.lists(
    plain.filter(lambda e: not (isinstance(e, t.Binary) and e.operator == "and")), min_size=1, max_size=2
)


def bodies(statements: st.SearchStrategy[t.Statement]) -> st.SearchStrategy[t.Body]:
    return st.builds(t.Body, st.lists(statements, max_size=3).map(tuple), st.lists(words, max_size=1).map(tuple))


def _flows(body: st.SearchStrategy[t.Body] | None) -> st.SearchStrategy[t.Flow]:
    promise = st.none() | shapes
    made = st.builds(
        t.Flow, sources, st.lists(applied, max_size=2).map(tuple), targets, st.none(), promise, comments
    ).filter(lambda f: bool(f.targets or f.calls) or isinstance(f.source, t.Call | t.Binary | t.Unary))
    made = made.filter(lambda f: not isinstance(f.source, t.Values) or bool(f.calls))
    return made if body is None else made | st.builds(t.Flow, body, st.just(()), targets, keys, promise, comments)


def _statements(inner: st.SearchStrategy[t.Statement]) -> st.SearchStrategy[t.Statement]:
    body = bodies(inner)
    return (
        _flows(body)
        | st.builds(t.Repeat, plain, body, comments)
        | st.builds(t.For, names, plain, body, comments)
        | st.builds(t.If, plain, body, st.none() | body, comments)
        | st.builds(t.LayerDeclaration, names, st.just(()), body, comments)
    )


leaves = (
    _flows(None)
    | st.builds(t.Default, st.builds(t.Call, types, arguments(expressions)), comments)
    | st.builds(t.LayerDeclaration, names, st.lists(applied, min_size=1, max_size=2).map(tuple), st.none(), comments)
)
statements = st.recursive(leaves, _statements, max_leaves=6)
inputs = st.builds(
    t.Input, names, shapes, st.none() | numbers, st.none() | plain, st.just(()) | conditions.map(tuple), comments
)
outputs = st.builds(t.Output, names, shapes, st.none() | plain, comments)
expects = st.builds(t.Expect, conditions.map(tuple), comments)
parameters = st.builds(
    t.Parameter, names, st.sampled_from(["int", "float", "bool", "str", "layer"]), st.none() | expressions
)
signatures = st.lists(parameters, max_size=2).map(tuple)
model_bodies = st.builds(
    lambda first, middle, last, tail: t.Body((*first, *middle, *last), tail),
    st.lists(inputs, max_size=2),
    st.lists(statements, max_size=4),
    st.lists(outputs | expects, max_size=2),
    st.lists(words, max_size=1).map(tuple),
)
block_bodies = st.builds(
    lambda first, rest, tail: t.Body((*first, *rest), tail),
    st.lists(inputs, max_size=2),
    st.lists(statements | outputs, max_size=3),
    st.lists(words, max_size=1).map(tuple),
)
blocks = st.builds(t.Block, types, signatures, block_bodies, comments)
models = st.builds(t.Model, types, signatures, model_bodies, comments)
settings_ = st.builds(t.Setting, names, expressions, comments)
trains = st.builds(
    t.Train, st.lists(settings_, max_size=3).map(tuple), st.lists(words, max_size=1).map(tuple), comments
)
imports = st.builds(t.Import, strings, st.lists(types, min_size=1, max_size=2).map(tuple), comments)
files = st.builds(
    lambda before, model, train, header, tail: t.File(
        Source("spec.cdsl", ""), 1, (*before, model, *train), header, tail
    ),
    st.lists(imports | blocks, max_size=2),
    models,
    st.lists(trains, max_size=1),
    comments,
    st.lists(words, max_size=1).map(tuple),
)

# ------------------------------------------------------------------ the printer


def spell(node: object) -> str:
    """Spell a tree as text: every operand in parentheses, one statement a line."""
    match node:
        case t.Number(text=text):
            return text
        case t.String(value=value):
            return f'"{value}"'
        case t.Boolean(value=value):
            return "true" if value else "false"
        case t.Nothing():
            return "none"
        case t.Hole():
            return "?"
        case t.Name(id=name):
            return name
        case t.Index(base=base, index=index):
            return f"{spell(base)}[{spell(index)}]"
        case t.Attribute(base=base, name=name):
            return f"{spell(base)}.{name}"
        case t.Unary(operator=operator, operand=operand):
            return f"{operator} {grouped(operand)}"
        case t.Binary(operator=operator, left=left, right=right):
            return f"{grouped(left)} {operator} {grouped(right)}"
        case t.Function(name=name, arguments=given):
            return f"{name}({listed(given)})"
        case t.Sequence(items=items, brackets=brackets):
            comma = "," if len(items) == 1 and brackets == "(" else ""
            return f"{brackets}{listed(items)}{comma}{')' if brackets == '(' else ']'}"
        case t.Argument(name=name, value=value):
            return spell(value) if name is None else f"{name}={spell(value)}"
        case t.Call(callee=callee, arguments=given, key=key, parentheses=parentheses):
            written = f"({listed(given)})" if parentheses else ""
            return callee + written + ("" if key is None else f" as {spell(key)}")
        case t.ShapeExpr(axes=axes):
            return f"[{listed(axes)}]"
        case t.Values(references=references):
            return f"({listed(references)})"
        case t.Parameter(name=name, kind=kind, default=default):
            return f"{name}: {kind}" + ("" if default is None else f" = {spell(default)}")
    raise AssertionError(node)


def grouped(operand: object) -> str:
    return f"({spell(operand)})" if isinstance(operand, t.Unary | t.Binary) else spell(operand)


def listed(parts: object) -> str:
    assert isinstance(parts, tuple)
    return ", ".join(spell(part) for part in parts)


def lines(node: Any, first: bool = False) -> list[str]:
    """Spell a statement or item, with its comments, as lines; a first one of a body has no blank line above it."""
    given: t.Comments = node.comments
    above = ([""] if given.blank_before and not first else []) + [f"# {text}" for text in given.above]
    head, *rest = _lines(node)
    return [*above, head + ("" if given.trailing is None else f"  # {given.trailing}"), *rest]


def braced(parts: tuple[Any, ...], tail: tuple[str, ...]) -> list[str]:
    inside = [line for at, part in enumerate(parts) for line in lines(part, at == 0)]
    return ["{", *(f"  {line}" if line else "" for line in [*inside, *(f"# {text}" for text in tail)]), "}"]


def joined(head: str, body: list[str], tail: str = "") -> list[str]:
    return [head + body[0], *body[1:-1], body[-1] + tail]


def _lines(node: object) -> list[str]:
    match node:
        case t.Input(name=name, shape=shape, default=default, means=means, where=where):
            line = f"input {name}: {spell(shape)}"
            line += "" if default is None else f" = {spell(default)}"
            line += "" if means is None else f" means {spell(means)}"
            return [line + (f" where {listed(where)}" if where else "")]
        case t.Output(name=name, shape=shape, means=means):
            return [f"output {name}: {spell(shape)}" + ("" if means is None else f" means {spell(means)}")]
        case t.Expect(conditions=found):
            return [f"expect {listed(found)}"]
        case t.Default(call=call):
            return [f"default {spell(call)}"]
        case t.LayerDeclaration(name=name, calls=applied_, body=None):
            return [f"layer {name} = {' -> '.join(map(spell, applied_))}"]
        case t.LayerDeclaration(name=name, body=t.Body() as body):
            return joined(f"layer {name} = ", braced(body.statements, body.tail))
        case t.Repeat(count=count, body=body):
            return joined(f"repeat {spell(count)} ", braced(body.statements, body.tail))
        case t.For(variable=variable, iterable=iterable, body=body):
            return joined(f"for {variable} in {spell(iterable)} ", braced(body.statements, body.tail))
        case t.If(condition=condition, body=body, orelse=orelse):
            first = joined(f"if {spell(condition)} ", braced(body.statements, body.tail))
            return (
                first if orelse is None else [*first[:-1], *joined("} else ", braced(orelse.statements, orelse.tail))]
            )
        case t.Flow(source=source, calls=applied_, targets=bound, key=key, promise=promise):
            head = f"{listed(bound)} = " if bound else ""
            tail = ("" if key is None else f" as {spell(key)}") + ("" if promise is None else f" : {spell(promise)}")
            if isinstance(source, t.Body):
                return joined(head, braced(source.statements, source.tail), tail)
            return [head + " -> ".join([spell(source), *map(spell, applied_)]) + tail]
        case t.Import(path=path, names=found):
            return [f"from {spell(path)} import {', '.join(found)}"]
        case t.Block(name=name, parameters=given, body=body):
            return joined(f"block {name}({listed(given)}) ", braced(body.statements, body.tail))
        case t.Model(name=name, parameters=given, body=body):
            return joined(f"model {name}({listed(given)}) ", braced(body.statements, body.tail))
        case t.Setting(name=name, value=value):
            return [f"{name} = {spell(value)}"]
        case t.Train(settings=found, tail=tail):
            return joined("train ", braced(found, tail))
    raise AssertionError(node)


def text_of(file: t.File) -> str:
    """Spell a whole file."""
    header = t.Setting("convdsl", t.Number(1, "1"), file.comments)
    first = lines(header, True)
    text = "\n".join([*first, *(line for item in file.items for line in lines(item)), *(f"# {s}" for s in file.tail)])
    return text.replace("convdsl = 1", "convdsl 1", 1) + "\n"


def settled(node: Any) -> Any:
    """Return the tree as it can come back: the first statement of a body has no blank line above it."""
    if isinstance(node, t.Body | t.Train):
        name = "statements" if isinstance(node, t.Body) else "settings"
        node = replace(node, **{name: unspaced(getattr(node, name))})
    if isinstance(node, t.File):
        node = replace(node, comments=replace(node.comments, blank_before=False))
    if isinstance(node, tuple):
        return tuple(map(settled, node))
    if is_dataclass(node) and not isinstance(node, Source | type):
        return replace(node, **{f.name: settled(getattr(node, f.name)) for f in fields(node)})
    return node


def unspaced(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        replace(p, comments=replace(p.comments, blank_before=False)) if not at else p for at, p in enumerate(parts)
    )
