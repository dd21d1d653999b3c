"""What Upsample and Resize share: modes, and how each output pixel reads the input."""

from fractions import Fraction
from functools import lru_cache
from math import floor, lcm

from convdsl.argument import Invalid
from convdsl.op import MOST_PHASES, AxisMap, Interval, phased

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


@lru_cache(maxsize=1024)
def axis_map(mode: str, scale: Fraction, align_corners: bool, fixed: bool) -> AxisMap:
    """Map outputs to inputs; scale: output pixels per input pixel.

    `nearest` reads pixel floor(o / scale): the start is the mean over the phases. With aligned corners the distance of
    two outputs depends on the size, and `scale` has to say it; fixed: it is that of a fixed size.
    """
    jump = 1 / scale
    if align_corners:
        start = Fraction(0)
    elif mode.startswith("nearest"):
        start = _mean_start(scale, int(mode == "nearest-exact"))
    else:
        start = (jump - 1) / 2
    if scale.numerator > MOST_PHASES or (align_corners and not fixed):
        return AxisMap(jump, start, range(MODES[mode][1]))
    if mode.startswith("nearest"):
        half = jump / 2 if mode == "nearest-exact" else Fraction(0)
        return phased(jump, start, tuple(_pixel(floor(o * jump + half)) for o in range(scale.numerator)))
    cubic = mode == "bicubic"
    windows = [_window(start + o * jump, cubic) for o in range(scale.numerator)]
    unit = lcm(*(share.denominator for _, shares in windows for share in shares))
    weights = tuple(tuple(int(share * unit) for share in shares) for _, shares in windows)
    return phased(jump, start, tuple(taps for taps, _ in windows), weights)


def _pixel(place: int) -> range:
    return range(place, place + 1)


def _window(place: Fraction, cubic: bool) -> tuple[range, tuple[Fraction, ...]]:
    """Return the pixels around a place between pixels, and what each weighs; the sum is 1.

    Source: PyTorch's linear window 1 - d, and its cubic one, Keys 1981, equation 4 with a = -3/4, d: the distance.
    """
    first = floor(place)
    between = place - first
    if between == 0:
        return _pixel(first), (Fraction(1),)
    if not cubic:
        return range(first, first + 2), (1 - between, between)
    distances = (between + 1, between, 1 - between, 2 - between)
    a = Fraction(-3, 4)
    shares = [(a + 2) * d**3 - (a + 3) * d**2 + 1 if d < 1 else a * (d**3 - 5 * d**2 + 8 * d - 4) for d in distances]
    return range(first - 1, first + 3), tuple(shares)


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
