"""How other programs' configurations write a network, and the line that it is here, with the writer's own values.

YOLO writes `[from, repeats, module, arguments]`, Keras and others a list of numbers behind a layer. Nothing is known
here of operators: the few names below are those of the layers that such files are full of.
"""

from collections.abc import Sequence

from convdsl.syntax.yaml_nodes import List, Map, Node, Scalar

# the parameters in PyTorch's order, as far as a list of values is likely to give them
_PARAMETERS = {
    "Conv2d": ("out_channels", "kernel_size", "stride", "padding"),
    "ConvTranspose2d": ("out_channels", "kernel_size", "stride", "padding"),
    "MaxPool2d": ("kernel_size", "stride", "padding"),
    "AvgPool2d": ("kernel_size", "stride", "padding"),
    "Linear": ("out_features", "bias"),
    "Upsample": ("size", "scale_factor", "mode"),
}
_MODULES = {"Conv": "Conv2d", "ConvTranspose": "ConvTranspose2d", "MaxPool": "MaxPool2d", "Dense": "Linear"}


def of_yolo(node: List) -> str | None:
    """Return what `[-1, 1, Conv, [64, 3, 2]]` is here, None where a list is nothing of the kind."""
    if len(node.items) != 4:
        return None
    origin, times, module, values = node.items
    if not isinstance(module, Scalar) or not isinstance(values, List) or not isinstance(times, Scalar):
        return None
    name = module.text.rpartition(".")[2]
    name = _MODULES.get(name, name)
    if not times.text.isdecimal() or not name[:1].isupper():
        return None
    if name == "Concat":
        return "name the layers that it joins, and write `- Concat: [a, b]`"
    line = f"`- {name}{named(name, values.items)}`"
    if isinstance(origin, Scalar) and origin.text == "-1":
        return f"write {line}" + (f", inside `- repeat: {times.text}` with `do: [...]`" if times.text != "1" else "")
    return f"write {line}, with `from:` and a layer's name beside it"


def named(name: str, values: Sequence[Node]) -> str:
    """Return what stands behind a layer's name: `: {out_channels: 64, kernel_size: 3}`, `name` where none is known."""
    names = _PARAMETERS.get(name, ())
    if not values:
        return ""
    if not names:
        return f": {{name: {_value(values[0])}, ...}}"
    given = [
        f"{names[at] if at < len(names) else 'name'}: {_value(value)}"
        for at, value in enumerate(values)
        if not (isinstance(value, Scalar) and value.text in ("None", "null", "none", "~"))
    ]
    return f": {{{', '.join(given)}}}"


def _value(node: Node) -> str:
    match node:
        case Scalar(text=text):
            return {"True": "true", "False": "false"}.get(text, text)
        case List(items=items):
            return f"[{', '.join(map(_value, items))}]"
    return "..."


def items_of(node: Map) -> str:
    """Return the first items of a map that should have been a list."""
    shown = [key.text for key, _ in node.pairs[:2]]
    return " and ".join(f"`- {name}: ...`" for name in shown)
