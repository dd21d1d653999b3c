"""Turn the names of a spec into Python that cannot mean anything else.

Every string of a spec that reaches the emitted file goes through here: as a checked identifier, a quoted string or
the text of a comment. It knows nothing of layers or graphs.
"""

import builtins
import keyword
import re

from convdsl.graph.keys import reserved
from convdsl.lower.library import HELPERS

# what torch.nn.Module has already: as an attribute these read as the method, never as a layer of that name
# fmt: off
MODULE_ATTRIBUTES = frozenset((
    "T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children",
    "compile", "cpu", "cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward",
    "get_buffer", "get_extra_state", "get_parameter", "get_submodule", "half", "ipu",
    "load_state_dict", "modules", "mtia", "named_buffers", "named_children", "named_modules",
    "named_parameters", "parameters", "register_backward_hook", "register_buffer",
    "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
    "register_full_backward_pre_hook", "register_load_state_dict_post_hook",
    "register_load_state_dict_pre_hook", "register_module", "register_parameter",
    "register_state_dict_post_hook", "register_state_dict_pre_hook", "requires_grad_",
    "set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty", "train",
    "training", "type", "xpu", "zero_grad",
))
# fmt: on

# names that the emitted file uses itself
_TAKEN = (
    frozenset(dir(builtins))
    | frozenset(HELPERS)
    | {"self", "torch", "nn", "F", "Any", "Tensor", "Layers", "PARAMETERS", "main"}
)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LONGEST = 32  # of a local's name, so that a line of the emitted file stays readable


def is_plain(name: str) -> bool:
    """Tell whether `self.name` is Python for the layer of that name and nothing else.

    Not so for numbers, keywords, methods of nn.Module, names that Python would change inside a class (`__x`) or
    compare after folding (letters beyond ASCII).
    """
    return (
        _WORD.match(name) is not None
        and not keyword.iskeyword(name)
        and not name.startswith("__")
        and name not in MODULE_ATTRIBUTES
    )


def refusal(name: str) -> str:
    """Say why a layer cannot have this name, "" where it can."""
    if not name:
        return "a part of a layer's name is empty"
    if reserved(name):
        return f"`{name}` is a name that torch.nn.Module keeps for itself"
    return ""


def quote(text: str) -> str:
    """Write a string as Python reads it back, in double quotes where that needs no escape."""
    plain = repr(text)
    if plain.startswith("'") and '"' not in text:
        return f'"{plain[1:-1]}"'
    return plain


def prose(text: str) -> str:
    """Make text safe inside a comment or a docstring: one line, no quotes' end, no escapes."""
    out = "".join(char if char.isprintable() and char not in '"\\' else "?" for char in text)
    return out.strip()


def literal(value: object) -> str:
    """Write an argument: a number, a word, none, or a tuple of them.

    Raises TypeError for anything else.
    """
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return f'float("{value}")'
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, tuple):
        inside = ", ".join(literal(item) for item in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    raise TypeError(f"not plain data: {value!r}")


def class_name(name: str) -> str:
    """Return a model's name as a class name."""
    word = _identifier(name) or "Network"
    return f"{word}_" if word in _TAKEN or keyword.iskeyword(word) else word


class Locals:
    """Hand out names for local variables, each once; deterministic."""

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        self._used = set(taken)
        self._next: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        """Return a free identifier as near to `wanted` as can be."""
        word = _identifier(wanted)[:_LONGEST].rstrip("_") or "y"
        if keyword.iskeyword(word) or keyword.issoftkeyword(word) or word in _TAKEN:
            word += "_"
        name, count = word, self._next.get(word, 2)
        while name in self._used:
            name, count = f"{word}_{count}", count + 1
        self._next[word] = count
        self._used.add(name)
        return name


def _identifier(text: str) -> str:
    word = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")
    return f"y{word}" if word[:1].isdigit() else word
