"""How sizes, weights and multiplications of an operator are counted, in the names of its parameters.

Each number is asked of the operator at the example and at changed arguments and sizes; the simplest expression that is
right at all of them is written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations_with_replacement
from math import prod

from convdsl.analysis.effective import arguments
from convdsl.argument import Invalid, signature
from convdsl.op import Op
from convdsl.record import dataclass
from convdsl.render.window import windows
from convdsl.shape import Shape, shape_of
from docs.op_example import Page, analysis, layer, shapes_read

AXES = {2: ("N", "C"), 3: ("N", "C", "L"), 4: ("N", "C", "H", "W"), 5: ("N", "C", "D", "H", "W")}
_FACTORS = (2, 3, 4)
_TRIED = (2, 3, 4)


@dataclass(frozen=True, slots=True)
class Case:
    """An operator on inputs with numbers for all axes, and what each name stands for."""

    op: Op
    inputs: tuple[Shape, ...]
    names: Mapping[str, int]


def formulas(one: Page) -> list[tuple[str, str]]:
    """Return what is computed and its formula: numbers, sizes, weights, buffers, MACs; only what can be said."""
    node = layer(analysis(one))
    assert node.op is not None
    inputs = tuple(shape.at({}) for shape in shapes_read(analysis(one), node))
    cases = list(_cases(node.op, inputs))
    rows = [("each number", f"`{one.formula}`")] if one.formula else []
    rows += _sizes(cases)
    for what, ask in (("weight", _weights), ("buffer", _buffers)):
        for name, shape in ask(cases[0]).items():
            dims = [_expression(cases, _dim(ask, name, index)) for index in range(len(shape))]
            if all(dims):
                word = f"`{name}`" if name.startswith(what) else f"{what} `{name}`"
                rows.append((word, f"`{_product(dims)}`"))
    macs = _macs(cases)
    return [*rows, ("MACs", macs)] if macs else rows


def _sizes(cases: Sequence[Case]) -> Iterator[tuple[str, str]]:
    """Yield the formula of the output's sizes where a window slides, else the output, where it is not the input."""
    op, inputs = cases[0].op, cases[0].inputs
    out, before = op.shape(*inputs).numbers, inputs[0].numbers
    slid = windows(arguments(op), op.buffers(*inputs).get("kernel"))
    found = [_expression(cases, _size(axis, len(out)), AXES[len(out)][axis]) for axis in range(1, len(out))]
    if slid and len(slid) == len(before) - 2 == len(out) - 2 and not op.reads_places:
        told = [window.steps(size) for window, size in zip(slid, before[2:], strict=True)]
        if tuple(result for _, _, result in told) == out[2:]:
            yield "size", f"`{told[0][0]}`"
            if "ceil_mode" in arguments(op):
                words, _, _ = replace(slid[0], ceil=True).steps(before[2])
                yield "size with `ceil_mode`", f"`{words}`, less 1 where the last window would begin behind the image"
            yield from ([("channels", f"`{_bare(found[0])}`")] if found[0] else [])
    elif all(found) and len(op.shapes(*inputs)) == 1 and tuple(found) != AXES[len(before)][1:]:
        yield "output", f"`[N, {', '.join(map(_bare, found))}]`"


def _cases(op: Op, inputs: tuple[Shape, ...]) -> Iterator[Case]:
    """Yield the example and what comes of it by changing one argument or one axis, as far as it is accepted."""
    for changed, shapes in _changes(op, inputs):
        try:
            changed.check()
            changed.shapes(*shapes)
        except Invalid:
            continue
        yield Case(changed, shapes, _names(changed, shapes))


def _changes(op: Op, inputs: tuple[Shape, ...]) -> Iterator[tuple[Op, tuple[Shape, ...]]]:
    """Change one argument or none, and one axis or none: of one input, or of all."""
    every = [inputs]
    ranks = {shape.rank for shape in inputs}
    if len(inputs) > 1 and len(ranks) == 1:
        for axis in range(1, ranks.pop()):
            for factor in _FACTORS:
                every.append(tuple(_scaled(shape, axis, factor) for shape in inputs))
    for which, shape in enumerate(inputs):
        for axis in range(1, shape.rank):
            for factor in _FACTORS:
                every.append((*inputs[:which], _scaled(shape, axis, factor), *inputs[which + 1 :]))
    for changed in (op, *_arguments(op)):
        yield from ((changed, shapes) for shapes in every)


def _scaled(shape: Shape, axis: int, factor: int) -> Shape:
    numbers = list(shape.numbers)
    # a size of 1 is repeated to the other input's
    numbers[axis] *= 1 if numbers[axis] == 1 else factor
    return shape_of(*numbers)


def _arguments(op: Op) -> Iterator[Op]:
    for parameter in signature(type(op)):
        value = getattr(op, parameter.name)
        if isinstance(value, tuple) and all(type(item) is int for item in value):
            for index in range(len(value)):
                for tried in _TRIED:
                    yield replace(op, **{parameter.name: (*value[:index], tried, *value[index + 1 :])})
        elif type(value) is int and parameter.kind.name.startswith("int"):
            yield from (replace(op, **{parameter.name: tried}) for tried in _TRIED)
        elif type(value) is float and value.is_integer() and parameter.kind.name.startswith("number"):
            yield from (replace(op, **{parameter.name: float(tried)}) for tried in _TRIED)
        elif isinstance(value, Op):
            yield from (replace(op, **{parameter.name: inner}) for inner in _arguments(value))


