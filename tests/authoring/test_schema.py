"""The JSON Schema of specs in YAML, judged by an ordinary validator."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from convdsl.argument import OPERANDS, signature
from convdsl.authoring.convert import converted
from convdsl.authoring.schema import schema, text
from convdsl.ops import catalogue
from convdsl.recipe import Recipe
from convdsl.source import Source
from tests.authoring.yaml_for_validators import load

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)
SPECS = sorted(path for path in ROOT.glob("specs/**/*.yaml"))
TEXTS = sorted(path for path in ROOT.glob("specs/**/*.cdsl"))
BAD = sorted(ROOT.glob("tests/bad/*.yaml"))

# Codes that no schema can see, and why; the mistakes of all others in a file of the corpus must be rejected.
UNSEEN = {
    "E001": "the grammar of expressions is no regular language",
    "E006": "the file is no YAML: the validator never gets it",
    "E008": "a key that is written twice is one key to JSON",
    "E009": "anchors, aliases, tags and merge keys are gone before a validator looks",
    "E010": "JSON's maps have no order",
}
STRUCTURAL = {
    "E002": "the edition",
    "E003": "the edition",
    "E007": "keys, lists and maps",
    "E011": "the sections",
    "E110": "the layers, where the file has no blocks and no imports",
    "E111": "the operators' arguments",
    "E113": "the types of literals",
    "E150": "the settings",
    "E151": "the types of settings",
}  # what is in neither is meaning: names in scope, values that flow, sizes


def errors(document: str) -> list[ValidationError]:
    return sorted(VALIDATOR.iter_errors(load(document)), key=lambda error: list(map(str, error.absolute_path)))


def spec(layers: str, rest: str = "") -> str:
    lines = "".join(f"  {line}\n" for line in layers.splitlines())
    return f"convdsl: 1\nmodel: Net\ninputs: {{x: [N, 3, H, W]}}\nlayers:\n{lines}outputs: {{y: [N, 8, H, W]}}\n{rest}"


def test_schema_is_a_json_schema_of_its_dialect() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_committed_schema_is_the_one_that_the_program_prints() -> None:
    committed = (ROOT / "docs" / "spec.schema.json").read_text("utf-8")
    assert committed == text(), "stale: `convdsl schema -o docs/spec.schema.json --force`"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_every_yaml_spec_of_the_project_validates(path: Path) -> None:
    assert [error.message for error in errors(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_text_spec_validates_as_its_yaml_twin(path: Path) -> None:
    twin = converted(Source(path.name, path.read_text("utf-8")), "a.yaml").text
    assert twin is not None
    assert [(list(error.absolute_path), error.message) for error in errors(twin)] == []


def marked(path: Path) -> list[str]:
    return re.findall(r"# error: ((?:E\d{3}[ ,]*)+)", path.read_text("utf-8"))


def structural() -> Iterator[Path]:
    for path in BAD:
        codes = {code for line in marked(path) for code in re.findall(r"E\d{3}", line)}
        if codes & set(STRUCTURAL):
            yield path


# Structural mistakes of the corpus that no schema can see, each with the reason.
INVISIBLE = {
    "yaml_edition_with_a_point.yaml": "1.0 and 1 are one number to JSON",
}


@pytest.mark.parametrize("path", list(structural()), ids=lambda path: path.name)
def test_every_structural_mistake_of_the_corpus_is_rejected(path: Path) -> None:
    document = path.read_text("utf-8")
    try:
        found = errors(document)
    except yaml.YAMLError:
        return  # rejected even before
    if path.name in INVISIBLE:
        assert found == [], "the schema sees it now: take it from the list"
    else:
        assert found != []


SEEN = {
    "an unknown argument": ("- y: {Conv2d: {out_channel: 8, kernel_size: 3}}", ["layers", 0, "y", "Conv2d"]),
    "an unknown argument without a name": ("- Conv2d: {out_channel: 8}", ["layers", 0, "Conv2d"]),
    "a word for a number": ("- Conv2d: {out_channels: true, kernel_size: 3}", ["layers", 0, "Conv2d", "out_channels"]),
    "a fraction for an int": ("- Conv2d: {out_channels: 8, kernel_size: 1.5}", ["layers", 0, "Conv2d", "kernel_size"]),
    "a number too small": (
        "- Conv2d: {out_channels: 8, kernel_size: 0}",
        ["layers", 0, "Conv2d", "kernel_size"],
    ),
    "three numbers for a pair": ("- MaxPool2d: {kernel_size: [1, 2, 3]}", ["layers", 0, "MaxPool2d", "kernel_size"]),
    "a number for a truth": ("- Conv2d: {out_channels: 8, kernel_size: 1, bias: 0}", ["layers", 0, "Conv2d", "bias"]),
    "two numbers beside each other": (
        "- Conv2d: {out_channels: 8, kernel_size: 3, stride: 2 2}",
        ["layers", 0, "Conv2d", "stride"],
    ),
    "two layers in an item": ("- Conv2d: {out_channels: 8, kernel_size: 3}\n  ReLU:", ["layers", 0]),
    "a loop without a body": ("- repeat: 3", ["layers", 0]),
    "a condition with the wrong part": ("- if: 1 == 1\n  do: [ReLU]", ["layers", 0]),
    "a layer that there is not": ("- Cnov2d: {out_channels: 8}", ["layers", 0]),
    "a layer that there is not, inside a group": ("- g: [ReLU, Rleu]", ["layers", 0, "g", 1]),
    "a layer that there is not, inside a loop": ("- repeat: 2\n  do:\n    - Rleu: 1", ["layers", 0, "do", 0]),
    "a call in text": ("- y: Conv2d(8, 3)", ["layers", 0, "y"]),
    "a value of its own": ("- 3", ["layers", 0]),
}


@pytest.mark.parametrize("name", SEEN)
def test_mistake_in_an_item_is_reported_in_that_item(name: str) -> None:
    layers, place = SEEN[name]
    found = errors(spec(layers))
    assert found, name
    for error in found:
        path = list(error.absolute_path)
        assert path[: len(place)] == place, (path, error.message)


GOOD = (
    "- y: {Conv2d: {out_channels: 8, kernel_size: 3, padding: same}}",
    "- y: {Conv2d: {out_channels: 8, kernel_size: [3, 5], padding: 2 * width + (1 - 1)}}",
    '- y: {Conv2d: {out_channels: 8, kernel_size: "(3, 5)", padding: "?"}}\n  from: x\n  shape: [N, 8, H // 2, W]',
    "- ReLU",
    "- ReLU:",
    "- MaxPool2d: 2",
    "- Concat: [x, e.skip, enc[0]]".replace("enc[0]", '"enc[0]"'),
    "- Concat: {inputs: [x, y], dim: 2}",
    "- Mul: 110",
    "- Add: [x, 1]",
    "- a: b",
    "- y: a - (b + c)",
    "- a - (b + c)",
    "- [{Chunk: 2}, Add]",
    '- "a, b": {Chunk: 2}',
    '- "enc[i]": {Conv2d: {out_channels: "min(8, width)", kernel_size: 1}}',
    "- repeat: 2 * n\n  do: [ReLU, {Dropout: 0.5}]",
    "- for: i in reversed(range(n))\n  do:\n    - ReLU",
    "- if: width > 3 and not flag\n  then: [ReLU]\n  else: [Tanh]",
    "- if: true\n  then: [ReLU]",
    "- default: {Conv2d: {padding: 1}}",
    "- layer: {head: {Conv2d: {out_channels: 8, kernel_size: 3}}}\n- p: {use: head}\n  from: x",
    "- do: [ReLU]",
    "- f: {do: [{a: ReLU}]}\n  as: features.0",
    "- Conv2d: {out_channels: 8, kernel_size: 1}\n  as: head.0",
    "- Up: 64\n  from: [d3, e2]",
    "- Upsample: {scale_factor: 2, mode: bilinear, align_corners: false}",
    "- Upsample: {scale_factor: 2, mode: how}",
    "- BatchNorm2d: {eps: 1e-3, momentum: none}",
    "- Stage: {norm: {GroupNorm: 32}, sub: {Down: 8}, width: 3}",
)


@pytest.mark.parametrize("layers", GOOD)
def test_every_form_of_the_language_is_accepted(layers: str) -> None:
    blocks = "blocks: {Up: {layers: [ReLU]}, Stage: {layers: [ReLU]}}\n"
    assert [(list(e.absolute_path), e.message) for e in errors(spec(layers, blocks))] == []


def test_codes_that_a_schema_sees_are_not_those_that_it_cannot() -> None:
    assert not set(UNSEEN) & set(STRUCTURAL)


def test_unknown_layer_is_allowed_where_the_file_may_mean_a_block() -> None:
    assert errors(spec("- Down: 8", "blocks: {Down: {layers: [ReLU]}}\n")) == []
    assert errors(spec("- Down: 8", "import: {b.cdsl: [Down]}\n")) == []
    assert errors(spec("- Down: 8")) != []


@pytest.mark.parametrize("name", catalogue.names())
def test_every_argument_of_every_operator_is_offered_with_its_documentation(name: str) -> None:
    op = catalogue.find(name)
    assert op is not None
    found = SCHEMA["$defs"][name]
    properties = found.get("properties") or found["then"]["properties"]
    for declared in signature(op):
        if declared.kind is not OPERANDS:
            assert declared.name in properties
            about = properties[declared.name]
            assert "$ref" in about or declared.doc[1:] in about["description"]
    assert SCHEMA["$defs"]["item"]["then"]["properties"][name] == {"$ref": f"#/$defs/{name}"}


def test_every_setting_is_offered_with_its_documentation() -> None:
    properties = SCHEMA["properties"]["train"]["properties"]
    assert list(properties) == [declared.name for declared in signature(Recipe)]
    for declared in signature(Recipe):
        assert declared.doc[1:] in properties[declared.name]["description"]


TRAIN_GOOD = (
    "{loss: SmoothL1, epochs: 3}",
    "{optimizer: {AdamW: {lr: 1e-3}}}",
    "{sizes: [96, 128]}",
    "{loss: 100 * L1() + 0.5 * SmoothL1(beta=0.1)}",
    "{loss: MSE() / 2 + 3 * (L1 + 1e-3 * MSE)}",
    "{loss: SmoothL1(0.1)}",
    "{schedule: {Cosine: {warmup: 10}}}",
    "{discriminator_model: Judge}",
    "{discriminator_model: Judge(width=32)}",
    "{discriminator_model: {Judge: {width: 32, norm: batch, deep: true}}}",
)
TRAIN_BAD = (
    "{epohcs: 3}",
    "{epochs: many of them}",
    "{epochs: 0}",
    "{optimizer: {AdamW: {rl: 1}}}",
    "{optimizer: Madam}",
    "{loss: 100 * L1() + 0.5 * MS()}",
    "{loss: 100 * 3}",
    "{optimizer: 2 * SGD()}",
    "{flip: 3}",
    "{discriminator_model: 3}",
    "{discriminator_model: {judge: {width: 32}}}",
    "{discriminator_model: {Judge: 3}}",
    "{discriminator_model: {Judge: {width: [1, 2]}}}",
)


@pytest.mark.parametrize("settings", TRAIN_GOOD)
def test_recipe_is_accepted(settings: str) -> None:
    assert [error.message for error in errors(spec("- y: ReLU", f"train: {settings}\n"))] == []


@pytest.mark.parametrize("settings", TRAIN_BAD)
def test_mistake_in_a_recipe_is_reported_there(settings: str) -> None:
    found = errors(spec("- y: ReLU", f"train: {settings}\n"))
    assert found
    assert all(list(error.absolute_path)[:1] == ["train"] for error in found)


def test_schema_command_prints_and_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from convdsl.cli.main import main

    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMA
    assert main(["schema", "-o", str(tmp_path / "s.json")]) == 0
    assert json.loads((tmp_path / "s.json").read_text("utf-8")) == SCHEMA
