"""What a person asks of a picture, whatever its style; a style reads what concerns it."""

from collections.abc import Mapping

from convdsl.record import dataclass

DIRECTIONS = ("TB", "LR", "snake")
FRAMES = 48  # steps of a picture that moves


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of `draw`.

    direction: "TB" (down the page), "LR" (to the right), "snake" (rows or columns that turn round at the edge), or ""
    where the style chooses so that the picture is not taller than 3 times its width. folded: equal blocks in a row are
    drawn once, with their number. depth: levels of blocks that are opened, None for all. collapse: globs of full names
    or of blocks' names; such blocks and groups are one card. layer: the full name of the layer that is drawn, "" where
    the style draws the whole network or may choose. sizes: values of the size symbols, None where sizes stay symbols or
    the style chooses the usual ones. batch, dtype: of memory in numbers.
    values: numbers are written into the cells of input, window and output. step: the output whose window is drawn, a
    place for each spatial axis, () for a few that tell most. moving: an SVG shows all steps, one after another.
    frames: the most steps that a picture that moves has.
    """

    direction: str = ""
    folded: bool = True
    depth: int | None = None
    collapse: tuple[str, ...] = ()
    layer: str = ""
    sizes: Mapping[str, int] | None = None
    batch: int = 1
    dtype: str = "float32"
    values: bool = False
    step: tuple[int, ...] = ()
    moving: bool = False
    frames: int = FRAMES
