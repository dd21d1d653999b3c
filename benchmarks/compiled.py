"""What our compiler makes of a spec, against what runs the same network otherwise: results, time, peak memory.

Networks, each with the same weights by four ways (see _rivals.py): ours, the class by hand, an interpreter with a
dictionary, and torch.fx. Ours has to equal the class bit for bit, outputs and gradients, in evaluation and in training
mode. Then, on one thread:

  time    ratios to the class by hand, of the same round, in which each has its turn: forward without gradients, and
          forward and backward; as they are, and under torch.compile, which needs a C++ compiler
  memory  the peak of a forward pass without gradients, each in a process of its own

`--quick` takes few rounds, and leaves torch.compile to the two networks of which it is soon done.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from os import getloadavg
from pathlib import Path

import torch
from _measure import Ratio, environment, in_turn, ratio, report
from _rivals import CASES, RIVALS, Case
from torch import Tensor, nn

QUICK = "--quick" in sys.argv[1:]
ROUNDS = 5 if QUICK else 40
SOON = ("network 6", "200 layers")  # torch.compile takes minutes for the others
GOAL = 1.05  # of the interval's upper end: ours / by hand
HAND = "by hand"
NOISE = 1.0  # MiB by which the same code differs from one process to the next
Work = Callable[[], object]


def forward(network: nn.Module, inputs: tuple[Tensor, ...]) -> Work:
    """Return the work of one pass without gradients, in evaluation mode."""
    network.eval()

    def work() -> object:
        with torch.no_grad():
            return network(*inputs)

    return work


def step(network: nn.Module, inputs: tuple[Tensor, ...]) -> Work:
    """Return the work of one pass forward and backward, in training mode."""
    network.train()

    def work() -> object:
        network.zero_grad()
        network(*inputs).square().mean().backward()
        return None

    return work


MODES: Mapping[str, Callable[[nn.Module, tuple[Tensor, ...]], Work]] = {
    "forward": forward,
    "forward and backward": step,
}


def require_equal(case: Case) -> None:
    """Compare ours with the class bit for bit, in both modes.

    Raises SystemExit where they differ.
    """
    inputs = tuple(torch.cat((x, -x)) for x in case.inputs(case.timed))
    ours, by_hand = case.make("ours"), case.make(HAND)
    for training in (False, True):
        found: list[dict[str, Tensor]] = []  # by name: classes may declare their layers in another order
        for network in (ours, by_hand):
            torch.manual_seed(1)  # dropout draws
            network.train(training).zero_grad()
            y = network(*(x.clone() for x in inputs))
            y.square().mean().backward()
            found.append({"": y, **{key: w.grad for key, w in network.named_parameters() if w.grad is not None}})
        a, b = found
        if a.keys() != b.keys() or not all(torch.equal(a[key], b[key]) for key in a):
            raise SystemExit("outputs or gradients differ")


def times(case: Case, mode: str, compiled: bool) -> dict[str, Ratio]:
    """Return each rival's time as a ratio to the class by hand."""
    inputs = case.inputs(case.timed)
    work: dict[str, Work] = {}
    for rival in RIVALS:
        network = case.make(rival)
        if compiled:
            torch._dynamo.reset()
            network = torch.compile(network)
        work[rival] = MODES[mode](network, inputs)
        work[rival]()
        work[rival]()
    spent = in_turn(work, ROUNDS)
    return {
        rival: ratio([a / b for a, b in zip(spent[rival], spent[HAND], strict=True)])
        for rival in RIVALS
        if rival != HAND
    }


def attempt(name: str, mode: str, compiled: bool) -> dict[str, Ratio] | str:
    """Return the ratios, or why there are none."""
    if compiled and QUICK and name not in SOON:
        return "left out by --quick"
    try:
        return times(CASES[name], mode, compiled)
    except (RuntimeError, torch._dynamo.exc.TorchDynamoException) as error:
        if not compiled:
            raise
        return f"did not run: {type(error).__name__}: {str(error).strip().splitlines()[0][:100]}"


def grown(name: str, rival: str) -> float:
    """Return by how many MiB one forward pass without gradients raises the peak memory of this process."""
    torch.set_num_threads(1)
    case = CASES[name]
    network = case.make(rival).eval()
    inputs = case.inputs(case.measured // 2 if QUICK else case.measured)
    with torch.no_grad():
        network(*case.inputs(64 if name != "pix2pix" else 256))  # what the first pass of any network loads
        Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
        before = peak()
        network(*inputs)
    return peak() - before


def peak() -> float:
    """Return the peak memory of this process in MiB; `ru_maxrss` would begin with that of its parent."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def grown_elsewhere(name: str, rival: str) -> float:
    """Do the same in a process of its own."""
    command = [sys.executable, __file__, "--memory", name, rival, *(["--quick"] if QUICK else [])]
    # large tensors go back to the machine when they die, so that the peak is theirs and not the allocator's
    settings = {**environment(), "MALLOC_MMAP_THRESHOLD_": "65536"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=settings)
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measure and report."""
    torch.set_num_threads(1)
    start, load = time.perf_counter(), getloadavg()[0]
    lines = [f"ratios to the class by hand, one thread, {ROUNDS} rounds; load of the machine at the start {load:.1f}"]
    results: dict[str, object] = {}
    missed: list[str] = []
    for name, case in CASES.items():
        require_equal(case)
        lines.append(f"{name}: outputs and gradients bitwise equal to the class by hand")
        kept: dict[str, object] = {"bitwise_equal": True}
        for compiled in (False, True):
            for mode in MODES:
                what = f"{mode}, {'torch.compile' if compiled else 'eager'}"
                found = attempt(name, mode, compiled)
                if isinstance(found, str):
                    lines.append(f"  {what}: {found}")
                    kept[what] = found
                    continue
                lines += [f"  {what}: {rival} {one}" for rival, one in found.items()]
                kept[what] = {rival: one.json() for rival, one in found.items()}
                if found["ours"].high >= GOAL:
                    missed.append(f"{name}, {what}: {found['ours']}")
        memory = {rival: grown_elsewhere(name, rival) for rival in RIVALS}
        lines.append("  peak memory: " + ", ".join(f"{rival} {size:.0f} MiB" for rival, size in memory.items()))
        if memory["ours"] > min(memory.values()) + NOISE:
            missed.append(f"{name}: peak memory {memory['ours']:.0f} MiB, the least is {min(memory.values()):.0f} MiB")
        kept["memory_mib"] = {rival: round(size, 1) for rival, size in memory.items()}
        results[name] = kept
    lines += [f"goal missed: {one}" for one in missed] or ["every goal is met: below 1.05 in time, the least in memory"]
    lines.append(f"{time.perf_counter() - start:.0f} s")
    facts = {"torch": torch.__version__, "threads": 1, "quick": QUICK, "load": round(load, 1), "rounds": ROUNDS}
    report("compiled", lines, {**facts, "networks": results, "missed": missed})


if __name__ == "__main__":
    if "--memory" in sys.argv:
        at = sys.argv.index("--memory")
        print(grown(sys.argv[at + 1], sys.argv[at + 2]))
    else:
        main()
