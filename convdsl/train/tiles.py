"""Cut a picture into tiles that a network colours one by one, each just as it would within the whole.

Plain numbers: how long the picture is, how long a tile may be, what the network takes, and what of a tile is right
(analysis/locality.py). Tiles overlap by what the network sees beyond them, and begin where its strides do.
"""

from collections.abc import Callable

from convdsl.analysis.locality import Line
from convdsl.record import dataclass

USUAL = 512  # pixels: the side of a tile, if that is enough
LARGEST = 1 << 14  # pixels: a network that needs larger tiles is better run on the whole picture


class TooSmall(Exception):
    """Nothing in the middle of a tile is free of what its borders do."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of one axis. start, stop: in pixels of the picture. first, last: the outputs of the whole that it gives;
    they begin at output `skip` of the part's own.
    """

    start: int
    stop: int
    first: int
    last: int
    skip: int

    @property
    def length(self) -> int:
        """Pixels of the part."""
        return self.stop - self.start


def cuts(line: Line, length: int, side: int, legal: Callable[[int], bool]) -> tuple[Cut, ...]:
    """Cover one axis by parts of at most `side` pixels, from its start to its end; each output comes from one part.

    length: of the picture; legal(length) holds. legal: whether the network takes so many pixels.
    Raises TooSmall.
    """
    outputs = line.outputs(length)
    if length <= side:
        return (Cut(0, length, 0, outputs, 0),)
    usual = next((size for size in range(side, 0, -1) if legal(size)), 0)
    lead, end = line.right(usual, False, False)
    if end == 0 or line.right(length, True, True) != (0, outputs):
        raise TooSmall
    out: list[Cut] = []
    start, done = 0, 0
    while done < outputs:
        stop = start + usual
        if stop >= length:
            stop = length
            start = next((place for place in range(start, -1, -line.grid) if legal(length - place)), 0)
            if length - start > side:
                raise TooSmall
        first, last = line.right(stop - start, start == 0, stop == length)
        before = int(start / line.step)
        if first + before > done or last + before <= done:
            raise TooSmall
        out.append(Cut(start, stop, done, last + before, done - before))
        done = last + before
        following = int((done - lead) * line.step) // line.grid * line.grid
        if done < outputs and following <= start:
            raise TooSmall
        start = following
    return tuple(out)


def usual_side(line: Line, length: int, legal: Callable[[int], bool]) -> int:
    """Return a side for tiles: 512 pixels, or as many more as it takes for half of a tile to be right.

    Raises TooSmall where no tile is smaller than the picture.
    """
    side = USUAL
    while side < min(length, LARGEST):
        usual = next((size for size in range(side, 0, -1) if legal(size)), 0)
        first, last = line.right(usual, False, False) if usual else (0, 0)
        if 2 * (last - first) * line.step >= side:
            return side
        side += USUAL // 4
    if length <= side <= LARGEST:
        return side
    raise TooSmall


def least_side(line: Line, length: int, legal: Callable[[int], bool]) -> int | None:
    """Return the smallest side, a multiple of 32, of which tiles can be made; None where there is none up to 16384."""
    for side in range(32, LARGEST, 32):
        try:
            cuts(line, length, side, legal)
        except TooSmall:
            continue
        return side
    return None
