"""The curves of a run as pictures in its folder, drawn anew at each checkpoint."""

from pathlib import Path

from convdsl import history
from convdsl.mistake import MistakeError
from convdsl.render.canvas import Canvas
from convdsl.render.draw import PAINTERS
from convdsl.render.run_picture import run_picture
from convdsl.render.run_table import Run, measured
from convdsl.render.theme import LIGHT
from convdsl.train.checkpoint import write
from convdsl.train.log import entries
from convdsl.train.moment import Moment

NAME = "loss.svg"


class Curves:
    """Write the picture of the loss.

    kind: "svg", or "png", which takes much longer and is left out where the package that draws it is missing.
    """

    def __init__(self, out: Path, kind: str = "svg") -> None:
        self._out, self._kind, self._missing = out, kind, False

    def after(self, moment: Moment) -> None:
        """Draw what the record holds."""
        if self._missing:
            return
        try:
            made = PAINTERS[self._kind](curves(self._out), LIGHT)
        except MistakeError:
            self._missing = True
            return
        write((self._out / NAME).with_suffix(f".{self._kind}"), made if isinstance(made, bytes) else made.encode())

    def close(self) -> None:
        """Do nothing."""


def curves(folder: Path, name: str = "") -> Canvas:
    """Draw the loss of a run, its terms and its validation, from its record."""
    found = entries(folder)
    losses, parts = history.series(found, "loss"), history.parts(found)
    return run_picture((Run(name or folder.resolve().name, losses, measured(found), parts=parts),))
