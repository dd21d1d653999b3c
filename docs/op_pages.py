"""The operators' pages, docs/ops/: one for each, made of its docstring, its signature and what it says of its example.

Nothing in them is written by hand: the example of a docstring becomes a spec in both spellings, and the numbers are
those that the commands print for it.
"""

import re
from collections.abc import Iterator

from convdsl.api import closeup
from convdsl.argument import OPERANDS, VALUE, Parameter, signature
from convdsl.authoring.canonical import canonical
from convdsl.authoring.print_yaml import print_yaml
from convdsl.graph.bind import spell
from convdsl.graph.graph import Node
from convdsl.op import CallPlan, Expression, Op
from convdsl.ops import catalogue
from convdsl.ops.plan import Arguments, plain, written
from convdsl.pipeline import Analysis, analyze
from convdsl.shape import Shape
from convdsl.source import Source
from convdsl.syntax.parse import parse
from docs.op_example import Page, analysis, layer, page, shapes_read
from docs.op_formulas import formulas
from docs.op_pictures import picture
from docs.op_refusals import refusals

FOLDER = "docs/ops"
CATEGORIES = {
    "conv": "Convolutions and fixed windows",
    "pool": "Pools",
    "norm": "Norms",
    "activation": "Activations",
    "regularise": "Dropout",
    "resize": "Sizes: padding, cropping, enlarging",
    "shape": "Axes",
    "dense": "Dense layers and attention",
    "join": "Joins and arithmetic",
    "other": "Other",
}

_THUMBNAIL = 200  # pixels of a picture's width in the index
_TORCH = re.compile(r"torch(?:\.\w+)+")
_DOCS = "https://docs.pytorch.org/docs/2.13/generated"


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every page, the index first; pictures aside."""
    found = [page(name) for name in catalogue.names() if catalogue.find_own(name) is not None]
    yield f"{FOLDER}/index.md", _index(found)
    for one in found:
        yield f"{FOLDER}/{one.name}.md", _text(one)


def pictures() -> Iterator[tuple[str, str]]:
    """Yield the path and the SVG text of every picture on the pages."""
    for name in catalogue.names():
        if catalogue.find_own(name) is not None:
            one = page(name)
            for path, spec in zip(_paths(one), one.drawn, strict=True):
                result = analyze(Source("picture.cdsl", spec))
                yield f"{FOLDER}/{path}", picture(result, layer(result), one.formula)


def _paths(one: Page) -> list[str]:
    """Return where an operator's pictures are, from the folder of the pages."""
    return [f"images/{one.name}{f'-{index}' if index > 1 else ''}.svg" for index in range(1, len(one.drawn) + 1)]


def _alternatives(one: Page) -> list[str]:
    """Return what stands for each picture where it cannot be seen."""
    calls = (re.findall(r"^  \w+(?:, \w+)* = (.*)$", spec, re.MULTILINE)[-1] for spec in one.drawn)
    return [f"What the outputs of `{call}` read" for call in calls]


def _index(found: list[Page]) -> str:
    out = [
        "# Layers",
        "",
        f"All {len(found)} operators of edition 1, by what they are for. A name leads to its page: parameters, "
        "formula, legal range, a picture, an example with its numbers, and what it is in PyTorch. These pages are made "
        "by `make readme`.",
    ]
    for category, title in CATEGORIES.items():
        members = [one for one in found if one.op.category == category]
        rows = [f"| [{one.name}]({one.name}.md) | {_cell(one.lead)} | {_thumbnail(one)} |" for one in members]
        out += ["", f"## {title}", "", "| layer | what it does | what its outputs read |", "|-|-|-|", *rows]
    return "\n".join(out) + "\n"


def _thumbnail(one: Page) -> str:
    return f'[<img src="{_paths(one)[0]}" width="{_THUMBNAIL}" alt="picture of {one.name}">]({one.name}.md)'


