"""The inputs, outputs and expectations of a YAML spec: maps from names to shapes and meanings."""

import re

from convdsl.record import replace
from convdsl.source import Span
from convdsl.syntax.tree import Expect, Expr, Flow, Input, Name, Output, ShapeExpr, Statement
from convdsl.syntax.yaml_nodes import List, Map, Node, Scalar
from convdsl.syntax.yaml_values import Values

_NAME = re.compile(r"[a-z_][A-Za-z0-9_]*")
_INPUT = ("shape", "means", "where", "default")


class Tensors:
    """Reads `inputs`, `outputs` and `expect`; a section of which nothing is in the tree is added to `lost`."""

    def __init__(self, values: Values, lost: list[Span]) -> None:
        self.values = values
        self.notes = values.notes
        self.lost = lost

    def named(self, name: Scalar, what: str) -> bool:
        """Tell whether a key is a lower-case name, and complain where it is not."""
        if _NAME.fullmatch(name.text):
            return not self.values.is_reserved(name, what)
        self.values.refuse(f"`{name.text}` is not the name of {what}", name.span, "names are lower case: `my_name`")
        return False

    def inputs(self, key: Scalar, node: Node) -> list[Statement]:
        """Read `inputs`, a map from names to shape, meaning, promised sizes and default."""
        self.lost.extend([key.span.to(node.span)] * (not isinstance(node, Map)))
        found = self.values.map(node, "`inputs`", f"inputs: {{image: {{shape: {_shape_in(node)}}}}}")
        statements: list[Statement] = []
        for name, value in self.values.pairs(found) if found is not None else ():
            comments = self.notes.statement(name.span.start, value.span.end)
            span = name.span.to(value.span)
            parts = self.tensor(name, value, "input", _INPUT)
            good = self.named(name, "an input") and parts is not None
            rest = parts[2] if parts is not None else {}
            default = self.values.expression(rest["default"], "`default`") if "default" in rest else None
            where = self.values.conditions(rest["where"], "`where`") if "where" in rest else ()
            if parts is None or not good or where is None or (default is None and "default" in rest):
                statements.append(Flow(None, (), (Name(name.text, name.span),), comments=comments, span=span))
            else:
                statements.append(Input(name.text, parts[0], default, parts[1], where, comments, span, name.span))
        return self.closed(statements, node)

    def outputs(self, key: Scalar, node: Node) -> list[Statement]:
        """Read `outputs`, a map from names to shape and meaning."""
        self.lost.extend([key.span.to(node.span)] * (not isinstance(node, Map)))
        found = self.values.map(node, "`outputs`", f"outputs: {{{_name_in(node)}: {{shape: [N, 2, H, W]}}}}")
        statements: list[Statement] = []
        for name, value in self.values.pairs(found) if found is not None else ():
            comments = self.notes.statement(name.span.start, value.span.end)
            parts = self.tensor(name, value, "output", ("shape", "means"))
            span = name.span.to(value.span)
            if self.named(name, "an output") and parts is not None:
                statements.append(Output(name.text, parts[0], parts[1], comments, span, name.span))
            else:
                statements.append(Flow(None, (), (Name(name.text, name.span),), comments=comments, span=span))
        return self.closed(statements, node)

    def closed(self, statements: list[Statement], node: Node) -> list[Statement]:
        """Give the comment behind a map's closing brace to the last statement in it."""
        behind = self.notes.behind(node.span.end) if statements else None
        if behind is None:
            return statements
        last = statements[-1]
        return [*statements[:-1], replace(last, comments=replace(last.comments, trailing=behind))]

    def tensor(
        self, name: Scalar, node: Node, what: str, keys: tuple[str, ...]
    ) -> tuple[ShapeExpr, Expr | None, dict[str, Node]] | None:
        """Read an input's or output's parts: its shape, its meaning, and what is left; a list is the shape alone."""
        parts: dict[str, Node] = {"shape": node}
        if not isinstance(node, List):
            found = self.values.map(node, f"the {what} `{name.text}`", f"{name.text}: {{shape: [N, 3, H, W]}}")
            if found is None:
                return None
            parts = {key.text: value for key, value in self.values.pairs(found)}
            for key, _ in found.pairs:
                if key.text not in keys:
                    self.values.unknown(key, f"the {what} `{name.text}`", keys)
            if "shape" not in parts and any(key not in keys for key in parts):
                return None  # the key that was told may be the one
            if "shape" not in parts:
                way_out = f"write `{name.text}: {{shape: [N, 3, H, W]}}`"
                self.values.refuse(f"the {what} `{name.text}` has no shape", name.span, way_out)
                return None
        shape = self.values.shape(parts["shape"])
        means = self.values.expression(parts["means"], "`means`") if "means" in parts else None
        if shape is None or (means is None and "means" in parts):
            return None
        return shape, means, parts

    def expects(self, key: Scalar, node: Node) -> list[Statement]:
        """Read `expect`: a value or a list in brackets is one statement, a list of lines one for each line."""
        if isinstance(node, List) and not node.flow:
            found = [self.expect(item, item.span) for item in node.items]
        else:
            found = [self.expect(node, key.span.to(node.span))]
        return [statement for statement in found if statement is not None]

    def expect(self, node: Node, span: Span) -> Expect | None:
        """Read one expectation or several that stand together."""
        comments = self.notes.statement(span.start, node.span.end)
        conditions = self.values.conditions(node, "`expect`")
        return None if conditions is None else Expect(conditions, comments, span)


def _shape_in(node: Node) -> str:
    """Return the shape that a list in place of the inputs seems to be."""
    if isinstance(node, List) and len(node.items) > 1 and all(isinstance(item, Scalar) for item in node.items):
        return "[" + ", ".join(item.text for item in node.items if isinstance(item, Scalar)) + "]"
    return "[N, 3, H, W]"


def _name_in(node: Node) -> str:
    """Return the first name where a map of outputs should stand."""
    first = node.items[0] if isinstance(node, List) and node.items else node
    return first.text if isinstance(first, Scalar) and _NAME.fullmatch(first.text) else "ab"
