"""How long a picture takes: ours, Graphviz's and torchview's of one network, in one run.

The network is a U of 1,000 layers with 100 nested skips, each layer a card of its own. Ours is the layout and the SVG,
from a checked network in memory. Graphviz lays out the same cards and links, from DOT text; it has no bound of its own,
so it gets PATIENCE seconds and the ratio is a lower bound where it does not finish. torchview, where it is installed,
traces the module that `convdsl.build` makes, on the meta device, and writes DOT text, which nobody has laid out yet.
Besides: the process that draws 10,000 layers, from the spec's text to the SVG, and the HTML of 100 layers.
"""

import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from os import getloadavg
from pathlib import Path
from statistics import median

from _measure import Run, interleaved, process, ratio, report, worked

import convdsl
from convdsl.drawing import drawn
from convdsl.graphviz_program import found
from convdsl.render.draw import draw
from convdsl.render.facts import Network
from convdsl.render.wish import Wish
from convdsl.view import network_of

QUICK = "--quick" in sys.argv[1:]
PATIENCE = 20 if QUICK else 120  # seconds for Graphviz
ROUNDS = 3 if QUICK else 9
TRACE = """import sys; sys.path.insert(0, {folder!r})
import net
from torchview import draw_graph
text = draw_graph(net.U(), input_size=(1, 8, 16, 16), device="meta").visual_graph.source
"""
UNFOLDED = Wish(folded=False)


def nested(levels: int, each: int) -> str:
    """Write a U: `levels` skips, one inside another, and 2 * levels * each layers (and one)."""
    lines = ["convdsl 1", "model U {", "  input x: [N, 8, H, W]"]
    for level in range(levels):
        lines += ["  Conv2d(8, 3, padding=1)"] * (each - 1) + [f"  e{level} = Conv2d(8, 3, padding=1)"]
    for level in reversed(range(levels)):
        lines += ["  Conv2d(8, 3, padding=1)"] * (each - 3) + [f"  u{level} = Conv2d(8, 3, padding=1)"]
        lines += [f"  Concat(u{level}, e{level})", "  Conv2d(8, 1)"]
    return "\n".join([*lines, "  y = Conv2d(8, 3, padding=1)", "  output y: [N, 8, H, W]", "}", ""])


def ours(network: Network) -> object:
    """Lay the network out and write it as SVG, as `convdsl draw` does."""
    return drawn(network, "svg", "graph", "light", UNFOLDED)


def against_graphviz(network: Network) -> tuple[list[str], dict[str, object]]:
    """Lay the same cards out by Graphviz, as far as it gets."""
    program = found()
    if program is None:
        return ["Graphviz: not on this machine"], {}
    text = str(draw(network, "dot", UNFOLDED)).encode()
    start = time.perf_counter()
    try:
        subprocess.run([program.path, "-Tsvg"], input=text, capture_output=True, timeout=PATIENCE, check=True)
        theirs, words = time.perf_counter() - start, ""
    except subprocess.TimeoutExpired:
        theirs, words = float(PATIENCE), "at least "
    start = time.perf_counter()
    ours(network)
    took = time.perf_counter() - start
    how = f"did not finish in {PATIENCE} s" if words else f"{theirs:.1f} s"
    line = f"Graphviz: {how}; ours, measured as it is: {1000 * took:.0f} ms, {words}{theirs / took:.0f} times as fast"
    return [line], {"seconds": round(theirs, 2), "finished": not words, "times_faster": round(theirs / took, 1)}


def against_torchview(text: str, network: Network) -> tuple[list[str], dict[str, object]]:
    """Have torchview write DOT text of the same network, in turn with our SVG."""
    if importlib.util.find_spec("torchview") is None:
        return ["torchview: not installed here"], {}
    theirs = tracer(text)
    theirs()
    mine, others = interleaved(lambda: worked(lambda: ours(network)), lambda: worked(theirs), ROUNDS)
    times = ratio([b / a for a, b in zip(mine, others, strict=True)])
    line = f"torchview's DOT text alone: {1000 * median(others):,.0f} ms; our SVG is {times} times as fast"
    return [line], {"seconds": round(median(others), 4), "times_faster": times.json()}


def tracer(text: str) -> Callable[[], object]:
    """Return what has torchview trace the network and write DOT text."""
    from torchview import draw_graph

    module = convdsl.build(text)
    return lambda: draw_graph(module, input_size=(1, 8, 16, 16), device="meta").visual_graph.source


def processes(text: str) -> tuple[list[str], dict[str, object]]:
    """Compare whole processes: from the spec to the SVG, and from the module's source to torchview's DOT text."""
    if importlib.util.find_spec("torchview") is None:
        return [], {}
    with tempfile.TemporaryDirectory() as folder:
        spec, module = Path(folder, "net.cdsl"), Path(folder, "net.py")
        spec.write_text(text, "utf-8")
        convdsl.emit(str(spec), module)
        program = TRACE.format(folder=folder)
        pairs = [(drawing(spec), process("-c", program)) for _ in range(ROUNDS // 3 + 1)]
    times = ratio([theirs.busy / mine.busy for mine, theirs in pairs])
    mine, theirs = (median(run.busy for run in runs) for runs in zip(*pairs, strict=True))
    line = f"whole processes: torchview's {theirs:.2f} s of a core, ours {mine:.2f} s: {times} times as fast"
    return [line], {"seconds": round(theirs, 3), "ours_seconds": round(mine, 3), "times_faster": times.json()}


def drawing(spec: Path) -> Run:
    """Run the process that draws a spec."""
    return process("-m", "convdsl", "draw", str(spec), "--unfold", "-o", str(spec.with_suffix(".svg")), "--force")


def main() -> None:
    """Measure, print and keep the numbers."""
    with tempfile.TemporaryDirectory() as folder:
        # first: a process begins with the memory of the one that starts it, and this one grows
        spec = Path(folder, "deep.cdsl")
        spec.write_text(nested(100, 50), "utf-8")
        runs = [drawing(spec) for _ in range(1 if QUICK else 3)]
    busy, memory = median(run.busy for run in runs), max(run.mebibytes for run in runs)
    text = nested(100, 5)
    whole = processes(text)
    network = network_of(convdsl.load(text))
    mine = [worked(lambda: ours(network)) for _ in range(ROUNDS)]
    lines = [f"a U of {len(network.graph.nodes) - 1:,} layers with 100 nested skips: {1000 * median(mine):.0f} ms"]
    found_torchview, found_graphviz = against_torchview(text, network), against_graphviz(network)
    page = len(str(draw(network_of(convdsl.load(nested(10, 5))), "html", UNFOLDED)).encode())
    lines += [*found_graphviz[0], *found_torchview[0], *whole[0]]
    lines.append(f"the process that draws 10,000 layers, from text to SVG: {busy:.2f} s of a core, {memory:.0f} MiB")
    lines.append(f"the HTML of 100 layers: {page / 1000:.0f} kB")
    result = {
        "load": round(getloadavg()[0], 1),
        "seconds": round(median(mine), 4),
        "graphviz": found_graphviz[1],
        "torchview": found_torchview[1],
        "torchview_process": whole[1],
        "ten_thousand": {"busy_seconds": round(busy, 3), "mebibytes": round(memory, 1)},
        "html_bytes": page,
    }
    report("pictures", lines, result)


if __name__ == "__main__":
    main()
