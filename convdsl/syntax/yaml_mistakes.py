"""What people write in a YAML list of layers that is none, and what to write instead.

Apart from the reader so that it stays short: every function here only complains.
"""

import re

from convdsl.diagnostics import Edit
from convdsl.nearest import nearest
from convdsl.source import Span
from convdsl.syntax.yaml_habits import items_of, of_yolo
from convdsl.syntax.yaml_nodes import List, Map, Node, Scalar
from convdsl.syntax.yaml_values import GLUED, TYPE, Values, kind

BESIDE = ("from", "shape", "as")  # what may stand beside a layer
PARTS = (*BESIDE, "do", "then", "else")
# What may stand beside each word of the language that begins an item.
KEYWORDS = {
    "repeat": ("do",),
    "for": ("do",),
    "if": ("then", "else"),
    "default": (),
    "layer": ("as",),
    "use": BESIDE,
    "do": ("shape", "as"),
}
NAMED_LIKE_A_LAYER = re.compile(r"(conv|relu|batch_?norm|max_?pool|avg_?pool|linear|dense|dropout|upsample)\w*$")
_TYPE_KEYS = ("type", "class_name", "name", "op", "module", "kind", "layer_type")  # of other formats
ELSEWHERE = {"input": "inputs", "inputs": "inputs", "output": "outputs", "outputs": "outputs", "expect": "expect"}


def word_refused(values: Values, node: Scalar) -> bool:
    """Refuse a plain item or value that is neither a type nor a value's name; False if it may be one."""
    text = node.text
    glued = GLUED.fullmatch(text)
    if glued and "(" not in text[: glued.end(1)]:
        edits = (Edit(node.place(glued.end(1), glued.end(1) + 1), ": "),)
        values.refuse(f"a space is missing behind the colon in {kind(node)}", node.span, "write `: `", edits)
    elif text in ELSEWHERE or text in KEYWORDS or text in PARTS:
        values.refuse(f"`{text}` needs a value", node.span, f"write `- {text}: ...`")
    elif "->" in text or "=" in text:
        way_out = "in YAML a named layer is `- y: {Conv2d: {...}}`, and a chain is one item for each layer"
        values.refuse(f"{kind(node)} is a line of the text spelling", node.span, way_out)
    elif "(" in text:
        _call_refused(values, node)
    elif any(sign in text for sign in "+-*/"):
        values.fragment(node, "arithmetic", "an item")
    else:
        return False
    return True


def _call_refused(values: Values, node: Scalar) -> None:
    name = node.text.split("(", 1)[0].strip()
    edits = (Edit(node.span, name),) if node.text == f"{name}()" and TYPE.fullmatch(name) else ()
    way_out = (
        f"write `{name}`" if edits else f"write the arguments behind a colon, `{name or 'Conv2d'}: {{name: value}}`"
    )
    values.refuse(f"{kind(node)} is a call of the text spelling", node.span, way_out, edits)


def refuse_extra(values: Values, node: Map, word: Scalar, extra: Scalar, allowed: tuple[str, ...]) -> None:
    """Say why a key cannot stand beside the first word of its item."""
    value = next(value for key, value in node.pairs if key is word)
    if word.text in KEYWORDS:
        return values.unknown(extra, f"{'an' if word.text == 'if' else 'a'} `{word.text}` item", (word.text, *allowed))
    if extra.text in PARTS:
        return values.refuse(
            f"`{extra.text}` does not go with a layer", extra.span, "it goes with `repeat`, `for` or `if`"
        )
    if word.text in _TYPE_KEYS:
        name = value.text if isinstance(value, Scalar) and TYPE.fullmatch(value.text) else "Conv2d"
        way_out = f"write `- {name}: {{name: value}}`"
        return values.refuse("the type of a layer is the key of its item, not a value", word.span, way_out)
    if isinstance(value, Scalar) and value.is_empty and TYPE.fullmatch(word.text) and not TYPE.fullmatch(extra.text):
        message = f"`{extra.text}` stands beside `{word.text}`, not inside it"
        return values.refuse(message, extra.span, f"indent the arguments deeper than `{word.text}`")
    if not TYPE.fullmatch(extra.text) and nearest(extra.text, BESIDE):
        return values.unknown(extra, "an item", BESIDE)
    return refuse_second(values, node, word, extra)


