"""Every row of the language page's table: one network in text and in YAML gives one tree."""

import textwrap
from typing import Any

import pytest

from convdsl.source import Source
from convdsl.syntax.from_text import parse_text
from convdsl.syntax.from_yaml import parse_yaml
from convdsl.syntax.tree import Flow
from tests.syntax.normal_form import normal

COLORIZER_TEXT = """\
convdsl 1

block Down(channels: int) {
  Conv2d(channels, 4, stride=2, padding=1, bias=false) -> BatchNorm2d() -> LeakyReLU(0.2)
}

block Up(channels: int) {
  ConvTranspose2d(channels, 4, stride=2, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
}

model Colorizer(width: int = 32) {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 8 == 0, W % 8 == 0

  e1 = Down(width)
  e2 = Down(2 * width)
  e3 = Down(4 * width) : [N, 4 * width, H / 8, W / 8]   # a checked promise, for every promised H and W

  d3 = Up(2 * width)
  Concat(d3, e2)
  d2 = Up(width)
  Concat(d2, e1)
  Up(width)

  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
  expect parameters <= 1M
}

train {
  loss = SmoothL1()
  optimizer = AdamW(lr=1e-3)
  epochs = 20
  batch = 32
  crop = 96
}
"""

COLORIZER_YAML = """\
convdsl: 1
blocks:
  Down:
    params: {channels: int}
    layers:
      - Conv2d: {out_channels: channels, kernel_size: 4, stride: 2, padding: 1, bias: false}
      - BatchNorm2d
      - LeakyReLU: 0.2                      # one value: the first parameter
  Up:
    params: {channels: int}
    layers:
      - ConvTranspose2d: {out_channels: channels, kernel_size: 4, stride: 2, padding: 1, bias: false}
      - BatchNorm2d
      - ReLU
model: Colorizer
params: {width: int = 32}
inputs:
  gray: {shape: [N, 1, H, W], means: (L - 50) / 50, where: H % 8 == 0 and W % 8 == 0}
layers:
  - e1: {Down: width}                       # lower case: a name; upper case: a type
  - e2: {Down: 2 * width}
  - e3: {Down: 4 * width}
    shape: [N, 4 * width, H / 8, W / 8]
  - d3: {Up: 2 * width}
  - Concat: [d3, e2]
  - d2: {Up: width}
  - Concat: [d2, e1]
  - Up: width
  - ab: {Conv2d: {out_channels: 2, kernel_size: 3, padding: 1}}
outputs:
  ab: {shape: [N, 2, H, W], means: ab / 110}
expect: [parameters <= 1M]
train: {loss: SmoothL1, optimizer: {AdamW: {lr: 1e-3}}, epochs: 20, batch: 32, crop: 96}
"""


def text_tree(text: str) -> Any:
    parsed = parse_text(Source("a.cdsl", text))
    assert parsed.diagnostics == ()
    return parsed.file


def yaml_tree(text: str) -> Any:
    parsed = parse_yaml(Source("a.yaml", text))
    assert parsed.diagnostics == ()
    return parsed.file


def test_colorizer_in_both_spellings_is_one_tree() -> None:
    assert normal(yaml_tree(COLORIZER_YAML)) == normal(text_tree(COLORIZER_TEXT))


