"""Training runs beside each other as a table, and as data: how far each came, how well, and what differs."""

from collections.abc import Mapping, Sequence

from convdsl.history import Entry, Points, clock, series, smooth, span
from convdsl.record import dataclass, field
from convdsl.render.cells import cells, shorten, visible
from convdsl.render.facts import bytes_text
from convdsl.render.measures import MEASURES, Measure

GAP = "  "
LONGEST = 40  # cells of a value
WIDE = 100  # cells of a line, from which on it is long
NONE = "-"


@dataclass(frozen=True, slots=True)
class Run:
    """One run as far as it is known: what is None or empty is not.

    name: as the folder was given. losses: of each recorded step. checked: what was measured on validation photographs,
    by the keys of the record. step, steps: done, and of the whole run. settings: everything that was chosen, by dotted
    names. seconds: spent on training. memory: peak, in bytes. parts: the terms of a loss that is a sum, by their names,
    of each recorded step. damage: what the record has lost, in words.
    """

    name: str
    losses: Points
    checked: Mapping[str, Points]
    step: int = 0
    steps: int | None = None
    network: str = ""
    parameters: int | None = None
    architecture: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None
    images_per_second: float | None = None
    memory: int | None = None
    parts: Mapping[str, Points] = field(default_factory=dict)
    damage: str = ""

    @property
    def smoothed(self) -> Points:
        """The loss as a running mean."""
        return smooth(self.losses, span(self.losses))

    @property
    def least(self) -> tuple[int, float] | None:
        """The step at which the mean is least, and the mean there; steps of which it has too few are left out."""
        points = self.smoothed
        enough = [point for point in points if point[0] - points[0][0] >= span(points)] or points[-1:]
        return min(enough, key=lambda point: point[1], default=None)

    @property
    def complete(self) -> bool:
        """Tell whether all steps are done."""
        return self.steps is not None and self.step >= self.steps


def measured(entries: Sequence[Entry]) -> Mapping[str, Points]:
    """Collect what a run's record says of validation photographs."""
    keys = dict.fromkeys(key for entry in entries for key in entry if key.startswith("val_"))
    found = {key: series(entries, key) for key in keys}
    return {key: points for key, points in found.items() if points}


def text(runs: Sequence[Run]) -> str:
    """Print the table, a row a run, and below it what differs; no newline at the end."""
    head = ["run", "network", "parameters", "steps", "loss", "best", "time", "images/s", "memory"]
    shown = [measure for measure in MEASURES if any(measure.key in run.checked for run in runs)]
    for measure in shown:
        head += [f"val {measure.name}", "best"]
    names = _numbered(runs)
    rows = [
        [name, *_cells(run), *(cell for measure in shown for cell in _measured(run, measure))]
        for name, run in zip(names, runs, strict=True)
    ]
    filled = [at for at in range(len(head)) if any(row[at] != NONE for row in rows)]
    lines = _table([[line[at] for at in filled] for line in (head, *rows)], left=2)
    beside = {name: said for name, run in zip(names, runs, strict=True) if (said := _beside(run, shown))}
    if len(set(beside.values())) == 1:
        beside = {"for comparison": next(iter(beside.values()))}
    lines += [f"{name}: {said}" for name, said in beside.items()]
    different = differences(runs)
    if different:
        told = [["what differs", *names]]
        told += [
            [key, *(shorten(visible(value or NONE), LONGEST) for value in values)] for key, values in different.items()
        ]
        lines += ["", *_narrow(told)]
    elif len(runs) > 1 and all(run.settings for run in runs):
        lines += ["", "network, recipe and photographs are the same"]
    if any(key.split(".")[0] == "loss" for key in different):
        lines += ["", "the losses are of different kinds: their numbers say nothing beside each other"]
    return "\n".join(lines)


def differences(runs: Sequence[Run]) -> Mapping[str, tuple[str, ...]]:
    """Return the settings that are not the same in all runs, with the value of each, "" where it has none.

    Runs of which no checkpoint is known are silent here.
    """
    known = [run for run in runs if run.settings]
    keys = dict.fromkeys(key for run in known for key in run.settings)
    found = {key: tuple(run.settings.get(key, "") for run in runs) for key in keys}
    return {key: values for key, values in found.items() if len({run.settings.get(key, "") for run in known}) > 1}


