"""The examples of docs/language.md: found, completed to whole specs, and set beside their twins in YAML.

An example is a fence marked `cdsl`. One that does not begin with `convdsl` is lines of a model: AROUND stands around
them. Behind `<!-- twins -->` the example stands in the left cell of a table, and what it is in YAML in the right one,
made by the tool.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from convdsl.argument import Parameter, signature
from convdsl.authoring.canonical import canonical
from convdsl.authoring.print_yaml import print_yaml
from convdsl.graph.bind import spell
from convdsl.recipe import CHOICES, Recipe
from convdsl.record import dataclass
from convdsl.source import Source
from convdsl.syntax.parse import parse

PAGE = "docs/language.md"
INPUT = "  input x: [N, 64, H, W] where H % 16 == 0, W % 16 == 0"

_EXAMPLE = re.compile(r"^```cdsl\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TWINS = re.compile(
    r"^<!-- twins -->\n(?:<table>.*?\n\n)?(```cdsl\n.*?^```)$(?:\n\n</td>.*?</table>)?", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Example:
    """An example as the page has it, and the whole spec that it stands for."""

    text: str
    spec: str

    @property
    def is_whole(self) -> bool:
        """Tell whether the example is a spec by itself."""
        return self.text == self.spec


def examples(page: str) -> Iterator[Example]:
    """Yield the examples of a page in their order."""
    for found in _EXAMPLE.finditer(page):
        yield example(found[1])


def example(text: str) -> Example:
    """Complete lines of a model to a spec."""
    if text.startswith("convdsl"):
        return Example(text, text)
    lines = "".join(f"  {line}\n" if line else "\n" for line in text.splitlines())
    return Example(text, f"convdsl 1\n\nmodel Example {{\n{INPUT}\n{lines}}}\n")


def in_yaml(found: Example) -> str:
    """Spell an example in YAML; of lines of a model the items of `layers` only."""
    spelt = print_yaml(canonical(parse(Source("example.cdsl", found.spec)).file))
    if found.is_whole:
        return spelt
    items = spelt.partition("\nlayers:\n")[2].splitlines()
    return "".join(f"{line.removeprefix('  ')}\n" for line in items)


def renew(page: str) -> str:
    """Return the page with every twin made anew."""
    return _TWINS.sub(lambda twins: _side_by_side(twins[1]), page)


def _side_by_side(fence: str) -> str:
    text = fence.removeprefix("```cdsl\n").removesuffix("```")
    cells = (fence, f"```yaml\n{in_yaml(example(text))}```")
    inner = "\n\n</td><td>\n\n".join(cells)
    return f"<!-- twins -->\n<table><tr><th>text</th><th>YAML</th></tr><tr><td>\n\n{inner}\n\n</td></tr></table>"


def _settings() -> str:
    rows = [f"| `{one.name}` | `{_value(one)}` | {one.doc} |" for one in signature(Recipe)]
    made = [
        f"`{setting}`: " + ", ".join(f"`{_call(kind)}`" for kind in kinds) + "." for setting, kinds in CHOICES.items()
    ]
    return "\n".join(["| setting | default | what it is |", "|-|-|-|", *rows, "", *made])


def _value(parameter: Parameter) -> str:
    """Write a default as the language does."""
    value = parameter.default
    if parameter.name in CHOICES:
        return f"{type(value).__name__}()"
    return spell(value) if not isinstance(value, str) else value


def _call(kind: type) -> str:
    given = [one.name if one.required else f"{one.name}={spell(one.default)}" for one in signature(kind)]
    return f"{kind.__name__}({', '.join(given)})"


PARTS: Mapping[str, Callable[[], str]] = {"settings": _settings}
