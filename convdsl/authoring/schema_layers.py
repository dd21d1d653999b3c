"""The schema of a list of layers: each item is told by its keys, so that a mistake is reported where it stands.

One branch for each kind of item would be shorter; but an editor that meets `anyOf` reports them all at the root of the
item, and completes nothing.
"""

from itertools import combinations

from convdsl.argument import OPERANDS, VALUE, signature
from convdsl.authoring.schema_values import EXPRESSION, NAME, TYPE, Schema, parameter, value
from convdsl.op import Op
from convdsl.ops import catalogue

_BESIDE = ("from", "shape", "as")
_WITH = {"repeat": ("do",), "for": ("do",), "if": ("then", "else"), "default": (), "layer": ()}
_REFERENCE = rf"^{NAME}(?:\.\w+|\[[^\]]*\])*$"
_NAMES = rf"^{NAME}(?:\[[^\]]*\])?(?:\s*,\s*{NAME}(?:\[[^\]]*\])?)*$"
_UNCALLED = rf"(?!.*{TYPE}\s*\()"  # a layer with arguments is a map
_LIST = {"$ref": "#/$defs/layers"}


def definitions() -> Schema:
    """Return the definitions that a list of layers needs, one for each operator among them."""
    names = catalogue.names()
    operators = {name: operator(name) for name in names}
    return {
        "layers": {
            "type": "array",
            "items": {"$ref": "#/$defs/item"},
            "description": "Layers, in the order of the flow",
        },
        "item": _item(names),
        "named": _named(names),
        "reference": {"type": "string", "pattern": _REFERENCE, "description": "The name of a value"},
        "shape": shape(),
        "argument": value("A block's argument"),
        "block_call": {
            "type": ["object", "string", "number", "boolean", "array", "null"],
            "description": "A block of this file, or one that it imports",
            "propertyNames": {"pattern": rf"^(?:{NAME}|{TYPE})$"},
        },
        **operators,
        **_known(names),
    }


def shape() -> Schema:
    """Describe `[N, C, H // 2, W]`."""
    axis = {"type": ["integer", "string"], "minimum": 1, "pattern": EXPRESSION}
    return {
        "type": ["array", "string"],
        "items": axis,
        "minItems": 1,
        "maxItems": 64,
        "pattern": r"^\[.*\]$",
        "description": "The size of each axis: numbers, symbols, and arithmetic over one symbol",
    }


def operator(name: str) -> Schema:
    """Describe the arguments of one operator: a map of them, or the first one alone."""
    found = catalogue.find(name)
    assert found is not None
    parameters = [declared for declared in signature(found) if declared.kind is not OPERANDS]
    takes_values = len(parameters) < len(signature(found))
    properties: Schema = {
        declared.name: {"$ref": "#/$defs/reference"} if declared.kind is VALUE else parameter(declared)
        for declared in parameters
    }
    properties["inputs"] = {
        "type": ["array", "string", "number"],
        "items": {"type": ["string", "number", "object"]},
        "description": "The values that it takes, or arguments by position",
    }
    inside: Schema = {
        "type": ["object", "array", "null"],
        "description": _about(found),
        "properties": properties,
        "additionalProperties": False,
        "items": {"type": ["string", "number"] if takes_values else "string"},
    }
    first = next((declared for declared in parameters if not declared.keyword_only), None)
    if takes_values or first is None:
        # `Mul: 110` is a constant
        return {**inside, "type": ["object", "array", "null", *(["number", "string"] if takes_values else [])]}
    alone = properties[first.name]
    return {
        "description": inside["description"],
        "if": {"type": ["object", "array", "null"]},
        "then": inside,
        "else": {key: part for key, part in alone.items() if key not in ("minItems", "maxItems", "items")},
    }


def _about(op: type[Op]) -> str:
    text = (op.__doc__ or "").strip()
    return " ".join(text.split("\n\n")[0].split())


