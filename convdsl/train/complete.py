"""A model card with the numbers that an evaluation found."""

from pathlib import Path

from convdsl.mistake import MistakeError
from convdsl.train import card
from convdsl.train.card_text import Metrics
from convdsl.train.checkpoint import analysis_of
from convdsl.train.classify import Classified
from convdsl.train.evaluate import Evaluation
from convdsl.train.run import Trained


def complete(trained: Trained, found: Evaluation | Classified) -> Path:
    """Write the card of a checkpoint's folder anew, with what was found, and return its path.

    Raises MistakeError where a README.md stands there that convdsl has not written, or the disk does not take it.
    """
    loaded = trained.checkpoint
    analysis, path = analysis_of(loaded), loaded.path.parent / card.NAME
    try:
        if card.ours(path):
            card.picture(path.parent, analysis)
        colours = loaded.facts.target.channels != ("L",)
        metrics = _classes(found) if isinstance(found, Classified) else _pictures(found, colours)
        written = card.renew(
            loaded.path, loaded.facts, analysis, loaded.state.step, ema=bool(loaded.state.ema), metrics=metrics
        )
    except OSError as error:
        raise MistakeError(f"`{path}` cannot be written: {error.strerror or error}", way_out="make room") from error
    if written is None:
        message = f"`{path}` is not a model card that convdsl wrote, and is left alone"
        raise MistakeError(message, way_out="move it away, or leave `--card` out")
    return written


def _pictures(found: Evaluation, colours: bool) -> Metrics:
    head = ["", "PSNR dB", "SSIM", *(["ab-RMSE", "ab-MAE", "CIEDE2000", "colourfulness"] if colours else []), "better"]
    rows = [head]
    for row in found.rows:
        numbers = [f"{row.psnr_mean:.2f}", f"{row.ssim:.3f}"]
        if colours:
            numbers += [f"{row.ab_rmse:.2f}", f"{row.ab_mae:.2f}", f"{row.ciede2000:.2f}", f"{row.colourfulness:.1f}"]
        rows.append([row.name, *numbers, "" if row.better is None else f"{row.better} of {row.photos}"])
    base, own = found.rows[-2].name, found.rows[-1]
    notes = [f"better: photographs that the network has nearer to the truth than the {base} has."]
    if colours:
        notes.append(f"Colourfulness of the truth: {own.true_colourfulness:.1f}.")
    return Metrics(rows, notes, found.protocol, ("psnr", "ssim"))


def _classes(found: Classified) -> Metrics:
    count = len(found.files)
    rows = [
        ["", "right", "accuracy", "cross-entropy"],
        ["network", f"{found.right} of {count}", f"{found.accuracy:.1%}", f"{found.loss:.3f}"],
        ["the commonest class", f"{found.usual} of {count}", f"{found.usual / count:.1%}", ""],
    ]
    return Metrics(rows, (), found.protocol, ("accuracy",))