def _names(op: Op, inputs: tuple[Shape, ...]) -> dict[str, int]:
    """Name the axes of the inputs but the batch, and every argument that is a number or a list of numbers."""
    out: dict[str, int] = {}
    for which, shape in enumerate(inputs):
        suffix = "" if len(inputs) == 1 else f" of {'abc'[which]}"
        out |= {f"{name}{suffix}": size for name, size in zip(AXES[shape.rank], shape.numbers, strict=True)}
    for name, value in arguments(op).items():
        if type(value) is int or (type(value) is float and value.is_integer()):
            out[name] = int(value)
        elif isinstance(value, tuple):
            several = len(value) > 1
            out |= {f"{name}[{i}]" if several else name: item for i, item in enumerate(value) if type(item) is int}
    return {name: value for name, value in out.items() if not name.startswith("N")}


Asked = Callable[[Case], int | None]
State = Callable[[Case], Mapping[str, tuple[int, ...]]]


def _weights(case: Case) -> Mapping[str, tuple[int, ...]]:
    return case.op.weights(*case.inputs)


def _buffers(case: Case) -> Mapping[str, tuple[int, ...]]:
    return case.op.buffers(*case.inputs)


def _state(case: Case) -> Mapping[str, tuple[int, ...]]:
    return {**_weights(case), **_buffers(case)}


def _dim(ask: State, name: str, index: int) -> Asked:
    def asked(case: Case) -> int | None:
        shape = ask(case).get(name, ())
        return shape[index] if index < len(shape) else None

    return asked


def _size(axis: int, rank: int) -> Asked:
    def asked(case: Case) -> int | None:
        shape = case.op.shape(*case.inputs).numbers
        return shape[axis] if len(shape) == rank else None

    return asked


def _expression(cases: Sequence[Case], asked: Asked, own: str = "") -> str:
    """Return the simplest expression that gives the number in every case that has it; "" for none, or for several.

    own: the name that is tried first. Names of parameters go before those of axes: the axis that a parameter must be
    equal to says nothing.
    """
    known = [(case.names, value) for case in cases if (value := asked(case)) is not None]
    names = [name for name in known[0][0] if all(name in case for case, _ in known)]
    axes = [name for name in names if name.split(" of ")[0] in AXES[5] + AXES[3]]
    parameters = [name for name in names if name not in axes]

    def right(candidates: Iterable[tuple[str, Formula]]) -> Iterator[str]:
        return (text for text, f in candidates if all(f(case) == value for case, value in known))

    alone = [name for name in axes if name.split(" of ")[0] == own]
    for some in (alone, parameters, axes):
        found = list(right((name, partial(_times, (name,), 1)) for name in some))
        if found:
            return found[0] if len(found) == 1 or some is not parameters else ""
    return next(right(_candidates(axes, parameters)), "")


Formula = Callable[[Mapping[str, int]], int]


def _candidates(axes: Sequence[str], parameters: Sequence[str]) -> Iterator[tuple[str, Formula]]:
    """Yield expressions from the simplest: numbers, multiples, quotients, products and sums."""
    names = [*axes, *parameters]
    yield from ((str(number), partial(_times, (), number)) for number in (1, 2, 3))
    yield from ((f"3 * {name}", partial(_times, (name,), 3)) for name in (*parameters, *axes))
    for one in names:
        yield from ((f"({one} // {other})", partial(_over, one, (other,))) for other in names)
        yield from ((f"({one} // {other}²)", partial(_over, one, (other, other))) for other in names)
    for two in combinations_with_replacement(names, 2):
        yield " * ".join(two), partial(_times, two, 1)
        yield f"({' + '.join(two)})", partial(_plus, two)
    for three in combinations_with_replacement(names, 3):
        yield " * ".join(three), partial(_times, three, 1)
        yield f"({' + '.join(three)})", partial(_plus, three)


def _times(names: Sequence[str], factor: int, case: Mapping[str, int]) -> int:
    return factor * prod(case[name] for name in names)


def _over(name: str, divisors: Sequence[str], case: Mapping[str, int]) -> int:
    divisor = prod(case[one] for one in divisors)
    return case[name] // divisor if divisor > 0 else 0


def _plus(names: Sequence[str], case: Mapping[str, int]) -> int:
    return sum(case[name] for name in names)


def _bare(expression: str) -> str:
    """Leave the brackets out of what stands alone."""
    return expression[1:-1] if expression.startswith("(") and expression.endswith(")") else expression


def _product(factors: Sequence[str]) -> str:
    several = [factor for factor in factors if factor != "1"]
    return " * ".join(several) if len(several) > 1 else _bare(several[0]) if several else "1"


def _macs(cases: Sequence[Case]) -> str:
    """Return how multiplications are counted: each number of the output, or of the input, times a part of the weight.

    Where they are counted otherwise, what the operator says of its counting.
    """
    first = cases[0]
    if not first.op.macs(*first.inputs):
        return ""
    sides: Mapping[str, Asked] = {
        "output": lambda case: prod(case.op.shape(*case.inputs).numbers),
        "input": lambda case: prod(case.inputs[0].numbers),
    }
    for side, count in sides.items():
        for name, shape in _state(first).items():
            for start in range(min(2, len(shape))):
                dims = [_expression(cases, _dim(_state, name, index)) for index in range(start, len(shape))]
                if all(dims) and all(_is_product(case, count(case), name, start) for case in cases):
                    fixed = all(dim.isdigit() for dim in dims)
                    part = f"numbers of `{name}`" if fixed else f"`{_product(dims)}`"
                    return f"numbers of the {side}, times {part}"
    return (type(first.op).macs.__doc__ or "").split("\n")[0].removeprefix("Count ").rstrip(".")


def _is_product(case: Case, count: int | None, name: str, start: int) -> bool:
    shape = _state(case).get(name)
    return shape is not None and count is not None and case.op.macs(*case.inputs) == count * prod(shape[start:])
