"""The values of a YAML spec: expressions, shapes, arguments and calls.

Scalars are read by the rules of the text spelling, with their spans moved to where they stand; YAML's own idea of
types has no say. What a parameter wants is not known here: `same` stays a name, `[3, 5]` a sequence.
"""

import re
from collections.abc import Callable, Iterable

from convdsl import codes
from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label
from convdsl.nearest import nearest
from convdsl.record import replace
from convdsl.source import Source, Span
from convdsl.syntax.expression import parse_fragment, relocated
from convdsl.syntax.forms import held
from convdsl.syntax.limits import MAX_MISTAKES
from convdsl.syntax.mistakes import NO_WAY
from convdsl.syntax.tokens import RESERVED, WORDS
from convdsl.syntax.tree import (
    Argument,
    Attribute,
    Binary,
    Boolean,
    Call,
    Expr,
    Function,
    Hole,
    Index,
    Name,
    Nothing,
    Number,
    Sequence,
    ShapeExpr,
    String,
    Unary,
)
from convdsl.syntax.yaml_comments import Notes
from convdsl.syntax.yaml_habits import named
from convdsl.syntax.yaml_nodes import Broken, List, Map, Node, Scalar

TYPE = re.compile(r"[A-Z][A-Za-z0-9_]*")
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
GLUED = re.compile(r"([A-Za-z_]\w*):(\S.*)", re.DOTALL)
_PLAIN = re.compile(r"\(([A-Za-z_][A-Za-z0-9_]*)\)")  # `(from)`: an argument's name that means something else alone
_NO_NAMES = frozenset({*WORDS, "True", "False", "None", "null", "Null", "NULL"})  # words, and what gets a message
_SEVERAL = re.compile(r"[\w.]+(\s*,\s*[\w.]+)+")  # `8, 3` behind a type
_SIGN = re.compile(r"[-+*/]")
_EXPRESSIONS = (
    *(Number, String, Boolean, Nothing, Hole, Name, Index, Attribute),
    *(Unary, Binary, Function, Sequence, Call),
)
JOINS = frozenset({"Concat", "Add", "Sub", "Mul", "Div"})  # rule 3 of the language: their list is values, not numbers


