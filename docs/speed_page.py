"""The part of docs/speed.md about compiled code: what `make bench` has left of benchmarks/compiled.py."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PAGE = "docs/speed.md"
RESULTS = Path(__file__).resolve().parent.parent / "benchmarks" / "results" / "compiled.json"
WAYS = (
    "forward, eager",
    "forward and backward, eager",
    "forward, torch.compile",
    "forward and backward, torch.compile",
)
RIVALS = ("ours", "by hand", "dictionary", "torch.fx")


def _ratio(found: Any) -> str:
    """Write `0.99 (0.98 to 1.01)`, or why there is none."""
    if isinstance(found, str):
        return found
    ours = found["ours"]
    return f"{ours['median']:.3f} ({ours['low']:.3f} to {ours['high']:.3f})"


def _memory(found: Any, rival: str) -> str:
    return f"{found['memory_mib'][rival]:.0f}"


def _table() -> str:
    if not RESULTS.exists():
        return "Not measured yet: `python benchmarks/compiled.py` leaves the numbers, `make readme` the table."
    found = json.loads(RESULTS.read_text("utf-8"))
    networks = found["networks"].items()
    lines = [f"| ours / by hand | {' | '.join(WAYS)} |", f"|-|{'-|' * len(WAYS)}"]
    lines += [f"| {name} | {' | '.join(_ratio(one[way]) for way in WAYS)} |" for name, one in networks]
    lines += ["", f"| peak memory, MiB | {' | '.join(RIVALS)} |", f"|-|{'-|' * len(RIVALS)}"]
    lines += [f"| {name} | {' | '.join(_memory(one, rival) for rival in RIVALS)} |" for name, one in networks]
    missed = [f"- {sentence}" for _, one in networks for sentence in one["missed"]]
    rounds = sorted({one["rounds"] for _, one in networks})
    loads = sorted(one["load"] for _, one in networks)
    said = f"{' and '.join(map(str, rounds))} rounds on {found['machine']['cores']} cores, one thread for each"
    lines += ["", f"{said}, load {loads[0]} to {loads[-1]}, PyTorch {found['torch'].partition('+')[0]}."]
    lines += ["The other rivals' times are in [the results](../benchmarks/results/compiled.json)."]
    lines += ["Missed:", "", *missed] if missed else ["Every goal is met."]
    return "\n".join(lines)


PARTS: Mapping[str, Callable[[], str]] = {"compiled": _table}
