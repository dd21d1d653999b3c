"""Spell a tree as a program: whatever text can say, the builder can say."""

from typing import Any

from convdsl.authoring.print_expression import expression
from convdsl.syntax import tree as t

OPERATORS = {"and": "&", "or": "|"}
HEAD = """from convdsl import Body, Layer, expr, imported, library
from convdsl.builder.block import block
from convdsl.builder.layer import HeldLayer, LayerType
from convdsl.builder.model import model
from convdsl.builder.piece import Roots

def held(name):
    return HeldLayer(name, Roots())  # what a `layer` parameter is inside its block
"""


def program(file: t.File) -> str:
    """Spell a file; its product is the variable `spec`."""
    lines = [HEAD]
    parts = []
    last: t.Model | None = None
    train: t.Train | None = None
    for at, item in enumerate(file.items):
        match item:
            case t.Import(path=path, names=names, comments=comments):
                given = "".join(f", {name!r}" for name in names)
                lines.append(f"i{at} = imported({path.value!r}{given}, {said(comments, 'note')})")
                parts.append(f"*i{at}")
            case t.Block():
                lines += [f"@block({said(item.comments, '')})", *function(item), f"b{at} = {item.name}"]
                parts.append(f"b{at}")
            case t.Model():
                last = item
            case t.Train():
                train = item
    ends = [
        f"header={text_of(file.comments.above)}",
        f"beside={file.comments.trailing or ''!r}",
        f"tail={text_of(file.tail)}",
    ]
    assert last is not None
    blocks = f"blocks=({', '.join(parts)}{',' if parts else ''})"
    lines.append(f"@model({blocks}, {', '.join(ends)}{said(last.comments, '', ', ')})")
    lines += [*function(last), f"spec = {last.name}"]
    if train is not None:
        lines.append(f"t = spec.train({said(train.comments, 'note')})")
        for setting in train.settings:
            lines += notes(setting, "t")
            lines.append(f"setattr(t, {setting.name!r}, {value(setting.value)})")
            lines += beside(setting, "t")
        lines += [f"t.note({text!r})" if text != t.BLANK else "t.gap()" for text in train.tail]
    return "\n".join(lines) + "\n"


def text_of(lines: tuple[str, ...]) -> str:
    return repr("\n".join(lines))


def said(comments: t.Comments, above: str, lead: str = "") -> str:
    parts = [f"{above}={text_of(comments.above)}"] if above and comments.above else []
    if comments.trailing is not None:
        parts.append(f"aside={comments.trailing!r}")
    return (lead if parts else "") + ", ".join(parts)


def function(item: "t.Block | t.Model") -> list[str]:
    kinds = {"layer": "Layer"}
    parameters = [
        f"{one.name}: {kinds.get(one.kind, one.kind)}" + ("" if one.default is None else f" = {value(one.default)}")
        for one in item.parameters
    ]
    head = ", ".join(["m: Body", *(["*", *parameters] if parameters else [])])
    doc = [f"    {text_of(item.comments.above)}"] if item.comments.above else []
    return [f"def {item.name}({head}) -> None:", *doc, *body(item.body)]


def notes(statement: Any, owner: str = "m") -> list[str]:
    gap = [f"{owner}.gap()"] if statement.comments.blank_before else []
    return gap + [
        f"{owner}.gap()" if text == t.BLANK else f"{owner}.note({text!r})" for text in statement.comments.above
    ]


def beside(statement: Any, owner: str = "m") -> list[str]:
    return [] if statement.comments.trailing is None else [f"{owner}.aside({statement.comments.trailing!r})"]


def body(given: t.Body) -> list[str]:
    lines = []
    for one in given.statements:
        lines += [*notes(one), *statement(one), *beside(one)]
    lines += [f"m.note({text!r})" if text != t.BLANK else "m.gap()" for text in given.tail]
    return ["    " + line for line in lines or ["pass"]]


