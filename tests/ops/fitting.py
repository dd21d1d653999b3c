"""Make random arguments and inputs suit each other, mostly, where chance alone would hardly ever."""

from collections.abc import Callable
from functools import partial
from math import prod

from hypothesis import strategies as st

from convdsl.testing.draw import Inputs, Tuning, Values, operands

Fit = Callable[[st.DrawFn, Values, Inputs], None]


def tuning(name: str) -> Tuning:
    """Return what makes random cases of one of our operators suit it."""
    return Tuning(
        ranks=(4, 4, 4, 3, 2) if name in _ANY_RANK else (4, 4, 3, 5),
        operands=_one if name in ("Crop", "Resize") else partial(operands, numbers=name != "Concat"),
        change=partial(_change, name),
    )


_ANY_RANK = (
    *("Linear", "Flatten", "Unflatten", "Reshape", "BatchNorm1d", "Softmax", "GroupNorm", "LayerNorm", "RMSNorm"),
    *("ReLU", "Concat", "Bilinear"),
)


def _one(draw: st.DrawFn, first: tuple[int, ...]) -> tuple[tuple[float | None, ...], Inputs]:
    return draw(st.sampled_from([(), (None,)])), []


def _change(name: str, draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
    first = inputs[0]
    if name == "Crop" and values["like"] is not None and draw(st.integers(0, 9)):
        values |= {"top": 0, "bottom": 0, "left": 0, "right": 0}
    if name == "Resize" and values["like"] is not None and draw(st.integers(0, 9)):
        values |= {"size": None}
    if name == "Upsample" and draw(st.integers(0, 9)):
        values |= {"size": None} if draw(st.booleans()) else {"scale_factor": None, "recompute_scale_factor": None}
    if str(values.get("mode", "")).startswith("nearest") and draw(st.integers(0, 9)):
        values |= {"align_corners": None}
    if name == "MultiheadAttention":
        inputs += [(first[0], draw(st.integers(1, 6)), draw(st.integers(1, 6)))] * draw(st.integers(0, 2))
    if name in _FITS and draw(st.integers(0, 4)):
        _FITS[name](draw, values, inputs)


def _channels(count: Callable[[Values], int]) -> Fit:
    def change(draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
        first = inputs[0]
        inputs[0] = (first[0], count(values) * draw(st.integers(1, 2)), *first[2:])

    return change


def _unshuffle(draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
    factor, first = values["downscale_factor"], inputs[0]
    inputs[0] = (*first[:2], *(factor * draw(st.integers(1, 4)) for _ in first[2:]))


def _fold(draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
    places = []
    for size, kernel, dilation, padding, stride in zip(
        *(values[name] for name in ("output_size", "kernel_size", "dilation", "padding", "stride")), strict=True
    ):
        places.append((size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)
    channels = prod(values["kernel_size"]) * draw(st.integers(1, 2))
    inputs[0] = (inputs[0][0], channels, max(1, prod(places)) if min(places) > 0 else 1)


def _permute(draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
    rank = len(inputs[0])
    order = (0, *draw(st.permutations(range(1, rank))))
    values["dims"] = tuple(dim - rank if draw(st.booleans()) else dim for dim in order)


def _regroup(argument: str) -> Fit:
    """Split a number of values into factors, one of them perhaps the rest."""

    def change(draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
        factors = [draw(st.integers(1, 3)) for _ in range(draw(st.integers(1, 3)))]
        wanted = list(factors)
        if draw(st.booleans()):
            wanted[draw(st.integers(0, len(factors) - 1))] = -1
        values[argument] = tuple(wanted)
        if argument == "sizes":
            inputs[0] = (inputs[0][0], *draw(st.permutations([*factors, 1])))
        else:
            axis = values["dim"] % len(inputs[0]) or 1
            inputs[0] = (*inputs[0][:axis], prod(factors), *inputs[0][axis + 1 :])

    return change


def _crop(draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
    if len(inputs) > 1:
        smaller = (max(1, size - draw(st.integers(0, 3))) for size in inputs[0][2:])
        inputs[1] = (*inputs[1][:2], *smaller)
    else:
        values |= {name: min(values[name], 2) for name in ("top", "bottom", "left", "right")} | {"anchor": "center"}


def _trailing(draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
    values["normalized_shape"] = inputs[0][-draw(st.integers(1, len(inputs[0]) - 1)) :]


def _two(draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
    if draw(st.integers(0, 3)) == 0:
        inputs[1] = tuple(draw(st.sampled_from([size, size, 1])) for size in inputs[1])


def _fractional(draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
    values["kernel_size"] = tuple(min(kernel, 3) for kernel in values["kernel_size"])
    values["output_size"] = tuple(min(size, draw(st.integers(1, 4))) for size in values["output_size"])


def _rescaling(draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
    longest = max(len(values["scale"]), len(values["offset"]))
    values |= {name: values[name] if len(values[name]) == 1 else values[name][:1] * longest for name in values}
    if longest > 1:
        inputs[0] = (inputs[0][0], longest, *inputs[0][2:])


def _attention(draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
    values |= {"batch_first": True, "embed_dim": values["num_heads"] * draw(st.integers(1, 3))}
    widths = [values["embed_dim"], values["kdim"] or values["embed_dim"], values["vdim"] or values["embed_dim"]]
    if len(inputs) < 3:
        values["vdim"] = values["kdim"]
        widths[2] = widths[1]
    if len(inputs) < 2:
        values |= {"kdim": None, "vdim": None}
    inputs[:] = [(*inputs[0][:1], x[1], width) for x, width in zip(inputs, widths, strict=False)]


def _wrapped(draw: st.DrawFn, values: Values, inputs: Inputs) -> None:
    values["dim"] = draw(st.sampled_from([None, 0, 0, 1]))


_FITS: dict[str, Fit] = {
    "PixelShuffle": _channels(lambda values: values["upscale_factor"] ** 2),
    "PixelUnshuffle": _unshuffle,
    "ChannelShuffle": _channels(lambda values: values["groups"]),
    "GroupNorm": _channels(lambda values: values["num_groups"]),
    "Fold": _fold,
    "Reshape": _regroup("sizes"),
    "Unflatten": _regroup("unflattened_size"),
    "Crop": _crop,
    "SpectralNorm": _wrapped,
    "WeightNorm": _wrapped,
    "Rescaling": _rescaling,
    "MultiheadAttention": _attention,
    "FractionalMaxPool2d": _fractional,
    "FractionalMaxPool3d": _fractional,
    "LayerNorm": _trailing,
    "RMSNorm": _trailing,
    "Bilinear": _two,
    "Permute": _permute,
}
