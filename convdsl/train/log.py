"""The run's record: one JSON object a line, `{"step": 1, "loss": 0.07, "lr": 0.001}`; readable while it grows.

Where the loss is a sum, "parts" holds its terms by their names, before they are weighted: `{"L1": 0.05, "MSE": 0.01}`.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from convdsl import history
from convdsl.history import NAME
from convdsl.mistake import MistakeError
from convdsl.train.checkpoint import exists, make_folder, write
from convdsl.train.progress import Silent, Step, Watch
from convdsl.train.unwritten import unwritten

SPOILT = f"damaged-{NAME}"  # a record that could not be read to its end, as it was found
Value = int | float | str | None | Mapping[str, float]


class Log:
    """Append to a run's record; what a resumed run does again is cut off first.

    also: who is told of each entry besides. watch: where it is said that the record is not what it was.
    """

    def __init__(
        self,
        folder: Path,
        done: int,
        also: Sequence[Callable[[Mapping[str, Value]], None]] = (),
        watch: Watch | None = None,
    ) -> None:
        make_folder(folder)
        self._path, self._also = folder / NAME, tuple(also)
        self._file: TextIO | None = None
        try:
            kept = _kept(folder, done, watch or Silent()) if done else ()
            lines = [{"version": history.VERSION}, *kept]
            write(self._path, "".join(json.dumps(line) + "\n" for line in lines).encode())
        except OSError as error:
            raise self._unwritten(error) from error

    def step(self, step: Step) -> None:
        """Append a step. The speed is left out: two equal runs have equal records."""
        parts = {"parts": dict(step.parts)} if step.parts else {}
        self.add({"step": step.number, "loss": step.loss, **parts, "lr": step.lr})

    def add(self, entry: Mapping[str, Value]) -> None:
        """Append any entry.

        Raises MistakeError where the disk does not take it.
        """
        try:
            if self._file is None:
                self._file = self._path.open("a", encoding="utf-8", buffering=1)  # each line is there at once
            self._file.write(json.dumps(entry) + "\n")
        except OSError as error:
            self.close()
            raise self._unwritten(error) from error
        for tell in self._also:
            tell(entry)

    def keep(self) -> None:
        """Put on the disk what was written until here: what is in the system's memory alone a power cut takes away.

        Raises MistakeError where the disk does not take it.
        """
        if self._file is None:
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self.close()
            raise self._unwritten(error) from error

    def _unwritten(self, error: OSError) -> MistakeError:
        folder = self._path.parent
        return unwritten(f"the record `{self._path}`", folder, error, saved=exists(folder))

    def close(self) -> None:
        """Close the file; a later entry opens it again."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # what could not be written has been told already
                file.close()


def _kept(folder: Path, done: int, watch: Watch) -> tuple[history.Entry, ...]:
    """Read what a run that goes on after `done` steps has recorded, and say what is missing.

    A record with lines that cannot be read is kept beside the new one. Raises OSError, and MistakeError where it is of
    a version that is not known here.
    """
    path = folder / NAME
    body = path.read_bytes() if path.exists() else b""
    try:
        found, spoilt = history.parse(body.decode("utf-8", errors="replace"))
    except ValueError as error:
        raise MistakeError(f"`{path}` cannot be read: {error}", way_out="train into another folder") from error
    if spoilt:
        write(folder / SPOILT, body)
        lines = "1 line" if spoilt == 1 else f"{spoilt} lines"
        watch.note(f"{lines} of `{path}` cannot be read and will be missing; as it was it is kept as `{SPOILT}`")
    kept = tuple(entry for entry in found if 0 < entry.get("step", 0) <= done)
    steps = [entry["step"] for entry in kept if "loss" in entry]
    first, second, last = (0, 0, 0, *steps)[-3:]
    often = max(second - first, last - second)  # of a long run every n-th step is written down
    if done - last >= often:
        watch.note(f"`{path}` has no steps after {last} of {done} that are done: it was cut, or taken away")
    return kept


def entries(folder: Path) -> tuple[history.Entry, ...]:
    """Read a run's record back; a last line that a crash cut off is dropped.

    Raises MistakeError where it cannot be read.
    """
    path = folder / NAME
    try:
        return history.read(path.read_text(encoding="utf-8")) if path.exists() else ()
    except (OSError, ValueError) as error:
        raise MistakeError(f"`{path}` cannot be read: {error}", way_out="train into another folder") from error


def losses(folder: Path) -> history.Points:
    """Read back (step, loss), finite ones only."""
    return history.series(entries(folder), "loss")
