"""How far a `where` may be loosened (I232): not to sizes at which a layer of a network that paints drops pixels (W304).

Without this one hint would ask for what the other one warns of.
"""

from collections.abc import Mapping

from convdsl.analysis.suggest import Promised, suggest
from convdsl.diagnostics import Diagnostic
from convdsl.lint.picture import pictures
from convdsl.lint.rules.border_drop import dropping
from convdsl.lint.subject import Subject
from convdsl.record import replace
from convdsl.sizeset import SizeSet


def loosened(item: Diagnostic, subject: Subject) -> Diagnostic | None:
    """Return the hint that a `where` is stricter than need be as it is right here; None where the `where` is right."""
    if not pictures(subject):
        return item
    legal, promised = subject.legal.axes, subject.promised_sizes.axes
    whole = _whole(subject)
    if all(whole[symbol] == legal[symbol] for symbol in legal):
        return item
    more = {symbol: axis.minus(promised[symbol]) for symbol, axis in whole.items()}
    symbol = next((symbol for symbol, axis in more.items() if not axis.is_empty), None)
    if symbol is None:
        return None
    anew = Promised(subject.promised.region, frozenset(), subject.promised.places)
    return replace(
        item,
        message=f"the `where` is stricter than need be: {symbol} = {more[symbol].first()} would do as well",
        where=replace(item.where, span=subject.promised.places[symbol][0]),
        helps=suggest(subject.graph, anew, replace(subject.legal, axes=whole), "loosen it"),
    )


def _whole(subject: Subject) -> Mapping[str, SizeSet]:
    """Return the legal sizes at which every layer reads all pixels that it reads at the promised ones."""
    axes = dict(subject.legal.axes)
    for case in subject.cases:
        if dropping(subject, case, subject.promised_sizes.axes):
            continue
        for drop in dropping(subject, case, subject.legal.axes):
            if drop.before.symbol is not None:
                axes[drop.before.symbol] = axes[drop.before.symbol].minus(drop.lost)
    return axes
