"""Where each call of a spec stands in its tree, so that a finding can point at an argument and a fix can edit it."""

from collections.abc import Iterator, Mapping

from convdsl.record import dataclass
from convdsl.source import Span
from convdsl.syntax import tree

Statement = tree.Flow | tree.LayerDeclaration


@dataclass(frozen=True, slots=True)
class Site:
    """A call and what is around it.

    line: its statement, None for a call that is an argument or stands in a `default`. chain: the calls of the line
    that follow one another, this one among them; (call,) where it is an operand of arithmetic. alone: whether the line
    consists of this call and nothing else: no source, no target, no promise. before, after: the statements beside the
    line in its body.
    """

    call: tree.Call
    line: Statement | None = None
    chain: tuple[tree.Call, ...] = ()
    before: tree.Statement | None = None
    after: tree.Statement | None = None

    @property
    def alone(self) -> bool:
        """Tell whether the line is this call and nothing else."""
        line = self.line
        if not isinstance(line, tree.Flow) or line.source is not self.call or len(self.chain) > 1:
            return False
        return not line.targets and line.promise is None

    @property
    def place(self) -> int:
        """The position of the call in its chain."""
        return next(at for at, call in enumerate(self.chain) if call is self.call)


def sites(file: tree.File) -> Mapping[Span, Site]:
    """Return the site of every call, by the call's span."""
    found: dict[Span, Site] = {}
    for item in file.items:
        if isinstance(item, tree.Block | tree.Model):
            for site in _in_body(item.body):
                found[site.call.span] = site
            for parameter in item.parameters:
                found.update((site.call.span, site) for site in _in_argument(parameter.default))
    return found


def _in_body(body: tree.Body | None) -> Iterator[Site]:
    lines = () if body is None else body.statements
    for at, line in enumerate(lines):
        before = lines[at - 1] if at else None
        after = lines[at + 1] if at + 1 < len(lines) else None
        for site in _in_statement(line, before, after):
            yield site
            for argument in site.call.arguments:
                yield from _in_argument(argument.value)


def _in_statement(line: tree.Statement, before: tree.Statement | None, after: tree.Statement | None) -> Iterator[Site]:
    if isinstance(line, tree.Flow):
        source = line.source
        chain = (source, *line.calls) if isinstance(source, tree.Call) else line.calls
        yield from (Site(call, line, chain, before, after) for call in chain)
        if isinstance(source, tree.Body):
            yield from _in_body(source)
        elif isinstance(source, tree.Binary | tree.Unary):
            yield from (Site(call, line, (call,), before, after) for call in _operands(source))
    elif isinstance(line, tree.LayerDeclaration):
        yield from (Site(call, line, line.calls, before, after) for call in line.calls)
        yield from _in_body(line.body)
    elif isinstance(line, tree.Default):
        yield Site(line.call)
    elif isinstance(line, tree.Repeat | tree.For):
        yield from _in_body(line.body)
    elif isinstance(line, tree.If):
        yield from _in_body(line.body)
        yield from _in_body(line.orelse)


def _operands(expr: object) -> Iterator[tree.Call]:
    if isinstance(expr, tree.Call):
        yield expr
    elif isinstance(expr, tree.Binary):
        yield from _operands(expr.left)
        yield from _operands(expr.right)
    elif isinstance(expr, tree.Unary):
        yield from _operands(expr.operand)


def _in_argument(expr: object) -> Iterator[Site]:
    """Find layers that are handed over as arguments."""
    if isinstance(expr, tree.Call):
        yield Site(expr)
        for argument in expr.arguments:
            yield from _in_argument(argument.value)
