"""What is said below a picture of a window: formulas with the numbers put in, what is left over, what is cropped."""

from collections.abc import Iterator

from convdsl.render.arithmetic.axis import Axis
from convdsl.render.arithmetic.numbers import Numbers
from convdsl.render.arithmetic.sheets import View, times
from convdsl.render.arithmetic.slide import Slide


def notes(view: View) -> list[str]:
    """Return the sentences, the formula first."""
    out = list(_formulas(view.slide))
    out += _left_over(view.slide)
    mode = view.slide.told.get("padding_mode", "zeros")
    if mode != "zeros" and any("added" in axis.kinds for axis in view.slide.axes):
        out.append(f"The padding is not zeros: padding_mode={mode} takes its numbers from the input")
    if view.slide.transposed:
        out.append(
            "The layer paints its window at every stride-th cell of the output; "
            "that is this window, turned, over the input with zeros put in"
        )
    cropped = [axis for axis, one in zip(view.slide.axes, view.cuts, strict=True) if len(one.cells) < len(axis.kinds)]
    if cropped:
        whole = times([len(axis.kinds) for axis in view.slide.axes])
        shown = times([len(one.cells) for one in view.cuts])
        out.append(f"Cropped: {shown} of {whole} cells are drawn, a torn line stands for those left out")
    if view.numbers is not None:
        out += _numbers(view.numbers)
    return out


def _formulas(slide: Slide) -> Iterator[str]:
    if slide.axes[0].window.wanted is not None:
        yield "window i = from floor(i * size / output_size) to before ceil((i + 1) * size / output_size)"
        yield from _shared(slide)
        return
    said = ""
    told: dict[str, list[str]] = {}
    for index, (axis, after) in enumerate(zip(slide.axes, slide.after[2:], strict=True)):
        words, numbers, _ = axis.window.steps(axis.size)
        if words != said:
            yield f"output size = {words}"
        said = words
        told.setdefault(f"{numbers} = {after:,}", []).append(slide.axis_name(index))
    for text, axes in told.items():
        yield f"{_listed(axes)}: {text}" if len(slide.axes) > 1 else text


def _shared(slide: Slide) -> Iterator[str]:
    """Say how the cells of each axis are shared out, by the window in the middle."""
    told: dict[str, list[str]] = {}
    for index, axis in enumerate(slide.axes):
        at, size, count = (axis.count - 1) // 2, axis.size, axis.count
        first, end = f"floor({at} * {size} / {count})", f"ceil({at + 1} * {size} / {count})"
        lengths = sorted({len(taps) for taps in axis.reads})
        text = f"window {at} = from {first} to before {end} = cells {axis.reads[at][0]} to {axis.reads[at][-1]}"
        if len(lengths) > 1:
            text += f"; windows of {lengths[0]} to {lengths[-1]} cells"
        told.setdefault(text, []).append(slide.axis_name(index))
    for text, axes in told.items():
        yield f"{_listed(axes)}: {text}" if len(slide.axes) > 1 else text


def _left_over(slide: Slide) -> Iterator[str]:
    """Say what the windows do not reach at the far end. Source: Dumoulin & Visin, chapter 2, relationship 6."""
    told: dict[str, list[str]] = {}
    for index, axis in enumerate(slide.axes):
        if axis.rest:
            told.setdefault(_rest(axis), []).append(slide.axis_name(index))
    for text, axes in told.items():
        yield f"{_listed(axes)}: {text}"


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _rest(axis: Axis) -> str:
    w = axis.window
    padded = axis.size + 2 * w.padding + w.odd
    which = "the last cell" if axis.rest == 1 else f"the last {axis.rest} cells"
    return f"({padded} - {w.extent}) mod {w.stride} = {axis.rest}: no window reads {which}"


def _numbers(numbers: Numbers) -> Iterator[str]:
    slide = numbers.slide
    yield "The numbers are made up; PyTorch makes the same output of them"
    if slide.kind == "dot" and slide.fanned > numbers.channels:
        yield (
            f"Of the {slide.fanned} input channels that an output reads the first holds these numbers, "
            "the others hold zeros here"
        )
    if slide.after[1] > 1:
        yield f"Drawn is channel 0 of {slide.after[1]} of the output"
