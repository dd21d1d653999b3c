"""A network back to the language, flat: one layer a line, with the keys, wiring and hash that it has.

Blocks, loops, ifs and defaults are resolved and parameters have their values; each line says in a comment where it
comes from. Names are given to what is read again or not by the next line. It knows no operator.
"""

from collections import Counter
from collections.abc import Sequence

from convdsl.argument import OPERANDS, VALUE, Parameter, signature
from convdsl.graph.graph import Graph, Node, Promise, Value
from convdsl.lower.literals import arguments, literal, meant, number, settled, shape
from convdsl.lower.origin import Origins
from convdsl.lower.value_names import ValueNames
from convdsl.record import replace
from convdsl.source import Source
from convdsl.syntax import tree


def expand(graph: Graph, file: tree.File, sources: Sequence[Source]) -> tree.File:
    """Return the spec of a valid network without blocks, loops, ifs, defaults and parameters."""
    model = next(item for item in file.items if isinstance(item, tree.Model))
    statements = _Expansion(graph, sources).statements(model)
    items: list[tree.Item] = [replace(model, parameters=(), body=tree.Body(tuple(statements)))]
    items.extend(item for item in file.items if isinstance(item, tree.Train))
    return replace(file, items=tuple(items))


class _Expansion:
    """The lines of one network. flow: the value that the next line would take; position: the next unnamed key."""

    def __init__(self, graph: Graph, sources: Sequence[Source]) -> None:
        self.graph = graph
        self.origins = Origins(sources)
        self.lines: list[tree.Statement] = []
        self.shared = {key for key, times in Counter(node.key for node in graph.nodes).items() if times > 1 and key}
        self.names = ValueNames(graph, self.unnamed())
        self.layers: dict[str, str] = {}
        self.written: dict[int, tuple[tree.Argument, ...]] = {}
        self.promises = self.promised()
        self.position = 0
        self.flow = self.first_flow()
        self.idle: str | None = None  # a key of a layer without weights: others may carry it as well

    def statements(self, model: tree.Model) -> list[tree.Statement]:
        self.inputs()
        for node in self.graph.nodes:
            if node.op is not None:
                self.layer(node)
        self.spare()
        for name, value in self.names.aliases:
            self.lines.append(tree.Flow(tree.Name(self.names.of(value)), (), (tree.Name(name),)))
        self.outputs()
        self.expectations(model)
        return self.lines

    # ------------------------------------------------------------ the edges

    def inputs(self) -> None:
        for tensor in self.graph.inputs:
            said, parameters = tensor.declaration, self.graph.parameters
            written = shape(tensor.shape)
            assert written is not None
            self.lines.append(
                replace(
                    said,
                    shape=written,
                    default=None if tensor.default is None else number(tensor.default),
                    means=None if said.means is None else meant(said.means, parameters),
                    where=tensor.where,
                )
            )

    def outputs(self) -> None:
        for tensor in self.graph.outputs:
            said, parameters = tensor.declaration, self.graph.parameters
            axes = tuple(settled(axis, parameters) for axis in said.shape.axes)
            means = None if said.means is None else meant(said.means, parameters)
            comments = replace(said.comments, blank_before=tensor is self.graph.outputs[0])
            self.lines.append(replace(said, shape=tree.ShapeExpr(axes), means=means, comments=comments))

    def expectations(self, model: tree.Model) -> None:
        """Write what is expected, in the statements of the text where all of them stand at its end."""
        left = list(self.graph.expectations)
        said = [line for line in model.body.statements if isinstance(line, tree.Expect)]
        if sum(len(line.conditions) for line in said) == len(left):
            for line in said:
                count = len(line.conditions)
                self.lines.append(replace(line, conditions=tuple(left[:count])))
                del left[:count]
        elif left:
            self.lines.append(tree.Expect(tuple(left)))

    def first_flow(self) -> Value | None:
        return Value(self.graph.inputs[0].node) if len(self.graph.inputs) == 1 else None

    def promised(self) -> dict[Value, Promise]:
        """Return the shapes that lines promise; those of outputs and of blocks' inputs are said elsewhere."""
        said = {tensor.declaration.shape.span for tensor in self.graph.outputs}
        made = {Value(node.index, output) for node in self.graph.nodes if node.op for output in range(_count(node))}
        return {
            one.value: one
            for one in self.graph.promises
            if one.value in made and one.span not in said and shape(one.shape) is not None
        }

    # ----------------------------------------------------------- the layers

    def unnamed(self) -> set[Value]:
        """Find the values that nobody has to name: the next line takes them, and no other."""
        read = Counter(value for node in self.graph.nodes for value in node.inputs)
        read.update(tensor.value for tensor in self.graph.outputs)
        flow, taken = self.first_flow(), set()
        for node in self.graph.nodes:
            if node.op is None:
                continue
            if flow is not None and self.takes_flow(node, flow) and read[flow] == 1:
                taken.add(flow)
            flow = Value(node.index) if _count(node) == 1 else None
        return taken

    def takes_flow(self, node: Node, flow: Value | None) -> bool:
        """Tell whether a layer can be written without naming the value that enters it."""
        if not node.inputs or node.inputs[0] != flow or flow in node.inputs[1:]:
            return False
        operands = _operands(node)
        if operands is None:
            return len(node.inputs) == 1 + len(_values(node))
        alone = operands[0] is None and operands.count(None) == 1 and len(operands) <= 2
        return alone and len(node.inputs) == 1 + len(_values(node))

    def layer(self, node: Node) -> None:
        op = node.op
        assert op is not None
        by_flow = self.takes_flow(node, self.flow)
        edge = len(self.graph.inputs)  # a blank line parts what stands before from the layers
        values = [Value(node.index, output) for output in range(_count(node))]
        targets = tuple(tree.Name(name) for name in map(self.names.get, values) if name is not None)
        call = tree.Call(type(op).__name__, self.arguments(node, by_flow))
        if node.key is not None and node.key in self.shared:
            call = self.declared(node.key, call)
        elif op.takes_position:
            call = replace(call, key=self.key(node, targets))
        source: tree.Expr | tree.Values | None = None
        handed = tuple(value for at, value in enumerate(node.inputs) if at not in _values(node).values())
        if _operands(node) is None and not by_flow:
            references = tuple(tree.Name(self.names.of(value)) for value in handed)
            source = references[0] if len(references) == 1 else tree.Values(references)
        promise = next((self.promises[value] for value in values if value in self.promises), None)
        self.lines.append(
            tree.Flow(
                call if source is None else source,
                () if source is None else (call,),
                targets,
                promise=None if promise is None else shape(promise.shape, promise.guards),
                comments=tree.Comments(trailing=self.origins.of(node), blank_before=len(self.lines) == edge),
            )
        )
        self.flow = values[0] if len(values) == 1 else None

    def arguments(self, node: Node, by_flow: bool) -> tuple[tree.Argument, ...]:
        """Write a call's arguments: a join's values and numbers, plain ones, and other values by their names."""
        assert node.op is not None
        out: list[tree.Argument] = []
        operands = _operands(node)
        by_name = _values(node)
        joined = iter([value for at, value in enumerate(node.inputs) if at not in by_name.values()])
        if operands is not None:
            missing = len(node.inputs) - len(by_name) - operands.count(None)
            for operand in (*(None,) * missing, *operands)[int(by_flow) :]:
                out.append(tree.Argument(None, self.name(next(joined)) if operand is None else literal(operand)))
        if id(node.op) not in self.written:  # equal operators of a graph are one object
            self.written[id(node.op)] = arguments(node.op)
        out.extend(self.written[id(node.op)])
        out.extend(tree.Argument(name, self.name(node.inputs[at])) for name, at in by_name.items())
        return tuple(out)

    def name(self, value: Value) -> tree.Name:
        return tree.Name(self.names.of(value))

    def key(self, node: Node, targets: tuple[tree.Name, ...]) -> tree.String | None:
        """Say a layer's key where its line would give it another one."""
        natural = targets[0].id if len(targets) == 1 else str(self.position)
        self.position += 1
        wanted = node.key
        if wanted is None:
            assert self.idle is not None  # it has lost its key to an equal one
            wanted = self.idle
        elif not self.has_weights(node):
            self.idle = self.idle or wanted
        return None if natural == wanted else tree.String(wanted)

    def has_weights(self, node: Node) -> bool:
        given = self.graph.input_shapes(node)
        return node.op is not None and (given is None or bool(node.op.weights(*given) or node.op.buffers(*given)))

    # ------------------------------------------------------- shared and spare

    def declared(self, key: str, call: tree.Call) -> tree.Call:
        """Declare a layer that is applied more than once, at its first application; return the application."""
        name = self.layers.get(key)
        if name is None:
            name = self.layers[key] = self.names.fresh(key)
            own = None if name == key else tree.String(key)
            self.lines.append(tree.LayerDeclaration(name, (replace(call, key=own),)))
        return tree.Call(name)

    def spare(self) -> None:
        """Declare the layers whose weights are kept and that nothing applies."""
        applied = {node.key for node in self.graph.nodes}
        chains: list[list[Node]] = []
        for node in self.graph.spare:
            key = node.key or ""
            parent, _, number = key.rpartition(".")
            if key in applied:
                continue
            if chains and number.isdigit() and chains[-1][-1].key == f"{parent}.{int(number) - 1}":
                chains[-1].append(node)
            else:
                chains.append([node])
        for nodes in chains:
            self.spare_chain(nodes)

    def spare_chain(self, nodes: Sequence[Node]) -> None:
        """Declare one of them: its key is its name, or stands behind `as`; a chain's is that of a group around it."""
        calls = tuple(tree.Call(type(node.op).__name__, arguments(node.op)) for node in nodes if node.op is not None)
        comments = tree.Comments(trailing=self.origins.of(nodes[0]))
        key = nodes[0].key or ""
        if len(nodes) == 1:
            name = self.names.fresh(key)
            calls = (replace(calls[0], key=None if name == key else tree.String(key)),)
            self.lines.append(tree.LayerDeclaration(name, calls, comments=comments))
            return
        outer, _, name = key.rpartition(".")[0].rpartition(".")
        declaration = tree.LayerDeclaration(name, calls, comments=comments)
        if not outer:
            self.lines.append(declaration)
            return
        kept = tree.Flow(self.name(self.graph.outputs[0].value), (), (tree.Name("kept"),))
        self.position += 1
        self.lines.append(tree.Flow(tree.Body((declaration, kept)), key=tree.String(outer)))


def _count(node: Node) -> int:
    return 1 if node.shapes is None else len(node.shapes)


def _operands(node: Node) -> tuple[float | None, ...] | None:
    """Return a join's values (None) and numbers in their order; None for what is no join."""
    parameters = _signature(node)
    if not parameters or parameters[0].kind is not OPERANDS:
        return None
    operands: tuple[float | None, ...] = getattr(node.op, parameters[0].name)
    return operands


def _signature(node: Node) -> tuple[Parameter, ...]:
    return () if node.op is None else signature(type(node.op))


def _values(node: Node) -> dict[str, int]:
    """Return the arguments that are values of the network, and which of the inputs they are."""
    given = {p.name: getattr(node.op, p.name) for p in _signature(node) if p.kind is VALUE}
    return {name: at for name, at in given.items() if at is not None}
