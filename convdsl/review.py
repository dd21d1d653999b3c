"""From an analysis to everything that is said of a spec: what the phases found, and what the linter's rules find.

The one place where the chain of phases and the linter meet: rules know no phases, and the phases no rules. What is left
out is decided here: what a project has not selected, what a comment keeps quiet, what the baseline lists.
"""

from collections.abc import Mapping, Sequence

from convdsl import codes
from convdsl.diagnostics import Code, Diagnostic, Severity
from convdsl.lint import baseline
from convdsl.lint.baseline import Entry
from convdsl.lint.catalogue import rules
from convdsl.lint.ignoring import Ignore, ignores, unused, wrong
from convdsl.lint.run import findings
from convdsl.lint.selection import Selection, known
from convdsl.lint.subject import Subject
from convdsl.pipeline import Analysis, collector_paused
from convdsl.record import dataclass, field
from convdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Policy:
    """What a project wants to hear of one file.

    thresholds: numbers that it overrides, by rule and name. file: the spec's path as the baseline has it; known: the
    baseline, None where there is none.
    """

    selection: Selection = field(default_factory=Selection)
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    file: str = ""
    known: frozenset[Entry] | None = None


def review(analysis: Analysis, policy: Policy | None = None) -> tuple[Diagnostic, ...]:
    """Return all findings about a spec, in the order of its text.

    A spec with mistakes in its layers or sizes gets no advice: what comes after a mistake is not known.
    """
    policy = policy or Policy()
    found = judged(analysis, policy)
    if policy.known is not None:
        kept = [item for item in found if _stays(item) or not baseline.is_known(policy.file, item, policy.known)]
        ran = analysis.layers_known
        found = [*kept, *(baseline.dead(policy.file, found, policy.known) if ran else ())]
        found.sort(key=_place)
    return tuple(found)


def judged(analysis: Analysis, policy: Policy) -> list[Diagnostic]:
    """Return all findings but for the baseline, which is made of them."""
    wants = policy.selection.wants
    found = [item for item in _spelt(analysis) if item.is_error or wants(item.code)]
    chosen = [rule for rule in rules() if wants(rule.code)]
    subject = subject_of(analysis, policy.thresholds)
    if subject is not None:
        with collector_paused():
            found += findings(subject, chosen)
    comments = list(ignores(analysis.sources, analysis.file))
    if comments:
        ran = {rule.code for rule in chosen} if subject is not None else set()
        found = _quieted(analysis, found, comments, policy.selection, ran)
    found.sort(key=_place)
    return found


def _place(item: Diagnostic) -> tuple[int, int]:
    return item.where.span.file, item.where.span.start


def _stays(item: Diagnostic) -> bool:
    """Tell an error of the phases: it is never left out."""
    return item.is_error and item.code.id in _phases()


def _phases() -> Mapping[str, Code]:
    return {code.id: code for code in vars(codes).values() if isinstance(code, Code)}


def _quieted(
    analysis: Analysis, found: Sequence[Diagnostic], comments: Sequence[Ignore], selection: Selection, ran: set[Code]
) -> list[Diagnostic]:
    """Leave out what comments keep quiet; add what is wrong with the comments, and those that keep nothing quiet."""
    words = {word: code for code in known().values() for word in (code.id, code.name)}
    phases = _phases()
    errors = {word: code for word, code in words.items() if code.id in phases and _is_error(code)}
    right, out = [], []
    for comment in comments:
        mistake = wrong(comment, errors, words)
        if mistake is None:
            right.append(comment)
        elif selection.wants(mistake.code):
            out.append(mistake)
    used: set[Ignore] = set()
    for item in found:
        line = analysis.sources[item.where.span.file].position(item.where.span.start).line
        here = [one for one in right if one.span.file == item.where.span.file and one.speaks_of(item, line)]
        used.update(here)
        if not here or _stays(item):
            out.append(item)
    names = {word for code in ran for word in (code.id, code.name)}
    for comment in right:
        # whether a rule that has not run would have found something is not known
        if comment not in used and names.issuperset(comment.words):
            mistake = unused(comment, analysis.sources[comment.span.file])
            out += [mistake] if selection.wants(mistake.code) else []
    return out


def _is_error(code: Code) -> bool:
    return code.severity is Severity.ERROR


def _spelt(analysis: Analysis) -> Sequence[Diagnostic]:
    """Return what the phases found, with ways out that can be carried out in the spec's own spelling."""
    subject = _subject(analysis, None) if any(item.helps for item in analysis.diagnostics) else None
    if subject is None:
        return analysis.diagnostics
    from convdsl.lint.loosen import loosened  # only a spec with mistakes needs these
    from convdsl.lint.repairs import spelt

    found = []
    for item in analysis.diagnostics:
        kept = loosened(item, subject) if item.code == codes.WHERE_STRICT and analysis.layers_known else item
        found += [] if kept is None else [spelt(kept, subject)]
    return found


def subject_of(analysis: Analysis, thresholds: Mapping[str, Mapping[str, float]] | None = None) -> Subject | None:
    """Return what rules ask, None where the layers are not all known."""
    return _subject(analysis, thresholds) if analysis.layers_known else None


def _subject(analysis: Analysis, thresholds: Mapping[str, Mapping[str, float]] | None) -> Subject | None:
    graph, accepted, legal = analysis.graph, analysis.accepted, analysis.legal
    if graph is None or accepted is None or legal is None:
        return None
    trained = any(isinstance(item, tree.Train) for item in analysis.file.items)
    recipe = analysis.recipe if trained else None
    return Subject(graph, accepted, legal, recipe, analysis.file, analysis.sources, thresholds)