def report(runs: Sequence[Run], broken: Mapping[str, str]) -> dict[str, object]:
    """Return everything as plain data."""
    return {
        "version": 1,
        "runs": [_data(run) for run in runs],
        "differences": {key: list(values) for key, values in differences(runs).items()},
        "broken": [{"run": name, "reason": reason} for name, reason in broken.items()],
    }


def _numbered(runs: Sequence[Run]) -> list[str]:
    """Name the runs, with the numbers that they have in the picture where there are several."""
    names = [short_name(run.name) for run in runs]
    return names if len(names) == 1 else [f"{number} {name}" for number, name in enumerate(names, start=1)]


def short_name(name: str) -> str:
    """Cut a long path at its beginning, for its end tells more."""
    shown = visible(name)
    while cells(shown) > LONGEST:
        shown = "…" + shown[2:]
    return shown


def _cells(run: Run) -> list[str]:
    smoothed = run.smoothed
    return [
        visible(run.network) or NONE,
        NONE if run.parameters is None else f"{run.parameters:,}",
        f"{run.step:,}" if run.complete else f"{run.step:,} of {'?' if run.steps is None else f'{run.steps:,}'}",
        f"{smoothed[-1][1]:.4g}" if smoothed else NONE,
        "{1:.4g} at {0:,}".format(*run.least) if run.least else NONE,
        NONE if run.seconds is None else clock(run.seconds),
        NONE if run.images_per_second is None else f"{run.images_per_second:.0f}",
        NONE if run.memory is None else bytes_text(run.memory),
    ]


def _measured(run: Run, measure: Measure) -> list[str]:
    points = run.checked.get(measure.key)
    if not points:
        return [NONE] * 2
    at, value = measure.best(points)
    return [measure.text(points[-1][1]), f"{measure.text(value)} at {at:,}"]


def _beside(run: Run, shown: Sequence[Measure]) -> str:
    """Say what predictions without a network reach on the same photographs."""
    return "; ".join(
        f"{measure.name} " + ", ".join(f"of {name} {measure.text(run.checked[key][-1][1])}" for name, key in others)
        for measure in shown
        if (others := measure.beside(run.checked))
    )


def _table(rows: Sequence[Sequence[str]], left: int) -> list[str]:
    """Set columns, the first ones to the left; a column is as wide as its widest cell."""
    widths = [max(cells(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for row in rows:
        padded = []
        for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
            blanks = " " * (width - cells(cell))
            padded.append(cell + blanks if at < left else blanks + cell)
        lines.append(GAP.join(padded).rstrip())
    return lines


def _narrow(rows: Sequence[Sequence[str]]) -> list[str]:
    """Set a table, columns in place of its rows where it is too wide and would then be narrower."""
    turned = list(zip(*rows, strict=True))
    tables = [_table(lines, left=len(lines[0])) for lines in (rows, turned)]
    widths = [max(map(cells, lines)) for lines in tables]
    return tables[1] if widths[0] > WIDE and widths[1] < widths[0] else tables[0]


def _data(run: Run) -> dict[str, object]:
    smoothed = run.smoothed
    at, least = run.least or (None, None)
    checked: dict[str, object] = {}
    for measure in MEASURES:
        if measure.key in run.checked:
            when, value = measure.best(run.checked[measure.key])
            checked[measure.key.removeprefix("val_")] = {
                "last": run.checked[measure.key][-1][1],
                "best": value,
                "best_step": when,
                "beside": {name: run.checked[key][-1][1] for name, key in measure.beside(run.checked)},
            }
    return {
        "run": run.name,
        "network": run.network or None,
        "parameters": run.parameters,
        "architecture": run.architecture or None,
        "step": run.step,
        "steps": run.steps,
        "complete": run.complete,
        "loss": smoothed[-1][1] if smoothed else None,
        "best_loss": least,
        "best_loss_step": at,
        "smoothed_over_steps": span(run.losses),
        "seconds": run.seconds,
        "images_per_second": run.images_per_second,
        "memory": run.memory,
        "validation": checked,
        "settings": dict(run.settings),
    }
