"""Random operators and inputs, drawn from the declared signatures: one strategy for each kind and range.

What an operator needs beyond its signature to be drawn well, an operator's tests say by a Tuning.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from convdsl.argument import LAYER, OPERANDS, VALUE, Kind, Parameter, signature
from convdsl.op import Op
from convdsl.ops import catalogue
from convdsl.testing.case import Case

# arguments that only assert what the input is anyway
ASSERTIONS = ("in_channels", "num_features", "in_features", "num_channels", "in1_features", "in2_features")

# upper ends that keep tensors small and mistakes frequent, by the argument's name
_HIGHEST = {
    "out_channels": 6,
    "out_features": 6,
    "kernel_size": 5,
    "stride": 4,
    "padding": 4,
    "output_padding": 3,
    "dilation": 3,
    "groups": 3,
    "num_groups": 4,
    "output_size": 9,
    "size": 12,
    "divisor_override": 9,
    "chunks": 4,
    "split_size_or_sections": 6,
    "step": 4,
    "unflattened_size": 6,
    "upscale_factor": 3,
    "downscale_factor": 3,
    "multiple": 6,
    "normalized_shape": 6,
    "reduction": 4,
    "embed_dim": 6,
    "num_heads": 3,
    "kdim": 6,
    "vdim": 6,
    "sizes": 6,
}
_LOWEST = {"start": -6, "stop": -6, "dim": -4, "start_dim": -4, "end_dim": -4}
_FACTORS = (0.5, 1.0, 2.0, 3.0, 1.5, 0.75, 0.7, 0.29, 1.4, 1 / 3, 2.3, 0.58)


def _ints(parameter: Parameter) -> st.SearchStrategy[int]:
    least = -4 if parameter.min is None else int(parameter.min)
    low = max(least, -99) if parameter.name not in _LOWEST else _LOWEST[parameter.name]
    low = low if parameter.min is None else max(low, int(parameter.min))
    high = _HIGHEST.get(parameter.name, low + 8)
    return st.integers(low, high if parameter.max is None else min(high, int(parameter.max)))


def _floats(parameter: Parameter) -> st.SearchStrategy[float]:
    low = -2.0 if parameter.min is None else parameter.min
    high = 2.0 if parameter.max is None else parameter.max
    return st.floats(low, high, width=32).map(lambda x: round(x, 3))


def argument(parameter: Parameter, axes: int) -> st.SearchStrategy[object]:
    """Draw a value as a spec would write it."""
    name = parameter.kind.name
    ints = _ints(parameter)
    tuples = st.tuples(*(ints for _ in range(axes)))
    table: dict[str, Callable[[], st.SearchStrategy[object]]] = {
        "int": lambda: ints,
        "bool": st.booleans,
        "float": lambda: _floats(parameter),
        "int or (int)": lambda: ints | tuples,
        "int or (int, int)": lambda: ints | st.tuples(ints, ints),
        "int or (int, int, int, int)": lambda: ints | st.tuples(*[ints] * 4),
        "int or (int, int, int, int, int, int)": lambda: ints | st.tuples(*[ints] * 6),
        "int or (int, int, int)": lambda: ints | tuples,
        "(int, ...)": lambda: st.lists(ints, min_size=1, max_size=3).map(tuple),
        "int or (int or none, int or none)": lambda: ints | st.tuples(st.none() | ints, st.none() | ints),
        "int or (int or none, int or none, int or none)": lambda: (
            ints | st.tuples(st.none() | ints, st.none() | ints, st.none() | ints)
        ),
        "number or a list of numbers": lambda: (
            _floats(parameter) | st.lists(_floats(parameter), min_size=1, max_size=4).map(tuple)
        ),
        "int or a list of ints": lambda: ints | st.lists(ints, min_size=1, max_size=3).map(tuple),
        "number or (number, ...)": lambda: (
            st.sampled_from(_FACTORS) | st.tuples(*(st.sampled_from(_FACTORS) for _ in range(axes)))
        ),
        "int or (int, ...)": lambda: ints | st.lists(ints, min_size=1, max_size=2 * axes).map(tuple),
    }
    if name.endswith(" or none"):
        return st.none() | argument(_of_kind(parameter, name.removesuffix(" or none")), axes)
    if name.startswith("same | valid | "):
        return argument(_of_kind(parameter, name.removeprefix("same | valid | ")), axes) | st.sampled_from(
            ["same", "valid"]
        )
    if name.endswith(" | rows of numbers"):
        words = st.sampled_from(name.split(" | ")[:-1])
        return words | st.integers(1, 4).flatmap(
            lambda width: st.lists(st.tuples(*[st.integers(-2, 2)] * width), min_size=1, max_size=4).map(tuple)
        )
    if name in table:
        return table[name]()
    return st.sampled_from(name.split(" | "))


def _of_kind(parameter: Parameter, name: str) -> Parameter:
    return replace(parameter, kind=Kind(name, parameter.kind.read))


Values = dict[str, Any]
Inputs = list[tuple[int, ...]]


@dataclass(frozen=True)
class Tuning:
    """What makes random cases of an operator suit it.

    ranks: numbers of axes to draw from, where the operator takes any. arguments: strategies for some of its arguments.
    operands: the values and numbers of a join with further inputs. change: alters what was drawn, in place.
    """

    ranks: tuple[int, ...] = (4, 4, 3, 5)
    arguments: Mapping[str, st.SearchStrategy[Any]] = field(default_factory=dict)
    operands: Callable[[st.DrawFn, tuple[int, ...]], tuple[tuple[float | None, ...], Inputs]] | None = None
    change: Callable[[st.DrawFn, Values, Inputs], None] | None = None


PLAIN = Tuning()


@st.composite
def cases(
    draw: st.DrawFn, cls: type[Op], tuning: Tuning = PLAIN, tunings: Callable[[str], Tuning] = lambda name: PLAIN
) -> Case:
    """Draw an operator and inputs that may or may not suit each other; tunings: of layers that it wraps, by name."""
    rank = cls.rank or draw(st.sampled_from(tuning.ranks))
    largest = {2: 1, 3: 24, 4: 16, 5: 8}[rank]
    batch, channels = draw(st.integers(1, 2)), draw(st.integers(1, 6))
    spatial = tuple(draw(st.integers(1, largest)) for _ in range(rank - 2))
    first = (batch, channels, *spatial)
    values: Values = {}
    inputs: Inputs = [first]
    for parameter in signature(cls):
        if parameter.name in ASSERTIONS:
            values[parameter.name] = None
        elif parameter.kind is OPERANDS:
            values[parameter.name], more = (tuning.operands or operands)(draw, first)
            inputs += more
        elif parameter.kind is LAYER:
            wrapped = catalogue.find(draw(st.sampled_from(_WRAPPED)))
            assert wrapped is not None
            inner = draw(cases(wrapped, tunings(wrapped.__name__)))
            values[parameter.name], inputs = inner.op, list(inner.inputs)
            first = inputs[0]
        elif parameter.kind is VALUE:
            values[parameter.name] = 1 if draw(st.booleans()) else None
        else:
            chosen = draw(tuning.arguments.get(parameter.name) or argument(parameter, rank - 2))
            if not parameter.required and draw(st.integers(0, 2)) == 0:
                chosen = parameter.default
            values[parameter.name] = parameter.read(chosen)
    if values.get("like") is not None and not cls.reads_places:
        inputs = [first, _other(draw, first)]
    if cls.reads_places:
        values["like"] = values["like"] and 2
        larger = [size * (stride or kernel) for size, kernel, stride in _strides(first, values)]
        like = (*first[:2], *(max(1, size + draw(st.integers(-2, 2))) for size in larger))
        inputs = [first, first, like] if values["like"] else [first, first]
    if cls.takes == (2, 2):
        inputs = [first, (*first[:-1], draw(st.integers(1, 6)))]
    if tuning.change is not None:
        tuning.change(draw, values, inputs)
    return Case(cls(**values), tuple(inputs))


def _strides(first: tuple[int, ...], values: Values) -> list[tuple[int, int, int | None]]:
    strides = values["stride"] or [None] * len(first[2:])
    return list(zip(first[2:], values["kernel_size"], strides, strict=True))


_WRAPPED = ("Conv1d", "Conv2d", "Conv2d", "Conv3d", "ConvTranspose2d", "Linear", "ReLU")


def _other(draw: st.DrawFn, first: tuple[int, ...]) -> tuple[int, ...]:
    spatial = tuple(max(1, size + draw(st.integers(-6, 3))) for size in first[2:])
    return (first[0], draw(st.integers(1, 6)), *spatial)


def operands(draw: st.DrawFn, first: tuple[int, ...], numbers: bool = True) -> tuple[tuple[float | None, ...], Inputs]:
    """Draw values and numbers, and shapes that are mostly those of the first value."""
    out: list[float | None] = []
    more: Inputs = []
    for _ in range(draw(st.integers(1, 3))):
        if numbers and draw(st.integers(0, 3)) == 0:
            out.append(float(draw(st.integers(-3, 9))))
            continue
        out.append(None)
        more.append(tuple(draw(st.sampled_from([size, size, size, size, 1, 3])) for size in first))
    out.insert(draw(st.integers(0, len(out))), None)
    return tuple(out), more
