"""What our compiler makes of a spec, against what runs the same network otherwise: results, time, peak memory.

Networks, each with the same weights by four ways (see _rivals.py): ours, the class by hand, an interpreter with a
dictionary, and torch.fx. Ours has to equal the class bit for bit, outputs and gradients, in evaluation and in training
mode. Then, on one thread:

  time    ratios to the class by hand, of the same round, in which each has its turn: forward without gradients, and
          forward and backward; as they are, and under torch.compile, which needs a C++ compiler
  memory  the peak of a forward pass without gradients, each in a process of its own

Under torch.compile the interpreter and torch.fx are measured in the two networks of which it is soon done; in the large
ones ours and the class by hand alone, for each takes a minute to be compiled.

    python benchmarks/compiled.py [--quick] [--rounds N] [NETWORK …]

`--quick` takes few rounds, and leaves torch.compile to those two networks. What is measured replaces what
results/compiled.json says of these networks; it is written after each.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from os import getloadavg
from pathlib import Path

import torch
from _measure import RESULTS, Ratio, environment, in_turn, ratio, report
from _rivals import CASES, RIVALS, Case
from torch import Tensor, nn

QUICK_ROUNDS, ROUNDS = 5, 40
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


def times(case: Case, mode: str, compiled: bool, rivals: Sequence[str], rounds: int) -> dict[str, Ratio]:
    """Return each rival's time as a ratio to the class by hand."""
    inputs = case.inputs(case.timed)
    work: dict[str, Work] = {}
    for rival in rivals:
        network = case.make(rival)
        if compiled:
            torch._dynamo.reset()
            network = torch.compile(network)
        work[rival] = MODES[mode](network, inputs)
        work[rival]()
        work[rival]()
    spent = in_turn(work, rounds)
    return {
        rival: ratio([a / b for a, b in zip(spent[rival], spent[HAND], strict=True)])
        for rival in rivals
        if rival != HAND
    }


def attempt(name: str, mode: str, compiled: bool, rounds: int, quick: bool) -> dict[str, Ratio] | str:
    """Return the ratios, or why there are none."""
    if compiled and quick and name not in SOON:
        return "left out by --quick"
    rivals = ("ours", HAND) if compiled and name not in SOON else RIVALS
    try:
        return times(CASES[name], mode, compiled, rivals, rounds)
    except (RuntimeError, torch._dynamo.exc.TorchDynamoException) as error:
        if not compiled:
            raise
        return f"did not run: {type(error).__name__}: {str(error).strip().splitlines()[0][:100]}"


def measure(name: str, rounds: int, quick: bool) -> tuple[list[str], dict[str, object]]:
    """Measure one network; return what is said of it, and the same as data, with the goals that it missed."""
    start, load = time.perf_counter(), getloadavg()[0]
    require_equal(CASES[name])
    lines = [f"{name}: outputs and gradients bitwise equal to the class by hand"]
    kept: dict[str, object] = {"bitwise_equal": True, "rounds": rounds, "load": round(load, 1)}
    missed: list[str] = []
    for compiled in (False, True):
        for mode in MODES:
            what = f"{mode}, {'torch.compile' if compiled else 'eager'}"
            found = attempt(name, mode, compiled, rounds, quick)
            if isinstance(found, str):
                lines.append(f"  {what}: {found}")
                kept[what] = found
                continue
            lines += [f"  {what}: {rival} {one}" for rival, one in found.items()]
            kept[what] = {rival: one.json() for rival, one in found.items()}
            if found["ours"].high >= GOAL:
                missed.append(f"{name}, {what}: {found['ours']}")
    memory = {rival: grown_elsewhere(name, rival, quick) for rival in RIVALS}
    lines.append("  peak memory: " + ", ".join(f"{rival} {size:.0f} MiB" for rival, size in memory.items()))
    if memory["ours"] > min(memory.values()) + NOISE:
        missed.append(f"{name}: peak memory {memory['ours']:.0f} MiB, the least is {min(memory.values()):.0f} MiB")
    kept["memory_mib"] = {rival: round(size, 1) for rival, size in memory.items()}
    lines += [f"  goal missed: {one}" for one in missed] or ["  every goal is met"]
    lines.append(f"  {time.perf_counter() - start:.0f} s, load of the machine at the start {load:.1f}")
    return lines, {**kept, "missed": missed}


def grown(name: str, rival: str, quick: bool) -> float:
    """Return by how many MiB one forward pass without gradients raises the peak memory of this process."""
    torch.set_num_threads(1)
    case = CASES[name]
    network = case.make(rival).eval()
    inputs = case.inputs(case.measured // 2 if quick else case.measured)
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


def grown_elsewhere(name: str, rival: str, quick: bool) -> float:
    """Do the same in a process of its own."""
    command = [sys.executable, __file__, name, "--memory", rival, *(["--quick"] if quick else [])]
    # large tensors go back to the machine when they die, so that the peak is theirs and not the allocator's
    settings = {**environment(), "MALLOC_MMAP_THRESHOLD_": "65536"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=settings)
    return float(done.stdout.split()[-1])


def kept_before() -> dict[str, object]:
    """Return what the last run has left of networks that are still measured."""
    path = RESULTS / "compiled.json"
    known = json.loads(path.read_text("utf-8"))["networks"] if path.exists() else {}
    return {name: found for name, found in known.items() if name in CASES}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description="What our compiler makes of a spec, against what runs it otherwise.")
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=", ".join(CASES))
    parser.add_argument("--quick", action="store_true", help="few rounds, torch.compile for two networks only")
    parser.add_argument("--rounds", type=int, help=f"{ROUNDS}, with --quick {QUICK_ROUNDS}, unless given")
    parser.add_argument("--memory", metavar="RIVAL", choices=RIVALS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    unknown = [name for name in args.networks if name not in CASES]
    if unknown:
        parser.error(f"there is no network {unknown[0]!r}: {', '.join(CASES)}")
    if args.memory:
        print(grown(args.networks[0], args.memory, args.quick))
        return
    torch.set_num_threads(1)
    rounds = args.rounds or (QUICK_ROUNDS if args.quick else ROUNDS)
    results = kept_before()
    print(f"  ratios to the class by hand, one thread, {rounds} rounds", flush=True)
    for name in args.networks or CASES:
        lines, results[name] = measure(name, rounds, args.quick)
        ordered = {known: results[known] for known in CASES if known in results}
        report("compiled", lines, {"torch": torch.__version__, "threads": 1, "networks": ordered})


if __name__ == "__main__":
    main()
