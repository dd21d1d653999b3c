"""From 100 to 100,000 layers, for all sizes, against what PyTorch and its tools need for one size; in one run.

The network is the residual U-Net of `deep.py`, written with blocks and loops and as a flat list of layers. Every peer
is measured beside convdsl in one process, in turn, by the time that a core worked; `--quick` takes few rounds and waits
less for peers. Parts of convdsl's work, all for all sizes at once:

  sizes  the exact sets of accepted sizes, of a built graph with known shapes
  pass   the shapes of every layer of a built graph anew, and the exact sets: the counterpart of a pass over a module
  tree   the graph is built from the parsed text, then the sets: the counterpart of making a module, and a pass
  text   all of the analysis, from the text to its findings (the lints of `check` apart)

The bar of 200 is for `pass` against a pass over a module that is built on the meta device: both begin with a network in
memory and end with every shape, and loading and building is left out on both sides. What it costs is in the lines
`tree` (beside making the module and a pass), `text`, and for whole processes from start to end.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from os import getloadavg
from pathlib import Path

import deep
from _measure import Ratio, Run, environment, interleaved, process, ratio, report

import convdsl

QUICK = "--quick" in sys.argv[1:]
ROUNDS = {100: 5, 1_000: 5, 10_000: 1} if QUICK else {100: 15, 1_000: 9, 10_000: 3, 99_000: 1}
PATIENCE = 60 if QUICK else 120  # seconds for a peer's whole process
PEERS = ("meta", "fake", "torchinfo", "export", "export of all sizes")
PARTS = ("sizes", "pass", "tree", "text")
PAIRS = 3 if QUICK else 5
MANY = 99_000  # a network has at most 100,000 layers
WORDS = {
    "meta": "a pass on the meta device",
    "fake": "a pass of fake tensors",
    "torchinfo": "torchinfo's summary",
    "export": "torch.export",
    "export of all sizes": "torch.export with free sizes",
}


def against(which: str, spec: Path, layers: int) -> tuple[list[str], dict[str, object]]:
    """Measure one peer beside convdsl, in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("_peers.py")), which, str(spec), "Deep"]
    try:
        done = subprocess.run(
            [*command, str(ROUNDS[layers]), str(PATIENCE)],
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env=environment(),
        )
    except subprocess.TimeoutExpired:
        return [f"  {WORDS[which]}: did not finish in {PATIENCE} s"], {"unfinished_after_seconds": PATIENCE}
    except subprocess.CalledProcessError as mistake:
        last = (mistake.stderr.strip().splitlines() or ["nothing was said"])[-1][:100]
        return [f"  {WORDS[which]}: failed: {last}"], {"failed": last}
    found = json.loads(done.stdout)
    theirs, building = found["theirs"], found["building"]
    ratios = {part: ratio([b / a for a, b in zip(found[part], theirs, strict=True)]) for part in PARTS}
    ratios["tree, with making the module"] = ratio(
        [(b + building) / a for a, b in zip(found["tree"], theirs, strict=True)]
    )
    lines = [
        f"  {WORDS[which]}: {statistics.median(theirs) * 1000:,.0f} ms (the module made before in {building:.2f} s)",
        *(f"    {part}: {_ours(found, part)}, times faster {_short(one)}" for part, one in ratios.items()),
    ]
    return lines, {
        "seconds": round(statistics.median(theirs), 5),
        "making_the_module_seconds": round(building, 4),
        "ours_seconds": {part: round(statistics.median(found[part]), 6) for part in PARTS},
        "times_faster": {part: one.json() for part, one in ratios.items()},
    }


def _ours(found: dict[str, list[float]], part: str) -> str:
    return f"{statistics.median(found[part.partition(',')[0]]) * 1000:.2f} ms"


def _short(one: Ratio) -> str:
    return f"{one.median:.0f} ({one.low:.0f} to {one.high:.0f}, n = {one.n})"


