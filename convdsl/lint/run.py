"""Run rules over a network and merge what they say: one mistake in the text, one finding."""

from collections.abc import Iterable

from convdsl.diagnostics import Diagnostic, Help
from convdsl.lint.rule import Rule
from convdsl.lint.short import short
from convdsl.lint.subject import Subject
from convdsl.record import replace
from convdsl.source import Span

NAMED = 3  # layers that are named of those that one line made


def findings(subject: Subject, rules: Iterable[Rule]) -> list[Diagnostic]:
    """Return what the rules find, in the order of the text.

    A block that is called, or a loop that turns, many times gives one finding that says how often. A deep
    network is looked at without its equal turns first, and as a whole by the rules that suspect something there.
    """
    found: dict[tuple[str, Span], list[Diagnostic]] = {}
    first = short(subject)
    for rule in rules:
        if first is not None and rule.short_tells and not rule.suspects(first):
            continue
        for finding in rule.check(subject):
            if finding.layers and not any(subject.named[layer].index in subject.alive for layer in finding.layers):
                continue  # the layer reaches no output, and that is an error already
            found.setdefault((finding.code.id, finding.where.span), []).append(finding)
    out = [_merged(subject, group) for group in found.values()]
    out.sort(key=lambda finding: (finding.where.span.file, finding.where.span.start, finding.code.id[1:]))
    return out


def _merged(subject: Subject, group: list[Diagnostic]) -> Diagnostic:
    """Make one finding of those at one place; its edits stay if they are right for every layer of that place."""
    first = group[0]
    layers = tuple(dict.fromkeys(name for finding in group for name in finding.layers))
    makers = {subject.named[name].span for name in layers}
    told = frozenset(layers)
    untouched = any(other.name not in told for span in makers for other in subject.at(span))
    helps = tuple(map(_without_edits, first.helps)) if untouched else first.helps
    notes = first.notes
    if len(group) > 1 and len(layers) > 1:
        rest = len(layers) - NAMED
        names = ", ".join(f"`{name}`" for name in layers[:NAMED])
        notes = (*notes, f"so in {len(layers):,} layers: {names}" + (f" and {rest:,} more" if rest > 0 else ""))
    severity = min((finding.severity for finding in group), key=lambda severity: _ORDER.index(severity.value))
    return replace(first, layers=layers, helps=helps, notes=notes, severity=severity)


_ORDER = ("error", "warning", "info")


def _without_edits(help_: Help) -> Help:
    return replace(help_, edits=(), safe=False)
