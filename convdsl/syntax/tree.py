"""The tree: the language itself, of which text and YAML are two spellings.

It holds comments, spans and the spelling of arguments, so that it can be printed back as it was written. Spans never
take part in comparison: two spellings of one network are equal trees. It knows nothing of operators or sizes.
"""

from convdsl.record import dataclass, field
from convdsl.source import Source, Span

NOWHERE = Span(0, 0)
BLANK = "\n"  # stands for a blank line among comments; "" is the comment `#` without words


def _span() -> Span:
    """Declare the span field that every part of the tree ends with."""
    return field(default=NOWHERE, compare=False, repr=False)


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written: `text` keeps `1e-3`, `3_643_514`, `1.7G`, `200MiB`; `value` is int or float."""

    value: int | float
    text: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class String:
    """A quoted string; `value` is without quotes. (A bare word is a `Name`; binding decides what it means.)"""

    value: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Boolean:
    """`true` or `false`."""

    value: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Nothing:
    """`none`."""

    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Hole:
    """`?`: to be solved from a promise."""

    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Name:
    """A name: a value, a parameter, a size symbol (`H`), a colour word, or a bare string."""

    id: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Index:
    """`enc[i]`."""

    base: "Expr"
    index: "Expr"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Attribute:
    """`features.e1`, `e.skip`."""

    base: "Expr"
    name: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` or `not x`; `operator` is "-" or "not"."""

    operator: str
    operand: "Expr"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`; operator is one of + - * / // % ** == != < <= > >= in and or."""

    operator: str
    left: "Expr"
    right: "Expr"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Function:
    """A lower-case call inside an expression: `range(n)`, `min(a, b)`, `macs(H=256, W=256)`, `reversed(range(3))`."""

    name: str
    arguments: "tuple[Argument, ...]"
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Sequence:
    """`(3, 5)` (brackets "(") or `[1, 2, 4]` (brackets "["): compared without regard to the brackets' kind."""

    items: "tuple[Expr, ...]"
    brackets: str = field(default="(", compare=False)
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; `name` is None where it is positional."""

    name: str | None
    value: "Expr"
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Call:
    """A layer call: `Conv2d(64, 3, padding=1) as "head"`, a declared layer `head()`, or a layer parameter `norm()`.

    `callee` is the type's or the layer's name. As an argument (`norm=BatchNorm2d`) `parentheses` may be False.
    """

    callee: str
    arguments: tuple[Argument, ...] = ()
    key: String | None = None
    parentheses: bool = field(default=True, compare=False)
    span: Span = _span()
    name_span: Span = _span()


Expr = (
    Number | String | Boolean | Nothing | Hole | Name | Index | Attribute | Unary | Binary | Function | Sequence | Call
)


# ----------------------------------------------------------------- statements


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments of one statement, without `#` and without trailing space; a blank line above it is kept as one.

    `above` may hold BLANK for a blank line between comment lines, and below the last one.
    """

    above: tuple[str, ...] = ()
    trailing: str | None = None
    blank_before: bool = False


NO_COMMENTS = Comments()


def _comments() -> Comments:
    return field(default=NO_COMMENTS)


@dataclass(frozen=True, slots=True)
class Body:
    """Statements between braces, and the comments after the last one."""

    statements: "tuple[Statement, ...]"
    tail: tuple[str, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ShapeExpr:
    """`[N, 64, H // 2, W // 2]`."""

    axes: tuple[Expr, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Input:
    """`input gray: [N, 1, H, W] = 0 means L / 100 where H % 8 == 0, W % 8 == 0`."""

    name: str
    shape: ShapeExpr
    default: Expr | None = None
    means: Expr | None = None
    where: tuple[Expr, ...] = ()
    comments: Comments = _comments()
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Output:
    """`output ab: [N, 2, H, W] means ab / 110`."""

    name: str
    shape: ShapeExpr
    means: Expr | None = None
    comments: Comments = _comments()
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect parameters <= 1M, receptive_field >= 200`."""

    conditions: tuple[Expr, ...]
    comments: Comments = _comments()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Default:
    """`default Conv2d(padding=1, bias=false)`."""

    call: Call
    comments: Comments = _comments()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class LayerDeclaration:
    """`layer head = Conv2d(36, 3)`: weights declared once, `calls` (not empty) or a `body`; `head()` applies them."""

    name: str
    calls: tuple[Call, ...] = ()
    body: Body | None = None
    comments: Comments = _comments()
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Repeat:
    """`repeat n { … }`."""

    count: Expr
    body: Body
    comments: Comments = _comments()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class For:
    """`for i in range(n) { … }`; the iterable is `range(…)`, `reversed(…)`, a sequence or a name."""

    variable: str
    iterable: Expr
    body: Body
    comments: Comments = _comments()
    span: Span = _span()
    variable_span: Span = _span()


@dataclass(frozen=True, slots=True)
class If:
    """`if c { … } else { … }`; `else if` is an `orelse` whose only statement is an `If`."""

    condition: Expr
    body: Body
    orelse: Body | None = None
    comments: Comments = _comments()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Values:
    """`(d3, e2)` at a chain's head: several values handed to the first call."""

    references: tuple[Expr, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Flow:
    """One line of the value's way: `targets = source -> call -> call : shape`.

    source: a reference (`Name`, `Index`, `Attribute`), a `Call` (which takes the flow), `Binary` arithmetic over those
    and numbers, `Values`, a `Body` (a group), or None only in a tree that a program made with calls alone; None without
    calls stands for a statement that could not be read: its targets are bound, and to what is not known.
    calls: the calls after the source, in order; a line `Conv2d(8, 3) -> ReLU()` has the Conv2d as source.
    targets: what is left of `=`: `Name` or `Index` with names and indices.
    key: the `as "…"` after a body (calls carry their own).
    """

    source: "Expr | Values | Body | None"
    calls: tuple[Call, ...] = ()
    targets: tuple[Expr, ...] = ()
    key: String | None = None
    promise: ShapeExpr | None = None
    comments: Comments = _comments()
    span: Span = _span()


Statement = Input | Output | Expect | Default | LayerDeclaration | Repeat | For | If | Flow


# ---------------------------------------------------------------------- items


@dataclass(frozen=True, slots=True)
class Parameter:
    """`width: int = 32`; kind is one of int, float, bool, str, layer."""

    name: str
    kind: str
    default: Expr | None = None
    span: Span = _span()
    kind_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Import:
    """`from "blocks.cdsl" import Down, Up`."""

    path: String
    names: tuple[str, ...]
    comments: Comments = _comments()
    span: Span = _span()
    name_spans: tuple[Span, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Block:
    """`block Down(channels: int) { … }`."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Body
    comments: Comments = _comments()
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Model:
    """`model Colorizer(width: int = 32) { … }`: exactly one in a file that is checked."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Body
    comments: Comments = _comments()
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Setting:
    """`loss = SmoothL1(beta=0.1)`, a line of the `train` section."""

    name: str
    value: Expr
    comments: Comments = _comments()
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Train:
    """`train { … }`."""

    settings: tuple[Setting, ...]
    tail: tuple[str, ...] = ()
    comments: Comments = _comments()
    span: Span = _span()


Item = Import | Block | Model | Train


@dataclass(frozen=True, slots=True)
class File:
    """A whole spec. `edition` is 1, or None where the first line was missing or wrong."""

    source: Source = field(compare=False, repr=False)
    edition: int | None
    items: tuple[Item, ...]
    comments: Comments = _comments()  # of the line `convdsl 1`
    tail: tuple[str, ...] = ()
    edition_span: Span = _span()
