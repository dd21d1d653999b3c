"""Both spellings, side by side: the page's table, its example, the specs of the house, and the command."""

import textwrap
from pathlib import Path

import pytest

from convdsl import api
from convdsl.authoring.canonical import canonical
from convdsl.authoring.convert import converted
from convdsl.authoring.format import formatted
from convdsl.cli.main import main
from convdsl.graph.identity import architecture_hash
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis, analyze
from convdsl.source import Source
from convdsl.spec_error import SpecError
from convdsl.syntax.from_text import parse_text
from tests.syntax.test_yaml_pairs import COLORIZER_TEXT, COLORIZER_YAML

ROOT = Path(__file__).parents[2]
SPECS = sorted(ROOT.glob("specs/**/*.cdsl"))

# The table of the language's page: what `fmt` writes in text, beside the YAML that it is, byte for byte.
CONV = "Conv2d: {out_channels: 8, kernel_size: 3}"
ROWS = {
    "no arguments": ("BatchNorm2d() -> ReLU6()", "- BatchNorm2d\n- ReLU6"),
    "one value": ("MaxPool2d(2)", "- MaxPool2d: 2"),
    "arguments": ("Conv2d(8, (3, 5), padding=1)", "- Conv2d: {out_channels: 8, kernel_size: [3, 5], padding: 1}"),
    "source and promise": (
        "y = x -> Conv2d(8, 1) : [N, 8, H, W]",
        "- y: {Conv2d: {out_channels: 8, kernel_size: 1}}\n  from: x\n  shape: [N, 8, H, W]",
    ),
    "two values": ("(d3, e2) -> Up(64)", "- Up: 64\n  from: [d3, e2]"),
    "key": ('Conv2d(8, 1) as "head.0"', "- Conv2d: {out_channels: 8, kernel_size: 1}\n  as: head.0"),
    "named chain": ("conv1 = Conv2d(8, 3) -> ReLU()", f"- conv1: [{{{CONV}}}, ReLU]"),
    "named body": ("features = {\n  ReLU() -> Tanh()\n}", "- features:\n    - ReLU\n    - Tanh"),
    "short named body": ("features = {\n  Conv2d(8, 3)\n}", f"- features: [{{{CONV}}}]"),
    "unnamed chain": ("Conv2d(8, 3) -> ReLU() : [N, 8, H, W]", f"- {CONV}\n- ReLU:\n  shape: [N, 8, H, W]"),
    "unnamed body": ("{\n  Conv2d(8, 3)\n}", f"- do: [{{{CONV}}}]"),
    "alias": ("y = x", "- y: x"),
    "several names": ("a, b = Chunk(2)", '- "a, b": {Chunk: 2}'),
    "join": ("Concat(a, b)", "- Concat: [a, b]"),
    "join with an argument": ("Concat(a, b, dim=2)", "- Concat: {inputs: [a, b], dim: 2}"),
    "sum": ("a + b", "- Add: [a, b]"),
    "constant": ("Tanh() -> Mul(110)", "- Tanh\n- Mul: 110"),
    "repeat": ("repeat n {\n  ReLU() -> Tanh()\n}", "- repeat: n\n  do:\n    - ReLU\n    - Tanh"),
    "layers as arguments": (
        "Level(norm=GroupNorm(32), sub=Down(8))",
        "- Level: {norm: {GroupNorm: 32}, sub: {Down: 8}}",
    ),
    "for": ("for i in range(n) {\n  enc[i] = Down(8)\n}", '- for: i in range(n)\n  do: [{"enc[i]": {Down: 8}}]'),
    "if and else": (
        "if c {\n  ReLU()\n} else {\n  Tanh()\n}",
        "- if: c\n  then: [ReLU]\n  else: [Tanh]",
    ),
    "else if": (
        "if c > 3 {\n  ReLU()\n} else if d {\n  Tanh()\n}",
        "- if: c > 3\n  then: [ReLU]\n  else:\n    - if: d\n      then: [Tanh]",
    ),
    "default": ("default Conv2d(padding=1)", "- default: {Conv2d: {padding: 1}}"),
    "declared layer": (
        "layer head = Conv2d(36, 3)\np3 = x -> head()",
        "- layer: {head: {Conv2d: {out_channels: 36, kernel_size: 3}}}\n- p3: {use: head}\n  from: x",
    ),
    # beyond the table: everything else that text can say
    "nested arithmetic": ("y = a - (b + c)", "- y: a - (b + c)"),
    "nested arithmetic promised": ("a - (b + c) : [N, 8, H, W]", "- a - (b + c):\n  shape: [N, 8, H, W]"),
    "several values into a join": ("Chunk(2) -> Add()", "- [{Chunk: 2}, Add]"),
    "several values from a name": (
        "x -> Chunk(2) -> Add() : [N, 8, H, W]",
        "- [{Chunk: 2, from: x}, {Add: {}, shape: [N, 8, H, W]}]",
    ),
    "key of a chain's layer": (
        'c = Conv2d(8, 3) as "k" -> ReLU()',
        f"- c: [{{{CONV}, as: k}}, ReLU]",
    ),
    "key with an index": (
        'for i in range(n) {\n  enc[i] = Down(8) as "down.{i}"\n}',
        '- for: i in range(n)\n  do:\n    - "enc[i]": {Down: 8}\n      as: down.{i}',
    ),
    "body with key and promise": (
        'f = {\n  ReLU()\n} as "model.0" : [N, 3, H, W]',
        "- f: [ReLU]\n  shape: [N, 3, H, W]\n  as: model.0",
    ),
    "declared body": (
        "layer head = {\n  a = ReLU()\n  Concat(a, x)\n}",
        "- layer:\n    head:\n      - a: ReLU\n      - Concat: [a, x]",
    ),
    "names that are words in YAML": ("shape = ReLU()\nuse = Tanh()", "- (shape): ReLU\n- (use): Tanh"),
    "a hole": ("Conv2d(8, 3, padding=?)", '- Conv2d: {out_channels: 8, kernel_size: 3, padding: "?"}'),
    "an unknown layer": ("Unknown(8, 3, more=2)", "- Unknown: {inputs: [8, 3], more: 2}"),
    "words": ('Upsample(scale_factor=2, mode="bilinear")', "- Upsample: {scale_factor: 2, mode: bilinear}"),
    "a list torn by YAML": (
        "for d in [1, 2, 4] {\n  Down(min(d, 8))\n}",
        '- for: d in [1, 2, 4]\n  do: [{Down: "min(d, 8)"}]',
    ),
    "parts of values": ("Concat(enc[0], f.e1)", '- Concat: ["enc[0]", f.e1]'),
    "no layer in a branch": ("if c {\n}", "- if: c\n  then: []"),
}


