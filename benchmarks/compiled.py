"""Network 6, compiled from its spec, against the class that its author wrote by hand: results, time, memory.

Outputs and gradients have to be equal bit for bit; then ratios of time, interleaved in one run, and of peak memory of
a forward pass without gradients at 2048 x 2048, each in a process of its own.
"""

import resource
import subprocess
import sys

import torch
from _measure import ROOT, interleaved, ratio, report, seconds
from _network6 import ByHand
from torch import Tensor, nn

import convdsl

PAIRS = 40
MEMORY_SIZE = 2048


def networks() -> tuple[nn.Module, nn.Module]:
    """Return the compiled network and the one by hand, with the same weights."""
    torch.manual_seed(0)
    by_hand = ByHand()
    ours = convdsl.build(ROOT / "specs" / "seed" / "network6.cdsl")
    ours.load_state_dict(by_hand.state_dict(), strict=True)
    return ours, by_hand


def forward(network: nn.Module, x: Tensor) -> Tensor:
    """Compute without gradients."""
    with torch.no_grad():
        y = network(x)
    assert isinstance(y, Tensor)
    return y


def step(network: nn.Module, x: Tensor) -> list[Tensor]:
    """Compute forward and backward; the output and all gradients."""
    network.zero_grad()
    y = network(x)
    y.square().mean().backward()
    return [y, *(weight.grad for weight in network.parameters() if weight.grad is not None)]


def require_equal(ours: nn.Module, by_hand: nn.Module) -> None:
    """Compare bit for bit in both modes.

    Raises SystemExit where they differ.
    """
    x = torch.rand(2, 1, 128, 128) * 100
    for training in (False, True):
        pairs = zip(step(ours.train(training), x), step(by_hand.train(training), x), strict=True)
        if not all(torch.equal(a, b) for a, b in pairs):
            raise SystemExit("outputs or gradients differ")
    if not torch.equal(forward(ours.eval(), x), forward(by_hand.eval(), x)):
        raise SystemExit("outputs differ")


def grown(which: str) -> float:
    """Return by how many MiB one forward pass raises the peak memory of this process."""
    torch.set_num_threads(1)
    ours, by_hand = networks()
    network = (ours if which == "ours" else by_hand).eval()
    x = torch.rand(1, 1, MEMORY_SIZE, MEMORY_SIZE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    forward(network, x)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def grown_elsewhere(which: str) -> float:
    """Do the same in a process of its own."""
    command = [sys.executable, __file__, which]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Measure and report."""
    ours, by_hand = networks()
    require_equal(ours, by_hand)
    x = torch.rand(1, 1, 256, 256) * 100
    ours.eval()
    by_hand.eval()
    for network in (ours, by_hand):
        for _ in range(3):
            forward(network, x)
    a, b = interleaved(lambda: seconds(lambda: forward(ours, x)), lambda: seconds(lambda: forward(by_hand, x)), PAIRS)
    once = ratio([p / q for p, q in zip(a, b, strict=True)])
    ours.train()
    by_hand.train()
    for network in (ours, by_hand):
        step(network, x)
    a, b = interleaved(lambda: seconds(lambda: step(ours, x)), lambda: seconds(lambda: step(by_hand, x)), PAIRS)
    both = ratio([p / q for p, q in zip(a, b, strict=True)])
    memory = {which: grown_elsewhere(which) for which in ("ours", "by hand")}
    share = memory["ours"] / memory["by hand"]
    report(
        "compiled",
        [
            "network 6 compiled / by hand: outputs and gradients bitwise equal",
            f"time, forward {once}; goal below 1.05",
            f"time, forward and backward {both}; goal below 1.05",
            f"peak memory of a forward pass at {MEMORY_SIZE}^2: {memory['ours']:.0f} MiB / {memory['by hand']:.0f} MiB "
            f"= {share:.2f}; goal at most 0.7",
        ],
        {
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "bitwise_equal": True,
            "forward": once.json(),
            "forward_and_backward": both.json(),
            "memory_mib": {key: round(value) for key, value in memory.items()},
            "memory_ratio": round(share, 3),
        },
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(grown(sys.argv[1]))
    else:
        main()
