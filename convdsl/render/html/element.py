"""HTML elements from names, attributes and children; every string from outside becomes text here and nowhere else."""

from collections.abc import Mapping

from convdsl.record import dataclass
from convdsl.render.cells import visible
from convdsl.render.markup import escape

VOID = ("meta", "link", "input")  # elements without an end


@dataclass(frozen=True, slots=True)
class Markup:
    """Finished HTML."""

    text: str


Child = str | Markup


def element(name: str, attributes: Mapping[str, str] | None = None, *children: Child) -> Markup:
    """Make an element; strings among the children are text, in which what hides or reorders is made visible.

    An attribute with an empty value stands alone, as `hidden` does.
    """
    told = "".join(
        f' {key}="{escape(visible(value))}"' if value else f" {key}" for key, value in (attributes or {}).items()
    )
    if name in VOID:
        return Markup(f"<{name}{told}>")
    return Markup(f"<{name}{told}>{joined(*children).text}</{name}>")


def joined(*children: Child, between: str = "") -> Markup:
    """Put children behind each other."""
    return Markup(between.join(c.text if isinstance(c, Markup) else escape(visible(c)) for c in children))
