"""The networks of compiled.py on a GPU, one picture at a time: what gpu.py says of `networks`."""

import time
from collections.abc import Callable, Iterator, Mapping

import torch
from _measure import Ratio, ratio
from _rivals import CASES, Case
from torch import Tensor, nn

RIVALS = ("ours", "by hand", "torch.fx")
COMPILED = ("network 6", "200 layers")  # torch.compile takes minutes for the others
Work = Callable[[], object]
Results = dict[str, object]


def synchronize(device: torch.device) -> None:
    """Wait until the device has done all that it was asked for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def pass_of(network: nn.Module, call: Callable[..., Tensor], inputs: tuple[Tensor, ...], training: bool) -> Work:
    """Return one pass forward in evaluation mode without gradients, or forward and backward in training mode."""
    network.train(training)

    def forward() -> object:
        with torch.no_grad():
            return call(*inputs)

    def step() -> object:
        for parameter in network.parameters():
            parameter.grad = None
        call(*inputs).square().mean().backward()
        return None

    return step if training else forward


def captured(work: Work) -> Work:
    """Return the replay of a CUDA graph of the work, which it keeps: a graph does not own the weights that it reads."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()

    def replay() -> object:
        graph.replay()
        return work

    return replay


def ratios(work: Mapping[str, Work], device: torch.device, rounds: int) -> dict[str, Ratio]:
    """Time each in turn, which goes first changing, in stretches of some hundredths of a second of wall time."""

    def stretch(one: Work, calls: int) -> float:
        synchronize(device)
        start = time.perf_counter()
        for _ in range(calls):
            one()
        synchronize(device)
        return (time.perf_counter() - start) / calls

    names = list(work)
    for one in work.values():
        stretch(one, 3)
    calls = max(1, round(0.02 / stretch(work["by hand"], 3)))
    spent: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        at = turn % len(names)
        for name in names[at:] + names[:at]:
            spent[name].append(stretch(work[name], calls))
    return {
        name: ratio([a / b for a, b in zip(spent[name], spent["by hand"], strict=True)])
        for name in names
        if name != "by hand"
    }


def compare(name: str, case: Case, way: str, training: bool, device: torch.device, rounds: int) -> Results | str:
    """Measure one network in one way; or say why it cannot be."""
    inputs = tuple(x.to(device) for x in case.inputs(case.timed))
    work: dict[str, Work] = {}
    rivals = RIVALS[:2] if way == "torch.compile" else RIVALS
    try:
        for rival in rivals:
            network = case.make(rival).to(device)
            call = torch.compile(network, dynamic=False) if way == "torch.compile" else network
            one = pass_of(network, call, inputs, training)
            one()
            work[rival] = captured(one) if way == "CUDA graphs" else one
        return {**ratios(work, device, rounds)}
    except Exception as error:  # one way that fails must not cost the others
        return f"did not run ({rival}): {type(error).__name__}: {str(error).strip().splitlines()[:1]}"


def networks(device: torch.device, seconds: float, quick: bool, only: str = "") -> Iterator[tuple[str, object]]:
    """Give what is found, one network and way after another; only: those whose `network, way` holds this."""
    end = time.perf_counter() + seconds
    ways = ["eager", "CUDA graphs"] if device.type == "cuda" else ["eager"]
    plan = [(name, way) for way in ways for name in CASES] + [(name, "torch.compile") for name in COMPILED]
    plan += [(name, "torch.compile") for name in CASES if only and name not in COMPILED]
    for name, way in plan if not quick else [("network 6", "eager"), ("200 layers", "eager")]:
        if only not in f"{name}, {way}":
            continue
        for training in (False, True):
            if time.perf_counter() > end:
                yield f"{name}, {way}", "left out: no time left"
                break
            what = f"{name}, {way}, {'forward and backward' if training else 'forward'}"
            yield what, compare(name, CASES[name], way, training, device, 3 if quick else 15)
