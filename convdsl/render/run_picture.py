"""The curves of training runs in one picture: the loss, and below it what was measured on validation photographs."""

from collections.abc import Sequence

from convdsl.history import smooth, span
from convdsl.record import replace
from convdsl.render.canvas import Canvas
from convdsl.render.curves import Curve, Panel, canvas
from convdsl.render.measures import MEASURES
from convdsl.render.run_table import Run, short_name

SUM = "loss"


def run_picture(runs: Sequence[Run]) -> Canvas:
    """Draw the runs. Of one alone every step is shown behind the mean, and the terms of its loss beside it."""
    names = [short_name(run.name) for run in runs]
    if len(set(names)) == len(runs):
        runs = [replace(run, name=name) for run, name in zip(runs, names, strict=True)]
    title = f"Training of {runs[0].name}" if len(runs) == 1 else f"{len(runs)} training runs"
    over = {span(run.losses) for run in runs if run.losses}
    words = "training loss" + (f", running mean over {over.pop():,} steps" if len(over) == 1 else ", running mean")
    if len(runs) == 1 and runs[0].parts:
        words += "; its terms before they are weighted"
    panels = [Panel(words, _single(runs[0]) if len(runs) == 1 else _several(runs))]
    for measure in MEASURES:
        shown = [run for run in runs if measure.key in run.checked]
        if not shown or (measure.key == "val_psnr" and len(panels) > 1):
            continue  # beside the error of the colours it says little
        rivals = measure.beside(shown[0].checked)
        levels = tuple((name, value) for name, key in rivals if (value := _common(shown, key)) is not None)
        curves = tuple(Curve(SUM if len(runs) == 1 else run.name, run.checked[measure.key]) for run in shown)
        panels.append(Panel(f"validation photographs: {measure.title}", curves, levels, logarithmic=False))
    return canvas(title, panels)


def _single(run: Run) -> tuple[Curve, ...]:
    terms = (Curve(name, smooth(points, span(run.losses))) for name, points in run.parts.items())
    return (Curve(SUM, run.smoothed, run.losses), *terms)


def _several(runs: Sequence[Run]) -> tuple[Curve, ...]:
    return tuple(Curve(run.name, run.smoothed) for run in runs)


def _common(runs: Sequence[Run], key: str) -> float | None:
    """Return what all runs were compared with, None where it was not the same."""
    values = {run.checked[key][-1][1] for run in runs if key in run.checked}
    return values.pop() if len(values) == 1 else None
