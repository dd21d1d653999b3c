"""What the numbers of a tensor mean: colours of a picture, scaled and shifted, a choice among colours, or classes.

The only place where normalisation is written down: training, evaluation and colorizing read it from here. It knows
neither the tree that it is read from nor torch.
"""

from math import inf

from convdsl.record import dataclass

# sRGB seen in CIE Lab (D65): L 0..100, a -86.2..98.3, b -107.9..94.5; the bounds are the smallest whole numbers around
COLOUR_RANGES: dict[str, tuple[float, float]] = {
    "L": (0.0, 100.0),
    "a": (-87.0, 99.0),
    "b": (-108.0, 95.0),
    "R": (0.0, 1.0),
    "G": (0.0, 1.0),
    "B": (0.0, 1.0),
}
COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "L": ("L",),
    "a": ("a",),
    "b": ("b",),
    "ab": ("a", "b"),
    "Lab": ("L", "a", "b"),
    "RGB": ("R", "G", "B"),
}
CLASSES, AB_BINS = "classes", "ab_bins"  # scores of classes; scores of the colours of `bins.py`
MEANING_WORDS = (*COLOUR_WORDS, AB_BINS, CLASSES)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Tensor channel i holds scale[i] * colour[i] + offset[i], colour[i] being `channels[i]` in its natural unit.

    kind: "colour"; "classes", and the three tuples are empty; or "ab_bins", and they say what the bins' colours are.
    """

    kind: str
    channels: tuple[str, ...] = ()
    scale: tuple[float, ...] = ()
    offset: tuple[float, ...] = ()

    @property
    def is_bins(self) -> bool:
        """Tell whether the channels are scores of colours, from which one is to be taken."""
        return self.kind == AB_BINS

    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Return the lowest and highest value of each tensor channel."""
        if self.kind != "colour":
            return ((-inf, inf),)
        out = []
        for channel, scale, offset in zip(self.channels, self.scale, self.offset, strict=True):
            low, high = (scale * end + offset for end in COLOUR_RANGES[channel])
            out.append((min(low, high), max(low, high)))
        return tuple(out)

    def __str__(self) -> str:
        if self.kind != "colour":
            return self.kind
        return ", ".join(map(_affine, self.channels, self.scale, self.offset))


def ab_bins() -> Meaning:
    """Return what the scores of `bins.py` mean."""
    return Meaning(AB_BINS, ("a", "b"), (1.0, 1.0), (0.0, 0.0))


def _affine(colour: str, scale: float, offset: float) -> str:
    """Print scale * colour + offset as people write it: `(L - 50) / 50`, `a / 110`."""
    if scale == 0:
        return f"{offset:g}"
    centre = f"{-offset / scale:g}"
    out = colour if offset == 0 else f"{colour} {'+' if centre[0] == '-' else '-'} {centre.lstrip('-')}"
    if scale == 1:
        return out
    out = out if offset == 0 else f"({out})"
    times, by = f"{scale:g}", f"{1 / scale:g}"
    return f"{out} * {times}" if len(times) <= len(by) else f"{out} / {by}"


def keeps_lightness(source: Meaning, target: Meaning) -> bool:
    """Tell whether the result takes its L from the picture that goes in: the network saw L alone or says no L."""
    return target.channels == ("a", "b") or (source.channels == ("L",) and target.channels != ("L",))
