"""The linter's cost: all rules against the analysis that they stand on, and a whole `check` above Python's own start.

Both are measured in turn, beside each other: the rules of networks of 10,000 layers against their analysis from the
text, in one process; `convdsl check` of one of 300 layers against a process that starts Python and ends. What counts is
the time that a core worked, which a busy machine stretches less.
"""

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import deep
from _measure import interleaved, process, ratio, report

from convdsl.lint.catalogue import rules
from convdsl.lint.run import findings
from convdsl.pipeline import Analysis, analyze, collector_paused
from convdsl.review import subject_of
from convdsl.source import Source

QUICK = "--quick" in sys.argv[1:]
TURNS = 3 if QUICK else 9
PAIRS = 9 if QUICK else 31
DEAREST = 5  # rules that are named


def judge(analysis: Analysis) -> None:
    """Run every rule, with nothing worked out before."""
    subject = subject_of(analysis)
    assert subject is not None
    with collector_paused():
        findings(subject, rules())


def shares(analysis: Analysis) -> list[tuple[float, str]]:
    """Return the milliseconds of each rule on the whole network, without leaving turns out first, the dearest first.

    What several ask counts for the first that asks.
    """
    subject = subject_of(analysis)
    assert subject is not None
    out = []
    for rule in rules():
        start = time.process_time()
        list(rule.check(subject))
        out.append(((time.process_time() - start) * 1000, rule.code.name))
    return sorted(out, reverse=True)


def against_analysis(kind: str, text: str) -> tuple[list[str], dict[str, object]]:
    """Measure the rules over the analysis, of a network of 10,000 layers."""
    source = Source("deep.cdsl", text)
    analysis = analyze(source)
    assert analysis.graph is not None and analysis.layers_known, analysis.diagnostics
    judge(analysis)
    gc.collect()
    ours, theirs = interleaved(_timed(lambda: judge(analysis)), _timed(lambda: analyze(source)), TURNS)
    cost = ratio([a / b for a, b in zip(ours, theirs, strict=True)])
    layers = sum(node.op is not None for node in analysis.graph.nodes)
    dearest = shares(analysis)[:DEAREST]
    return [
        f"{layers:,} layers {kind}: {len(rules())} rules {statistics.median(ours) * 1000:.0f} ms, "
        f"analysis {statistics.median(theirs) * 1000:.0f} ms",
        f"  rules over analysis {cost}; goal under 1",
        "  dearest on the whole network: " + ", ".join(f"{name} {ms:.0f} ms" for ms, name in dearest),
    ], {
        "layers": layers,
        "rules": len(rules()),
        "rules_seconds": round(statistics.median(ours), 4),
        "analysis_seconds": round(statistics.median(theirs), 4),
        "rules_over_analysis": cost.json(),
        "dearest_on_the_whole_network_milliseconds": {name: round(ms, 1) for ms, name in dearest},
    }


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def worked() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return worked


def whole(folder: Path) -> tuple[list[str], dict[str, object]]:
    """Measure `check` of 300 layers as a process, above a process that does nothing."""
    spec = folder / "deep_300.cdsl"
    spec.write_text(deep.looped(300))
    check, nothing = ("-m", "convdsl", "check", str(spec)), ("-c", "pass")
    process(*check)
    process(*nothing)
    ours, start = interleaved(lambda: process(*check).busy, lambda: process(*nothing).busy, PAIRS)
    above = ratio([(a - b) * 1000 for a, b in zip(ours, start, strict=True)])
    return [
        f"300 layers: work of the whole process {statistics.median(ours) * 1000:.0f} ms, Python's start "
        f"{statistics.median(start) * 1000:.0f} ms",
        f"  milliseconds above it {above}; goal under 150",
    ], {
        "process_busy_seconds": round(statistics.median(ours), 4),
        "start_busy_seconds": round(statistics.median(start), 4),
        "milliseconds_above_start": above.json(),
    }


def main() -> None:
    """Measure and report."""
    lines: list[str] = []
    result: dict[str, object] = {}
    looped = deep.looped(10_000)
    networks = {
        "with blocks and loops": looped,
        "flat": deep.flat(10_000),
        "with two findings in every block": looped.replace("bias=false", "bias=true"),
        "without shortcuts around blocks": looped.replace("main + x -> ReLU()", "ReLU()"),
    }
    for kind, text in networks.items():
        said, result[kind] = against_analysis(kind, text)
        lines += said
    with tempfile.TemporaryDirectory() as name:
        said, result["whole_process_300"] = whole(Path(name))
        lines += said
    report("lint", lines, result)


if __name__ == "__main__":
    main()
