"""Plain YAML data and how it is laid out: on one line in brackets where that fits, else over lines.

The project's own layout, for a YAML library's dump reflows files. It knows nothing of networks; a scalar is quoted only
where YAML would tear it apart or take it for something else.
"""

import re

from convdsl.record import dataclass

WIDTH = 110  # columns; more than the text's 100, for every argument has its name
_NULLS = frozenset({"null", "~", "Null", "NULL", "<<"})
_FIRST = re.compile(r"""[,\[\]{}#&*!|>'"%@`]|[-?:](\s|$)""")
_TORN = re.compile(r":(\s|$)|\s#|[\n\r\t]|^\s|\s$")
_TORN_IN_BRACKETS = re.compile(r"[,\[\]{}?:]|^-$")
_UNSEEN = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, without quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A list; one with `brackets` stays in them, however long it is."""

    items: "tuple[Node, ...]"
    brackets: bool = False


@dataclass(frozen=True, slots=True)
class Pairs:
    """A map; a value of None is an empty one."""

    pairs: "tuple[tuple[str, Node | None], ...]"


Node = Text | Listed | Pairs


def scalar(text: str, in_brackets: bool = False) -> str:
    """Print a scalar, in quotes where it needs them."""
    if not _needs_quotes(text, in_brackets):
        return text
    if _UNSEEN.search(text):
        return '"' + _UNSEEN.sub(_escape, text.replace("\\", "\\\\").replace('"', '\\"')) + '"'
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def key(text: str) -> str:
    """Print a key, quoted as in brackets everywhere: `"a, b"`, `"enc[i]"`."""
    return scalar(text, in_brackets=True)


def flow(node: Node) -> str:
    """Print a node on one line."""
    match node:
        case Text(text):
            return scalar(text, in_brackets=True)
        case Listed(items):
            return f"[{', '.join(map(flow, items))}]"
        case Pairs(pairs):
            # an empty value would need a space before the comma, which reads like a slip
            return (
                "{" + ", ".join(f"{key(name)}: {'{}' if value is None else flow(value)}" for name, value in pairs) + "}"
            )


def is_torn(node: Node) -> bool:
    """Tell whether a scalar in it needs quotes only because of the brackets around it."""
    match node:
        case Text(text):
            return _needs_quotes(text, True) and not _needs_quotes(text, False)
        case Listed(items):
            return any(map(is_torn, items))
        case Pairs(pairs):
            return any(value is not None and is_torn(value) for _, value in pairs)


def entry(lead: str, name: str, node: Node | None, indent: int) -> list[str]:
    """Print `name: value` behind `lead` (spaces, perhaps with `- `), over lines where it is too long.

    indent: the column of the name, from 0.
    """
    head = f"{lead}{key(name)}:"
    if node is None:
        return [head]
    if isinstance(node, Text):
        return [f"{head} {scalar(node.text)}"]
    line = f"{head} {flow(node)}"
    return [line] if len(line) <= WIDTH else [*_opened(head, node), *inside(node, indent + 2)]


def _opened(head: str, node: Node) -> list[str]:
    return [f"{head} ["] if isinstance(node, Listed) and node.brackets else [head]


def inside(node: Node, indent: int) -> list[str]:
    """Print the parts of a list or a map as lines."""
    space = " " * indent
    match node:
        case Pairs(pairs):
            return [line for name, value in pairs for line in entry(space, name, value, indent)]
        case Listed(items, brackets=True):
            return [*(f"{space}{flow(item)}," for item in items), f"{space[2:]}]"]
        case Listed(items):
            return [line for part in items for line in item(part, indent)]
        case Text(text):
            return [space + scalar(text)]


def item(node: Node, indent: int) -> list[str]:
    """Print a list's item, its dash in column `indent`."""
    dash = " " * indent + "- "
    match node:
        case Text(text):
            return [dash + scalar(text)]
        case Pairs(pairs) if pairs:
            (name, value), *rest = pairs
            below = [line for word, part in rest for line in entry(" " * (indent + 2), word, part, indent + 2)]
            return [*entry(dash, name, value, indent + 2), *below]
        case Pairs():
            return [dash + "{}"]
    line = dash + flow(node)
    if len(line) <= WIDTH or not node.items:
        return [line]
    return [f"{dash}[", *inside(Listed(node.items, True), indent + 4)[:-1], " " * (indent + 2) + "]"]


def _needs_quotes(text: str, in_brackets: bool) -> bool:
    if not text or text in _NULLS or _FIRST.match(text) or _TORN.search(text) or _UNSEEN.search(text):
        return True
    return in_brackets and _TORN_IN_BRACKETS.search(text) is not None


def _escape(found: "re.Match[str]") -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
