"""The part of docs/results.md that comes from training: what `make results` has left of benchmarks/_colorizers.py."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

PAGE = "docs/results.md"
RESULTS = Path(__file__).resolve().parent.parent / "benchmarks" / "results" / "colorizers.json"
# heading, key in the rows, digits
COLUMNS = (
    ("PSNR dB", "psnr_mean", 2),
    ("median", "psnr_median", 2),
    ("pooled", "psnr_pooled", 2),
    ("ab-RMSE", "ab_rmse", 2),
    ("a photo", "ab_rmse_per_photo", 2),
    ("ab-MAE", "ab_mae", 2),
    ("SSIM", "ssim", 3),
    ("dE2000", "ciede2000", 2),
    ("colourful", "colourfulness", 1),
    ("off gamut", "out_of_gamut", 4),
)


def _cell(values: Sequence[float], digits: int) -> str:
    """Write the mean, and half the way from the lowest to the highest where there are several."""
    mean = f"{fmean(values):.{digits}f}"
    return mean if len(set(values)) == 1 else f"{mean} ± {(max(values) - min(values)) / 2:.{digits}f}"


def _row(name: str, rows: Sequence[Mapping[str, Any]], seconds: str) -> str:
    cells = [_cell([row[key] for row in rows], digits) for _, key, digits in COLUMNS]
    better = "" if rows[0]["better"] is None else _cell([row["better"] for row in rows], 0)
    return f"| {name} | {' | '.join(cells)} | {better} | {seconds} |"


def _where(case: Mapping[str, Any]) -> str:
    threads = case["threads"]
    return f"{threads} thread{'s' if threads > 1 else ''} of {case['machine']['processor']}"


def _table() -> str:
    if not RESULTS.exists():
        return "Not measured yet: `make results` leaves the numbers, `make readme` the table."
    found = json.loads(RESULTS.read_text("utf-8"))
    cases = found["cases"]
    one = next(iter(cases.values()))["runs"][0]["rows"]
    heads = [head for head, _, _ in COLUMNS]
    lines = [f"| what | {' | '.join(heads)} | better | s |", f"|-|{'-:|' * (len(heads) + 2)}"]
    lines += [_row(name, [one[name]], "") for name in one if name != "network"]
    for name, case in cases.items():
        spent = [run["seconds"] for run in case["runs"]]
        lines.append(_row(name, [run["rows"]["network"] for run in case["runs"]], f"{max(spent):.0f}"))
    truth = one["network"]
    photos, seeds = truth["photos"], sorted({run["seed"] for case in cases.values() for run in case["runs"]})
    lines += [
        "",
        f"{photos} photographs; colourfulness of the truth {truth['true_colourfulness']:.1f}. Mean of the seeds "
        f"{', '.join(map(str, seeds))}, ± half the range from the lowest to the highest; `better`: photographs with "
        "less ab error than the train mean colour; `s`: the longest training.",
        "",
        "| what | spec | recipe | steps | on |",
        "|-|-|-|-:|-|",
    ]
    lines += [
        f"| {name} | [{case['spec']}](../{case['spec']}) | {case['says']} | {case['runs'][0]['steps']} "
        f"| {_where(case)} |"
        for name, case in cases.items()
    ]
    return "\n".join(lines)


PARTS: Mapping[str, Callable[[], str]] = {"colorizers": _table}
