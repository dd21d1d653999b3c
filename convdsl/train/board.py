"""The run in TensorBoard: every number of its record, and the sample pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from convdsl.mistake import MistakeError
from convdsl.train.log import Value
from convdsl.train.moment import Moment
from convdsl.train.progress import Watch

FOLDER = "tensorboard"


class Board:
    """Write event files to a folder of their own.

    done: the steps that are done already. What an earlier session wrote of later steps is marked as void, so that no
    point is there twice; what a run wrote that is begun again is deleted.
    Raises MistakeError where the package is not installed.
    """

    def __init__(self, out: Path, done: int, watch: Watch) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            message = "`--tensorboard` needs the package tensorboard, which is not installed"
            raise MistakeError(message, way_out="`pip install 'convdsl[watch]'`, or leave it out") from None
        folder = out / FOLDER
        if not done:
            for old in folder.glob("events.out.tfevents.*"):
                old.unlink()
        self._watch, self._failed = watch, False
        self._writer: Any = SummaryWriter(str(folder), purge_step=done + 1 if done else None)

    def entry(self, entry: Mapping[str, Value]) -> None:
        """Take over the numbers of an entry of the record."""
        step = entry.get("step")
        flat = {key: value for key, value in entry.items() if key != "step"}
        terms = flat.pop("parts", None)
        if isinstance(terms, Mapping):
            flat |= {f"loss/{name}": value for name, value in terms.items()}
        for key, value in flat.items():
            if isinstance(value, int | float):
                group, _, name = key.partition("_")
                self._try(self._writer.add_scalar, f"val/{name}" if group == "val" else key, value, step)

    def picture(self, step: int, picture: Image.Image) -> None:
        """Take over a picture."""
        self._try(self._writer.add_image, "samples", np.asarray(picture), step, dataformats="HWC")

    def after(self, moment: Moment) -> None:
        """See to it that what was written until here can be looked at."""
        self._try(self._writer.flush)

    def close(self) -> None:
        """Write what is still to be written."""
        self._try(self._writer.close)

    def _try(self, do: Any, *values: Any, **named: Any) -> None:
        """Do it, unless the disk has refused before."""
        if self._failed:
            return
        try:
            do(*values, **named)
        except OSError as error:
            self._failed = True
            self._watch.note(f"TensorBoard's files cannot be written, and the training goes on without: {error}")
