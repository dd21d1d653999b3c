"""What is said of `?`: the number that was found, the several that there are, or why there is none.

Numbers are computed by `analysis/fit.py`; here they are put into words, with ways out that have been tried.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from convdsl import codes
from convdsl.analysis.accepted import Accepted
from convdsl.analysis.cone import FIXED, Cone, Solution
from convdsl.analysis.fit import Found, Question
from convdsl.analysis.guards import meet, symbols_of
from convdsl.analysis.suggest import Promised, suggest
from convdsl.argument import Parameter
from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label
from convdsl.graph.graph import Graph, Node
from convdsl.op import Divides
from convdsl.ops.agreement import axis_word
from convdsl.record import dataclass, replace
from convdsl.sizeset import SizeSet
from convdsl.source import Span

MOST_LISTED = 6
MOST_NEAR = 3

Choice = Mapping[Span, object]


@dataclass(frozen=True, slots=True)
class Hole:
    """One `?`: its place, the argument that it stands for, the axis if it is one number of several, its first layer.

    listed: whether its file writes pairs with `[ ]`.
    """

    span: Span
    parameter: Parameter
    position: int | None
    node: Node
    listed: bool = False

    def text(self, value: object) -> str:
        """Write a value as the file would."""
        if isinstance(value, tuple):
            inside = ", ".join(map(str, value))
            return f"[{inside}]" if self.listed else f"({inside})"
        return str(value)


@dataclass(frozen=True, slots=True)
class Answer:
    """The choices for the `?` of one group, the most usual first, and what is to be said."""

    choices: tuple[Choice, ...]
    diagnostics: tuple[Diagnostic, ...]


def no_promise(graph: Graph, hole: Hole) -> Diagnostic:
    """Say that nothing is promised that a `?` could be solved from."""
    axes = {3: "L", 4: "H, W", 5: "D, H, W"}.get(hole.node.op.rank or 0 if hole.node.op else 0, "…")
    channels = getattr(hole.node.op, "out_channels", "C")
    message = f"no promised shape says what {_asks((hole,))} is to be"
    way = f"promise the shape that its line makes, such as `: [N, {channels}, {axes}]`"
    return _diagnostic(codes.HOLE_UNSOLVED, message, (hole,), (), (), (Help(way),))


def too_many(holes: tuple[Hole, ...], message: str) -> Diagnostic:
    """Say that a search would take too long."""
    way = "write some of the numbers, or promise a shape nearer to each `?`"
    return _diagnostic(codes.HOLE_UNSOLVED, message, holes, (), (), (Help(way),))


class Words:
    """What is said of one group of `?`."""

    def __init__(self, graph: Graph, promised: Promised, holes: tuple[Hole, ...], entering: Accepted) -> None:
        self.graph, self.promised, self.holes, self.entering = graph, promised, holes, entering

    def of(self, holes: tuple[Hole, ...]) -> "Words":
        """Return the words for some of the `?` only."""
        return Words(self.graph, self.promised, holes, self.entering)

    def solved(self, choice: Choice, group: tuple[Cone, ...]) -> tuple[Diagnostic, ...]:
        """Tell each number, with the edit that writes it."""
        out = []
        for hole in self.holes:
            text = hole.text(choice[hole.span])
            edits = (Edit(hole.span, text),)
            message = f"`{hole.parameter.name}` is {text}"
            helps = (Help(f"write it: `{hole.parameter.name}={text}`", edits, safe=True),)
            labels = _promises(tuple(cone for cone in group if hole.span in cone.spans))
            out.append(_diagnostic(codes.HOLE_SOLVED, message, (hole,), labels, (), helps))
        return tuple(out)

    def several(self, choices: tuple[Choice, ...], more: bool, group: tuple[Cone, ...]) -> Diagnostic:
        """List what would do, the usual first."""
        listed = [self._told(choice) for choice in choices[:MOST_LISTED]]
        more = more or len(choices) > MOST_LISTED
        message = f"{_asks(self.holes)} can be {_either(self._short(choice) for choice in choices[:2])}"
        if more or len(choices) > 2:
            message = f"{_asks(self.holes)} can be many things, such as {self._short(choices[0])}"
        usual = next((node.op.usual for cone in group for node in cone.gaps if node.op is not None), "")
        notes = [f"solutions: {', '.join(listed)}{' and more' if more else ''}"]
        if usual:
            notes.append(f"usual first: {usual}")
        edits = tuple(Edit(hole.span, hole.text(choices[0][hole.span])) for hole in self.holes)
        helps = (Help(f"write the one that is meant, such as the usual {listed[0]}", edits),)
        return _diagnostic(codes.HOLE_AMBIGUOUS, message, self.holes, _promises(group), tuple(notes), helps)

    def not_followed(self, group: tuple[Cone, ...]) -> Diagnostic:
        """Say that sizes meet whose symbols differ."""
        entering = group[0].known
        shape = next(iter(entering.values()), None)
        found = "" if shape is None else f": {shape} enters, {group[0].promise.shape} was promised"
        message = f"no `{self.holes[0].parameter.name}` can turn one size into another{found}"
        way = Help("promise each axis from the size that enters along it")
        return _diagnostic(codes.HOLE_UNSOLVED, message, self.holes, _promises(group), (), (way,))

    def none(self, failed: list[tuple[Question, Found]], domains: Mapping[str, SizeSet]) -> Diagnostic:
        """Explain why nothing would do: what the nearest give, and at which `where` one of them would."""
        question, found = failed[0]
        apart = self._apart(question)
        if apart is not None:
            return apart
        cone = self._broken(question, found)
        claimed = question.claimed(cone)
        noun = axis_word(cone.rank, question.axis + 2)
        notes = [self._near(question, near) for near in found.near[:MOST_NEAR]]
        alone = len(self.holes) == 1
        message = f"no {_names(self.holes)} {'makes' if alone else 'together make'} the promised {noun} {claimed}"
        name, domain = question.domain(cone)
        whole = _where_whole(cone, name, domain)
        if not whole.minus(domain).is_empty or whole != domain:
            divisor = next(
                g.divisor for g in cone.promise.guards if isinstance(g, Divides) and symbols_of(g) == (name,)
            )
            rest = domain.minus(whole).first()
            message = f"the promised {noun} is no whole number at {name} = {rest}, whatever {_names(self.holes)} is"
            notes = [f"the promise divides by {divisor}, and {name} = {rest} is a size that the line takes"]
        helps = [*self._where(failed, domains)]
        growth = self._growth(question, found, cone) if not helps else ""
        if growth:
            notes.append(growth)
            helps.append(Help("give the line a stride that grows as the promise does, or promise what it makes"))
        helps.extend(self._instead(question, found, cone) if not helps else ())
        if name != FIXED and name in self.promised.places:
            labels = (*_promises((cone,)), *(Label(span, "promised") for span in self.promised.places[name]))
        else:
            labels = _promises((cone,))
        return _diagnostic(codes.HOLE_UNSOLVED, message, self.holes, labels, tuple(filter(None, notes)), tuple(helps))

    def _apart(self, question: Question) -> Diagnostic | None:
        """Say that each promise has a solution and all together have none; None where that is not so."""
        if len(question.cones) < 2:
            return None
        wanted: dict[str, Cone] = {}
        for cone in question.cones:
            blanks = question.asked(cone, {})
            alone = Question((cone,), question.axis, blanks, question.domains, question.strict).solve()
            if not alone.solutions:
                return None
            wanted.setdefault(self._told(alone.solutions[0]), cone)
        (one, first), (two, second) = list(wanted.items())[:2] if len(wanted) > 1 else [*wanted.items()] * 2
        message = f"one {_names(self.holes)} cannot do for all promises: one asks for {one}, another for {two}"
        labels: dict[Span, Label] = {}
        for text, cone in ((one, first), (two, second)):
            span = next((node.trail[0] for node in cone.gaps if node.trail), cone.promise.span)
            labels.setdefault(span, Label(span, f"asks for {text}"))
        way = Help("write it where each is called, as a parameter of the block, or promise alike")
        diagnostic = _diagnostic(codes.HOLE_UNSOLVED, message, self.holes, (), (), (way,))
        return replace(diagnostic, labels=tuple(labels.values()))

    # ------------------------------------------------------------ near tries

    def _broken(self, question: Question, found: Found) -> Cone:
        """Return the first promise that the nearest numbers do not keep."""
        for cone in question.cones:
            if not any(question.judge(cone, near).is_solution for near in found.near):
                return cone
        return question.cones[0]

    def _near(self, question: Question, near: Solution) -> str:
        """Say what numbers give that are not right."""
        told = self._told(near)
        for cone in question.cones:
            verdict = question.judge(cone, near)
            if verdict.is_solution:
                continue
            if verdict.refusal is not None:
                return f"{told} is refused: {verdict.refusal.message}"
            assert verdict.size is not None
            name, domain = question.domain(cone)
            x = verdict.runs.minus(verdict.good).first() if not verdict.runs.is_empty else domain.first()
            if x is None:
                return f"{told} takes no promised size"
            size, goal = verdict.size, question.claimed(cone).at(x)
            got, at = size.at(x), f" at {name} = {x}" if name != FIXED else ""
            if got == goal and got >= 1:
                return f"{told} does not run{at}"
            made = f"{size}: " if size.value is None and name != FIXED else ""
            return f"{told} makes {made}{_are(got)}{at}, where {goal} was promised"
        return ""

    def _growth(self, question: Question, found: Found, cone: Cone) -> str:
        """Say that the promise grows otherwise with the picture than anything that these numbers could make."""
        if not found.near or any(hole.parameter.name in ("stride", "kernel_size") for hole in self.holes):
            return ""
        made = question.judge(cone, found.near[0]).size
        claimed = question.claimed(cone)
        if made is None or made.symbol is None:
            return ""
        rates = [Fraction(size.period[1], size.period[0]) for size in (claimed, made)]
        if rates[0] == rates[1] or made.symbol == FIXED:
            return ""
        return f"the promise grows by {rates[0]} of {made.symbol}, the line by {rates[1]}: that is its stride"

    def _where(self, failed: list[tuple[Question, Found]], domains: Mapping[str, SizeSet]) -> tuple[Help, ...]:
        """Offer the `where` at whose sizes there is a solution on every axis that has none."""
        axes = dict(domains)
        told: list[str] = []
        for question, found in failed:
            better = _better(question, found, axes)
            if better is None:
                return ()
            name, sizes, solution = better
            axes[name] = sizes
            text = self._told(solution)
            if text not in told:
                told.append(text)
        if any(axis.is_empty for axis in axes.values()):
            return ()
        goal = Accepted(axes, None, axes, ())
        return suggest(self.graph, self.promised, goal, f"with {' and '.join(told)} it holds where that is promised")

    def _instead(self, question: Question, found: Found, cone: Cone) -> tuple[Help, ...]:
        """Offer to promise what the nearest numbers make."""
        for near in found.near:
            verdict = question.judge(cone, near)
            if verdict.refusal is not None and verdict.refusal.help:
                return (Help(f"change the promise, or the line: {_UNTOLD}"),)
            if verdict.size is not None and verdict.size.at(10**6) >= 1 and verdict.size.symbol != FIXED:
                return (Help(f"promise what {self._told(near)} makes, `{verdict.size}`, or change the line"),)
            if verdict.size is not None and verdict.size.symbol == FIXED:
                made = verdict.size.at(cone.base(question.axis))
                if made >= 1:
                    return (Help(f"promise what {self._told(near)} makes, {made}, or change the line"),)
        return (Help(f"change the promise, or the line: {_UNTOLD}"),)

    # ----------------------------------------------------------------- words

    def _told(self, choice: Mapping[Span, object]) -> str:
        """Write `kernel_size=3, padding=1`, or `padding=1` and `padding=0` for two of one name."""
        parts = [f"{hole.parameter.name}={hole.text(choice[hole.span])}" for hole in self.holes if hole.span in choice]
        names = {hole.parameter.name for hole in self.holes}
        return "`" + (", " if len(names) == len(self.holes) else "` and `").join(parts) + "`"

    def _short(self, choice: Choice) -> str:
        if len(self.holes) == 1:
            return self.holes[0].text(choice[self.holes[0].span])
        return self._told(choice)


_UNTOLD = "another stride, window or padding"


def _better(question: Question, found: Found, domains: Mapping[str, SizeSet]) -> tuple[str, SizeSet, Solution] | None:
    """Return sizes of the axis' symbol at which there is a solution: where the promise is whole, or where one holds."""
    name = question.domain(question.cones[0])[0]
    if name == FIXED:
        return None
    whole = domains[name]
    for cone in question.cones:
        whole = _where_whole(cone, name, whole)
    if not whole.is_finite:
        again = Question(question.cones, question.axis, question.blanks, {**domains, name: whole}, question.strict)
        solutions = again.solve().solutions
        if solutions:
            return name, whole, solutions[0]
    best: tuple[str, SizeSet, Solution] | None = None
    for near in found.near:
        sizes = whole
        for cone in question.cones:
            sizes = sizes.intersect(question.judge(cone, near).good)
        if not sizes.is_finite and (best is None or 0 in sizes.residues):
            best = name, sizes, near
    return best


