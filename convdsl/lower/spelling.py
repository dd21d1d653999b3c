"""The words that an imported network is written in: calls, inputs, outputs, and lines that repeat."""

from collections.abc import Sequence

from convdsl.argument import OPERANDS, VALUE, signature
from convdsl.authoring.print_expression import expression
from convdsl.lower.literals import arguments
from convdsl.op import Op
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.sizes import Size

Written = list[tuple[str | None, str]]
SPATIAL = {2: (), 3: ("L",), 4: ("H", "W"), 5: ("D", "H", "W")}


@dataclass(frozen=True, slots=True)
class Line:
    """One statement, several lines where it has a body. is_simple: it takes the flow and binds nothing."""

    text: tuple[str, ...]
    is_simple: bool = False


def call(name: str, given: Written) -> str:
    """Write a call."""
    return f"{name}({', '.join(text if word is None else f'{word}={text}' for word, text in given)})"


def written(op: Op) -> Written:
    """Write an operator's arguments, values of the network left out."""
    return lone(op, [(argument.name, expression(argument.value)) for argument in arguments(op)])


def lone(op: Op, given: Written) -> Written:
    """Leave the name out where the first parameter is all that is said: `LeakyReLU(0.2)`."""
    first = next(iter(signature(type(op))), None)
    if len(given) == 1 and first is not None and given[0][0] == first.name and not first.keyword_only:
        return [(None, given[0][1])]
    return given


def operands_of(op: Op) -> tuple[float | None, ...] | None:
    """Return a join's values (None) and numbers in their order; None for what is no join."""
    parameters = signature(type(op))
    if not parameters or parameters[0].kind is not OPERANDS:
        return None
    operands: tuple[float | None, ...] = getattr(op, parameters[0].name)
    return operands


def values_of(op: Op) -> dict[str, int]:
    """Return the arguments that are values of the network, and which of the inputs they are."""
    given = {one.name: getattr(op, one.name) for one in signature(type(op)) if one.kind is VALUE}
    return {name: at for name, at in given.items() if at is not None}


def axes_of(shape: Shape) -> str:
    """Write a shape for an `output`; an axis that no text can say, a product of sizes, gets a symbol of its own."""
    axes = [str(axis) if isinstance(axis, Size) else f"M{at}" for at, axis in enumerate(shape.axes)]
    return f"[{', '.join(axes)}]"


def repeated(lines: Sequence[Line]) -> list[str]:
    """Return the lines' text; simple lines that come again and again stand in a `repeat`."""
    out: list[str] = []
    at = 0
    while at < len(lines):
        period, times = _repetition(lines, at)
        if times > 1:
            body = [line for one in lines[at : at + period] for line in one.text]
            out += [f"repeat {times} {{", *(f"  {line}" for line in body), "}"]
            at += period * times
        else:
            out += lines[at].text
            at += 1
    return out


def _repetition(lines: Sequence[Line], at: int) -> tuple[int, int]:
    """Return how many lines repeat from here, and how often: what saves most; (1, 1) where it saves nothing."""
    best, saved = (1, 1), 1
    for period in range(1, (len(lines) - at) // 2 + 1):
        if not all(line.is_simple for line in lines[at : at + period]):
            break
        times = 1
        while lines[at + times * period : at + (times + 1) * period] == lines[at : at + period]:
            times += 1
        saves = period * (times - 1)
        if times > 1 and saves > saved:
            best, saved = (period, times), saves
    return best
