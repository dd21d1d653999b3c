"""Statements as a body collects them: into the innermost open braces, with the comments that belong to each."""

from collections.abc import Callable, Sequence
from typing import Generic, Literal, TypeVar

from convdsl.builder import pending, words
from convdsl.builder.line import Reference, line_of
from convdsl.builder.notes import Notes
from convdsl.builder.piece import Roots, Scope
from convdsl.builder.refusal import place, refuse
from convdsl.record import replace
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.limits import MAX_DEPTH

T = TypeVar("T")


class Frame:
    """One pair of braces that is open. `elses`: how deep the `else if` is that an `else` may follow, None for none."""

    __slots__ = ("elses", "notes", "statements")

    def __init__(self) -> None:
        self.statements: list[tree.Statement] = []
        self.notes = Notes()
        self.elses: int | None = None

    def body(self) -> tree.Body:
        """Return the finished statements."""
        return tree.Body(tuple(self.statements), self.notes.taken().above)


class Writer:
    """Writes the statements of one block or model, in the order in which a program says them.

    places: the lines of the program that said them; a statement's span holds its index there.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.frames = [Frame()]
        self.roots = Roots()
        self.places: list[str] = []
        self.memory: pending.Pending | None = None  # of what the program made; None once the body is finished

    def require_open(self) -> None:
        """Refuse to write where the text would not show it.

        Raises BuilderError in another body, and after the end of this one.
        """
        if self.memory is None:
            raise refuse(f"the {self.scope.said} is finished", "write its lines inside its function")
        if pending.innermost() is not self.memory:
            raise refuse(
                f"this line is for the {self.scope.said}, and another body is being written",
                "use the body that this function was given",
            )

    def hang_on(self, roots: Roots) -> None:
        """Note what a statement calls, and refuse names of other blocks and models."""
        for scope in roots.scopes:
            if scope is not self.scope:
                raise refuse(
                    f"a name of the {scope.said} is not seen in the {self.scope.said}",
                    "hand it over: as a parameter, or as a value before `>>`",
                )
        self.roots = self.roots.and_those_of([roots])

    def write(self, statement: tree.Statement, roots: Roots) -> None:
        """Write a statement with the comments that were noted for it."""
        self.require_open()
        self.hang_on(roots)
        frame = self.frames[-1]
        at = len(self.places)
        self.places.append(place())
        frame.statements.append(replace(statement, comments=frame.notes.taken(), span=Span(at, at)))
        frame.elses = None

    def bind(self, targets: Sequence[Reference], line: object) -> None:
        """Write a line; targets are references of this body."""
        self.require_open()
        nodes, roots = [], Roots()
        for target in targets:
            piece = target.__piece__()
            root = piece.node
            while isinstance(root, tree.Index):
                root = root.base
            if not isinstance(root, tree.Name):
                raise refuse("a name on the left of `=` has no dot", "a group or a block makes dotted names")
            words.bound(root.id)
            nodes.append(piece.node)
            roots = roots.and_those_of([piece.roots])
        chain = line_of(line)
        if not nodes and not chain.calls and isinstance(chain.source, tree.Name | tree.Index | tree.Attribute):
            written = words.said(chain.source)
            raise refuse(f"`{written}` alone does nothing", f"apply a layer, `m(m.{written} >> ReLU())`")
        flow = tree.Flow(chain.source, chain.calls, tuple(nodes), None, chain.promise)
        self.write(flow, roots.and_those_of([chain.roots]))

    # -------------------------------------------------------------------- ifs

    def after_if(self) -> int:
        """Return how deep the `else if` is that an `else` here belongs to; 0 for the `if` itself."""
        self.require_open()
        frame = self.frames[-1]
        if frame.elses is None or frame.notes.above or frame.notes.blank:
            raise refuse("an `else` stands right after its `if`", "write it after `with m.if_(...):`")
        if frame.elses >= MAX_DEPTH - 10:
            raise refuse(f"more than {MAX_DEPTH - 10} `else if` stand in a row", "choose by a parameter of a block")
        return frame.elses

    def otherwise(self, depth: int, body: tree.Body, elses: int | None) -> None:
        """Give the last statement, an `if`, its `else` at the given depth of `else if`."""
        frame = self.frames[-1]
        ifs = [frame.statements[-1]]
        for _ in range(depth):
            assert isinstance(ifs[-1], tree.If) and ifs[-1].orelse is not None
            ifs += ifs[-1].orelse.statements
        for choice in reversed(ifs):
            assert isinstance(choice, tree.If)
            whole = replace(choice, orelse=body)
            body = tree.Body((whole,))
        frame.statements[-1] = whole
        frame.elses = elses

    # ---------------------------------------------------------------- comments

    def note(self, text: str) -> None:
        """Note comment lines for the next statement."""
        self.require_open()
        self.frames[-1].notes.note(text)

    def gap(self) -> None:
        """Note a blank line for the next statement, or between its comments."""
        self.require_open()
        self.frames[-1].notes.gap()

    def aside(self, text: str) -> None:
        """Put a comment at the end of the last statement's line."""
        self.require_open()
        statements, notes = self.frames[-1].statements, self.frames[-1].notes
        comments = notes.beside(statements[-1].comments if statements else None, text)
        statements[-1] = replace(statements[-1], comments=comments)


class Opening(Generic[T]):
    """A body in braces, opened by `with`; what is written inside becomes one statement at its end."""

    def __init__(self, writer: Writer, close: Callable[[tree.Body], None], value: T, *, what: str = "block") -> None:
        self.writer, self.close, self.value = writer, close, value
        self.opened = False
        pending.made(self, what=what)

    def __enter__(self) -> T:
        """Open the braces."""
        self.writer.require_open()
        pending.used(self)
        if self.opened:
            raise refuse("this body has been written", "open another one")
        self.opened = True
        if len(self.writer.frames) > MAX_DEPTH - 10:
            raise refuse(f"bodies nest deeper than {MAX_DEPTH - 10}", "give the inner ones names as blocks")
        self.writer.frames.append(Frame())
        return self.value

    def __exit__(self, kind: object, *_: object) -> Literal[False]:
        """Close the braces."""
        frame = self.writer.frames.pop()
        if kind is None:
            self.close(frame.body())
        return False
