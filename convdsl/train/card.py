"""The model card of a run: README.md in its folder, with the network's picture and its PyTorch file beside it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from convdsl import history
from convdsl.lower.emit import emit
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis
from convdsl.render.draw import draw
from convdsl.render.facts import Network
from convdsl.render.run_table import Run, measured
from convdsl.render.wish import Wish
from convdsl.train import curve, samples, speed
from convdsl.train.card_text import MARK, About, Metrics, card
from convdsl.train.checkpoint import Facts, analysis_of_facts, write
from convdsl.train.log import entries
from convdsl.train.moment import Moment

NAME, PICTURE, MODULE = "README.md", "network.svg", "network.py"


class Card:
    """Write the card anew at each checkpoint; the network is drawn and printed once."""

    def __init__(self, out: Path, facts: Facts) -> None:
        self._out, self._facts = out, facts
        self._analysis: Analysis | None = None

    def after(self, moment: Moment) -> None:
        """Write the card."""
        if self._analysis is None:
            self._analysis = analysis_of_facts(self._facts)
            picture(self._out, self._analysis)
        assert moment.saved is not None
        ema = bool(moment.engine.mean)
        renew(moment.saved, self._facts, self._analysis, moment.step.number, ema=ema)

    def close(self) -> None:
        """Do nothing."""


def forget(out: Path) -> None:
    """Take away what an earlier run in this folder left beside its checkpoints: its card, pictures and speed."""
    names = (NAME,) if ours(out / NAME) else ()
    for name in (*names, PICTURE, MODULE, curve.NAME, Path(curve.NAME).with_suffix(".png").name, speed.NAME):
        with suppress(OSError):
            (out / name).unlink()


def picture(out: Path, analysis: Analysis) -> None:
    """Draw the network into the folder, and print it as a PyTorch file; nothing where the spec has no model."""
    if analysis.graph is None or not analysis.ok:
        return
    drawn = draw(analysis.network(), "svg", Wish(depth=0))
    assert isinstance(drawn, str)
    write(out / PICTURE, drawn.encode())
    write(out / MODULE, emit(analysis.graph, Path(analysis.source.name).name, legal=analysis.legal).encode())


def renew(
    saved: Path, facts: Facts, analysis: Analysis, step: int, *, ema: bool, metrics: Metrics | None = None
) -> Path | None:
    """Write the card of a checkpoint, and return its path; None where a README.md stands there that is not ours."""
    out = saved.parent
    path = out / NAME
    if not ours(path):
        return None
    network = analysis.network() if analysis.graph is not None and analysis.ok else None
    about = About(
        facts=facts,
        step=step,
        checkpoint=saved.with_suffix(".json").name,
        network=network,
        run=_run(out, step),
        ema=ema,
        pictures=_pictures(out, network, step),
        metrics=metrics,
    )
    write(path, card(about).encode())
    return path


def ours(path: Path) -> bool:
    """Tell whether a card may be written here: none is there, or one that has our mark."""
    try:
        return not path.exists() or MARK in path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _run(out: Path, step: int) -> Run:
    try:
        found = tuple(entry for entry in entries(out) if entry.get("step", 0) <= step)
    except (OSError, MistakeError):
        found = ()
    last: Mapping[str, object] = next((e for e in reversed(speed.before(out)) if 0 < e.get("step", 0) <= step), {})
    run = Run(out.resolve().name, history.series(found, "loss"), measured(found), step)
    seconds, memory = last.get("seconds"), last.get("memory")
    return replace(
        run,
        seconds=seconds if isinstance(seconds, int | float) else None,
        memory=memory if isinstance(memory, int) else None,
    )


def _pictures(out: Path, network: Network | None, step: int) -> Mapping[str, str]:
    """Name the pictures that are there; of the samples the newest that is no newer than the checkpoint."""
    found = {"network": PICTURE} if network is not None and (out / PICTURE).exists() else {}
    if (out / curve.NAME).exists():
        found["loss"] = curve.NAME
    limit = f"samples-{step:08d}.jpg"
    drawn = sorted(path.name for path in (out / samples.FOLDER).glob("samples-*.jpg") if path.name <= limit)
    return found | ({"samples": f"{samples.FOLDER}/{drawn[-1]}"} if drawn else {})
