"""How the numbers of a view lie in its memory: the strides of its axes, and which shapes can be read without a copy.

A stride is how many numbers lie between two neighbours along an axis. Plain numbers; it knows no layers.
"""

from math import prod

from convdsl.saved import Order

Ints = tuple[int, ...]


def strides_in_order(numbers: Ints) -> Ints:
    """Return the strides of a tensor without gaps whose last axis runs fastest."""
    return tuple(prod(numbers[axis + 1 :]) for axis in range(len(numbers)))


def regrouped(numbers: Ints, strides: Ints, new: Ints) -> Ints | None:
    """Return the strides with which the same memory is read as a new shape, None where it has to be copied.

    numbers, strides: of the view; new: a shape of as many numbers, at least 1 of them. Axes that follow on each other
    without a gap form a run; every new axis has to lie within one run.
    Source: PyTorch, torch.Tensor.view ("contiguity-like condition").
    """
    runs: list[tuple[int, int]] = []  # numbers in each run, and the stride of its last axis
    for count, stride in zip(numbers, strides, strict=True):
        if count == 1:
            continue
        if runs and runs[-1][1] == count * stride:
            runs[-1] = runs[-1][0] * count, stride
        else:
            runs.append((count, stride))
    out: list[int] = []
    left, stride = 1, 1  # numbers of the run that the axes behind have not used, and the stride of the next axis
    for count in reversed(new):
        if left == 1 and count > 1:
            left, stride = runs.pop()
        if left % count:
            return None
        out.append(stride)
        left, stride = left // count, stride * count
    return tuple(reversed(out))


def lies(numbers: Ints, strides: Ints, order: Order) -> bool:
    """Tell whether a view lies as is asked: see `Order`."""
    match order:
        case Order.ANY:
            return True
        case Order.ROWS:
            return regrouped(numbers, strides, (prod(numbers[:-1]), numbers[-1])) is not None
        case Order.CHANNELS_LAST:
            last = tuple((axes[0], *axes[2:], axes[1]) for axes in (numbers, strides))
            return _whole(numbers, strides) or (len(numbers) > 3 and _whole(*last))
        case Order.WHOLE:
            return _whole(numbers, strides)


def _whole(numbers: Ints, strides: Ints) -> bool:
    """Tell whether there are no gaps and the last axis runs fastest; the stride of a single number says nothing."""
    wanted = zip(numbers, strides, strides_in_order(numbers), strict=True)
    return all(count == 1 or stride == other for count, stride, other in wanted)