class Values:
    """Reads values and collects what is wrong with them; a value that cannot be read is None and was reported."""

    def __init__(self, source: Source, notes: Notes) -> None:
        self.source = source
        self.notes = notes
        self.diagnostics: list[Diagnostic] = []
        self._known: dict[tuple[str, str], object] = {}  # rule and text -> the tree, as if the text stood alone

    # -- complaints

    def refuse(
        self,
        message: str,
        span: Span,
        way_out: str,
        edits: tuple[Edit, ...] = (),
        labels: tuple[Label, ...] = (),
        code: Code = codes.YAML_STRUCTURE,
        *,
        safe: bool = True,
    ) -> None:
        """Add one error with a way out; edits of a spelling are safe, those that guess at a word are not."""
        if len(self.diagnostics) > MAX_MISTAKES:
            return  # `limited` tells that there are more
        help_ = Help(short(way_out), edits, safe=safe and bool(edits))
        self.diagnostics.append(Diagnostic(code, short(message), Label(span), labels, helps=(help_,)))

    def unknown(self, key: Scalar, where: str, known: Iterable[str]) -> None:
        """Complain about a key that means nothing here, with the likeliest one that would."""
        if len(self.diagnostics) > MAX_MISTAKES:
            return
        options = sorted(known)
        near = nearest(key.text, options)
        if near is not None:
            edits = (Edit(key.span, near),)
            self.refuse(f"unknown key `{key.text}` in {where}", key.span, f"did you mean `{near}`", edits, safe=False)
        else:
            listed = ", ".join(f"`{option}`" for option in options)
            self.refuse(f"unknown key `{key.text}` in {where}", key.span, f"the keys here are {listed}")

    def pairs(self, node: Map) -> tuple[tuple[Scalar, Node], ...]:
        """Return a map's pairs; a key that is written twice is an error with both places."""
        for again, first in node.duplicates:
            labels = (Label(first.span, "first"),)
            message = f"the key `{again.text}` is written twice"
            self.refuse(message, again.span, "keep one of the two", labels=labels, code=codes.DUPLICATE_KEY)
        return node.pairs

    def map(self, node: Node, what: str, example: str) -> Map | None:
        """Ask for a map."""
        if isinstance(node, Map):
            return node
        if not isinstance(node, Broken):
            self.refuse(f"{what} is a map, and this is {kind(node)}", node.span, f"write `{example}`")
        return None

    # -- scalars

    def fragment(self, node: Node, rule: str, what: str) -> object | None:
        """Read a scalar by a rule of the text spelling; None where it cannot be read."""
        if isinstance(node, Broken) or len(self.diagnostics) > MAX_MISTAKES:
            return None
        if not isinstance(node, Scalar):
            self.refuse(f"{what} is one value, and this is {kind(node)}", node.span, "write it on one line, in quotes")
            return None
        if self.nothing(node, what):
            return None
        if node.style in ("|", ">") and "\n" in node.text.strip():
            way_out = "write it on one line, or arguments as lines `name: value` below, without the sign"
            self.refuse(f"`{node.style}` makes one text of these lines", node.span, way_out)
            return None
        known = self._known.get((rule, node.text))  # the same few numbers and words make most of a spec
        if known is None:
            known, diagnostics = parse_fragment(node.text, rule, Span)
            if diagnostics:
                again: object
                again, diagnostics = parse_fragment(node.text, rule, node.place)
                self.diagnostics.extend(_of_a_value(diagnostic) for diagnostic in diagnostics)
                return again  # what was repaired, or None
            self._known[rule, node.text] = known
        found: object = relocated(known, node.place)
        return found

    def nothing(self, node: Scalar, what: str) -> bool:
        """Complain about a value that is not there, or is YAML's word for none."""
        if not node.text.strip():
            self.refuse(f"{what} has no value", node.span, "write one behind the colon")
            return True
        if node.text in ("null", "~", "Null", "NULL") and not node.style:
            self.refuse(
                f"`{node.text}` is no value of the language", node.span, "write `none`", (Edit(node.span, "none"),)
            )
            return True
        return False

    def expression(self, node: Node, what: str) -> Expr | None:
        """Read one expression."""
        if isinstance(node, Scalar) and node.first is not None:  # most values are one short number or name
            text = node.text
            if len(text) < 16 and text.isdecimal() and text.isascii():
                return Number(int(text), text, node.place(0, len(text)))
            if WORD.fullmatch(text) and text not in _NO_NAMES:
                return Name(text, node.place(0, len(text)))
        value = self.fragment(node, "expr", what)
        return value if isinstance(value, _EXPRESSIONS) else None

    def conditions(self, node: Node, what: str) -> tuple[Expr, ...] | None:
        """Read conditions: one scalar, parted by commas, or a list of such."""
        nodes = node.items if isinstance(node, List) else (node,)
        read: list[Expr] = []
        for part in nodes:
            found = self.fragment(part, "conditions", what)
            if not isinstance(found, tuple):
                return None
            read.extend(found)
        return tuple(read)

    def shape(self, node: Node) -> ShapeExpr | None:
        """Read `[N, C, H, W]`, as a list or as one scalar."""
        if isinstance(node, Scalar):
            value = self.fragment(node, "shape", "a shape")
            return value if isinstance(value, ShapeExpr) else None
        if isinstance(node, Map):
            self.refuse("a shape is a list, and this is a map", node.span, "write `shape: [N, C, H, W]`")
        if not isinstance(node, List):
            return None
        first = node.items[0] if node.items else None
        if isinstance(first, Scalar) and first.text in ("null", "None", "~") and not first.style:
            edits = (Edit(first.span, "N"),)
            self.refuse("the first axis counts the examples, and has a name", first.span, "write `N`", edits)
            return None
        axes = self.all(node.items, lambda item: self.expression(item, "an axis"))
        return None if axes is None else ShapeExpr(axes, node.span)

    def reference(self, node: Node, what: str) -> Expr | None:
        """Read the name of a value: `x`, `enc[0]`, `features.e1`."""
        value = self.fragment(node, "reference", what)
        return value if isinstance(value, Name | Index | Attribute) else None

    def arithmetic(self, node: Scalar) -> Expr | None:
        """Read `a - (b + c)`, values joined by signs; None, and no complaint, where it is something else."""
        if not _SIGN.search(node.text) or "->" in node.text:
            return None
        value, diagnostics = parse_fragment(node.text, "arithmetic", node.place)
        return value if not diagnostics and isinstance(value, Binary | Unary) else None

    def text(self, node: Node, what: str) -> String | None:
        """Read a plain text, such as the key of `as`."""
        if isinstance(node, Scalar) and (node.style or node.text.strip()):
            if '"' in node.text or not node.text.replace("\t", " ").isprintable():  # what text has no string for
                self.refuse(f"{what} has a quote or a line break in it", node.span, "write letters, digits and points")
                return None
            return String(node.text, node.span)
        if not isinstance(node, Broken):
            self.refuse(f"{what} is a text, and this is {kind(node)}", node.span, "write a text in quotes")
        return None

    def all(self, nodes: Iterable[Node], read: Callable[[Node], Expr | None]) -> tuple[Expr, ...] | None:
        """Read every node, so that each mistake is reported; None if one of them failed."""
        values = [read(node) for node in nodes]
        good = tuple(value for value in values if value is not None)
        return good if len(good) == len(values) else None

    def is_reserved(self, name: Scalar, what: str) -> bool:
        """Complain about a name that is a word of the language everywhere, such as `in`."""
        if WORDS.get(name.text) not in RESERVED:
            return False
        self.refuse(
            f"`{name.text}` is a word of the language, not the name of {what}", name.span, "choose another name"
        )
        return True

    # -- calls

    def call(self, name: Scalar, node: Node, key: String | None = None) -> Call | None:
        """Read `Conv2d: {out_channels: 8}`, `MaxPool2d: 2`, `ReLU:` or `Concat: [a, b]`.

        A map names the arguments, and its `inputs` are the values that a join takes; one value is the first parameter.
        """
        arguments = self.arguments(name, node)
        span = name.span.to(node.span) if not (isinstance(node, Scalar) and node.is_empty) else name.span
        if arguments is None:
            return None
        return Call(name.text, arguments, key, span=span, name_span=name.span)

    def arguments(self, name: Scalar, node: Node) -> tuple[Argument, ...] | None:
        """Read what stands behind a type's name."""
        if isinstance(node, Map) and not _is_call(node):
            return self.named(name, node)
        if isinstance(node, List):
            return self.listed(name, node)
        if isinstance(node, Scalar) and node.is_empty:
            return ()
        if isinstance(node, Scalar) and _SEVERAL.fullmatch(node.text):
            parts = [Scalar(part.strip(), node.span) for part in node.text.split(",")]
            way_out = f"name them, `{name.text}{named(name.text, parts)}`"
            self.refuse(f"several values behind `{name.text}`", node.span, way_out, code=codes.SYNTAX)
            return None
        value = self.argument(node, f"`{name.text}`")
        return None if value is None else (Argument(None, value, value.span, value.span),)

    def named(self, call: Scalar, node: Map) -> tuple[Argument, ...] | None:
        """Read the arguments that a map names."""
        inputs: tuple[Argument, ...] = ()
        arguments: list[Argument] = []
        good = True
        for name, value in self.pairs(node):
            plain = _PLAIN.fullmatch(name.text)
            if plain is not None:
                name = Scalar(plain[1], name.span, '"', name.first and name.first + 1)
            if plain is None and name.text == "inputs":
                nodes = value.items if isinstance(value, List) else (value,)
                values = self.all(nodes, lambda item: self.argument(item, "an input"))
                good = good and values is not None
                inputs = tuple(Argument(None, item, item.span, item.span) for item in values or ())
            elif plain is None and not self.is_argument(call, name, value):
                good = False
            else:
                read = self.argument(value, f"`{name.text}`")
                good = good and read is not None
                if read is not None:
                    arguments.append(Argument(name.text, read, name.span.to(read.span), name.span))
        return (*inputs, *arguments) if good else None

    def is_argument(self, call: Scalar, name: Scalar, value: Node) -> bool:
        """Tell whether a key can name an argument, and say what is wrong where it cannot."""
        if name.text in ("from", "as", "do"):
            self.refuse(
                f"`{name.text}` is no argument of `{call.text}`",
                name.span,
                f"write it beside `{call.text}`, on a line of its own with the same indentation",
            )
            return False
        if WORD.fullmatch(name.text):
            return not self.is_reserved(name, "an argument")
        glued = GLUED.fullmatch(name.text)
        if glued and isinstance(value, Scalar) and value.is_empty:
            edits = (Edit(name.place(glued.end(1), glued.end(1) + 1), ": "),)
            self.refuse(f"a space is missing behind the colon in `{name.text}`", name.span, "write `: `", edits)
        elif "=" in name.text and isinstance(value, Scalar) and value.is_empty:
            better = ": ".join(part.strip() for part in name.text.split("=", 1))
            edits = (Edit(name.span, better),)
            self.refuse("an argument is given with `:` in YAML", name.span, f"write `{better}`", edits)
        else:
            message = f"`{name.text}` is not the name of an argument"
            self.refuse(message, name.span, f"name each one: `{call.text}: {{name: value}}`")
        return False

    def listed(self, name: Scalar, node: List) -> tuple[Argument, ...] | None:
        """Read the values of a join; a list of numbers under a type could mean two things and is refused."""
        values = self.all(node.items, lambda item: self.argument(item, f"an input of `{name.text}`"))
        if values is None:
            return None
        if name.text not in JOINS and not all(isinstance(value, Name | Index | Attribute) for value in values):
            self.refuse(
                f"a list behind `{name.text}` names values, and these are not all names",
                node.span,
                f"name the arguments, `{name.text}{named(name.text, node.items)}`",
            )
            return None
        return tuple(Argument(None, value, value.span, value.span) for value in values)

    def argument(self, node: Node, what: str) -> Expr | None:
        """Read an argument's value: an expression, a sequence, or a layer such as `{GroupNorm: 32}`."""
        if isinstance(node, List):
            items = self.all(node.items, lambda item: self.part(item, what))
            return None if items is None else Sequence(items, "[", node.span)
        if isinstance(node, Map):
            if _is_call(node):
                self.pairs(node)
                return self.call(*node.pairs[0])
            self.refuse(
                f"a map is no value for {what}",
                node.span,
                "write a number, a name, a list, or a layer: `{GroupNorm: 32}`",
            )
            return None
        value = self.expression(node, what)
        return None if value is None else held(_quoted(value, node))

    def part(self, node: Node, what: str) -> Expr | None:
        """Read a part of a list, where a bare word is no layer, as in the text spelling."""
        if not isinstance(node, Scalar):
            return self.argument(node, what)
        value = self.expression(node, what)
        return None if value is None else _quoted(value, node)


