"""What Upsample and Resize share: modes, and how each output pixel reads the input."""

from fractions import Fraction
from functools import lru_cache

from convdsl.argument import Invalid
from convdsl.op import AxisMap, Interval

# mode: how many spatial axes it takes (None: any), and how many pixels of an axis one output pixel reads
MODES = {"nearest": (None, 1), "nearest-exact": (None, 1), "linear": (1, 2), "bilinear": (2, 2), "bicubic": (2, 4)}
MODES["trilinear"] = (3, 2)
_OVERSHOOT = 1.375  # sum of a cubic window's absolute weights at worst, half way between pixels (a = -0.75)


def check_mode(mode: str, align_corners: bool | None) -> None:
    """Refuse corners where they have no meaning.

    Raises Invalid.
    """
    if align_corners is not None and mode.startswith("nearest"):
        raise Invalid("align_corners", f"mode `{mode}` has no corners to align", "leave it out, or use mode=bilinear")


def check_rank(mode: str, rank: int) -> None:
    """Refuse a mode on an image of another number of axes.

    Raises Invalid.
    """
    if not 3 <= rank <= 5:
        raise Invalid("", f"an image has 3 to 5 axes, and the input has {rank}", "Unflatten it first")
    wanted = MODES[mode][0]
    if wanted is not None and wanted != rank - 2:
        fitting = {3: "linear", 4: "bilinear", 5: "trilinear"}[rank]
        raise Invalid("mode", f"mode `{mode}` needs {wanted + 2} axes, and the input has {rank}", f"use mode={fitting}")


def axis_map(mode: str, scale: Fraction, align_corners: bool) -> AxisMap:
    """Map outputs to inputs; scale: output pixels per input pixel.

    `nearest` reads pixel floor(o / scale): the start is the mean over the phases. With aligned corners the distance of
    two outputs depends on the size, and `scale` has to say it.
    """
    taps = range(MODES[mode][1])
    jump = 1 / scale
    if align_corners:
        return AxisMap(jump, Fraction(0), taps)
    if mode == "nearest":
        return AxisMap(jump, _mean_start(scale, 0), taps)
    if mode == "nearest-exact":
        return AxisMap(jump, _mean_start(scale, 1), taps)
    return AxisMap(jump, (jump - 1) / 2, taps)


@lru_cache(maxsize=1024)
def _mean_start(scale: Fraction, halves: int) -> Fraction:
    """Average floor((o + halves / 2) / scale) - o / scale over the phases; closed forms of the sum."""
    p, q = scale.numerator, scale.denominator
    if halves == 0:
        return Fraction(1 - p, 2 * p)
    # floor((2 o + 1) q / 2 p) over o = 0..p-1: the remainders are the odd or the even multiples, mean (p - 1 or p) / 2
    return Fraction(q, 2 * p) - Fraction(1, 2) + (Fraction(0) if q % 2 else Fraction(1, 2 * p))


def overshoot(mode: str, axes: int, x: Interval) -> Interval:
    """Bound interpolated values: a mean stays between its inputs, a cubic window swings beyond them."""
    if mode != "bicubic":
        return x
    reach = (x.high - x.low) / 2 * _OVERSHOOT**axes
    middle = (x.high + x.low) / 2
    return Interval(middle - reach, middle + reach) if reach < float("inf") else Interval()
