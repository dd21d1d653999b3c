"""`convdsl check` of network 6 as a whole process, against a process that prints torchinfo's summary of it.

The one proves all sizes from the spec; the other imports PyTorch and runs the network at one size.
"""

import statistics
import tempfile
from pathlib import Path

from _measure import Run, interleaved, process, ratio, report

import convdsl

SPEC = "specs/seed/network6.cdsl"
PAIRS = 20


def main() -> None:
    """Measure and report."""
    runs: dict[str, list[Run]] = {"ours": [], "theirs": []}

    def timed(which: str, *arguments: str) -> float:
        runs[which].append(process(*arguments))
        return runs[which][-1].seconds

    with tempfile.TemporaryDirectory() as folder:
        network = Path(folder) / "network6.py"
        network.write_text(convdsl.emit(SPEC))
        ours = ("-m", "convdsl", "check", SPEC)
        theirs = ("benchmarks/_torchinfo.py", str(network))
        process(*ours)  # both once before, so that files are in memory
        process(*theirs)
        interleaved(lambda: timed("ours", *ours), lambda: timed("theirs", *theirs), PAIRS)
    faster = ratio([b.seconds / a.seconds for a, b in zip(runs["ours"], runs["theirs"], strict=True)])
    lighter = ratio([b.busy / a.busy for a, b in zip(runs["ours"], runs["theirs"], strict=True)])
    smaller = ratio([b.mebibytes / a.mebibytes for a, b in zip(runs["ours"], runs["theirs"], strict=True)])
    middle = {
        which: (statistics.median(r.seconds for r in found), statistics.median(r.mebibytes for r in found))
        for which, found in runs.items()
    }
    report(
        "check",
        [
            f"check: {middle['ours'][0] * 1000:.0f} ms, {middle['ours'][1]:.0f} MiB; "
            f"torchinfo: {middle['theirs'][0] * 1000:.0f} ms, {middle['theirs'][1]:.0f} MiB",
            f"times faster {faster}; goal at least 15",
            f"times less work of the cores {lighter}",
            f"times less memory {smaller}; goal at least 8",
        ],
        {
            "spec": SPEC,
            "seconds": {which: round(value[0], 4) for which, value in middle.items()},
            "mebibytes": {which: round(value[1], 1) for which, value in middle.items()},
            "times_faster": faster.json(),
            "times_less_work": lighter.json(),
            "times_less_memory": smaller.json(),
        },
    )


if __name__ == "__main__":
    main()
