"""YAML specs for hypothesis: lines that people write, put together, with comments and blank lines between them."""

from hypothesis import strategies as st

ITEMS = [
    "- ReLU",
    "- BatchNorm2d:",
    "- Conv2d: {out_channels: 8, kernel_size: [3, 5], padding: 1}",
    "- Conv2d: {kernel_size: 3, out_channels: 8}",
    "- Conv2d:\n    out_channels: 8  # eight\n    kernel_size: 3",
    '- Pad: {padding: "(1, 2)", mode: reflect}',
    "- y: {Conv2d: {out_channels: 8, kernel_size: 1}}\n  shape: [N, 8, H, W]\n  from: x",
    "- y: x",
    "- Concat: [x, y]",
    "- Concat: {inputs: [x, y], dim: 2}",
    "- x + y",
    "- y: x - (y + 2)",
    "- y: {Mul: 110}",
    "- Up: 64\n  from: [x, y]",
    '- Unknown: {inputs: [8, [3, 5]], more: "min(a, b)"}',
    "- c: [{Conv2d: 8}, ReLU]",
    "- c: [x, {Conv2d: 8, as: k}, ReLU]",
    "- [{Chunk: 2}, Add]",
    "- [{Chunk: 2, from: x}, {Add: {}, shape: [N, 8, H, W]}]",
    '- "a, b": {Chunk: 2}',
    "- enc[i]: {Up: 2 * 8}",
    "- g:\n    - ReLU\n    - Tanh\n    # tail\n  as: keys.0",
    "- do: [ReLU]",
    "- repeat: 3\n  do: [ReLU, Tanh]",
    "- for: i in range(0, 3)\n  do:\n    - enc[i]: ReLU",
    "- if: a > 3 and not b\n  then: [ReLU]\n  else:\n    - if: c\n      then: []",
    "- default: {Conv2d: {padding: 1, kernel_size: 3}}",
    "- layer: {head: {Conv2d: {out_channels: 36, kernel_size: 3}}}\n  as: head.0",
    "- layer: {head: [{Conv2d: 36}, ReLU]}",
    "- layer:\n    head:\n      - a: ReLU\n      - Add: [a, x]",
    "- use: head",
    "- z: {use: head}\n  from: x",
]
TOPS = [
    "import: {b.cdsl: [Down, Up]}",
    "blocks:\n  Down:\n    params: {n: int, act: layer = ReLU}\n    layers:\n      - use: act\n      # tail of Down",
    "train: {loss: SmoothL1, optimizer: {AdamW: {lr: 1e-3}}}",
    "train:\n  loss: {SmoothL1: {beta: 0.3}}\n\n  # often enough\n  epochs: 20  # or more\n  # tail of train",
]
ENDS = [
    "outputs: {ab: {shape: [N, 2, H, W], means: ab / 110}}",
    "outputs:\n  ab: [N, 2, H, W]  # two",
    "expect: [parameters <= 1M]",
    'expect: [parameters <= 1M, "macs(H=256, W=256) <= 1.7G"]',
    "expect:\n  - macs(H=256, W=256) <= 1.7G\n  - receptive_field >= 96, parameters <= 1M",
]
INPUTS = [
    "  gray: {shape: [N, 1, H, W], means: (L - 50) / 50, where: H % 8 == 0 and W % 8 == 0}",
    "  gray:\n    shape: [N, 1, H, W]\n    where: [H >= 8, H % 2 == 0 or W == 9]",
    "  x: [N, 3, H, W]",
    '  x: {shape: "[N, 3, H, W]", means: "(RGB - [0.4, 0.5, 0.4]) / [0.2, 0.2, 0.2]"}',
]


@st.composite
def _spec(draw: st.DrawFn) -> str:
    lines = ["convdsl: 1"]
    tops = draw(st.lists(st.sampled_from(TOPS), max_size=2, unique_by=lambda part: part.split(":")[0]))
    lines += [part for part in tops if not part.startswith("train")]
    lines.append("model: M")
    inputs = draw(st.lists(st.sampled_from(INPUTS), max_size=2, unique_by=lambda part: part.split(":")[0]))
    lines += ["inputs:", *inputs] if inputs else []
    items = draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=6))
    lines += ["layers:", *("  " + item.replace("\n", "\n  ") for item in items)]
    lines += draw(st.lists(st.sampled_from(ENDS), max_size=2, unique_by=lambda part: part.split(":")[0]))
    lines += [part for part in tops if part.startswith("train")]
    out: list[str] = []
    for line in "\n".join(lines).split("\n"):
        match draw(st.integers(0, 11)):
            case 0:
                out += [" " * draw(st.integers(0, 8)) + "# above", line]
            case 1:
                out += ["", line]
            case 2:
                out += ["", "# apart", "", line]
            case 3 if "#" not in line:
                out.append(line + "  # behind")
            case _:
                out.append(line)
    return "\n".join(out) + draw(st.sampled_from(["", "\n", "\n# end\n\n  # of the file\n"]))


yaml_specs = _spec()
