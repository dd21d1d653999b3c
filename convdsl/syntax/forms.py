"""Read an expression as what its place asks for: a shape, a reference, a target, a layer call, an operand.

The grammar takes any expression in these places; here is said what belongs there instead.
"""

from itertools import pairwise

from convdsl.diagnostics import Edit, Help
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.complaints import Complaints
from convdsl.syntax.precedence import conjuncts
from convdsl.syntax.site import snake


def as_conditions(told: Complaints, conditions: list[tree.Expr]) -> tuple[tree.Expr, ...]:
    """Split conditions at their outermost `and`: in `where` and `expect` commas mean the same."""
    for before, number in pairwise(conditions):
        last = before
        while isinstance(last, tree.Binary):
            last = last.right
        if isinstance(last, tree.Number) and isinstance(number, tree.Number) and len(number.text) == 3:
            rest = [item.span.end for item in conditions if isinstance(item, tree.Number)]
            span = Span(last.span.start, rest[-1])
            better = "_".join(told.text[span.start : span.end].replace(" ", "").split(","))
            fix = Help(f"write `{better}`", (Edit(span, better),), safe=True)
            told.report("a comma ends this number: thousands are parted by `_`", span, fix)
            break
    return tuple(part for condition in conditions for part in conjuncts(condition))


def as_shape(told: Complaints, value: tree.Expr) -> tree.ShapeExpr:
    """Read a list in square brackets as a shape."""
    if isinstance(value, tree.Call | tree.Function):
        told.report("`:` promises a shape, and this is a layer", value.span, "a name is bound with `=`: `x = Layer()`")
        return tree.ShapeExpr((), value.span)
    if not isinstance(value, tree.Sequence):
        told.report("a shape is a list of sizes in square brackets", value.span, "write it like `[N, 3, H, W]`")
        return tree.ShapeExpr((), value.span)
    if value.brackets == "(":
        inside = told.text[value.span.start + 1 : value.span.end - 1]
        fix = Help("write square brackets", (Edit(value.span, f"[{inside}]"),), safe=True)
        told.report("a shape stands in square brackets", value.span, fix, repaired=True)
    elif not value.items:
        told.report("a shape needs its sizes", value.span, "write it like `[N, 3, H, W]`")
    return tree.ShapeExpr(value.items, value.span)


def as_reference(told: Complaints, value: tree.Expr) -> tree.Expr:
    """Accept a value's name: `x`, `enc[i]`, `features.e1`."""
    root = value
    while isinstance(root, tree.Index | tree.Attribute):
        root = root.base
    if not isinstance(root, tree.Name) or root.id[0].isupper():
        told.report("a value's name was expected here", value.span, "name the value on a line of its own: `x = ...`")
    return value


def as_target(told: Complaints, value: tree.Expr) -> tree.Expr:
    """Accept what may stand left of `=`: a name, with indices at most."""
    root = value
    while isinstance(root, tree.Index):
        root = root.base
    written = told.written(value.span)
    if isinstance(root, tree.Attribute):
        last = root.name
        told.report(
            "a name on the left of `=` has no dot",
            value.span,
            f"write `{last} = ...`; a group or block is what makes dotted names",
        )
    elif isinstance(root, tree.Function | tree.Call):
        told.report("a call cannot stand on the left of `=`", value.span, "write `name = Layer(...)`")
    elif isinstance(root, tree.Sequence):
        inside = told.text[root.span.start + 1 : root.span.end - 1]
        fix = Help(f"write `{inside} = ...`", (Edit(root.span, inside),), safe=True)
        told.report("several names on the left of `=` stand without brackets", value.span, fix)
    elif not isinstance(root, tree.Name):
        better = written.replace("-", "_")
        if better.isidentifier() and better.islower():
            fix = Help(f"write `{better} = ...`", (Edit(value.span, better),), safe=True)
            told.report(f"`{written}` is no name: names are made of a-z, A-Z, 0-9 and `_`", value.span, fix)
            return value
        told.report("only a name can stand on the left of `=`", value.span, "write `name = Layer(...)`")
    elif root.id[0].isupper():
        lower = snake(root.id)
        told.report(
            f"`{written}` is spelt like a layer's type, and values are lower case",
            value.span,
            Help(f"write `{lower} = ...`", (Edit(root.span, lower),)),
        )
    return value