def statement(one: t.Statement) -> list[str]:
    match one:
        case t.Input(name=name, shape=shape, default=default, means=means, where=where):
            given = "" if default is None else f", default={value(default)}"
            given += "" if means is None else f", means={expression(means)!r}"
            given += f", where=[{', '.join(map(condition, where))}]" if where else ""
            return [f"m.input({name!r}, {expression(shape)!r}{given})"]
        case t.Output(name=name, shape=shape, means=means):
            sizes = f"[{', '.join(repr(expression(axis)) for axis in shape.axes)}]"
            return [f"m.output({name!r}, {sizes}{'' if means is None else f', means={expression(means)!r}'})"]
        case t.Expect(conditions=conditions):
            return [f"m.expect({', '.join(map(condition, conditions))})"]
        case t.Default(call=call):
            return [f"m.default(LayerType({call.callee!r}){arguments(call.arguments, ', ')})"]
        case t.LayerDeclaration(name=name, body=t.Body() as inner):
            return [f"with m.layer({name!r}):", *body(inner)]
        case t.LayerDeclaration(name=name, calls=calls):
            return [f"m.layer({name!r}, {' >> '.join(map(applied, calls))})"]
        case t.Repeat(count=count, body=inner):
            return [f"with m.repeat({condition(count)}):", *body(inner)]
        case t.For(variable=variable, iterable=iterable, body=inner):
            return [f"with m.for_({variable!r}, {condition(iterable)}):", *body(inner)]
        case t.If(condition=chosen, body=inner, orelse=orelse):
            lines = [f"with m.if_({condition(chosen)}):", *body(inner)]
            return lines if orelse is None else [*lines, "with m.else_():", *body(orelse)]
        case t.Flow(source=t.Body() as inner, targets=targets, key=key, promise=promise):
            names = ", ".join(map(reference, targets))
            given = f"({names},)" if targets else "None"
            given += "" if promise is None else f", shape={expression(promise)!r}"
            given += "" if key is None else f", as_={key.value!r}"
            return [f"with m.group({given}):", *body(inner)]
        case t.Flow(source=source, calls=calls, targets=targets, promise=promise):
            line = " >> ".join([head(source), *map(applied, calls)])
            line += "" if promise is None else f" | {expression(promise)!r}"
            if not targets:
                return [f"m({line})"]
            return [f"m[{', '.join(map(reference, targets))}] = {line}"]
    raise AssertionError(one)


def head(source: Any) -> str:
    match source:
        case t.Values(references=references):
            return f"({', '.join(map(reference, references))})"
        case t.Call():
            return applied(source)
        case t.Binary(operator=operator, left=left, right=right):
            if is_constant(source):
                return f"expr({expression(source)!r})"
            return f"({head(left)} {operator} {head(right)})"
        case t.Unary(operand=operand):
            return f"expr({expression(source)!r})" if is_constant(source) else f"(-{head(operand)})"
        case t.Number():
            return value(source)
    return reference(source)


def is_constant(source: Any) -> bool:
    match source:
        case t.Binary(left=left, right=right):
            return is_constant(left) and is_constant(right)
        case t.Unary(operand=operand):
            return is_constant(operand)
    return isinstance(source, t.Number)


def applied(call: t.Call) -> str:
    key = "" if call.key is None else f".as_({call.key.value!r})"
    made = "LayerType" if call.callee[0].isupper() else "held"
    return f"{made}({call.callee!r})({arguments(call.arguments)}){key}"


def arguments(given: tuple[t.Argument, ...], lead: str = "") -> str:
    parts = [value(one.value) if one.name is None else f"{one.name}={value(one.value)}" for one in given]
    return (lead if parts else "") + ", ".join(parts)


def reference(node: Any) -> str:
    match node:
        case t.Name(id=name):
            return f"m[{name!r}]"
        case t.Index(base=base, index=index):
            return f"{reference(base)}[{value(index)}]"
        case t.Attribute(base=base, name=name):
            return f"getattr({reference(base)}, {name!r})"
    raise AssertionError(node)


def value(node: Any) -> str:
    """Spell an expression by Python's own values as far as they go, the rest by `expr`."""
    match node:
        case t.Number(value=number, text=text) if repr(number) == text:
            return text
        case t.String(value=text):
            return repr(text)
        case t.Boolean(value=truth):
            return repr(truth)
        case t.Nothing():
            return "None"
        case t.Sequence(items=items) if items:
            return f"[{', '.join(map(value, items))}]"
        case t.Call(parentheses=False, callee=callee, key=None):
            return f"LayerType({callee!r})"
        case t.Call(key=None, callee=callee) if callee[0].isupper():
            return applied(node)
        case t.Binary(operator=operator, left=left, right=right) if operator != "in":
            return f"({symbol(left)} {OPERATORS.get(operator, operator)} {symbol(right)})"
        case t.Unary(operator=operator, operand=operand):
            return f"({'~' if operator == 'not' else '-'}{symbol(operand)})"
    return f"expr({expression(node)!r})"


def condition(node: Any) -> str:
    return value(node) if isinstance(node, t.Binary | t.Unary) else f"expr({expression(node)!r})"


def symbol(node: Any) -> str:
    return value(node) if isinstance(node, t.Binary | t.Unary) else f"expr({expression(node)!r})"