def whole(spec: Path, folder: Path) -> tuple[list[str], dict[str, object]]:
    """Measure `convdsl check` against a process that imports PyTorch, makes the module on meta, and runs it once."""
    network = folder / "network.py"
    network.write_text(convdsl.emit(str(spec)))
    check, ask = ("-m", "convdsl", "check", str(spec)), ("benchmarks/_peers.py", "whole", str(network), "Deep")
    runs: dict[str, list[Run]] = {"ours": [], "theirs": []}

    def timed(which: str, *arguments: str) -> float:
        runs[which].append(process(*arguments))
        return runs[which][-1].seconds

    a, b = interleaved(lambda: timed("ours", *check), lambda: timed("theirs", *ask), PAIRS)
    faster = ratio([theirs / ours for ours, theirs in zip(a, b, strict=True)])
    peak = {which: statistics.median(run.mebibytes for run in found) for which, found in runs.items()}
    line = (
        f"  whole process: {statistics.median(a):.2f} s, {peak['ours']:.0f} MiB; with PyTorch "
        f"{statistics.median(b):.2f} s, {peak['theirs']:.0f} MiB; times faster {_short(faster)}"
    )
    return [line], {
        "seconds": {"ours": round(statistics.median(a), 3), "theirs": round(statistics.median(b), 3)},
        "mebibytes": {which: round(value) for which, value in peak.items()},
        "times_faster": faster.json(),
    }


def growth(name: str, small: Path, large: Path) -> tuple[list[str], dict[str, object]]:
    """Measure the large one's whole process, and the time of one of its layers over that of the small one's."""
    check = [process("-m", "convdsl", "check", str(large)) for _ in range(PAIRS)]
    layers = {path: deep.measured(path)[1] for path in (small, large)}
    a, b = interleaved(lambda: deep.measured(large)[0], lambda: deep.measured(small)[0], PAIRS)
    grown = ratio([(p / layers[large]) / (q / layers[small]) for p, q in zip(a, b, strict=True)])
    seconds, peak = statistics.median(run.seconds for run in check), statistics.median(run.mebibytes for run in check)
    return [
        f"{layers[large]:,} layers {name}: whole process {seconds:.2f} s, {peak:.0f} MiB; bar: under 15 s and 1024 MiB",
        f"  time of a layer against {layers[small]:,} layers {grown}; bar: at most 1.3",
    ], {
        "layers": layers[large],
        "process_seconds": round(seconds, 3),
        "process_mebibytes": round(peak, 1),
        "time_of_a_layer": grown.json(),
    }


def commands(spec: Path, layers: int) -> tuple[list[str], dict[str, object]]:
    """Measure what prints something for every layer, once."""
    found = {command: process("-m", "convdsl", command, str(spec)) for command in ("show", "emit", "expand")}
    line = "; ".join(f"{command} {run.seconds:.2f} s, {run.mebibytes:.0f} MiB" for command, run in found.items())
    return [f"{layers:,} layers with blocks and loops: {line}"], {c: round(r.seconds, 3) for c, r in found.items()}


def main() -> None:
    """Measure and report."""
    lines: list[str] = []
    result: dict[str, object] = {"quick": QUICK, "load": round(getloadavg()[0], 1), "side": 256}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        looped = {size: folder / f"looped_{size}.cdsl" for size in (100, 1_000, 10_000, MANY)}
        flat = {size: folder / f"flat_{size}.cdsl" for size in (1_000, 10_000)}
        for written, paths in ((deep.looped, looped), (deep.flat, flat)):
            for size, path in paths.items():
                path.write_text(written(size))
        lost: set[str] = set()
        for layers in ROUNDS:
            lines.append(f"{layers:,} layers with blocks and loops")
            of_size: dict[str, dict[str, object]] = {}
            for peer in (peer for peer in PEERS if peer not in lost):
                said, of_size[peer] = against(peer, looped[layers], layers)
                lines += said
                seconds = of_size[peer].get("seconds")
                if not isinstance(seconds, float) or 10 * seconds > PATIENCE / 2:
                    lost.add(peer)  # ten times as many layers would take longer than there is patience
                    lines.append(f"    {WORDS[peer]} is not asked about larger networks")
            result[str(layers)] = of_size
        parts = {
            "whole_process_1000": whole(looped[1_000], folder),
            "with_blocks_and_loops": growth("with blocks and loops", looped[10_000], looped[MANY]),
            "flat": growth("as flat text", flat[1_000], flat[10_000]),
            "commands_10000": commands(looped[10_000], 10_000),
        }
        for key, (said, numbers) in parts.items():
            lines += said
            result[key] = numbers
    report("scale", lines, result)


if __name__ == "__main__":
    main()
