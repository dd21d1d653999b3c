"""A residual U-Net of 10,000 layers, checked for all sizes: written with blocks and loops, and as 10,000 flat lines.

The whole process has to end within a second on a quiet machine, and a layer must not cost more in a deeper network.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from _measure import environment, interleaved, process, ratio, report

LEVELS = 4  # halvings
PER_TURN = 7  # conv, norm, ReLU, conv, norm, sum, ReLU
RUNS = 9


def turns(layers: int) -> int:
    """Return how many residual blocks each of the 2 * LEVELS + 1 stages has in a network of about so many layers."""
    return round((layers - 3 * LEVELS - 2) / PER_TURN / (2 * LEVELS + 1))


def looped(layers: int) -> str:
    """Write the network with a block and loops."""
    return f"""convdsl 1

block Residual() {{
  input x: [N, C, H, W]
  default Conv2d(kernel_size=3, padding=1, bias=false)
  main = Conv2d(C) -> BatchNorm2d() -> ReLU() -> Conv2d(C) -> BatchNorm2d()
  main + x -> ReLU()
}}

model Deep(width: int = 8) {{
  input image: [N, 3, H, W]
  Conv2d(width, 3, padding=1)
  for i in range({LEVELS}) {{
    repeat {turns(layers) - 1} {{ Residual() }}
    enc[i] = Residual()
    Conv2d(width * 2 ** (i + 1), 2, stride=2)
  }}
  repeat {turns(layers)} {{ Residual() }}
  for i in reversed(range({LEVELS})) {{
    up[i] = ConvTranspose2d(width * 2 ** i, 2, stride=2)
    Concat(up[i], enc[i])
    Conv2d(width * 2 ** i, 1)
    repeat {turns(layers)} {{ Residual() }}
  }}
  out = Conv2d(2, 1)
  output out: [N, 2, 16 * (H // 16), 16 * (W // 16)]
}}
"""


def flat(layers: int) -> str:
    """Write the same network without blocks and loops, a layer a line."""
    return "\n".join(_flat_lines(turns(layers))) + "\n"


def _flat_lines(count: int) -> Iterator[str]:
    width = 8
    number = 0

    def residual(channels: int) -> Iterator[str]:
        nonlocal number
        start, number = f"s{number}", number + 1
        yield f"  main{number} = Conv2d({channels}, 3, padding=1, bias=false)"
        yield "  BatchNorm2d()"
        yield "  ReLU()"
        yield f"  Conv2d({channels}, 3, padding=1, bias=false)"
        yield f"  norm{number} = BatchNorm2d()"
        yield f"  norm{number} + {start}"
        yield f"  s{number} = ReLU()"

    yield from ("convdsl 1", "", "model Deep {", "  input image: [N, 3, H, W]")
    yield f"  s0 = Conv2d({width}, 3, padding=1)"
    ends = []
    for level in range(LEVELS):
        for _ in range(count):
            yield from residual(width * 2**level)
        ends.append(number)
        number += 1
        yield f"  s{number} = Conv2d({width * 2 ** (level + 1)}, 2, stride=2)"
    for _ in range(count):
        yield from residual(width * 2**LEVELS)
    for level in reversed(range(LEVELS)):
        yield f"  up{level} = ConvTranspose2d({width * 2**level}, 2, stride=2)"
        yield f"  Concat(up{level}, s{ends[level]})"
        number += 1
        yield f"  s{number} = Conv2d({width * 2**level}, 1)"
        for _ in range(count):
            yield from residual(width * 2**level)
    yield "  out = Conv2d(2, 1)"
    yield "  output out: [N, 2, 16 * (H // 16), 16 * (W // 16)]"
    yield "}"


def analysis_seconds(path: str) -> None:
    """Print the seconds that a fresh process needs to analyze a spec, imports apart, and the number of layers."""
    from convdsl.pipeline import analyze
    from convdsl.source import Source

    source = Source("deep.cdsl", Path(path).read_text())
    small = Source("small.cdsl", looped(200))
    analyze(small)  # operators and grammar are loaded once, whatever the network
    start = time.perf_counter()
    analysis = analyze(source)
    elapsed = time.perf_counter() - start
    assert analysis.ok and analysis.graph is not None, analysis.diagnostics
    print(elapsed, sum(node.op is not None for node in analysis.graph.nodes))


def measured(path: Path) -> tuple[float, int]:
    """Run `analysis_seconds` elsewhere."""
    command = [sys.executable, __file__, str(path)]
    words = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment()).stdout.split()
    return float(words[0]), int(words[1])


def main() -> None:
    """Measure and report."""
    lines: list[str] = []
    result: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, write in (("with blocks and loops", looped), ("flat", flat)):
            paths = {size: Path(folder) / f"{kind.split()[0]}_{size}.cdsl" for size in (1_000, 10_000)}
            for size, path in paths.items():
                path.write_text(write(size))
            layers = {size: measured(path)[1] for size, path in paths.items()}
            whole = [process("-m", "convdsl", "check", str(paths[10_000])) for _ in range(RUNS)]
            deep, shallow = interleaved(
                lambda paths=paths: measured(paths[10_000])[0], lambda paths=paths: measured(paths[1_000])[0], RUNS
            )
            growth = ratio([(a / layers[10_000]) / (b / layers[1_000]) for a, b in zip(deep, shallow, strict=True)])
            middle = statistics.median(run.seconds for run in whole)
            busy = statistics.median(run.busy for run in whole)
            memory = statistics.median(run.mebibytes for run in whole)
            lines += [
                f"{layers[10_000]:,} layers {kind}: whole process {middle:.2f} s (goal: under 1 s), "
                f"{busy:.2f} s of them at work, {memory:.0f} MiB, "
                f"analysis {statistics.median(deep):.2f} s",
                f"  time of a layer against {layers[1_000]:,} layers {growth}; goal at most 1.5",
            ]
            result[kind] = {
                "layers": layers[10_000],
                "process_seconds": round(middle, 3),
                "process_busy_seconds": round(busy, 3),
                "process_mebibytes": round(memory, 1),
                "analysis_seconds": round(statistics.median(deep), 3),
                "time_of_a_layer_against_1000": growth.json(),
            }
    report("deep", lines, result)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        analysis_seconds(sys.argv[1])
    else:
        main()
