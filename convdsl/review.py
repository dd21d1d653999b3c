"""From an analysis to everything that is said of a spec: what the phases found, and what the linter's rules find.

The one place where the chain of phases and the linter meet: rules know no phases, and the phases no rules.
"""

from convdsl.diagnostics import Diagnostic
from convdsl.lint.catalogue import rules
from convdsl.lint.run import findings
from convdsl.lint.subject import Subject
from convdsl.pipeline import Analysis, collector_paused
from convdsl.syntax import tree


def review(analysis: Analysis) -> tuple[Diagnostic, ...]:
    """Return all findings about a spec, in the order of its text.

    A spec with mistakes in its layers or sizes gets no advice: what comes after a mistake is not known.
    """
    subject = subject_of(analysis)
    if subject is None:
        return analysis.diagnostics
    with collector_paused():
        found = [*analysis.diagnostics, *findings(subject, rules())]
    found.sort(key=lambda item: (item.where.span.file, item.where.span.start))
    return tuple(found)


def subject_of(analysis: Analysis) -> Subject | None:
    """Return what rules ask, None where the layers are not all known."""
    graph, accepted, legal = analysis.graph, analysis.accepted, analysis.legal
    if graph is None or accepted is None or legal is None or not analysis.layers_known:
        return None
    trained = any(isinstance(item, tree.Train) for item in analysis.file.items)
    recipe = analysis.recipe if trained else None
    return Subject(graph, accepted, legal, recipe, analysis.file, analysis.sources)