def as_call(told: Complaints, value: tree.Expr) -> tree.Call | None:
    """Read what stands after `->` as a layer call."""
    if isinstance(value, tree.Call):
        return value
    if isinstance(value, tree.Function):
        return layer_call(value)
    written = told.written(value.span)
    if isinstance(value, tree.Name) and value.id[0].isupper():
        return applied(told, value)
    if isinstance(value, tree.Binary) and value.operator in ("+", "-", "*", "/"):
        told.report(
            "operators stand only at a chain's head",
            value.span,
            "with one constant write the layer, `-> Mul(110)`; otherwise name this value and begin a line with it",
        )
    elif isinstance(value, tree.Name):
        way = f"a declared layer is applied as `{written}()`; values are joined by name: `Concat(x, {written})`"
        told.report(f"`{written}` after `->` is no layer call", value.span, way)
    else:
        told.report(f"`{written}` is no layer call", value.span, "write `Layer(...)`")
    return None


def applied(told: Complaints, name: tree.Name) -> tree.Call:
    """Read a bare type in a line as its application, and say what is missing."""
    fix = Help(f"write `{name.id}()`", (Edit(Span(name.span.end, name.span.end), "()"),), safe=True)
    told.report(f"`{name.id}` needs parentheses to be applied", name.span, fix, repaired=True)
    return tree.Call(name.id, (), None, True, name.span, name.span)


def as_operand(told: Complaints, value: tree.Expr) -> tree.Expr:
    """Read an operand of a flow's arithmetic; its depth is limited by whoever calls."""
    if isinstance(value, tree.Function):
        return layer_call(value)
    if isinstance(value, tree.Name) and value.id[0].isupper() and len(value.id) > 1:
        return applied(told, value)
    if isinstance(value, tree.Binary):
        if value.operator not in ("+", "-", "*", "/"):
            _operator(told, value)
            return value
        left, right = as_operand(told, value.left), as_operand(told, value.right)
        return tree.Binary(value.operator, left, right, value.span)
    if isinstance(value, tree.Unary) and value.operator == "-":
        return tree.Unary("-", as_operand(told, value.operand), value.span)
    if isinstance(value, tree.Name | tree.Index | tree.Attribute | tree.Call | tree.Number):
        return value
    written = told.written(value.span)
    told.report(
        f"`{written}` cannot be an operand", value.span, "operators join values, numbers and layer calls: `a + b`"
    )
    return value


def _operator(told: Complaints, value: tree.Binary) -> None:
    sign = value.operator
    if sign == "//":
        at = told.text.find("//", value.left.span.end, value.right.span.start)
        span = Span(at, at + 2)
        fix = Help("write `#`; division between values is `/`", (Edit(span, "#"),))
        told.report("`//` does not join values, and a comment begins with `#`", span, fix)
    elif sign == "==":
        told.report("`==` compares, and no value comes of it here", value.span, "a name is bound with one `=`")
    else:
        arrow = sign in ("<", ">") and isinstance(value.right, tree.Call | tree.Function | tree.Unary)
        way = "values flow along `->`" if arrow else "between values stand `+ - * /`"
        told.report(f"`{sign}` does not join values", value.span, way)


def held(value: tree.Expr) -> tree.Expr:
    """Read a bare type as a layer that is handed over: `norm=BatchNorm2d`. One capital letter is a size symbol."""
    if isinstance(value, tree.Name) and value.id[0].isupper() and len(value.id) > 1:
        return tree.Call(value.id, (), None, False, value.span, value.span)
    return value


def held_argument(argument: tree.Argument) -> tree.Argument:
    """Read an argument of a layer call, whose value may be a layer."""
    value = held(argument.value)
    if value is argument.value:
        return argument
    return tree.Argument(argument.name, value, argument.span, argument.name_span)


def layer_call(function: tree.Function, key: tree.String | None = None) -> tree.Call:
    """Read `head(...)` as the application of a declared layer."""
    span = function.span if key is None else function.span.to(key.span)
    arguments = tuple(map(held_argument, function.arguments))
    return tree.Call(function.name, arguments, key, True, span, function.name_span)
