"""Limits from outside a spec, for a flag or a whole folder: `expect` in the language's own words, blamed on layers.

A limit concerns the networks whose sizes it names: `macs(H=256, W=256) <= 2G` says nothing of a sequence, and nothing
of a network whose sizes are fixed, which is asked for `macs <= 2G`. At a size that a network does not accept it cannot
be measured, which is an error: a limit that was not looked at has not been kept.
"""

from collections.abc import Iterable

from convdsl import codes
from convdsl.analysis.accepted import Accepted
from convdsl.analysis.expectations import check_expectation, misunderstood
from convdsl.analysis.judged import Judge
from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.graph.graph import Graph
from convdsl.mistake import MistakeError
from convdsl.recipe import Recipe
from convdsl.record import dataclass, replace
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.expression import parse_fragment

_WITHOUT_SIZES = ("parameters", "buffers", "receptive_field")


@dataclass(frozen=True, slots=True)
class Limit:
    """One expectation: its text, its tree, and where it was written, `--expect` or `pyproject.toml:12`."""

    text: str
    place: str
    condition: tree.Expr


def read_limits(text: str, place: str) -> tuple[Limit, ...]:
    """Read expectations as they stand behind `expect`, parted by commas.

    Raises MistakeError, with the place, for what no network could be expected to keep.
    """
    if not text.strip():
        raise MistakeError(f"{place}: nothing is expected by `{text}`", way_out="write a limit: `parameters <= 1M`")
    conditions, mistakes = parse_fragment(text, "conditions", Span)
    found: tuple[tree.Expr, ...] = () if conditions is None else conditions
    wrong = [*mistakes, *(mistake for one in found if (mistake := misunderstood(one)) is not None)]
    if wrong:
        way_out = "; ".join(way.text for way in wrong[0].helps)
        raise MistakeError(f"{place}: `{text}` is no expectation: {wrong[0].message}", way_out=way_out)
    return tuple(Limit(text[one.span.start : one.span.end], place, one) for one in found)


def concerns(limit: Limit, legal: Accepted) -> bool:
    """Tell whether a limit speaks of the sizes that a network has, of all of them and no others."""
    name, sizes = _asked(limit.condition)
    return name in _WITHOUT_SIZES or sizes == set(legal.axes)


def _asked(condition: tree.Expr) -> tuple[str, set[str]]:
    """Return the quantity of an expectation and the size symbols that it names; the batch is none of them."""
    assert isinstance(condition, tree.Binary)
    sides = (condition.left, condition.right)
    quantity = sides[1] if isinstance(sides[0], tree.Number) else sides[0]
    if not isinstance(quantity, tree.Function):
        return (quantity.id if isinstance(quantity, tree.Name) else "", set())
    named = {argument.name for argument in quantity.arguments if isinstance(argument.value, tree.Number)}
    return quantity.name, {name for name in named if name is not None} - {"N"}


def check_limits(
    graph: Graph,
    legal: Accepted,
    recipe: Recipe,
    limits: Iterable[Limit],
    model: Span,
    judge: Judge | None = None,
) -> tuple[tuple[Diagnostic, ...], tuple[Limit, ...]]:
    """Return what breaks the limits, and the limits that do not concern this network.

    recipe: of the `train` section, for what training takes; judge: the discriminator that it names. model: where
    findings are placed, for a limit has no line in the spec. Every shape has to be known.
    """
    found: list[Diagnostic] = []
    others: list[Limit] = []
    for limit in limits:
        if not concerns(limit, legal):
            others.append(limit)
        elif (diagnostic := check_expectation(graph, legal, recipe, limit.condition, judge)) is not None:
            found.append(_placed(diagnostic, limit, model))
    return tuple(found), tuple(others)


def _placed(diagnostic: Diagnostic, limit: Limit, model: Span) -> Diagnostic:
    """Move a finding from the limit's text to the model's line; edits of that text go, for it is not the spec's."""
    message = diagnostic.message
    helps = tuple(Help(way.text) for way in diagnostic.helps)
    if diagnostic.code == codes.SIZE_ILLEGAL:
        message += ", and the limit cannot be measured"
        helps = (*helps, Help("give this file limits of its own: `per-file-expect` in the configuration"))
    notes = (*diagnostic.notes, f"limit: `{limit.text}`, from {limit.place}")
    return replace(diagnostic, message=message, where=Label(model, diagnostic.where.text), notes=notes, helps=helps)
