"""Interleaved ratios with intervals, processes with their peak memory, and results as JSON without dates."""

import gc
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of ratios, with the 95 % interval that resampling gives it."""

    median: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.median:.3f} (95 % interval {self.low:.3f} to {self.high:.3f}, n = {self.n})"

    def json(self) -> dict[str, float]:
        """Return plain data."""
        return {"median": round(self.median, 4), "low": round(self.low, 4), "high": round(self.high, 4), "n": self.n}


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds from start to end, those in which a core worked for it, and its peak memory in MiB."""

    seconds: float
    busy: float
    mebibytes: float


def ratio(values: Sequence[float], samples: int = 4000) -> Ratio:
    """Return the median of ratios and its 95 % percentile-bootstrap interval."""
    draw = random.Random(0)
    medians = sorted(statistics.median(draw.choices(values, k=len(values))) for _ in range(samples))
    return Ratio(
        statistics.median(values), medians[int(0.025 * samples)], medians[int(0.975 * samples) - 1], len(values)
    )


def interleaved(ours: Callable[[], float], theirs: Callable[[], float], n: int) -> tuple[list[float], list[float]]:
    """Measure two things n times in turn, which goes first alternating, so that a busy moment meets both."""
    a: list[float] = []
    b: list[float] = []
    for turn in range(n):
        if turn % 2:
            b.append(theirs())
            a.append(ours())
        else:
            a.append(ours())
            b.append(theirs())
    return a, b


def in_turn(work: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Time the work of several things in rounds, each once a round, which goes first changing from round to round."""
    names = list(work)
    out: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        at = turn % len(names)
        for name in names[at:] + names[:at]:
            out[name].append(worked(work[name]))
    return out


def worked(work: Callable[[], object], least: float = 0.03) -> float:
    """Return the seconds that a core works for one call: the mean of as many calls as take some hundredths of one.

    Unlike the time from start to end it leaves out when the core worked for others, and what was measured before is
    cleared away first, not while this runs.
    """
    gc.collect()
    start, calls, spent = time.process_time(), 0, 0.0
    while spent < least:
        work()
        calls += 1
        spent = time.process_time() - start
    return spent / calls


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def process(*arguments: str, expect: int = 0) -> Run:
    """Run Python with these arguments from the project's root, to its end.

    Raises RuntimeError where it exits with anything but `expect`.
    """
    start = time.perf_counter()
    child = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, env=environment())
    _, status, usage = os.wait4(child.pid, 0)
    elapsed = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != expect:
        raise RuntimeError(f"{' '.join(arguments)} exited with {child.returncode}")
    unit = 2**20 if sys.platform == "darwin" else 2**10  # ru_maxrss counts bytes there, KiB elsewhere
    return Run(elapsed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def environment() -> dict[str, str]:
    """Return the environment of a measured process: Python may keep its bytecode, as it does of what pip installs."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def machine() -> dict[str, object]:
    """Describe the machine in words that tell nothing else."""
    words = next(
        (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), "an unknown processor"
    )
    version = ".".join(map(str, sys.version_info[:3]))
    return {"cores": len(os.sched_getaffinity(0)), "processor": words, "python": version}


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def report(name: str, lines: Sequence[str], result: dict[str, object]) -> None:
    """Print a benchmark's lines and keep its numbers under benchmarks/results/."""
    for line in lines:
        print(f"  {line}", flush=True)
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine(), **result}, indent=2)
    (RESULTS / f"{name}.json").write_text(text + "\n")
