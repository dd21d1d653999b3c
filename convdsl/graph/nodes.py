"""The state of one elaboration: the growing graph, positions and keys, budgets, and the list of mistakes.

It adds nodes and asks operators for shapes; it does not know statements or names.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from convdsl import codes
from convdsl.argument import Invalid
from convdsl.diagnostics import Diagnostic, Label
from convdsl.graph.bind import Bound, invalid
from convdsl.graph.budget import STEPS_OF_A_BLOCK, Budget, check_axes, check_key
from convdsl.graph.drafts import Drafts
from convdsl.graph.evaluate import Env
from convdsl.graph.foreign_values import refuse_foreign
from convdsl.graph.frame import Declared, Frame
from convdsl.graph.graph import Graph, Node, Scope, Value
from convdsl.graph.keys import key_text, place_in, reserved, suspicious
from convdsl.graph.library import Blocks, Library, one_file
from convdsl.graph.problem import Problem, Silent
from convdsl.graph.refused import call_at, refused
from convdsl.op import AtLeast, Guard, Op
from convdsl.record import replace
from convdsl.shape import Product, Shape
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.limits import MAX_MISTAKES

MOST_NODES = 100_000
MOST_TURNS_IN_ALL = 200_000  # twice the most layers: turns that make none cost time too
MOST_BLOCKS_DEEP = 64

JOIN_CODES = (codes.JOIN_SIZE, codes.JOIN_CHANNELS, codes.IMPLICIT_BROADCAST)  # mistakes that have two ends

Shaped = tuple[tuple[Shape, ...], tuple[Guard, ...]]


class Nodes:
    """What one run over one file has made so far."""

    def __init__(
        self,
        file: tree.File,
        solved: Mapping[Span, object] = MappingProxyType({}),
        library: Library | None = None,
    ) -> None:
        self.file = file
        self.library = one_file(file) if library is None else library
        self.solved = solved
        self.graph = Graph("")
        self.diagnostics: list[Diagnostic] = []
        self.declared: list[tuple[Declared, Frame]] = []
        self.drafts = Drafts()
        self.turns = 0
        self.budget = Budget()
        self.depth = 0
        self._reported: set[tuple[str, Span]] = set()
        self._ops: dict[Op, Op] = {}
        self._shapes: dict[Shape, Shape] = {}
        self._shaped: dict[tuple[int, ...], Shaped] = {}
        self._positions: dict[int, bool] = {}
        self._bound: dict[tuple[object, ...], Bound] = {}
        self._keys: dict[str, Node] = {}
        self._mentions: dict[tuple[int, str], frozenset[str]] = {}
        self._circles: dict[int, Mapping[str, int]] = {}  # of each file, once a block calls a block of it
        self._names: dict[str, int] = {}
        self._shared_weights: dict[str, tuple[Mapping[str, tuple[int, ...]], Span]] = {}
        self.refused: set[int] = set()  # nodes that stand for a call with a mistake
        self.unknown: set[int] = set()  # nodes that stand for a value whose line has a mistake
        self.touched: set[int] = set()  # nodes that a statement with a mistake reads, or may read

    def blocks_of(self, frame: Frame) -> Blocks:
        """Return what the names of blocks mean in the file that a frame's statements stand in."""
        return self.library.blocks[frame.file]

    # ------------------------------------------------------------- mistakes

    @property
    def failed(self) -> bool:
        """Tell whether a mistake has been found."""
        return any(item.is_error for item in self.diagnostics)

    def report(self, problem: Problem, frame: Frame | None = None) -> None:
        """Keep a mistake; one message for one place, however often a loop or a block comes by."""
        diagnostic = problem.diagnostic
        mark = (diagnostic.code.id, diagnostic.where.span)
        if mark in self._reported or self.budget.exhausted:
            return
        self.budget.exhausted = diagnostic.code is codes.TOO_MANY_LAYERS or len(self._reported) >= MAX_MISTAKES
        self._reported.add(mark)
        if frame is not None and frame.trail and not any(x.span == frame.trail[0] for x in diagnostic.labels):
            call = Label(frame.trail[0], "in this call")
            diagnostic = replace(diagnostic, labels=(*diagnostic.labels, call))
        self.diagnostics.append(diagnostic)

    @contextmanager
    def catching(self, frame: Frame | None = None) -> Iterator[None]:
        """Report a mistake and go on."""
        try:
            yield
        except Problem as problem:
            self.report(problem, frame)
        except Silent:
            pass

    def spend(self, span: Span) -> None:
        """Count a loop's turn.

        Raises Problem where a spec would never end.
        """
        self.turns += 1
        if self.turns > MOST_TURNS_IN_ALL or len(self.graph.nodes) > MOST_NODES:
            raise Problem(
                codes.TOO_MANY_LAYERS,
                "the loops make too many layers",
                span,
                "at most 100,000 layers",
                helps=("repeat less often",),
            )

    def enter(self, span: Span) -> None:
        """Go one block deeper.

        Raises Problem beyond a depth that no network needs.
        """
        if self.depth >= MOST_BLOCKS_DEEP:
            raise Problem(
                codes.RECURSION,
                f"blocks are nested more than {MOST_BLOCKS_DEEP} deep",
                span,
                helps=("call fewer blocks within blocks",),
            )
        self.depth += 1
        self.budget.steps += STEPS_OF_A_BLOCK

    # -------------------------------------------------------- keys and scopes

    def take_key(self, name: str | None, index: int | None, key: tree.String | None, frame: Frame, env: Env) -> str:
        """Give out the next position, and return the key: the position's number, a name, or what `as` says.

        Raises Problem where `as` is no key.
        """
        position = frame.position
        frame.position += 1
        if key is not None:
            return frame.prefix + key_text(key, env)
        if name is None:
            return f"{frame.prefix}{position}"
        return f"{frame.prefix}{name}" if index is None else f"{frame.prefix}{name}.{index}"

    def add_scope(self, kind: str, label: str, prefix: str, block: str, span: Span, parent: int) -> int:
        """Open a level of the network."""
        check_key(prefix, span)
        index = len(self.graph.scopes)
        self.graph.scopes.append(Scope(index, parent, kind, label, prefix, block, span))
        return index

    # ----------------------------------------------------------------- nodes

    def add_input(self, statement: tree.Input, shape: Shape) -> int:
        """Add the node of a model's input."""
        index = len(self.graph.nodes)
        guards: tuple[Guard, ...] = tuple(
            AtLeast(axis, 1) for axis in shape.spatial if not isinstance(axis, Product) and axis.symbol is not None
        )
        shape = self._shapes.setdefault(shape, shape)
        name = self.unique(statement.name)
        self.graph.nodes.append(Node(index, name, None, None, (), (shape,), guards, span=statement.span, target=name))
        return index

    def unique(self, name: str) -> str:
        """Return the name, or the name with a number where it is taken."""
        count = self._names.get(name, 0) + 1
        self._names[name] = count
        return name if count == 1 else self.unique(f"{name}_{count}")

    def unknown_value(self) -> Value:
        """Return the value that stands for all those whose lines have mistakes; its shape is unknown."""
        if not self.unknown:
            self.unknown.add(len(self.graph.nodes))
            self.graph.nodes.append(Node(len(self.graph.nodes), "", None, None, (), None))
        return Value(min(self.unknown))

    def stand_in(self, statement: tree.Flow, frame: Frame, first: int, place: Span | None) -> Value | None:
        """Add a layer for the call of a line in which a mistake lies; None where it lies in no call.

        first: where the nodes of the line begin; the last of them flows into it, else what flows into the line.
        """
        found = call_at(statement, place) if place is not None else None
        if found is None or len(self.graph.nodes) >= MOST_NODES:
            return None
        callee, span = found
        index = len(self.graph.nodes)
        target = statement.targets[0] if statement.targets else None
        label = target.id if isinstance(target, tree.Name) else ""
        name = self.unique(f"{frame.prefix}{label or callee.lower()}")
        inputs = (Value(index - 1),) if index > first else frame.flow
        node = Node(index, name, None, refused(callee), inputs, None, (), frame.scope, True, span, frame.trail)
        node.target, node.turns = label, (*frame.loops, frame.loop)
        self.graph.nodes.append(node)
        self.refused.add(index)
        return Value(index)

    def add_node(
        self,
        op: Op,
        type_name: str,
        inputs: tuple[Value, ...],
        key: str | None,
        label: str | None,
        span: Span,
        places: Mapping[str, Span],
        frame: Frame,
        blanks: Mapping[str, object] = MappingProxyType({}),
    ) -> Node:
        """Add a layer and ask it for its shape; a refusal is reported, and the shape stays unknown.

        key: complete, prefix and all; label: the line's name, for what has no key. blanks: arguments with a `?`.
        Raises Problem where the network grows too large.
        """
        graph = self.graph
        if len(graph.nodes) >= MOST_NODES:
            raise Problem(
                codes.TOO_MANY_LAYERS,
                "the network has too many layers",
                span,
                "at most 100,000",
                helps=("repeat less often",),
            )
        check_key(key or "", span)
        op = self._ops.setdefault(op, op)
        shapes: tuple[Shape, ...] | None = None
        guards: tuple[Guard, ...] = ()
        problem: Problem | None = None
        known = [graph.shape(value) for value in inputs]
        given = [shape for shape in known if shape is not None]
        waits = False
        try:
            refuse_foreign(op, type_name, given, span)
            if blanks or len(given) < len(known):
                waits = self.drafts.add(graph, op, inputs)
            else:
                shapes, guards = self._shape(op, type_name, given, span, places)
                self._check_shared(op, given, key, frame, span)
        except Problem as mistake:
            problem, shapes, blanks = self._with_ends(mistake, inputs, given), None, {}
        owner = frame.owner
        name = key if key is not None and owner else key or f"{frame.prefix}{label or type_name.lower()}"
        node = Node(
            len(graph.nodes),
            self.unique(name),
            key,
            op,
            inputs,
            shapes,
            guards,
            frame.scope,
            owner,
            span,
            frame.trail,
            label or "",
            None,
            blanks,
            waits,
        )
        node.turns = (*frame.loops, frame.loop)
        graph.nodes.append(node)
        graph.has_blanks = graph.has_blanks or bool(blanks)
        if key is not None and owner:
            clash = self._keys.get(key)
            bare = clash is not None and clash.shapes is not None and not self.owns_weights(clash)
            if clash is not None and not self.owns_weights(node) and (bare or clash.span == span):
                node.key = None  # the next turn of a loop, or the next of equal `as`: without weights it needs no name
            elif clash is not None:
                raise Problem(
                    codes.KEY_CLASH,
                    f"two layers have the key `{key}`",
                    span,
                    labels=(Label(clash.span, "first here"),),
                    helps=("give one of them another name",),
                )
            else:
                self._keys[key] = node
        if problem is not None:
            self.report(problem, frame)
            self.touched.add(node.index)
        return node

    def _with_ends(self, problem: Problem, inputs: tuple[Value, ...], given: list[Shape]) -> Problem:
        """Show where the inputs of a join that cannot be come from."""
        if len(inputs) < 2 or problem.diagnostic.code not in JOIN_CODES:
            return problem
        labels: list[Label] = []
        for value, shape in zip(inputs, given, strict=True):
            span = self.graph.nodes[value.node].span
            if all(label.span != span for label in labels):
                labels.append(Label(span, str(shape)))
        problem.diagnostic = replace(problem.diagnostic, labels=(*problem.diagnostic.labels, *labels))
        return problem

    def _shape(self, op: Op, name: str, given: list[Shape], span: Span, places: Mapping[str, Span]) -> Shaped:
        mark = (id(op), *map(id, given))
        found = self._shaped.get(mark)
        if found is not None:
            return found
        try:
            shapes = tuple(self._shapes.setdefault(shape, shape) for shape in op.shapes(*given))
            guards = list(op.guards(*given))
        except Invalid as mistake:
            raise invalid(mistake, places, span) from None
        except ValueError as mistake:
            raise Problem(
                codes.INVALID_ARGUMENT, str(mistake), span, helps=("change its arguments, or its input",)
            ) from None
        for shape in shapes:
            check_axes(shape.rank, span)
            for axis in shape.axes[1:]:
                if isinstance(axis, Product):
                    continue
                if axis.value is not None and axis.value < 1:
                    raise _nothing_left(name, given, shape, span)
                if axis.value is None:
                    guards.append(AtLeast(axis, 1))
        out = (shapes, tuple(guards))
        self._shaped[mark] = out
        return out

    def _check_shared(self, op: Op, given: list[Shape], key: str | None, frame: Frame, span: Span) -> None:
        """A declared layer's weights must fit every value that it is applied to."""
        if key is None or not self.declared:
            return
        weights = dict(op.weights(*given))
        first = self._shared_weights.get(key)
        if first is None:
            if weights and frame.owner:
                self._shared_weights[key] = (weights, span)
        elif first[0] != weights and not frame.owner:
            name, shape = next((n, s) for n, s in weights.items() if first[0].get(n) != s)
            raise Problem(
                codes.JOIN_CHANNELS,
                f"`{key}` shares its weights, but `{name}` would be {shape} here and is {first[0].get(name)}",
                span,
                labels=(Label(first[1], "first applied here"),),
                helps=("apply it to values with as many channels, or declare a second layer",),
            )

    def owns_weights(self, node: Node) -> bool:
        """Tell whether a node has weights or buffers of its own; one that refuses its input might."""
        if node.op is None or node.key is None or not node.owner:
            return False
        given = self.graph.input_shapes(node)
        if given is None:
            return False
        if node.shapes is None:
            return True
        return bool(node.op.weights(*given)) or bool(node.op.buffers(*given))

    def check_keys(self) -> None:
        """Report a key that is both a layer and a prefix of others (`as` can make one), or that PyTorch refuses."""
        if not suspicious(self._keys):
            return
        for key, node in self._keys.items():
            for part in key.split("."):
                if reserved(part):
                    self.report(
                        Problem(
                            codes.KEY_INVALID,
                            f"a layer cannot be named `{part}`: torch.nn.Module keeps that name for itself",
                            node.span,
                            f"`{key}`",
                            helps=('give the line another name, or its layer another key: `as "train_1"`',),
                        )
                    )
            parent = place_in(key, self._keys)
            if parent is not None:
                self.report(
                    Problem(
                        codes.KEY_CLASH,
                        f"`{parent}` is a layer, so nothing can be named `{key}`",
                        node.span,
                        labels=(Label(self._keys[parent].span, f"`{parent}`"),),
                        helps=("give one of them another name or key",),
                    )
                )


def _nothing_left(name: str, given: list[Shape], shape: Shape, span: Span) -> Problem:
    return Problem(
        codes.ZERO_SIZE,
        f"`{name}` does not fit its input: {given[0]} in, {shape} out",
        span,
        "nothing is left",
        helps=("a smaller window or stride, or more padding",),
    )
