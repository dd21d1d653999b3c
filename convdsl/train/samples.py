"""A few photographs as the network colours them now: one small picture for each checkpoint."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from convdsl.train.checkpoint import write
from convdsl.train.in_use import InUse
from convdsl.train.moment import Moment
from convdsl.train.sheet import lay_out, squares

FOLDER = "samples"
SIDE = 112  # pixels of a square
COLUMNS = 2


class Samples:
    """Draw the same photographs at each checkpoint: gray, predicted, true.

    also: who gets each picture besides, with its step.
    """

    def __init__(
        self,
        files: Sequence[Path],
        count: int,
        out: Path,
        done: int,
        in_use: InUse,
        also: Sequence[Callable[[int, Image.Image], None]] = (),
    ) -> None:
        self._files = [files[place * len(files) // count] for place in range(min(count, len(files)))]
        self._out, self._in_use, self._also = out / FOLDER, in_use, tuple(also)
        self._squares: tuple[Image.Image, ...] | None = None
        for old in self._out.glob("samples-*.jpg"):
            number = old.stem.removeprefix("samples-")
            if number.isdecimal() and int(number) > done:
                old.unlink(missing_ok=True)  # of a run that is begun again, or of steps that are done again

    def after(self, moment: Moment) -> None:
        """Draw and write; nothing where no photograph can be read."""
        if self._squares is None:
            self._squares = squares(self._files, SIDE)
        if not self._squares:
            return
        job = moment.engine.job
        sheet = lay_out(job, self._in_use.of(moment.engine), self._squares, job.recipe.crop, COLUMNS)
        body = io.BytesIO()
        sheet.save(body, format="JPEG", quality=88)
        self._out.mkdir(exist_ok=True)
        write(self._out / f"samples-{moment.step.number:08d}.jpg", body.getvalue())
        for tell in self._also:
            tell(moment.step.number, sheet)

    def close(self) -> None:
        """Do nothing."""