def _quoted(value: Expr, node: Node) -> Expr:
    """Let a `?` cover its quotes: what is written in its place needs none."""
    return Hole(node.span) if isinstance(value, Hole) else value


def short(text: str) -> str:
    """Cut what a person cannot have meant to be read: a key of a million letters."""
    return text if len(text) <= 300 else text[:297] + "..."


def _of_a_value(diagnostic: Diagnostic) -> Diagnostic:
    """Word a complaint about a statement, which a value is not."""
    what, statement, _ = diagnostic.message.partition(" does not go on with this statement")
    if statement:
        help_ = Help("write one value, or several as a list in brackets")
        return replace(diagnostic, message=f"{what} stands behind a value that has ended", helps=(help_,))
    if [way.text for way in diagnostic.helps] == [NO_WAY]:
        help_ = Help("write one value, several as `[3, 5]`, or arguments as `{name: value}`")
        return replace(diagnostic, helps=(help_,))
    return diagnostic


def _is_call(node: Map) -> bool:
    return len(node.pairs) == 1 and TYPE.fullmatch(node.pairs[0][0].text) is not None


def kind(node: Node) -> str:
    """Name what a node is, for a message."""
    match node:
        case List():
            return "a list"
        case Map():
            return "a map"
        case Scalar(is_empty=True):
            return "empty"
        case Scalar(text=text):
            return f"`{text if len(text) <= 40 else text[:37] + '...'}`"
        case _:
            return "unreadable"


def is_path(setting: str, text: str) -> bool:
    """Tell whether the value of a setting is the path of a spec, which stands without the quotes of a string."""
    return setting == "discriminator" and text.lower().endswith((".cdsl", ".yaml", ".yml")) and '"' not in text