def _where_whole(cone: Cone, name: str, domain: SizeSet) -> SizeSet:
    """Keep the sizes at which the promise divides without a rest."""
    for guard in cone.promise.guards:
        if isinstance(guard, Divides) and symbols_of(guard) == (name,):
            domain = meet(domain, guard)
    return domain


def _promises(group: tuple[Cone, ...]) -> tuple[Label, ...]:
    spans = dict.fromkeys(cone.promise.span for cone in group)
    return tuple(Label(span, "promised here") for span in list(spans)[:3])


def _names(holes: tuple[Hole, ...]) -> str:
    return _joined([f"`{name}`" for name in dict.fromkeys(hole.parameter.name for hole in holes)])


def _asks(holes: tuple[Hole, ...]) -> str:
    return _joined([f"`{name}=?`" for name in dict.fromkeys(hole.parameter.name for hole in holes)])


def _joined(parts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _either(parts: Iterable[str]) -> str:
    return " or ".join(parts)


def _are(number: int) -> str:
    return "nothing" if number < 1 else str(number)


def _diagnostic(
    code: Code,
    message: str,
    holes: tuple[Hole, ...],
    labels: tuple[Label, ...],
    notes: tuple[str, ...],
    helps: tuple[Help, ...],
) -> Diagnostic:
    also = tuple(Label(hole.span, "and this") for hole in holes[1:])
    call = tuple(Label(span, "in this call") for span in holes[0].node.trail[:1])
    return Diagnostic(code, message, Label(holes[0].span), (*also, *labels, *call), notes, helps, code.severity)
