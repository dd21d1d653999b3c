"""What a value may look like in JSON's types: derived from what an argument's kind itself accepts.

A schema sees one value at a time. It knows no names in scope, so a word may always be a parameter's, and an expression
is a string that is made of the right pieces.
"""

from typing import Any

from convdsl.argument import Kind, Parameter

Schema = dict[str, Any]

NAME = r"[a-z_]\w*"
TYPE = r"[A-Z]\w*"
_MOST_AXES = 6  # numbers in the longest list of a fixed length: the two sides of three axes
_ATOM = r'(?:[\d.][\w.]*|[A-Za-z_][\w.]*(?:\[[^\]]*\])*|\?|"[^"]*")'
_OPERATOR = r"(?:\*\*|//|[-+*/%,]|[=!<>]=|[<>]|\b(?:and|or|not|in)\b)"
# atoms between operators, brackets anywhere: whether they pair is for the reader to say
EXPRESSION = (
    rf"^[\s(\[\-]*(?:not\s+)*{_ATOM}[\s)\]]*(?:[(\[]*(?:{_OPERATOR}[\s(\[\-]*)+{_ATOM}?[\s)\]]*|\([^()]*\)\s*)*$"
)


def expression(what: str) -> Schema:
    """Allow an expression of the language, written as a string."""
    return {"type": "string", "pattern": EXPRESSION, "description": what}


def parameter(declared: Parameter) -> Schema:
    """Describe what may be written for a declared argument; the hover text is its documentation."""
    out = kind(declared.kind, declared.min, declared.max)
    about = declared.doc[:1].upper() + declared.doc[1:]
    out["description"] = about if declared.required else f"{about} (default {_shown(declared.default)})"
    return out


def kind(of: Kind, least: float | None = None, most: float | None = None) -> Schema:
    """Describe what a kind accepts, found by asking it; any word may be a parameter's name besides."""
    bounds: Schema = {}
    if least is not None:
        bounds["minimum"] = least
    if most is not None:
        bounds["maximum"] = most
    number = "number" if _takes(of, 1.5) else "integer" if _takes(of, 1) else None
    types = ["string"]
    out: Schema = {}
    if number is not None:
        types.append(number)
        out |= bounds
    if _takes(of, True):
        types.append("boolean")
    lengths = [length for length in range(1, _MOST_AXES + 2) if _takes(of, (1,) * length)]
    if lengths:
        types.append("array")
        inner = "number" if _takes(of, (1.5,) * lengths[0]) else "integer"
        out["items"] = {"type": [inner, "string"], **bounds}
        out["minItems"] = lengths[0]
        if lengths[-1] <= _MOST_AXES:
            out["maxItems"] = lengths[-1]
    if of.words and of.words != ("",) and number is None:
        # the words first, for completion; then the name of a parameter that holds one of them
        return {"anyOf": [{"enum": list(of.words)}, {"type": "string", "pattern": rf"^(?:{NAME}|\"[^\"]*\")$"}]}
    if of.words != ("",):
        out["pattern"] = EXPRESSION
    return {"type": types[0] if len(types) == 1 else types, **out}


def value(what: str) -> Schema:
    """Allow the value of a block's argument, of which only the block knows the kind."""
    return {"type": ["string", "number", "boolean", "array", "object"], "description": what}


def required(parameters: tuple[Parameter, ...]) -> int:
    """Count the arguments that a call cannot do without."""
    return sum(1 for declared in parameters if declared.required)


def _takes(of: Kind, plain: object) -> bool:
    try:
        of.read(plain)
    except ValueError:
        return False
    return True


def _shown(default: object) -> str:
    if default is None or isinstance(default, bool):
        return "none" if default is None else str(default).lower()
    if isinstance(default, float):
        return f"{default:g}"
    if isinstance(default, str | int | tuple):
        return str(default)
    return type(default).__name__  # a loss, an optimizer: by its name