def _item(names: tuple[str, ...]) -> Schema:
    keywords: Schema = {
        "repeat": {"type": ["integer", "string"], "minimum": 0, "maximum": 100_000, "pattern": EXPRESSION},
        "for": {"type": "string", "pattern": rf"^{NAME}\s+in\s+\S", "description": "As `i in range(4)`"},
        "if": {"type": ["string", "boolean"], "pattern": EXPRESSION, "description": "A condition on parameters"},
        "default": _one_layer("Arguments that the layers below have unless they say otherwise", rf"^{TYPE}$", names),
        "layer": {
            "type": "object",
            "description": "A layer whose weights are declared once: `{head: {Conv2d: {...}}}`",
            "minProperties": 1,
            "maxProperties": 1,
            "propertyNames": {"pattern": rf"^{NAME}$"},
            "additionalProperties": {"$ref": "#/$defs/named"},
        },
        "use": {"$ref": "#/$defs/reference"},
        "do": _LIST,
        "then": _LIST,
        "else": _LIST,
        "from": {"type": ["string", "array"], "items": {"$ref": "#/$defs/reference"}, "pattern": _REFERENCE},
        "shape": {"$ref": "#/$defs/shape"},
        "as": {"type": "string", "minLength": 1, "description": "The key of the weights, set by hand"},
    }
    keywords["repeat"]["description"] = "How often; the layers stand under `do`"
    keywords["from"]["description"] = "The value, or the list of values, that goes in"
    rules: list[Schema] = []
    for word, parts in _WITH.items():
        rule: Schema = {"propertyNames": {"enum": [word, *parts]}}
        if parts:
            rule["required"] = list(parts[:1])
        rules.append({"if": {"required": [word]}, "then": rule})
    statement = {"anyOf": [{"required": [word]} for word in _WITH]}
    rules.append({"if": {"not": statement}, "then": {"allOf": _heads(), "not": {"anyOf": _required("then", "else")}}})
    return {
        "type": ["string", "object", "array"],
        "if": {"type": "object"},
        "then": {
            "minProperties": 1,
            "properties": {**keywords, **_operators(names)},
            "patternProperties": {
                _NAMES_BUT_WORDS: {"$ref": "#/$defs/named"},
                _other(names): {"$ref": "#/$defs/block_call"},
            },
            "additionalProperties": False,
            "allOf": rules,
        },
        "else": {
            "if": {"type": "array"},
            "then": {"minItems": 2, "items": {"type": ["string", "object"]}},
            "else": {"pattern": rf"^{TYPE}$|^{_UNCALLED}(?=.*[-+*/]){EXPRESSION[1:]}"},
        },
    }


_WORDS = ("repeat", "for", "if", "default", "layer", "use", "do", "then", "else", "from", "shape", "as")
_ELSEWHERE = ("input", "inputs", "output", "outputs", "expect")  # each has a section of its own
_NAMES_BUT_WORDS = rf"^(?!(?:{'|'.join((*_WORDS, *_ELSEWHERE))})$){_NAMES[1:]}"


def _heads() -> list[Schema]:
    """Allow one key that is the layer's or the name's, whatever stands beside it."""
    out: list[Schema] = []
    for count in range(len(_BESIDE) + 1):
        for present in combinations(_BESIDE, count):
            absent = [word for word in _BESIDE if word not in present]
            test: Schema = {"required": list(present)}
            if absent:
                test["not"] = {"anyOf": _required(*absent)}
            out.append({"if": test, "then": {"minProperties": count + 1, "maxProperties": count + 1}})
    return out


def _required(*words: str) -> list[Schema]:
    return [{"required": [word]} for word in words]


def _operators(names: tuple[str, ...]) -> Schema:
    return {name: {"$ref": f"#/$defs/{name}"} for name in names}


def _other(names: tuple[str, ...]) -> str:
    """Match a type that is no operator: a block, as far as a schema can know."""
    return rf"^(?!(?:{'|'.join(names)})$){TYPE}$"


def _one_layer(about: str, pattern: str, names: tuple[str, ...]) -> Schema:
    return {
        "type": "object",
        "description": about,
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {"pattern": pattern},
        "properties": _operators(names),
        "patternProperties": {_other(names): {"$ref": "#/$defs/block_call"}},
    }


def _named(names: tuple[str, ...]) -> Schema:
    """Describe what stands behind a name: a layer, a list of them, a declared layer, or another value."""
    layer = _one_layer("One layer", rf"^(?:{TYPE}|use|do)$", names)
    layer["properties"] = {**layer["properties"], "use": {"$ref": "#/$defs/reference"}, "do": _LIST}
    return {
        "description": "A layer, a list of layers, or another name for a value",
        "type": ["string", "object", "array"],
        "pattern": f"^{_UNCALLED}{EXPRESSION[1:]}",
        "if": {"type": "object"},
        "then": layer,
        "else": {"if": {"type": "array"}, "then": _LIST},
    }


def _known(names: tuple[str, ...]) -> Schema:
    """Allow operators only: the rule for a file without blocks and imports, where no other type can have a meaning."""
    operators = list(names)
    items = {"$ref": "#/$defs/known_item"}
    inside = {"$ref": "#/$defs/known_argument"}
    types: Schema = {"if": {"pattern": rf"^{TYPE}$"}, "then": {"enum": operators}}
    lists: Schema = {"if": {"type": "array"}, "then": {"items": items}}
    return {
        "known_item": {
            "if": {"type": "object"},
            "then": {
                "propertyNames": types,
                "properties": {"layer": {"additionalProperties": {"$ref": "#/$defs/known_value"}}, "default": inside}
                | dict.fromkeys(("do", "then", "else"), lists)
                | dict.fromkeys(_BESIDE, True),
                "patternProperties": {rf"^{TYPE}$": {"additionalProperties": inside}},
                "additionalProperties": {"$ref": "#/$defs/known_value"},
            },
            "else": {"if": {"type": "string"}, "then": types},
        },
        "known_value": {
            "if": {"type": "object"},
            "then": items,
            "else": {**lists, "else": {"if": {"type": "string"}, "then": types}},
        },
        "known_argument": {
            "if": {"type": "object"},
            "then": {"propertyNames": types, "additionalProperties": {"additionalProperties": inside}},
        },
    }