def _text(one: Page) -> str:
    result = analysis(one)
    node = layer(result)
    parts = [
        f"# {one.name}",
        one.prose,
        "\n\n".join(f"![{alt}]({path})" for path, alt in zip(_paths(one), _alternatives(one), strict=True)),
        f"[All layers](index.md) · {CATEGORIES[one.op.category]} · {_axes(one.op)}",
        "## Parameters",
        f"`{one.name}({', '.join(map(_given, _declared(one.op)))})`",
        _table(one.op),
        *_formulas(one),
        "## Legal range",
        _sizes(one),
        _refused(one),
        "## Example",
        f"```cdsl\n{one.spec}```",
        f"```yaml\n{print_yaml(canonical(parse(result.source).file))}```",
        f"```\n$ convdsl show example.cdsl --layer {node.name}\n{closeup(result, node.name)}\n```",
        "## In PyTorch",
        _torch(node, result),
        f"Source: {_TORCH.sub(lambda name: f'[{name[0]}]({_DOCS}/{name[0]}.html)', one.source)}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _axes(op: type[Op]) -> str:
    axes = {None: "any number of axes", 3: "`[N, C, L]`", 4: "`[N, C, H, W]`", 5: "`[N, C, D, H, W]`"}[op.rank]
    low, high = op.takes
    if (low, high) == (1, 1):
        return f"takes {axes}"
    count = f"{low} or more" if high is None else f"{low}" if low == high else f"{low} to {high}"
    return f"takes {count} values, {axes}"


def _declared(op: type[Op]) -> tuple[Parameter, ...]:
    return tuple(one for one in signature(op) if one.kind is not OPERANDS)


def _given(one: Parameter) -> str:
    return one.name if one.required else f"{one.name}={_default(one)}"


def _default(one: Parameter) -> str:
    value = plain(one.default)
    return value if isinstance(value, str) else spell(value)


def _table(op: type[Op]) -> str:
    rows = []
    for one in _declared(op):
        kind = "a value's name" if one.kind is VALUE else _cell(one.kind.name)
        default = "" if one.required else f"`{_default(one)}`"
        name = f"`{one.name}`" + (" (by name)" if one.keyword_only else "")
        rows.append(f"| {name} | {kind} | {default} | {_range(one)} | {_cell(one.doc)} |")
    if not rows:
        return "It has no parameters."
    return "\n".join(["| parameter | kind | default | range | what it is |", "|-|-|-|-|-|", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _range(one: Parameter) -> str:
    if one.min is None and one.max is None:
        return ""
    low = "" if one.min is None else f"{one.min:g} or more"
    return low if one.max is None else f"{one.min or 0:g} to {one.max:g}"


def _formulas(one: Page) -> list[str]:
    rows = [f"| {what} | {_cell(formula)} |" for what, formula in formulas(one)]
    if not rows:
        return []
    legend = (
        "Names are those of parameters and weights; `x` is a number of the input, `size` one of its axes, as are `C`, "
        "`L`, `D`, `H` and `W`; `//` rounds down."
    )
    return ["## Formula", "\n".join(["| what | formula |", "|-|-|", *rows]), legend]


def _refused(one: Page) -> str:
    rows = [
        f"| `{each.call}` | `{each.inputs}` | {_cell(each.message)} | {_cell(each.way_out)} |" for each in refusals(one)
    ]
    if not rows:
        return "Nothing else is refused but what the table of parameters excludes."
    table = ["| refused | on | because | way out |", "|-|-|-|-|", *rows]
    return "\n".join(["Besides what the table of parameters excludes, `check` refuses:", "", *table])


def _sizes(one: Page) -> str:
    """Say what the layer does to free sizes, and which it accepts; of the example's own where they cannot be free."""
    free = _freed(one)
    if free is None:
        node = layer(analysis(one))
        return f"{_turned(analysis(one), node)}."
    node = layer(free)
    said = f"With free sizes, {_turned(free, node)}"
    where = free.accepted.where() if free.accepted is not None else ""
    return f"{said}, at {f'`{where}`' if where else 'every size'}."


def _turned(result: Analysis, node: Node) -> str:
    inputs = shapes_read(result, node)
    verb = "becomes" if len(inputs) == 1 else "become"
    return f"`{_shapes(inputs)}` {verb} `{_shapes(node.shapes or ())}`"


def _freed(one: Page) -> Analysis | None:
    """Analyse the example with a symbol for every height, width and the like; None where the layer needs numbers."""
    if one.op.reads_places or one.op.category == "dense" or "like=" in one.spec:
        return None
    symbols = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}

    def free(line: re.Match[str]) -> str:
        axes = line[2].split(", ")
        names = zip(symbols[len(axes) - 2], axes[2:], strict=True)
        return f"{line[1]}[{', '.join([*axes[:2], *(axis if axis == '1' else name for name, axis in names)])}]"

    text = re.sub(r"(input \w+: )\[([^\]]*)\]", free, one.spec)
    # the promise of the output holds at the example's own size only
    result = analyze(Source("example.cdsl", re.sub(r"(output \w+): \[.*\]", r"\1: [N]", text)))
    node = None if result.graph is None else layer(result)
    if text == one.spec or node is None or node.shapes is None or result.accepted is None:
        return None
    finite = any(axis.is_finite for axis in result.accepted.axes.values())
    return None if finite or result.accepted.is_empty else result


def _shapes(shapes: tuple[Shape, ...]) -> str:
    return ", ".join(map(str, shapes))


def _torch(node: Node, result: Analysis) -> str:
    op, inputs = node.op, shapes_read(result, node)
    assert op is not None
    state = {"weights": op.weights(*inputs), "buffers": op.buffers(*inputs)}
    told = [
        f"{word}: " + ", ".join(f"`{name}` {list(shape)}" for name, shape in found.items())
        for word, found in state.items()
        if found
    ]
    plan = op.call(*inputs)
    notes = [f"{'; '.join(told).capitalize() or 'No weights'}."]
    if plan.helper:
        notes.append(f"PyTorch has no such module: the emitted file brings `{plan.helper}` along.")
    if not op.takes_position:
        notes.append("It takes no position among the names of weights.")
    return f"```python\n{_code(plan)}\n```\n\n{' '.join(notes)}"


def _code(plan: CallPlan) -> str:
    names = ("a", "b", "c") if "{1}" in str(plan) else ("x",) * 3
    if isinstance(plan, Expression):
        return plan.template.format(*names).replace("'", '"')
    made = f"{plan.target}({_inside(plan.arguments)})"
    if plan.wrapper is not None:
        function, arguments = plan.wrapper
        made = f"{function}({made}{written(arguments)})"
    return made.replace("'", '"')


def _inside(arguments: Arguments) -> str:
    return written(arguments).removeprefix(", ")
