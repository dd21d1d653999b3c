"""The parts of docs/speed.md about compiled code: what benchmarks/compiled.py and benchmarks/gpu.py have left."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PAGE = "docs/speed.md"
FOLDER = Path(__file__).resolve().parent.parent / "benchmarks" / "results"
RESULTS, GPU = FOLDER / "compiled.json", FOLDER / "gpu.json"
WAYS = (
    "forward, eager",
    "forward and backward, eager",
    "forward, torch.compile",
    "forward and backward, torch.compile",
)
GPU_WAYS = ("eager", "CUDA graphs", "torch.compile")
PASSES = ("forward", "forward and backward")
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


def _gpu() -> str:
    if not GPU.exists():
        return "Not measured yet: `python benchmarks/gpu.py` leaves the numbers, `make readme` the table."
    found = json.loads(GPU.read_text("utf-8"))
    networks = found["networks"]
    names = list(dict.fromkeys(key.split(", ")[0] for key in networks))
    columns = [f"{way}, {one}" for way in GPU_WAYS for one in PASSES]
    lines = [f"| ours / by hand | {' | '.join(columns)} |", f"|-|{'-|' * len(columns)}"]
    for name in names:
        cells = (networks.get(f"{name}, {column}") for column in columns)
        lines.append(f"| {name} | {' | '.join('' if one is None else _ratio(one) for one in cells)} |")
    lines += [
        "",
        "| training | images/s | ms a step | waiting for crops, ms | kernels run | peak, MiB |",
        "|-|-:|-:|-:|-:|-:|",
    ]
    for name, one in found["training"].items():
        numbers = (one["ms_a_step"], one["ms_waiting_for_the_loader"], f"{one['busy']:.0%}", one["peak_mib"])
        lines.append(f"| {name} | {one['images_per_second']:,.0f} | {' | '.join(map(str, numbers))} |")
    lines += [
        "",
        f"{found['device']}, PyTorch {found['torch'].partition('+')[0]}, one picture at a time, 15 rounds, wall time.",
    ]
    return "\n".join(lines)


PARTS: Mapping[str, Callable[[], str]] = {"compiled": _table, "gpu": _gpu}
