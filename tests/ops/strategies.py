"""Random operators and inputs, drawn from the declared signatures: one strategy for each kind and range."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from convdsl.argument import LAYER, OPERANDS, VALUE, Parameter, signature
from convdsl.op import Op
from convdsl.ops import catalogue
from convdsl.shape import Shape, shape_of

from .fitting import fit

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
_PADS = [f"{kind}Pad{n}d" for kind in ("Constant", "Zero", "Reflection", "Replication", "Circular") for n in (1, 2, 3)]
_LOWEST = {
    "padding": dict.fromkeys(["Pad", *_PADS], -3),
    "start": -6,
    "stop": -6,
    "dim": -4,
    "start_dim": -4,
    "end_dim": -4,
}
_FACTORS = (0.5, 1.0, 2.0, 3.0, 1.5, 0.75, 0.7, 0.29, 1.4, 1 / 3, 2.3, 0.58)


def _ints(parameter: Parameter, op: str) -> st.SearchStrategy[int]:
    low = _LOWEST.get(parameter.name, parameter.min)
    low = low.get(op, parameter.min) if isinstance(low, dict) else low
    low = int(max(-4 if low is None else low, -99 if parameter.min is None else parameter.min))
    high = _HIGHEST.get(parameter.name, low + 8)
    return st.integers(low, int(min(high, parameter.max if parameter.max is not None else high)))


def _floats(parameter: Parameter) -> st.SearchStrategy[float]:
    low = -2.0 if parameter.min is None else parameter.min
    high = 2.0 if parameter.max is None else parameter.max
    return st.floats(low, high, width=32).map(lambda x: round(x, 3))


def argument(parameter: Parameter, op: str, axes: int) -> st.SearchStrategy[object]:
    """Draw a value as a spec would write it."""
    name = parameter.kind.name
    ints = _ints(parameter, op)
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
        inner = Parameter(**{**_fields(parameter), "kind": _Named(name.removesuffix(" or none"))})
        return st.none() | argument(inner, op, axes)
    if name.startswith("same | valid | "):
        inner = Parameter(**{**_fields(parameter), "kind": _Named(name.removeprefix("same | valid | "))})
        return argument(inner, op, axes) | st.sampled_from(["same", "valid"])
    if name.endswith(" | rows of numbers"):
        words = st.sampled_from(name.split(" | ")[:-1])
        return words | st.integers(1, 4).flatmap(
            lambda width: st.lists(st.tuples(*[st.integers(-2, 2)] * width), min_size=1, max_size=4).map(tuple)
        )
    if name in table:
        return table[name]()
    return st.sampled_from(name.split(" | "))


@dataclass(frozen=True)
class _Named:
    name: str


def _fields(parameter: Parameter) -> dict[str, object]:
    return {name: getattr(parameter, name) for name in Parameter.__slots__}


@dataclass(frozen=True)
class Case:
    """An operator, the numbers of its inputs' axes, and which of them are free symbols in the symbolic reading."""

    op: Op
    inputs: tuple[tuple[int, ...], ...]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The inputs with numbers throughout."""
        return tuple(shape_of(*numbers) for numbers in self.inputs)

    @property
    def symbolic(self) -> tuple[Shape, ...]:
        """The inputs with a symbol for each spatial axis, the same in all inputs of equal size."""
        return tuple(
            shape_of(
                "N" if numbers[0] == self.inputs[0][0] else numbers[0], numbers[1], *_symbols(numbers, self.inputs[0])
            )
            for numbers in self.inputs
        )

    @property
    def sizes(self) -> dict[str, int]:
        """What the symbols stand for."""
        first = self.inputs[0]
        return {"N": first[0], **dict(zip(("D", "H", "W")[-len(first[2:]) :], first[2:], strict=False))}


def _symbols(numbers: tuple[int, ...], first: tuple[int, ...]) -> list[int | str]:
    names = ("D", "H", "W")[-len(first[2:]) :] if first[2:] else ()
    return [
        names[i] if i < len(names) and i + 2 < len(first) and first[i + 2] == size else size
        for i, size in enumerate(numbers[2:])
    ]


@st.composite
def cases(draw: st.DrawFn, cls: type[Op]) -> Case:
    """Draw an operator and inputs that may or may not suit each other."""
    name = cls.__name__
    rank = cls.rank or draw(st.sampled_from([4, 4, 4, 3, 2] if name in _ANY_RANK else [4, 4, 3, 5]))
    largest = {2: 1, 3: 24, 4: 16, 5: 8}[rank]
    batch = draw(st.integers(1, 2))
    channels = draw(st.integers(1, 6))
    spatial = tuple(draw(st.integers(1, largest)) for _ in range(rank - 2))
    first = (batch, channels, *spatial)
    values: dict[str, object] = {}
    inputs = [first]
    for parameter in signature(cls):
        if parameter.name in ASSERTIONS:
            values[parameter.name] = None
        elif parameter.kind is OPERANDS:
            values[parameter.name], more = draw(_operands(name, first))
            inputs += more
        elif parameter.kind is LAYER:
            inner = draw(cases(catalogue.find(draw(st.sampled_from(_WRAPPED)))))
            values[parameter.name], inputs = inner.op, list(inner.inputs)
            first = inputs[0]
        elif parameter.kind is VALUE:
            values[parameter.name] = 1 if draw(st.booleans()) else None
        else:
            chosen = draw(argument(parameter, name, rank - 2))
            if not parameter.required and draw(st.integers(0, 2)) == 0:
                chosen = parameter.default
            values[parameter.name] = parameter.read(chosen)
    if "like" in values and values["like"] is not None and not cls.reads_places:
        inputs = [first, _other(draw, first)]
    if name == "Crop" and values["like"] is not None and draw(st.integers(0, 9)):
        values |= {"top": 0, "bottom": 0, "left": 0, "right": 0}
    if name == "Resize" and values["like"] is not None and draw(st.integers(0, 9)):
        values |= {"size": None}
    if name == "Upsample" and draw(st.integers(0, 9)):
        values |= {"size": None} if draw(st.booleans()) else {"scale_factor": None, "recompute_scale_factor": None}
    if str(values.get("mode", "")).startswith("nearest") and draw(st.integers(0, 9)):
        values |= {"align_corners": None}
    if cls.reads_places:
        values["like"] = values["like"] and 2
        larger = [size * (stride or kernel) for size, kernel, stride in _strides(first, values)]
        like = (*first[:2], *(max(1, size + draw(st.integers(-2, 2))) for size in larger))
        inputs = [first, first, like] if values["like"] else [first, first]
    if name == "MultiheadAttention":
        inputs += [(batch, draw(st.integers(1, 6)), draw(st.integers(1, 6)))] * draw(st.integers(0, 2))
    if cls.takes == (2, 2):
        inputs = [first, (*first[:-1], draw(st.integers(1, 6)))]
    fit(draw, name, values, inputs)
    return Case(cls(**values), tuple(inputs))


def _strides(first: tuple[int, ...], values: dict[str, object]) -> list[tuple[int, int, int | None]]:
    strides = values["stride"] or [None] * len(first[2:])
    return list(zip(first[2:], values["kernel_size"], strides, strict=True))


_ANY_RANK = (
    *("Linear", "Flatten", "Unflatten", "Reshape", "BatchNorm1d", "Softmax", "GroupNorm", "LayerNorm", "RMSNorm"),
    *("ReLU", "Concat", "Bilinear"),
)


_WRAPPED = ("Conv1d", "Conv2d", "Conv2d", "Conv3d", "ConvTranspose2d", "Linear", "ReLU")


def _other(draw: st.DrawFn, first: tuple[int, ...]) -> tuple[int, ...]:
    spatial = tuple(max(1, size + draw(st.integers(-6, 3))) for size in first[2:])
    return (first[0], draw(st.integers(1, 6)), *spatial)


@st.composite
def _operands(
    draw: st.DrawFn, name: str, first: tuple[int, ...]
) -> tuple[tuple[float | None, ...], list[tuple[int, ...]]]:
    """Draw values and numbers, and shapes that are mostly those of the first value."""
    if name in ("Crop", "Resize"):
        return draw(st.sampled_from([(), (None,)])), []
    operands: list[float | None] = []
    more = []
    for _ in range(draw(st.integers(1, 3))):
        if name != "Concat" and draw(st.integers(0, 3)) == 0:
            operands.append(float(draw(st.integers(-3, 9))))
            continue
        operands.append(None)
        more.append(tuple(draw(st.sampled_from([size, size, size, size, 1, 3])) for size in first))
    operands.insert(draw(st.integers(0, len(operands))), None)
    return tuple(operands), more
