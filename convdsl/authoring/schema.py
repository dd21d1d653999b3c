"""One JSON Schema for specs in YAML: completion, hover and first errors in any editor that knows JSON Schema.

Made from the operators' signatures, the recipe's settings and the words of the language. It says what a file may look
like; what it means is for `check`, which sees all that a schema cannot: names, sizes, what a block is.
"""

import json
from collections.abc import Iterable

from convdsl.argument import Parameter, signature
from convdsl.authoring.schema_layers import definitions
from convdsl.authoring.schema_values import EXPRESSION, NAME, TYPE, Schema, expression, kind, parameter
from convdsl.recipe import CHOICES, Recipe

DIALECT = "https://json-schema.org/draft/2020-12/schema"
EDITION = 1
_KINDS = "int|float|bool|str|layer"
_BODY = ("params", "inputs", "layers", "outputs")
_FILE = {"type": "string", "pattern": r"^\S(?:.*\S)?$"}


def schema() -> Schema:
    """Return the schema as JSON's types."""
    types = {"type": "string", "pattern": rf"^{TYPE}$"}
    return {
        "$schema": DIALECT,
        "title": f"A convdsl network, edition {EDITION}",
        "type": "object",
        "required": ["convdsl"],
        "properties": {
            "convdsl": {"const": EDITION, "description": "The edition of the language"},
            "import": {
                "type": "object",
                "description": "Blocks of other files: `blocks.cdsl: [Down, Up]`",
                "propertyNames": _FILE,
                "additionalProperties": {**types, "type": ["string", "array"], "items": types},
            },
            "blocks": {
                "type": "object",
                "description": "Parts that are used by name, with parameters",
                "propertyNames": types,
                "additionalProperties": {"$ref": "#/$defs/block"},
            },
            "model": {**types, "description": "The network's name"},
            **_body(("shape", "means", "where", "default")),
            "expect": {
                "type": ["string", "array"],
                "pattern": EXPRESSION,
                "items": expression("What must hold"),
                "description": "What must hold of parameters, macs, memory or the receptive field",
            },
            "train": _train(),
        },
        "additionalProperties": False,
        "dependentRequired": {word: ["model"] for word in (*_BODY, "expect")},
        "allOf": [
            {
                "if": {"not": {"anyOf": [{"required": ["blocks"]}, {"required": ["import"]}]}},
                "then": {
                    "required": ["model"],
                    "properties": {"layers": {"items": {"$ref": "#/$defs/known_item"}}},
                },
            },
            {
                "if": {"required": ["model"]},
                "then": {"required": ["outputs"], "properties": {"outputs": {"minProperties": 1}}},
            },
        ],
        "$defs": {
            "block": {
                "type": "object",
                "description": "Layers under a name",
                "properties": _body(("shape", "where")),
                "additionalProperties": False,
            },
            **definitions(),
        },
    }


def text() -> str:
    """Return the schema as it stands in docs/spec.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _body(parts: tuple[str, ...]) -> Schema:
    """Describe what a model and a block have in common."""
    names = {"pattern": rf"^{NAME}$"}
    tensors: Schema = {"type": "object", "propertyNames": names}
    return {
        "params": {
            "type": "object",
            "description": "Parameters with their kinds and defaults: `width: int = 32`",
            "propertyNames": names,
            "additionalProperties": {"type": "string", "pattern": rf"^(?:{_KINDS})\s*(?:=\s*\S.*)?$"},
        },
        "inputs": {**tensors, "description": "What goes in", "additionalProperties": _tensor(parts)},
        "layers": {"$ref": "#/$defs/layers"},
        "outputs": {**tensors, "description": "What comes out", "additionalProperties": _tensor(("shape", "means"))},
    }


def _tensor(parts: tuple[str, ...]) -> Schema:
    """Describe an input or output: its shape alone, or a map."""
    every: Schema = {
        "shape": {"$ref": "#/$defs/shape"},
        "means": expression("What the numbers are, in colour words: `(L - 50) / 50`"),
        "where": {
            "type": ["string", "array"],
            "pattern": EXPRESSION,
            "items": expression("A condition on one size"),
            "description": "The promised sizes: `H % 8 == 0 and W % 8 == 0`",
        },
        "default": {
            "type": ["number", "string"],
            "pattern": EXPRESSION,
            "description": "A constant if nothing is given",
        },
    }
    return {
        "type": ["object", "array"],
        "if": {"type": "object"},
        "then": {
            "properties": {part: every[part] for part in parts},
            "required": ["shape"],
            "additionalProperties": False,
        },
        "else": {"$ref": "#/$defs/shape"},
    }


def _train() -> Schema:
    """Describe the settings of a recipe."""
    return {
        "type": "object",
        "description": "How the network is trained",
        "properties": {declared.name: _setting(declared) for declared in signature(Recipe)},
        "additionalProperties": False,
    }


def _setting(declared: Parameter) -> Schema:
    if declared.name == "discriminator_model":
        return _model(parameter(declared)["description"])
    if declared.name not in CHOICES:
        return parameter(declared)
    choices = CHOICES[declared.name]
    about = parameter(declared)["description"]
    calls = {
        choice.__name__: {
            "type": ["object", "null", "number", "string", "array"],
            "description": " ".join((choice.__doc__ or "").split()),
            "properties": {item.name: parameter(item) for item in signature(choice)},
            "additionalProperties": False,
        }
        for choice in choices
    }
    for choice in choices:
        first = next(iter(signature(choice)), None)
        if first is not None:
            calls[choice.__name__] |= {"if": {"type": "number"}, "then": kind(first.kind, first.min, first.max)}
    return {
        "description": about,
        "type": ["string", "object"],
        "if": {"type": "object"},
        "then": {"properties": calls, "additionalProperties": False, "minProperties": 1, "maxProperties": 1},
        "else": {"pattern": _sum(calls) if declared.name == "loss" else rf"^(?:{'|'.join(calls)})(?:\(.*\))?$"},
    }


def _model(about: str) -> Schema:
    """Describe a model of another spec with values for its parameters: `{Judge: {width: 32}}`."""
    given = {"type": ["string", "number", "boolean"]}
    call = {"type": ["object", "null"], "propertyNames": {"pattern": rf"^{NAME}$"}, "additionalProperties": given}
    return {
        "description": about,
        "type": ["string", "object"],
        "if": {"type": "object"},
        "then": {
            "propertyNames": {"pattern": rf"^{TYPE}$"},
            "additionalProperties": call,
            "minProperties": 1,
            "maxProperties": 1,
        },
        "else": {"pattern": rf"^{TYPE}(?:\(.*\))?$"},
    }


def _sum(calls: Iterable[str]) -> str:
    """Match calls that are added, each times a number: `100 * L1() + 0.5 * MSE()`."""
    between = r"[\d.eE_\s()*/+-]*"
    return rf"^(?:{between}\b(?:{'|'.join(calls)})(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?(?!\())+{between}$"
