"""Read a piece of spec text that stands inside YAML: an expression, a shape, a call.

Such a piece is parsed as if it were a text of its own, then its spans are moved to where it stands in the file.
"""

from collections.abc import Callable, Sequence
from typing import Any

from convdsl.codes import SYNTAX
from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.record import replace
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.bad_tokens import bad_token
from convdsl.syntax.build_statement import StatementBuilder
from convdsl.syntax.forms import as_call, as_conditions, as_operand, as_reference, as_shape, as_target
from convdsl.syntax.lalr import Unexpected, actions_of, run
from convdsl.syntax.limits import MAX_DEPTH, too_deep
from convdsl.syntax.mistakes import explain
from convdsl.syntax.tokens import Token, scan

Place = Callable[[int, int], Span]

_STARTS = {
    "expr": "expr",
    "conditions": "exprs",
    "shape": "expr",
    "targets": "exprs",
    "reference": "expr",
    "parameter": "kind",
    "call": "expr",
    "arithmetic": "expr",
    "for": "loop",
}


def parse_fragment(text: str, rule: str, place: Place) -> tuple[Any, tuple[Diagnostic, ...]]:
    """Parse `text`, which stands at `place(start, end)` of a file, by one rule.

    Rules and what they return:
    expr: an Expr; conditions: a tuple of Expr, parted by commas or `and`; shape: a ShapeExpr, brackets or not;
    targets: a tuple of Name and Index; reference: a Name, Index or Attribute; call: a Call, parentheses or not;
    arithmetic: an Expr whose operands are values, numbers and layer calls;
    parameter: `int = 32` as (Name, Expr or None); for: `i in range(n)` as (Name, Expr).

    The node is None where the diagnostics leave nothing to go on with.
    """
    node, diagnostics = _parse(text, rule)
    moved = tuple(_moved(diagnostic, place) for diagnostic in diagnostics)
    return relocated(node, place), moved


def _parse(text: str, rule: str) -> tuple[Any, tuple[Diagnostic, ...]]:
    written = text.strip()
    if rule == "shape" and not written.startswith(("[", "(")):
        # read as a list of its own: the brackets stand where no text is, so that offsets hold
        tokens = [token for token in scan(text) if token.kind not in ("NL", "COMMENT")]
        tokens = [Token("LSQB", "[", 0, 0), *tokens, Token("RSQB", "]", len(text), len(text))]
    else:
        tokens = [token for token in scan(text) if token.kind not in ("NL", "COMMENT")]
    if not tokens:
        way = Help("write a value, or leave the quotes and the sign out")
        return None, (
            Diagnostic(SYNTAX, "there is a comment here and no value", Label(Span(0, len(text))), helps=(way,)),
        )
    builder = StatementBuilder(text)
    problem = bad_token(text, tokens) or _nesting(tokens)
    if problem is not None:
        return None, (problem,)
    result = run(_STARTS[rule], tokens, actions_of(builder))
    if isinstance(result, Unexpected):
        found = tuple(builder.told.found) or (explain(text, tokens, result),)
        return None, found[:1]
    node = _as(builder, rule, result)
    if too_deep(node if rule not in ("parameter", "for") else node[1]):
        where = Label(Span(0, len(text)))
        way = Help("split the expression over names")
        return None, (Diagnostic(SYNTAX, f"expressions nest deeper than {MAX_DEPTH}", where, helps=(way,)),)
    return None if builder.told.broken else node, tuple(builder.told.found)


def _as(builder: StatementBuilder, rule: str, result: Any) -> Any:
    match rule:
        case "conditions":
            return as_conditions(builder.told, result)
        case "shape":
            return as_shape(builder.told, result)
        case "targets":
            return tuple(as_target(builder.told, target) for target in result)
        case "reference":
            return as_reference(builder.told, result)
        case "arithmetic":
            return as_operand(builder.told, result)
        case "call":
            if isinstance(result, tree.Name) and result.id[0].isupper():
                return tree.Call(result.id, (), None, False, result.span, result.span)
            return as_call(builder.told, result)
    return result


def _nesting(tokens: Sequence[Token]) -> Diagnostic | None:
    depth = 0
    for token in tokens:
        if token.kind in ("LPAR", "LSQB"):
            depth += 1
            if depth > MAX_DEPTH:
                where = Label(Span(token.start, token.end))
                way = Help("split the expression over names")
                return Diagnostic(SYNTAX, f"brackets nest deeper than {MAX_DEPTH}", where, helps=(way,))
        elif token.kind in ("RPAR", "RSQB"):
            depth -= 1
    return None


def relocated(node: Any, place: Place) -> Any:
    """Copy a tree with each span moved to `place(start, end)`."""
    if isinstance(node, tuple):
        return tuple(relocated(part, place) for part in node)
    if isinstance(node, Span):
        return place(node.start, node.end)
    if hasattr(node, "__dataclass_fields__"):
        return type(node)(*(relocated(getattr(node, name), place) for name in node.__match_args__))
    return node


def _moved(diagnostic: Diagnostic, place: Place) -> Diagnostic:
    def label(old: Label) -> Label:
        return Label(place(old.span.start, old.span.end), old.text)

    helps = tuple(
        replace(way, edits=tuple(Edit(place(e.span.start, e.span.end), e.replacement) for e in way.edits))
        for way in diagnostic.helps
    )
    return replace(diagnostic, where=label(diagnostic.where), labels=tuple(map(label, diagnostic.labels)), helps=helps)
