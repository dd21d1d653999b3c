"""The nodes of a YAML document: scalars, lists and maps with exact spans."""

from collections.abc import Mapping

from convdsl.record import dataclass
from convdsl.source import Span
from convdsl.syntax.tree import Flow


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it was written; `text` is without quotes and folding, `style` one of "", ', ", | and >.

    `first` is the offset of the text's first character where the text stands in the file unchanged, else None.
    """

    text: str
    span: Span
    style: str = ""
    first: int | None = None

    def place(self, start: int, end: int) -> Span:
        """Map offsets in `text` to the file; the whole scalar where escapes or folds lie between."""
        if self.first is None:
            return self.span
        return Span(self.first + start, self.first + end)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing at all was written."""
        return not self.text and not self.style


@dataclass(frozen=True, slots=True)
class List:
    """`[a, b]` (flow) or lines that begin with `- `."""

    items: "tuple[Node, ...]"
    span: Span
    flow: bool


@dataclass(frozen=True, slots=True)
class Map:
    """`{a: b}` (flow) or lines `a: b`; a repeated key is in `duplicates` beside the first one, not in `pairs`."""

    pairs: "tuple[tuple[Scalar, Node], ...]"
    span: Span
    flow: bool
    duplicates: tuple[tuple[Scalar, Scalar], ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """What was refused already: readers pass over it in silence."""

    span: Span


@dataclass(frozen=True, slots=True)
class Known:
    """An item whose statement is known already (`yaml_folds.py`), all but its comments."""

    statement: Flow
    span: Span


Node = Scalar | List | Map | Broken | Known


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in which a stand-in takes the place of each known item; nothing else has moved.

    items: by the place of the stand-in. hidden: how many events of YAML are not there for it.
    """

    text: str
    items: Mapping[int, Known]
    hidden: int