def refuse_second(values: Values, node: Map, first: Scalar, second: Scalar) -> None:
    """Refuse a second layer in one item: a dash is missing."""
    edits: tuple[Edit, ...] = ()
    start = second.span.start
    if not node.flow and values.source.text[max(0, start - 2) : start] == "  ":
        edits = (Edit(Span(start - 2, start), "- "),)
    message = f"two layers in one item, `{first.text}` and `{second.text}`"
    values.refuse(message, second.span, f"begin a new item, `- {second.text}: ...`", edits)


def refuse_value(values: Values, head: Scalar, node: Map) -> None:
    """Say why a map is not what a name can stand for."""
    refuse = values.refuse
    keys = [key for key, _ in node.pairs]
    inner = next((key for key in keys if key.text in PARTS and len(keys) > 1), None)
    if not keys:
        return refuse(f"`{head.text}` has no layer", node.span, f"write `{head.text}: {{Conv2d: {{...}}}}`")
    if inner is not None:
        way_out = f"write it on a line of its own, with the indentation of `{head.text}`"
        message = f"`{inner.text}` stands inside `{head.text}`, not beside it"
        return refuse(message, inner.span, way_out, _moved_out(values, head, node, inner))
    if not any(TYPE.fullmatch(key.text) for key in keys) and NAMED_LIKE_A_LAYER.match(head.text):
        better = head.text[:1].upper() + head.text[1:]
        way_out = f"a layer's type begins with a capital letter: `{better}`"
        return refuse(
            f"`{head.text}` is a name here, and these are arguments", head.span, way_out, (Edit(head.span, better),)
        )
    if len(keys) == 1 or not TYPE.fullmatch(keys[0].text):
        way_out = "a layer's type begins with a capital letter, as in `{Conv2d: {...}}`"
        return refuse(f"`{keys[0].text}` is neither a layer nor `use` or `do`", keys[0].span, way_out)
    first, second = keys[0].text, keys[1].text
    way_out = f"a chain is a list, `{head.text}: [{{{first}: ...}}, {{{second}: ...}}]`"
    return refuse(f"two layers for one name, `{first}` and `{second}`", keys[1].span, way_out)


def _moved_out(values: Values, head: Scalar, node: Map, inner: Scalar) -> tuple[Edit, ...]:
    """Put a key and its value from the end of a map in braces on a line of its own below."""
    at = next(index for index, (key, _) in enumerate(node.pairs) if key is inner)
    if not node.flow or at == 0 or at + 1 < len(node.pairs):
        return ()
    value = node.pairs[at][1]
    text = values.source.text
    line = text.rfind("\n", 0, head.span.start) + 1
    if text[line : head.span.start].strip() not in ("", "-") or "\n" in text[head.span.start : node.span.end]:
        return ()
    indent = " " * (head.span.start - line)
    moved = f"\n{indent}{inner.text}: {text[value.span.start : value.span.end]}"
    start = node.pairs[at - 1][1].span.end
    return Edit(Span(start, value.span.end), ""), Edit(Span(node.span.end, node.span.end), moved)


def refuse_body(values: Values, key: Scalar, node: Node) -> None:
    """Refuse what stands where a list of layers belongs."""
    empty = isinstance(node, Scalar) and node.is_empty
    if isinstance(node, List):
        return
    first = node.pairs[0][0] if isinstance(node, Map) and node.pairs else None
    if first is not None and first.text.startswith("-"):
        dash = Span(first.span.start, first.span.start + 1)
        values.refuse("a space is missing behind this `-`", dash, "write `- `", (Edit(dash, "- "),))
        return
    way_out = "begin each layer with `- `, as in `- Conv2d: {...}`"
    if isinstance(node, Map) and node.pairs:
        way_out = f"begin each layer with `- `: {items_of(node)}"
    values.refuse(
        f"`{key.text}` is a list of layers, and this is {kind(node)}", key.span if empty else node.span, way_out
    )


def refuse_list(values: Values, node: List) -> None:
    """Refuse a list where a layer belongs."""
    yolo = of_yolo(node)
    if yolo is not None:
        values.refuse("an item is a layer and its arguments by name, and this is a list", node.span, yolo)
    else:
        values.refuse("an item is one layer, and this is a list", node.span, "write `- do: [...]` for a group")
