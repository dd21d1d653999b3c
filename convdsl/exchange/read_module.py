"""Read a PyTorch module: its traced steps become layers with exact sizes, and what has no layer is listed.

One mistake, one message: what reads the result of something that cannot be expressed is passed over.
"""

import sys
from collections.abc import Mapping, Sequence

import torch
from torch import fx, nn

from convdsl.argument import Invalid
from convdsl.exchange.arguments import full_name, given, holds, plain_name, tensors_in, word
from convdsl.exchange.functions import apply
from convdsl.exchange.length import Tensor, Unknown, Weight
from convdsl.exchange.operators import Mismatch, is_layer, of_module
from convdsl.exchange.tracing import Trace, frames_of, place_of, shape_at, trace
from convdsl.exchange.work import Call, Work
from convdsl.graph.graph import Node, Value
from convdsl.lower.declared import Declared, read_declared
from convdsl.lower.draft import Draft, draft, pruned
from convdsl.lower.spell import ANY_NAME
from convdsl.record import dataclass
from convdsl.shape import Shape, shape_of
from convdsl.syntax import tree

SPATIAL = {3: ("L",), 4: ("H", "W"), 5: ("D", "H", "W")}


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something of the program that no layer does.

    what: the call, as "torch.einsum". module: the path of the module around it, "" for the model. place: file and line.
    """

    what: str
    message: str
    help: str
    module: str
    place: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Read:
    """A module as a network. spare: layers with weights that nothing reads; by: what has traced it."""

    draft: Draft
    spare: tuple[Node, ...]
    unsupported: tuple[Unsupported, ...]
    by: str
    declared: Declared


def symbols(sizes: Sequence[int], *, fixed: bool = False) -> Shape:
    """Return the shape of an input of these sizes: batch and spatial axes by their symbols."""
    axes: tuple[str | int, ...] = tuple(sizes[2:]) if fixed else SPATIAL.get(len(sizes), tuple(sizes[2:]))
    return shape_of("N", sizes[1], *axes)


def read_module(module: nn.Module, inputs: Sequence[Sequence[int]], *, fixed: bool = False) -> Read:
    """Read a module that takes tensors of these sizes, (N, C, H, W) each; fixed: the images' size is no symbol.

    Raises Untraceable where PyTorch cannot follow the module.
    """
    examples = tuple(torch.zeros(tuple(sizes)) for sizes in inputs)
    traced = trace(module, examples)
    return _Reader(module, traced, examples, inputs, fixed).read()


class _Reader:
    """Walks the steps of a trace once. known: what each step gave."""

    def __init__(
        self,
        module: nn.Module,
        traced: Trace,
        examples: tuple[torch.Tensor, ...],
        inputs: Sequence[Sequence[int]],
        fixed: bool,
    ) -> None:
        self.module, self.traced, self.examples = module, traced, examples
        self.sizes = list(inputs)
        self.fixed = fixed
        self.draft = draft(type(module).__name__)
        # torch.export has put numbers in for sizes, which say nothing at other ones
        self.declared = declared_of(module)
        self.shapes = [self._shape(at, sizes) for at, sizes in enumerate(inputs)]
        self.work = Work(self.draft, probes(inputs, self.shapes)[: 3 if traced.by == "torch.fx" else 1])
        self.known: dict[fx.Node, object] = {}
        self.unsupported: list[Unsupported] = []
        self.entered = 0
        self.functions = iter(self.declared.functions)
        self.draft.exact = bool(self.declared.inputs)

    def _shape(self, at: int, sizes: Sequence[int]) -> Shape:
        said = list(self.declared.inputs.values())[at : at + 1]
        known = declared_shape(said[0], sizes) if said and not self.fixed else None
        return symbols(sizes, fixed=self.fixed) if known is None else known

    def read(self) -> Read:
        for node in self.traced.graph.nodes:
            self.known[node] = self._step(node)
        kept, spare = pruned(self.draft)
        spare = (*spare, *self._unread(kept, spare))
        return Read(kept, spare, tuple(self.unsupported), self.traced.by, self.declared)

    def _step(self, node: fx.Node) -> object:
        args = tuple(given(item, self.known) for item in node.args)
        kwargs = {name: given(item, self.known) for name, item in node.kwargs.items()}
        if holds((args, kwargs), Unknown):
            return Unknown()
        try:
            result = self._do(node, args, kwargs)
            if _works_in_place(node, self.module, kwargs):
                self._overwrite(args[0], result)
            return result
        except Mismatch as problem:
            self._refuse(node, problem.message, problem.help)
        except Invalid as refusal:
            self._refuse(node, refusal.message, refusal.help)
        return self._recovered(node)

    def _recovered(self, node: fx.Node) -> object:
        """Go on behind what cannot be expressed, where all sizes are numbers, so that one run names everything."""
        shape = shape_at(self.traced, node, self.examples) if self.fixed else None
        if shape is None or len(shape) < 2:
            return Unknown()
        return Tensor(self.draft.input("unknown", shape_of("N", *shape[1:]), tree.Input("unknown", tree.ShapeExpr(()))))

    def _overwrite(self, before: object, after: object) -> None:
        """Let all that holds a value see what a layer made of it in place."""
        if isinstance(before, Tensor):
            self.known = {node: after if known == before else known for node, known in self.known.items()}

    def _do(self, node: fx.Node, args: tuple[object, ...], kwargs: Mapping[str, object]) -> object:
        match node.op:
            case "placeholder":
                return self._placeholder(node)
            case "get_attr":
                return self._attribute(str(node.target))
            case "call_module":
                return self._module(node, args, kwargs)
            case "output":
                self._outputs(args[0])
                return None
        function = node.target if node.op == "call_function" else None
        name = plain_name(node.target)
        if name == "getattr":
            return self.work.lengths(args[0]) if args[1] == "shape" else self._fact(args[0], args[1])
        if not holds((args, kwargs), Tensor, Weight) and callable(function):
            return function(*args, **kwargs)
        if name == "getitem" and isinstance(args[0], tuple) and isinstance(args[1], int | slice):
            return args[0][args[1]]
        if name.startswith("sym_size") and isinstance(args[1], int):
            return self.work.lengths(args[0])[args[1]]
        call = Call(name, function, args, kwargs, frames_of(node, self.traced), self._grows(node, args))
        return self._named(apply(self.work, call))

    def _named(self, result: object) -> object:
        """Give a layer that is a function in the code the key that the docstring says."""
        made = result[0] if isinstance(result, tuple) and result else result
        node = self.draft.graph.nodes[made.value.node] if isinstance(made, Tensor) else None
        is_new = node is not None and node.index == len(self.draft.graph.nodes) - 1
        if node is not None and node.op is not None and is_new and node.op.takes_position and node.key is None:
            key = next(self.functions, "-")
            node.key = None if key == "-" else key
        return result

    def _fact(self, whole: object, name: object) -> object:
        if name == "ndim":
            return self.work.shape(whole).rank
        if name in ("dtype", "device"):
            return None
        raise Mismatch(f"it reads `.{name}` of a tensor")

    def _placeholder(self, node: fx.Node) -> object:
        target = str(node.target)
        if target in self.traced.weights:
            return self._weight(self.traced.weights[target])
        if self.entered >= len(self.sizes):
            if node.args:  # an argument with a default, for which no input was given
                return node.args[0]
            raise Mismatch(f"the module takes `{target}` besides", "give its size as well: another `--input`")
        said = list(self.declared.inputs)[self.entered : self.entered + 1]
        name = said[0] if said else word("x" if target == "input" else target)
        shape = self.shapes[self.entered]
        self.entered += 1
        return Tensor(self.draft.input(name, shape, tree.Input(name, tree.ShapeExpr(()))))

    def _attribute(self, target: str) -> object:
        owner, _, name = target.rpartition(".")
        value = getattr(self.module.get_submodule(owner), name)
        return self._weight(target) if isinstance(value, torch.Tensor) else value

    def _weight(self, name: str) -> object:
        owner, _, last = name.rpartition(".")
        tensor = getattr(self.module.get_submodule(owner), last)
        in_state = name in self.module.state_dict()
        return tensor.item() if tensor.numel() == 1 and not in_state else Weight(name, tensor)

    def _module(self, node: fx.Node, args: tuple[object, ...], kwargs: Mapping[str, object]) -> object:
        target = str(node.target)
        module = self.module.get_submodule(target)
        if kwargs:
            said = ", ".join(f"{name}={value!r}" for name, value in kwargs.items() if not isinstance(value, Tensor))
            if said not in ("", "need_weights=False") or any(isinstance(value, Tensor) for value in kwargs.values()):
                raise Mismatch(f"the layer is called with {said or 'tensors by name'}", "hand tensors over in order")
        values = self.work.values(args)
        if isinstance(module, nn.MultiheadAttention) and len(set(values)) == 1:
            values = values[:1]
        shape = self.draft.shape(values[0])
        channels = shape.channels if shape.rank > 1 and shape.has_channels else None
        if isinstance(module, nn.Linear) and shape.rank > 2:
            channels = 0
        op = of_module(module, channels)
        made = self.work.add(op, *values, key=target, frames=frames_of(node, self.traced))
        return (made, None) if isinstance(module, nn.MultiheadAttention) else made

    def _grows(self, node: fx.Node, args: tuple[object, ...]) -> Value | None:
        """Return the join that this one continues: made by the step before, in the same line, read by nothing else."""
        first = node.args[0] if node.args else None
        if not isinstance(first, fx.Node) or len(first.users) != 1 or first.next is not node:
            return None
        place = place_of(node)
        last = len(self.draft.graph.nodes) - 1
        if place is None or place != place_of(first) or not isinstance(args[0], Tensor) or args[0].value.node != last:
            return None
        return args[0].value

    def _outputs(self, results: object) -> None:
        found = list(tensors_in("", results))
        if not found:
            raise Mismatch("nothing that is known comes out")
        for at, (wish, value) in enumerate(found):
            said = list(self.declared.outputs)[at : at + 1]
            name = said[0] if said else word(wish) if wish else ANY_NAME + ("out" if len(found) == 1 else f"out{at}")
            self.draft.output(name, value)

    def _refuse(self, node: fx.Node, message: str, help: str) -> None:
        frames = frames_of(node, self.traced)
        what = str(node.target) if node.op == "call_module" else full_name(node.target)
        if node.op == "call_module":
            what = f"{type(self.module.get_submodule(what)).__name__} `{what}`"
        path = frames[-1].path if frames else ""
        self.unsupported.append(Unsupported(what, message, help, path, place_of(node)))

    def _unread(self, kept: Draft, spare: tuple[Node, ...]) -> list[Node]:
        """Declare the layers that the program never calls: those that own weights, and what stands between them."""
        known = {*kept.keys, *(node.key for node in spare)}
        out: list[Node] = []
        for path, module in self.module.named_modules():
            is_known = any(path == key or path.startswith(f"{key}.") for key in known)
            parent, _, last = path.rpartition(".")
            before = out[-1] if out and last.isdigit() and out[-1].key == f"{parent}.{int(last) - 1}" else None
            if is_known or self.unsupported or not is_layer(module) or (before is None and not module.state_dict()):
                continue
            known.add(path)
            try:
                out.append(_never_called(path, module, before))
            except Mismatch as problem:
                what = f"{type(module).__name__} `{path}`"
                self.unsupported.append(Unsupported(what, problem.message, problem.help, path, None))
        return out


def _never_called(path: str, module: nn.Module, before: Node | None) -> Node:
    """Return a layer that nothing calls; before: the one in front of it in its nn.Sequential.

    Raises Mismatch where it does not say what it takes.
    """
    fed = before.shapes if before is not None else None
    try:
        op = of_module(module, fed[0].channels if fed is not None else None)
        fed = _fed(op, module) if fed is None else fed
        op.check()
        return Node(-1, path, path, op, (), op.shapes(*fed), fed=fed)
    except Invalid as refusal:
        if before is None:
            raise Mismatch(refusal.message, refusal.help) from refusal
    return _never_called(path, module, None)


def declared_of(module: nn.Module) -> Declared:
    """Return what the docstring of a module's class says in a spec's lines, or that of its file."""
    kind = type(module)
    own = read_declared(kind.__doc__ or "")
    return own if own.inputs else read_declared(sys.modules[kind.__module__].__doc__ or "")


def declared_shape(said: str, sizes: Sequence[int]) -> Shape | None:
    """Read `[N, 3, H, W] …`; None where it is not the shape of a tensor of these sizes."""
    axes = [axis.strip() for axis in said[1 : said.find("]")].split(",")]
    if len(axes) != len(sizes) or not all(axis.isdigit() or axis.isidentifier() for axis in axes):
        return None
    if any(axis.isdigit() and int(axis) != size for axis, size in zip(axes, sizes, strict=True)):
        return None
    return shape_of(*(int(axis) if axis.isdigit() else axis for axis in axes))


def probes(inputs: Sequence[Sequence[int]], shapes: Sequence[Shape]) -> tuple[Mapping[str, int], ...]:
    """Return the sizes at which lengths are compared: those of the example, and their multiples."""
    first: dict[str, int] = {}
    for sizes, shape in zip(inputs, shapes, strict=True):
        first |= {str(axis): size for axis, size in zip(shape.axes, sizes, strict=True) if not str(axis).isdigit()}
    return tuple({name: size * times for name, size in first.items()} for times in (1, 2, 3))


def _fed(op: object, module: nn.Module) -> tuple[Shape, ...]:
    """Return the shape that a layer which nothing reads would take, by what it says of its channels."""
    for name in ("in_channels", "in_features", "num_features", "num_channels"):
        channels = getattr(op, name, None)
        if channels:
            rank = 2 if name == "in_features" else next((int(c) + 2 for c in type(op).__name__ if c in "123"), 4)
            return (shape_of("N", channels, *("H", "W", "D")[: rank - 2]),)
    raise Mismatch("it is never called, and does not say what it takes", "delete it from the module")


def _works_in_place(node: fx.Node, root: nn.Module, kwargs: Mapping[str, object]) -> bool:
    """Tell whether a step overwrites its input, which others may read later."""
    if node.op == "call_module":
        return getattr(root.get_submodule(str(node.target)), "inplace", False) is True
    name = plain_name(node.target)
    marked = name.endswith("_") and not name.endswith("__")
    return kwargs.get("inplace") is True or marked or name in ("iadd", "isub", "imul", "itruediv")