# Statements of a model's body; text and YAML as in the table.
STATEMENTS = {
    "bare": ("BatchNorm2d()\nReLU6()", "- BatchNorm2d\n- ReLU6"),
    "one value": ("MaxPool2d(2)", "- MaxPool2d: 2"),
    "empty value": ("ReLU()", "- ReLU:"),
    "empty map": ("ReLU()", "- ReLU: {}"),
    "arguments": ("Conv2d(8, (3, 5), padding=1)", "- Conv2d: {out_channels: 8, kernel_size: [3, 5], padding: 1}"),
    "arguments as lines": ("Conv2d(8, 3)", "- Conv2d:\n    out_channels: 8\n    kernel_size: 3"),
    "source and promise": (
        "y = x -> Conv2d(8, 1) : [N, 8, H, W]",
        "- y: {Conv2d: {out_channels: 8, kernel_size: 1}}\n  from: x\n  shape: [N, 8, H, W]",
    ),
    "two sources": ("(d3, e2) -> Up(64)", "- Up: 64\n  from: [d3, e2]"),
    "key": (
        'Conv2d(8, 1) as "head.0"',
        "- Conv2d: {out_channels: 8, kernel_size: 1}\n  as: head.0",
    ),
    "named chain": (
        "conv1 = Conv2d(8, 3) -> ReLU()",
        "- conv1: [{Conv2d: {out_channels: 8, kernel_size: 3}}, ReLU]",
    ),
    "named chain with a source": (
        "conv1 = x -> Conv2d(8, 3) -> ReLU()",
        "- conv1: [{Conv2d: {out_channels: 8, kernel_size: 3}}, ReLU]\n  from: x",
    ),
    "named body": (
        "features = {\n  a = ReLU()\n  Concat(a, x)\n}",
        "- features:\n    - a: ReLU\n    - Concat: [a, x]",
    ),
    "body of plain layers": ("features = {\n  ReLU()\n  Tanh()\n}", "- features:\n    - ReLU\n    - Tanh"),
    "body in brackets": ("features = { ReLU() }", "- features: [ReLU]"),
    "body by do": ("features = {\n  ReLU()\n  Tanh()\n}", "- features: {do: [ReLU, Tanh]}"),
    "body with key and promise": (
        'f = { ReLU() } as "model.0" : [N, 3, H, W]',
        "- f: [ReLU]\n  as: model.0\n  shape: [N, 3, H, W]",
    ),
    "unnamed chain": ("Conv2d(8, 3) -> ReLU()", "- Conv2d: {out_channels: 8, kernel_size: 3}\n- ReLU"),
    "unnamed body": ("{\n  ReLU()\n}", "- do: [ReLU]"),
    "unnamed body with key": ('{\n  ReLU()\n} as "a"', "- do: [ReLU]\n  as: a"),
    "alias": ("y = x", "- y: x"),
    "alias of an inner value": ("y = f.e1\nz = enc[0]", "- y: f.e1\n- z: enc[0]"),
    "several names": ("a, b = Chunk(2)", '- "a, b": {Chunk: 2}'),
    "join": ("Concat(a, b)", "- Concat: [a, b]"),
    "join with an argument": ("Concat(a, b, dim=2)", "- Concat: {inputs: [a, b], dim: 2}"),
    "join of parts": ("Concat(d3, enc[0])", '- Concat: [d3, "enc[0]"]'),
    "sum": ("a + b", "- Add: [a, b]"),
    "constant": ("Tanh() * 110", "- Tanh\n- Mul: 110"),
    "constant in the flow": ("Tanh() -> Mul(110)", "- Tanh\n- Mul: 110"),
    "repeat": ("repeat n {\n  ReLU()\n}", "- repeat: n\n  do: [ReLU]"),
    "layer as an argument": (
        "Level(norm=GroupNorm(32), sub=Down(8), act=ReLU)",
        "- Level: {norm: {GroupNorm: 32}, sub: {Down: 8}, act: ReLU}",
    ),
    "layer as the one value": ("Level(GroupNorm(32))", "- Level: {GroupNorm: 32}"),
    "for": (
        "for i in range(n) {\n  enc[i] = Down(8)\n}",
        '- for: i in range(n)\n  do: [{"enc[i]": {Down: 8}}]',
    ),
    "for backwards": ("for i in reversed(range(3)) { ReLU() }", "- for: i in reversed(range(3))\n  do: [ReLU]"),
    "for over a list": ("for d in [1, 2, 4] { ReLU() }", "- for: d in [1, 2, 4]\n  do: [ReLU]"),
    "if": ("if c { ReLU() }", "- if: c\n  then: [ReLU]"),
    "if and else": ("if c > 3 { ReLU() } else { Tanh() }", "- if: c > 3\n  then: [ReLU]\n  else: [Tanh]"),
    "else if": (
        "if c { ReLU() } else if d { Tanh() }",
        "- if: c\n  then: [ReLU]\n  else:\n    - if: d\n      then: [Tanh]",
    ),
    "default": ("default Conv2d(padding=1)", "- default: {Conv2d: {padding: 1}}"),
    "declared layer": (
        "layer head = Conv2d(36, 3)\np3 = x -> head()\nhead()",
        "- layer: {head: {Conv2d: {out_channels: 36, kernel_size: 3}}}\n- p3: {use: head}\n  from: x\n- use: head",
    ),
    "declared chain": ("layer head = Linear(3) -> ReLU()", "- layer: {head: [{Linear: 3}, ReLU]}"),
    "declared body": ("layer head = {\n  a = ReLU()\n  Add(a, x)\n}", "- layer: {head: [{a: ReLU}, {Add: [a, x]}]}"),
    "string arguments": (
        'Pad(mode="reflect", how=zeros)',
        "- Pad: {mode: '\"reflect\"', how: zeros}",
    ),
    "words that YAML 1.1 would turn": (
        "Odd(a=NO, b=on, c=010, e=1e-3, f=false, g=none)",
        "- Odd: {a: NO, b: on, c: 010, e: 1e-3, f: false, g: none}",
    ),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_statement_in_both_spellings_is_one_tree(name: str) -> None:
    text, spelt = STATEMENTS[name]
    one = text_tree("convdsl 1\nmodel M {\n" + textwrap.indent(text, "  ") + "\n}\n")
    other = yaml_tree("convdsl: 1\nmodel: M\nlayers:\n" + textwrap.indent(spelt, "  ") + "\n")
    assert normal(other) == normal(one)


FILES = {
    "import": (
        'convdsl 1\nfrom "b.cdsl" import Down, Up\nmodel M { ReLU() }',
        "convdsl: 1\nimport: {b.cdsl: [Down, Up]}\nmodel: M\nlayers: [ReLU]",
    ),
    "default of an input": (
        "convdsl 1\nmodel M {\n  input mask: [N, 1, H, W] = 0\n  ReLU()\n}",
        "convdsl: 1\nmodel: M\ninputs:\n  mask: {shape: [N, 1, H, W], default: 0}\nlayers: [ReLU]",
    ),
    "means with lists": (
        "convdsl 1\nmodel M {\n  input x: [N, 3, H, W] means (RGB - [0.4, 0.5, 0.4]) / [0.2, 0.2, 0.2]\n}",
        "convdsl: 1\nmodel: M\ninputs:\n  x:\n    shape: [N, 3, H, W]\n"
        "    means: (RGB - [0.4, 0.5, 0.4]) / [0.2, 0.2, 0.2]\nlayers: []",
    ),
    "where as a list": (
        "convdsl 1\nmodel M {\n  input x: [N, 3, H, W] where H >= 8, H % 2 == 0 or H == 9\n}",
        "convdsl: 1\nmodel: M\ninputs:\n  x: {shape: [N, 3, H, W], where: [H >= 8, H % 2 == 0 or H == 9]}\nlayers: []",
    ),
    "shape alone": (
        "convdsl 1\nmodel M {\n  input x: [N, 3, H, W]\n  output y: [N, 3]\n}",
        "convdsl: 1\nmodel: M\ninputs: {x: [N, 3, H, W]}\noutputs: {y: [N, 3]}",
    ),
    "expectations together": (
        "convdsl 1\nmodel M {\n  expect parameters == 3_643_514, macs(H=256, W=256) <= 1.7G\n}",
        'convdsl: 1\nmodel: M\nexpect: [parameters == 3_643_514, "macs(H=256, W=256) <= 1.7G"]',
    ),
    "expectations apart": (
        "convdsl 1\nmodel M {\n  expect parameters == 3\n  expect macs(H=256, W=256) <= 1.7G, receptive_field >= 2\n}",
        "convdsl: 1\nmodel: M\nexpect:\n  - parameters == 3\n  - macs(H=256, W=256) <= 1.7G, receptive_field >= 2",
    ),
    "parameters": (
        """convdsl 1
block B(n: int, s: str = "same", norm: layer = GroupNorm(32), act: layer = ReLU, on: bool = true) { norm() }
model M(x: float = 1e-3) { ReLU() }""",
        """convdsl: 1
blocks:
  B:
    params:
      n: int
      s: str = "same"
      norm: layer = GroupNorm(32)
      act: layer = ReLU
      on: bool = true
    layers: [{use: norm}]
model: M
params: {x: float = 1e-3}
layers: [ReLU]""",
    ),
    "block with inputs and outputs": (
        """convdsl 1
block Level(channels: int, inside: layer) {
  input x: [N, C, H, W]
  model = {
    Conv2d(channels, 3)
    inside()
  }
  Concat(x, model)
  output skip: [N, C, H, W]
}
model M { ReLU() }""",
        """convdsl: 1
blocks:
  Level:
    params: {channels: int, inside: layer}
    inputs: {x: {shape: [N, C, H, W]}}
    layers:
      - model:
          - Conv2d: {out_channels: channels, kernel_size: 3}
          - use: inside
      - Concat: [x, model]
    outputs: {skip: {shape: [N, C, H, W]}}
model: M
layers: [ReLU]""",
    ),
    "keys in another order": (
        "convdsl 1\nmodel M { input x: [N, 3, H, W]\n ReLU()\n output y: [N, 3, H, W] }",
        "convdsl: 1\noutputs: {y: [N, 3, H, W]}\nlayers: [ReLU]\ninputs: {x: [N, 3, H, W]}\nmodel: M",
    ),
    "train": (
        """convdsl 1
model M { ReLU() }
train {
  loss = SmoothL1(beta=0.1)
  sizes = [100, 136]
  device = cpu
}""",
        """convdsl: 1
model: M
layers: [ReLU]
train:
  loss: {SmoothL1: {beta: 0.1}}
  sizes: [100, 136]
  device: cpu""",
    ),
    "a sum of losses": (
        "convdsl 1\nmodel M { ReLU() }\ntrain { loss = 100 * L1() + SmoothL1(beta=0.1) / 2 }",
        "convdsl: 1\nmodel: M\nlayers: [ReLU]\ntrain: {loss: 100 * L1() + SmoothL1(beta=0.1) / 2}",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_file_in_both_spellings_is_one_tree(name: str) -> None:
    text, spelt = FILES[name]
    assert normal(yaml_tree(spelt)) == normal(text_tree(text))


def test_tree_of_one_call_is_equal_without_normal_form() -> None:
    one = text_tree('convdsl 1\nmodel M {\n  y = x -> Conv2d(out_channels=8, kernel_size=3) as "head.0"\n}')
    other = yaml_tree(
        "convdsl: 1\nmodel: M\nlayers:\n  - y: {Conv2d: {out_channels: 8, kernel_size: 3}}\n    from: x\n    as: head.0"
    )
    assert one == other
    assert isinstance(one.items[0].body.statements[0], Flow)
