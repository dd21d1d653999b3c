"""How fast specs are read, bound and checked, as whole processes: long ones in both spellings, and a short one.

The short one stands beside `import argparse, lark, yaml`: what a process pays that only loads the usual libraries.
"""

import statistics
import tempfile
from collections.abc import Callable
from os import getloadavg
from pathlib import Path

from _measure import Run, interleaved, process, ratio, report

PAIRS = 11
LINES = 10_000
MANY = 99_000  # a network has at most 100,000 layers
PAIRS_OF_MANY = 3
TEXT = ("Conv2d(8, 3, padding=1)", "BatchNorm2d()", "ReLU()", "MaxPool2d(3, stride=1, padding=1)")
YAML = (
    "Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}",
    "BatchNorm2d",
    "ReLU",
    "MaxPool2d: {kernel_size: 3, stride: 1, padding: 1}",
)


def text(lines: int) -> str:
    """Write a network of so many layers, one call a line."""
    body = "".join(f"  {TEXT[i % 4]}\n" for i in range(lines - 1))
    return f"convdsl 1\n\nmodel M {{\n  input x: [N, 8, H, W]\n{body}  y = ReLU()\n  output y: [N, 8, H, W]\n}}\n"


def yaml(lines: int) -> str:
    """Write the same network in YAML."""
    body = "".join(f"  - {YAML[i % 4]}\n" for i in range(lines - 1))
    inputs, outputs = "inputs: {x: [N, 8, H, W]}", "outputs: {y: [N, 8, H, W]}"
    return f"convdsl: 1\nmodel: M\n{inputs}\nlayers:\n{body}  - y: ReLU\n{outputs}\n"


def main() -> None:
    """Measure and report."""
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for name, content in (
            ("ten.cdsl", text(10)),
            ("text.cdsl", text(LINES)),
            ("yaml.yaml", yaml(LINES)),
            ("many.cdsl", text(MANY)),
            ("many.yaml", yaml(MANY)),
        ):
            path = Path(folder) / name
            path.write_text(content, "utf-8")
            files[name] = ("-m", "convdsl", "check", str(path))
        runs: dict[str, list[Run]] = {}

        def timed(which: str, *arguments: str) -> Callable[[], float]:
            def once() -> float:
                run = process(*arguments)
                runs.setdefault(which, []).append(run)
                return run.busy

            return once

        libraries = ("-c", "import argparse, lark, yaml")
        for arguments in (files["ten.cdsl"], files["yaml.yaml"], libraries):
            process(*arguments)  # once before, so that files are in memory
        interleaved(timed("check of ten layers", *files["ten.cdsl"]), timed("libraries", *libraries), 2 * PAIRS)
        interleaved(timed("text", *files["text.cdsl"]), timed("yaml", *files["yaml.yaml"]), PAIRS)
        interleaved(timed("many text", *files["many.cdsl"]), timed("many yaml", *files["many.yaml"]), PAIRS_OF_MANY)
    busy = {name: statistics.median(run.busy for run in found) for name, found in runs.items()}
    lines = [
        f"{name}: {statistics.median(run.seconds for run in found):.3f} s from start to end, "
        f"{busy[name]:.3f} s of work ({min(r.busy for r in found):.3f} to {max(r.busy for r in found):.3f}); "
        f"{statistics.median(run.mebibytes for run in found):.0f} MiB"
        for name, found in runs.items()
    ]
    short = ratio([a.busy / b.busy for a, b in zip(runs["check of ten layers"], runs["libraries"], strict=True)])
    mirror = ratio([a.busy / b.busy for a, b in zip(runs["yaml"], runs["text"], strict=True)])
    a_line = {spelling: (busy[f"many {spelling}"] / MANY) / (busy[spelling] / LINES) for spelling in ("text", "yaml")}
    report(
        "reading",
        [
            *lines,
            f"check of ten layers over the libraries' import: {short}; goal at most 4",
            f"YAML over text: {mirror}; goal at most 1",
            f"a line among {MANY:,} over a line among {LINES:,}: text {a_line['text']:.2f}, YAML {a_line['yaml']:.2f}",
        ],
        {
            "load": round(getloadavg()[0], 1),
            "lines": LINES,
            "many": MANY,
            "seconds": {
                name: round(statistics.median(run.seconds for run in found), 3) for name, found in runs.items()
            },
            "seconds_of_work": {name: round(value, 3) for name, value in busy.items()},
            "mebibytes": {
                name: round(statistics.median(r.mebibytes for r in found), 1) for name, found in runs.items()
            },
            "check_over_libraries": short.json(),
            "yaml_over_text": mirror.json(),
            "a_line_of_many_over_a_line": {name: round(value, 3) for name, value in a_line.items()},
        },
    )


if __name__ == "__main__":
    main()
