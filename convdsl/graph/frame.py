"""What one level of the network can see while it is elaborated: names, parameters, defaults, the flowing value.

A frame belongs to a model, a block call or a group. A group's frame looks outwards for names; a block's does not.
"""

from collections.abc import Mapping

from convdsl.graph.bind import Given
from convdsl.graph.evaluate import Env
from convdsl.graph.graph import Value
from convdsl.record import dataclass, field
from convdsl.sizes import Size
from convdsl.source import Span
from convdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Bundle:
    """A name with values inside: a group, or a block call with outputs. `value` is its last value, None if broken."""

    value: Value | None
    members: "Mapping[str, Bound]"
    what: str  # "group" or "block", for messages


@dataclass(frozen=True, slots=True)
class Several:
    """The values of an indexed name: `enc[0]`, `enc[1]`."""

    items: "dict[int, Bound]"


Bound = Value | Bundle | Several | None  # None: the line that binds it has a mistake


@dataclass(frozen=True, slots=True)
class Named:
    """A name, what it stands for, and the line that bound it; has_weights: two turns of a loop may not both bind it."""

    bound: Bound
    span: Span
    has_weights: bool


def nodes_of(bound: Bound) -> set[int]:
    """Return the nodes of all values that a name stands for."""
    if isinstance(bound, Value):
        return {bound.node}
    inner: tuple[Bound, ...] = ()
    if isinstance(bound, Bundle):
        inner = (bound.value, *bound.members.values())
    elif isinstance(bound, Several):
        inner = tuple(bound.items.values())
    return set().union(*map(nodes_of, inner))


@dataclass(slots=True)
class Declared:
    """A declared layer: applied with `head()`, its weights belong to the first application."""

    statement: tree.LayerDeclaration
    env: Env
    prefix: str
    scope: int
    defaults: "Mapping[str, Mapping[str, Given]]"
    applied: bool = False


@dataclass(slots=True)
class Frame:
    """See the module's docstring.

    flow: the previous line's values (one, several after `(a, b) ->`, none). position: the next unnamed layer's number.
    owner: False inside the second application of a declared layer. partial: names that only one side of an `if` binds.
    """

    kind: str
    prefix: str
    scope: int
    variables: dict[str, object]
    symbols: dict[str, Size | int | None]
    trail: tuple[Span, ...] = ()
    outer: "Frame | None" = None
    block: str = ""
    file: int = 0  # where its statements stand; names of blocks mean what they mean there
    names: dict[str, Named] = field(default_factory=dict)
    layers: dict[str, Declared] = field(default_factory=dict)
    partial: dict[str, Span] = field(default_factory=dict)
    outputs: dict[str, Bound] = field(default_factory=dict)
    defaults: dict[str, dict[str, Given]] = field(default_factory=dict)
    flow: tuple[Value, ...] = ()
    entering: list[Value] = field(default_factory=list)  # values handed to a block, not yet taken by an input line
    broken_flow: bool = False  # the previous line had a mistake: stay silent rather than complain about no value
    position: int = 0
    owner: bool = True
    turns: int = 0  # depth of loops around the statement
    loop: tuple[str, ...] = ()  # which turns of them: "i = 2"
    loops: tuple[tuple[str, ...], ...] = ()  # the same of the calls in `trail`
    env: Env | None = None  # made once: it looks at the dictionaries above, which live as long as the frame

    def find(self, name: str) -> Named | None:
        """Look a name up here, and outwards through groups."""
        frame: Frame | None = self
        while frame is not None:
            found = frame.names.get(name)
            if found is not None:
                return found
            frame = frame.outer
        return None

    def find_layer(self, name: str) -> Declared | None:
        """Look a declared layer up here, and outwards through groups."""
        frame: Frame | None = self
        while frame is not None:
            found = frame.layers.get(name)
            if found is not None:
                return found
            frame = frame.outer
        return None

    def find_partial(self, name: str) -> Span | None:
        """Return the `if` that binds a name on one side only."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.partial:
                return frame.partial[name]
            frame = frame.outer
        return None

    def visible(self) -> tuple[str, ...]:
        """Return all names of values that can be read here."""
        out: list[str] = []
        frame: Frame | None = self
        while frame is not None:
            out.extend(frame.names)
            frame = frame.outer
        return tuple(out)
