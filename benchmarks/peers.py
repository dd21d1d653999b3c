"""How torchview, torchlens, visualtorch and convdsl draw U-Net and ResNet-18: pictures, time and memory; `make peers`.

Each drawing is a process of its own, and the tools take turns. Measured are the whole process, from the start of Python
with all that is imported, and the drawing alone (`_drawn.py` says what that is), both from start to end and by the
seconds for which a core worked, children (Graphviz) included; memory is the peak of the process, or of a larger child.
Medians of all rounds. The others' pictures go to docs/images/peers/; ours are made by `make readme`, and are not kept.
"""

import importlib.util
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from _drawn import NETWORKS, TOOLS
from _measure import ROOT, environment, report

ROUNDS = 3
IMAGES = ROOT / "docs" / "images" / "peers"
OTHERS = tuple(tool for tool in TOOLS if not tool.startswith("convdsl"))


def drawn(tool: str, name: str, to: Path) -> dict[str, float]:
    """Have a process draw, and return what the whole of it and the drawing alone took."""
    start = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, str(ROOT / "benchmarks" / "_drawn.py"), tool, name, str(to)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env=environment(),
    )
    assert child.stdout is not None
    said = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    whole = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{tool} did not draw {name}")
    alone = json.loads(said.splitlines()[-1])
    return {
        "whole_seconds": whole,
        "whole_busy": usage.ru_utime + usage.ru_stime,
        "drawing_seconds": alone["seconds"],
        "drawing_busy": alone["busy"],
        "mebibytes": usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10),
    }


def graphviz() -> str:
    """Return the version of the Graphviz that lays out for torchview and torchlens."""
    said = subprocess.run(["dot", "-V"], capture_output=True, text=True, check=True).stderr
    return re.findall(r"[\d.]+", said)[0]


def keep(folder: Path) -> None:
    """Put the others' pictures where the page shows them."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.suffix in (".svg", ".png") and not path.name.startswith("convdsl"):
            shutil.copyfile(path, IMAGES / path.name)


def main() -> None:
    """Measure, keep the pictures and the numbers."""
    missing = [tool for tool in OTHERS if importlib.util.find_spec(tool) is None]
    missing += [] if shutil.which("dot") else ["Graphviz"]
    if missing:
        print(f"  not measured, for there is no {missing[0]} here: `make peers`")
        return
    runs: dict[tuple[str, str], list[dict[str, float]]] = {}
    cases = [(name, tool) for name in NETWORKS for tool in TOOLS]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for turn in range(-1, ROUNDS):  # the first round is not counted: it brings files into memory
            for at in range(len(cases)):
                name, tool = cases[(at + turn) % len(cases)]
                suffix = ".png" if tool == "visualtorch" else ".svg"
                run = drawn(tool, name, folder / f"{tool.replace(' ', '-')}-{name}{suffix}")
                if turn >= 0:
                    runs.setdefault((name, tool), []).append(run)
        keep(folder)
    found: dict[str, dict[str, dict[str, float]]] = {name: {} for name in NETWORKS}
    for (name, tool), each in runs.items():
        found[name][tool] = {key: round(statistics.median(run[key] for run in each), 3) for key in each[0]}
    lines = [
        f"{name}, {tool}: whole {one['whole_seconds']:.2f} s, {one['mebibytes']:.0f} MiB; "
        f"drawing {one['drawing_seconds']:.2f} s"
        for name, tools in found.items()
        for tool, one in tools.items()
    ]
    versions = {tool: version(tool) for tool in (*OTHERS, "torch")} | {"graphviz": graphviz()}
    report(
        "peers",
        lines,
        {
            "system": platform.system(),
            "load": round(os.getloadavg()[0], 1),
            "rounds": ROUNDS,
            "versions": versions,
            "sizes": {name: list(NETWORKS[name][2]) for name in NETWORKS},
            "networks": found,
        },
    )


if __name__ == "__main__":
    main()