def in_text(rows: str) -> str:
    return "convdsl 1\n\nmodel M {\n" + textwrap.indent(rows, "  ") + "\n}\n"


def in_yaml(rows: str) -> str:
    return "convdsl: 1\nmodel: M\nlayers:\n" + textwrap.indent(rows, "  ") + "\n"


def of_text(text: str) -> str | None:
    return converted(Source("a.cdsl", text), "a.yaml").text


def of_yaml(text: str) -> str | None:
    return converted(Source("a.yaml", text), "a.cdsl").text


@pytest.mark.parametrize("name", ROWS)
def test_row_of_the_table_converts_both_ways_byte_for_byte(name: str) -> None:
    text, yaml = ROWS[name]
    assert of_text(in_text(text)) == in_yaml(yaml)
    assert of_yaml(in_yaml(yaml)) == in_text(text)


FILES = {
    "import": (
        'convdsl 1\n\nfrom "b.cdsl" import Down, Up\n\nmodel M {\n  ReLU()\n}\n',
        "convdsl: 1\nimport: {b.cdsl: [Down, Up]}\nmodel: M\nlayers:\n  - ReLU\n",
    ),
    "imports": (
        'convdsl 1\n\n# mine\nfrom "b.cdsl" import Down  # one\nfrom "b.cdsl" import Up\n\nmodel M {\n  ReLU()\n}\n',
        "convdsl: 1\nimport:\n  # mine\n  - b.cdsl: [Down]  # one\n  - b.cdsl: [Up]\nmodel: M\nlayers:\n  - ReLU\n",
    ),
    "default of an input": (
        "convdsl 1\n\nmodel M {\n  input mask: [N, 1, H, W] = 0\n  ReLU()\n}\n",
        "convdsl: 1\nmodel: M\ninputs:\n  mask: {shape: [N, 1, H, W], default: 0}\nlayers:\n  - ReLU\n",
    ),
    "a meaning with lists, a choice of sizes": (
        "convdsl 1\n\nmodel M {\n"
        "  input x: [N, 3, H, W] means (RGB - [0.4, 0.5, 0.4]) / 2 where H >= 8 or W >= 8, H < 99\n}\n",
        "convdsl: 1\nmodel: M\ninputs:\n  x:\n    shape: [N, 3, H, W]\n    means: (RGB - [0.4, 0.5, 0.4]) / 2\n"
        "    where: (H >= 8 or W >= 8) and H < 99\n",
    ),
    "expectations": (
        "convdsl 1\n\nmodel M {\n  ReLU()\n  expect macs(H=256, W=256) <= 1.7G\n"
        "  expect parameters == 3, memory(N=1) <= 2MiB\n}\n",
        "convdsl: 1\nmodel: M\nlayers:\n  - ReLU\nexpect:\n  - macs(H=256, W=256) <= 1.7G\n"
        "  - parameters == 3, memory(N=1) <= 2MiB\n",
    ),
    "comments everywhere": (
        """\
# above the edition
convdsl 1  # one

# about the file

# about the block
block B(s: str = "same", norm: layer = GroupNorm(32)) {  # behind the block
  # above the input
  input x: [N, C, H, W]  # behind the input

  # above the first layer

  norm()  # behind it
  if C > 3 {  # behind the if
    # above
    ReLU()
    # tail of the if
  }
  # tail of the block
}

# above the model
model M {  # behind the model
  ReLU()

  # above the output
  output y: [N, 3, H, W]  # behind the output
  # tail of the model
}

train {  # behind train
  # above the first setting
  epochs = 3

  batch = 8  # behind
  # tail of train
}

# the end

# of the file
""",
        """\
# above the edition
convdsl: 1  # one

# about the file

blocks:
  # about the block
  B:  # behind the block
    params: {s: str = "same", norm: layer = GroupNorm(32)}
    inputs:
      # above the input
      x: [N, C, H, W]  # behind the input

    layers:
      # above the first layer

      - use: norm  # behind it
      - if: C > 3  # behind the if
        then:
          # above
          - ReLU
          # tail of the if
      # tail of the block

# above the model
model: M  # behind the model
layers:
  - ReLU

outputs:
  # above the output
  y: [N, 3, H, W]  # behind the output
  # tail of the model
train:  # behind train
  # above the first setting
  epochs: 3

  batch: 8  # behind
  # tail of train
# the end

# of the file
""",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_file_converts_both_ways_byte_for_byte(name: str) -> None:
    text, yaml = FILES[name]
    assert of_text(text) == yaml
    assert of_yaml(yaml) == text


def test_example_of_the_page_converts_into_its_yaml_but_for_comments_and_blank_lines() -> None:
    """The page's two examples have comments of their own, and blank lines in the text alone: those come along."""
    got = of_text(COLORIZER_TEXT)
    assert got is not None
    bare = [line.partition("  #")[0].rstrip() for line in COLORIZER_YAML.splitlines()]
    assert [line.partition("  #")[0] for line in got.splitlines() if line] == bare
    back = of_yaml(got)
    assert back == formatted(Source("a.cdsl", COLORIZER_TEXT)).text


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_spec_of_the_house_is_there_in_both_spellings_each_made_of_the_other(path: Path) -> None:
    text, yaml = path.read_text(encoding="utf-8"), path.with_suffix(".yaml").read_text(encoding="utf-8")
    assert of_text(text) == yaml
    assert of_yaml(yaml) == text


def seen(analysis: Analysis) -> tuple[object, ...]:
    """Collect what both spellings must agree in."""
    graph = analysis.graph
    assert graph is not None
    codes = [(found.code.id, found.message) for found in analysis.diagnostics]
    return [node.key for node in graph.nodes], architecture_hash(graph), codes, analysis.recipe


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_network_has_the_same_keys_hash_findings_and_recipe_in_both_spellings(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    yaml = of_text(text)
    assert yaml is not None
    assert seen(analyze(Source("a.cdsl", text))) == seen(analyze(Source("a.yaml", yaml)))


def test_command_writes_the_spelling_of_the_name_and_never_over_another_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "a.cdsl"
    text.write_text(in_text("ReLU()"))
    yaml = tmp_path / "b.yaml"
    assert main(["convert", str(text), str(yaml)]) == 0
    assert yaml.read_text() == in_yaml("- ReLU")
    yaml.write_text("mine")
    assert main(["convert", str(text), str(yaml)]) == 2
    assert "--force" in capsys.readouterr().err
    assert yaml.read_text() == "mine"
    assert main(["convert", str(text), "-o", str(yaml), "--force"]) == 0
    assert main(["convert", str(yaml), "-"]) == 0
    assert capsys.readouterr().out == in_text("ReLU()")
    assert main(["convert", str(text), str(tmp_path / "c.txt")]) == 2
    assert "spelling" in capsys.readouterr().err


def test_command_shows_why_a_spec_cannot_be_read_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "a.cdsl"
    broken.write_text("convdsl 1\nmodel M {\n  Conv2d(8,\n}\n")
    assert main(["convert", str(broken), str(tmp_path / "b.yaml")]) == 1
    assert "E001" in capsys.readouterr().err
    assert not (tmp_path / "b.yaml").exists()


def test_mistake_that_a_map_cannot_hold_is_told_at_its_place() -> None:
    found = converted(Source("a.cdsl", in_text("Conv2d(8, 3, padding=1, padding=2)")), "a.yaml")
    assert found.text is None
    assert "`padding` stands twice" in found.diagnostics[0].message
    assert found.diagnostics[0].helps


def test_argument_that_looks_like_a_layer_is_told_at_its_place() -> None:
    found = converted(Source("a.cdsl", in_text("Upsample(Scale_factor=2)")), "a.yaml")
    assert found.text is None
    assert "`Scale_factor` begins with a capital letter" in found.diagnostics[0].message


def test_mistake_in_what_a_spec_says_comes_along() -> None:
    assert of_text(in_text("Conv2d(8, strde=2) -> Nonsense()")) == in_yaml(
        "- Conv2d: {out_channels: 8, strde: 2}\n- Nonsense"
    )


def test_library_without_a_model_converts() -> None:
    text = "convdsl 1\n\nblock B {\n  ReLU()\n}\n"
    assert of_text(text) == "convdsl: 1\nblocks:\n  B:\n    layers:\n      - ReLU\n"


@pytest.mark.parametrize(
    "source",
    [
        'convdsl 1\n\nfrom "parts/a.cdsl\t" import Once\n',
        'convdsl 1\n\nfrom "\t" import Once\n',
        'convdsl 1\n\nmodel M {\n  input x: [N, 2, H, W]\n  y = Conv2d(2, 1) as "a\tb"\n  output y: [N, 2, H, W]\n}\n',
    ],
)
def test_tab_in_quotes_is_kept_in_both_spellings(source: str) -> None:
    there = converted(Source("net.cdsl", source), "net.yaml")
    assert there.text is not None
    assert "\\x09" in there.text
    assert converted(Source("net.yaml", there.text), "net.cdsl").text == source


def test_function_of_the_face_takes_text_and_paths(tmp_path: Path) -> None:
    assert api.convert(in_text("ReLU()"), "yaml") == in_yaml("- ReLU")
    path = tmp_path / "a.yaml"
    path.write_text(in_yaml("- ReLU"))
    assert api.convert(path, to="text") == in_text("ReLU()")
    with pytest.raises(MistakeError, match="no spelling"):
        api.convert(path, to="json")
    with pytest.raises(SpecError):
        api.convert("convdsl 1\nmodel M {", to="yaml")


def test_canonical_tree_of_a_bare_word_is_the_string_unless_a_parameter_has_its_name() -> None:
    text = in_text('Upsample(scale_factor=2, mode="bilinear")').replace(
        "model M {", 'model M(bilinear: str = "nearest") {'
    )
    yaml = of_text(text)
    assert yaml is not None
    assert "mode: '\"bilinear\"'" in yaml
    assert of_yaml(yaml) == text
    assert canonical(parse_text(Source("a.cdsl", text)).file).items
