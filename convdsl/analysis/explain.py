"""Turn a guard that fails into a message: both ends, the arithmetic, the exact set, ways out.

What is said of places comes from `trace`, what is offered from `repair`; the numbers are evaluated here.
"""

from collections.abc import Iterable, Mapping

from convdsl import codes
from convdsl.analysis import rectangles, trace
from convdsl.analysis.accepted import Accepted, Blame
from convdsl.analysis.guards import symbols_of
from convdsl.analysis.repair import Repair
from convdsl.diagnostics import Code, Diagnostic, Help, Label
from convdsl.graph.graph import Graph, Node, Promise
from convdsl.op import AnyAtLeast, AtLeast, Divides, Equal, Guard, NotLess, ProductEquals
from convdsl.record import dataclass
from convdsl.sizes import Size
from convdsl.sizeset import SizeSet
from convdsl.source import Span

Sizes = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Context:
    """What every message about a network's sizes may mention.

    accepted: the exact sets, of all guards. promised: symbol -> where the text promises sizes of it. helps: ways out
    that hold for the whole network, such as a better `where`. asked: a person asks about these very sizes; else they
    are the smallest that the input promises.
    """

    graph: Graph
    accepted: Accepted
    promised: Mapping[str, tuple[Span, ...]]
    helps: tuple[Help, ...] = ()
    asked: bool = False

    def note(self) -> tuple[str, ...]:
        """Return the notes that state the accepted sizes."""
        if self.accepted.is_empty:
            return (f"accepted: no size{_known(self.accepted.axes.values())}",)
        if self.accepted.joint is None:
            return ("accepted: " + "; ".join(self.accepted.text()),)
        first, *others = self.accepted.text()
        return (f"accepted: {first}", *others)


def failure(context: Context, node: Node, guard: Guard, sizes: Sizes, repairs: Iterable[Repair]) -> Diagnostic:
    """Say that a guard fails at sizes that the input promises; `sizes` are the smallest such."""
    graph = context.graph
    noun = trace.axis_noun(graph, node, guard)
    name = trace.op_name(node)
    code, message, found = _words(context, node, guard, sizes, noun, name)
    where = Label(node.span, f"at {_at(sizes, guard)}: {found}")
    labels = (
        *_promised(context, symbols_of(guard)),
        *_ends(graph, node, guard, sizes if context.asked else None),
        *trace.call_label(node, node.span),
    )
    helps = (*map(_help, repairs), *context.helps)
    return Diagnostic(code, message, where, labels, context.note(), helps)


def impossible(
    context: Context, node: Node, blame: Blame, rivals: Iterable[Node], repairs: Iterable[Repair]
) -> Diagnostic:
    """Say that a guard leaves no size at all, or finitely many.

    rivals: nodes before it, each of which asks for sizes that this one cannot have.
    """
    graph, guard = context.graph, blame.guard
    noun, name = trace.axis_noun(graph, node, guard), trace.op_name(node)
    rival_labels = tuple(Label(trace.place(graph, rival, node), "asks for other sizes") for rival in rivals)
    code = codes.JOIN_SIZE if isinstance(guard, Equal | NotLess) and not rival_labels else codes.NO_LEGAL_SIZE
    known = _known(context.accepted.axes.values())
    which = f"no size{known}"
    if not blame.leaves_nothing:
        few = blame.after.where(blame.symbol)
        which = few if len(few) < 60 else f"{len(blame.after.finite)} sizes only"
    message, text = f"`{name}` accepts {which}", which
    if isinstance(guard, Equal | NotLess):
        pair = _pair(graph, node, guard)
        verb = "agree" if isinstance(guard, Equal) else "fit"
        if _wanted(node, guard) is not None:
            code, message = codes.DENSE_SIZE, f"`{name}` takes a {noun} of {_wanted(node, guard)} only"
        elif blame.leaves_nothing:
            message = f"{name}: {pair} {verb} in {noun} at no size{known}"
            if rival_labels:
                message += " that the layers before accept"
        else:
            message = f"{name}: {pair} {verb} in {noun} only at {which}"
        text = f"{guard.left} and {guard.right}"
    elif isinstance(guard, ProductEquals):
        code = codes.DENSE_SIZE
        message = f"`{name}` takes {guard.total} numbers, but there is no size at which its input has as many"
        text = f"{guard.product} is never {guard.total}"
    elif isinstance(guard, AtLeast):
        message = f"`{name}` needs a {noun} of at least {guard.minimum}, which no accepted size{known} gives"
    elif isinstance(guard, Divides):
        message = f"`{name}` needs a {noun} that {guard.divisor} divides, which no accepted size{known} gives"
        text = f"{guard.size}"
    labels = (*_ends(graph, node, guard), *rival_labels, *trace.call_label(node, node.span))
    fixed = isinstance(guard, Equal) and (guard.left.value is not None or guard.right.value is not None)
    helps = (*map(_help, repairs), *(context.helps if fixed else ()))
    return Diagnostic(code, message, Label(node.span, text), labels, context.note(), helps or (Help(_NO_WAY),))


def unsplit(guard: ProductEquals, takes: str, span: Span, labels: tuple[Label, ...] = ()) -> Diagnostic:
    """Say that sizes multiply to a number in more ways than are looked at.

    takes: who asks for the number, `Linear` takes.
    """
    *others, last = symbols_of(guard)
    message = (
        f"{takes} {guard.total} numbers, which {', '.join(others)} and {last} make in {rectangles.ways(guard)} ways; "
        f"up to {rectangles.MOST} are looked at"
    )
    way = Help(f"fix one of the sizes in the input's line: a number in place of `{last}`, or pool before to one size")
    return Diagnostic(codes.TOO_BIG, message, Label(span, f"{guard.product}"), labels, (), (way,))


def _help(repair: Repair) -> Help:
    return Help(f"repair it: {repair.text}", settings=repair.settings)


def _known(axes: Iterable[SizeSet]) -> str:
    """Say how far sizes are known where they are not known everywhere."""
    bound = min((axis.bounded for axis in axes if axis.bounded is not None), default=None)
    return "" if bound is None else f" up to {bound}"


def _wanted(node: Node, guard: Guard) -> int | None:
    """Return the one size that a layer of a single input takes, None for joins."""
    if not isinstance(guard, Equal) or len(node.inputs) != 1:
        return None
    return guard.right.value if guard.left.value is None else guard.left.value


_NO_WAY = "crop, pad or resize one of the values, or give the layers that change its size another stride or padding"


def broken_promise(
    context: Context, promise: Promise, guard: Guard, sizes: Sizes, helps: tuple[Help, ...]
) -> Diagnostic:
    """Say that a shape promise fails; `sizes` are the smallest at which it does."""
    graph = context.graph
    node = graph.nodes[promise.value.node]
    name = trace.value_name(graph, promise.value, graph.nodes[0])
    at = _at(sizes, guard)
    labels = [*_promised(context, symbols_of(guard))]
    if isinstance(guard, Equal):
        shape = graph.shape(promise.value)
        noun = "size" if shape is None else trace.axis_word_of(shape, guard.axis)
        real, claimed = guard.left, guard.right
        if shape is not None and guard.axis < shape.rank and shape.axes[guard.axis] == claimed:
            real, claimed = claimed, real
        message = f"{name}: {noun} {claimed} was promised, it is {real}"
        text = f"at {at}: {_value(claimed, sizes)} was promised, it is {_value(real, sizes)}"
        maker = graph.nodes[trace.changer(graph, promise.value, guard.axis).node]
        labels.append(Label(trace.place(graph, maker), _with_number(real, sizes if context.asked else None)))
    elif isinstance(guard, AtLeast):
        message = f"{name}: at least {guard.minimum} was promised, it is {guard.size}"
        text = f"at {at}: {_value(guard.size, sizes)}, less than {guard.minimum}"
        labels.append(Label(trace.place(graph, node), str(guard.size)))
    elif isinstance(guard, Divides):
        message = f"{name}: the promise divides {guard.size} by {guard.divisor}, which leaves a rest"
        text = f"at {at}: {_value(guard.size, sizes)} / {guard.divisor} is not a whole number"
    else:
        message = f"{name} does not keep what was promised of its sizes"
        text = f"at {at}"
        labels.append(Label(trace.place(graph, node)))
    if promise.trail and promise.trail[0] != promise.span:
        labels.append(Label(promise.trail[0], "in this call"))
    kept = tuple(label for label in labels if label.span != promise.span)
    return Diagnostic(codes.PROMISE, message, Label(promise.span, text), kept, context.note(), helps)


# --------------------------------------------------------------------- words


def _words(context: Context, node: Node, guard: Guard, sizes: Sizes, noun: str, name: str) -> tuple[Code, str, str]:
    """Return the code, the message, and what is found at the sizes."""
    graph, promised = context.graph, f"at {_at(sizes, guard)}" if context.asked else "at sizes that the input promises"
    match guard:
        case Equal(left, right) if _wanted(node, guard) is not None:
            message = f"`{name}` takes a {noun} of {_wanted(node, guard)} only, and has others {promised}"
            return codes.DENSE_SIZE, message, f"{_value(left, sizes)}, not {_value(right, sizes)}"
        case Equal(left, right):
            message = f"{name}: {_pair(graph, node, guard)} differ in {noun} {promised}"
            return codes.JOIN_SIZE, message, f"{_value(left, sizes)} and {_value(right, sizes)}"
        case NotLess(left, right):
            message = f"{name}: {_pair(graph, node, guard)} do not fit in {noun} {promised}"
            return codes.JOIN_SIZE, message, f"{_value(left, sizes)} is less than {_value(right, sizes)}"
        case ProductEquals(product, total):
            message = f"`{name}` takes {total} numbers, its input has {product} {promised}"
            return codes.DENSE_SIZE, message, f"{product.at(sizes)}, not {total}"
        case Divides(size, divisor):
            message = f"`{name}` needs a {noun} that {divisor} divides {promised}"
            return codes.SIZE_ILLEGAL, message, f"{_value(size, sizes)}, not a multiple of {divisor}"
        case AtLeast(size, minimum):
            value = _value(size, sizes)
            if minimum == 1:
                message = f"`{name}` leaves nothing of the {noun} {promised}"
                return codes.SIZE_ILLEGAL, message, f"{size} is {value}"
            message = f"`{name}` needs a {noun} of at least {minimum} {promised}"
            return codes.SIZE_ILLEGAL, message, f"{value}, less than {minimum}"
        case AnyAtLeast(several, minimum):
            message = f"`{name}` needs an image of at least {minimum} pixels along one of its axes {promised}"
            found = " x ".join(str(_value(size, sizes)) for size in several)
            return codes.SIZE_ILLEGAL, message, f"{found}, less than {minimum} along each"


def _pair(graph: Graph, node: Node, guard: Equal | NotLess) -> str:
    names = [trace.value_name(graph, end.value, node) for end in trace.ends(graph, node, guard)]
    return " and ".join(names) if len(names) == 2 else "its inputs"


def _at(sizes: Sizes, guard: Guard) -> str:
    symbols = symbols_of(guard) or tuple(sizes)
    return ", ".join(f"{symbol} = {sizes[symbol]}" for symbol in symbols)


def _value(size: Size, sizes: Sizes) -> int:
    return size.at(0 if size.symbol is None else sizes[size.symbol])


def _promised(context: Context, symbols: tuple[str, ...]) -> list[Label]:
    spans = sorted({span for symbol in symbols for span in context.promised.get(symbol, ())})
    if len(symbols) > 1 and len(spans) > 1 and spans[0].file == spans[-1].file:
        spans = [spans[0].to(spans[-1])]
    return [Label(span, "promised") for span in spans]


def _ends(graph: Graph, node: Node, guard: Guard, sizes: Sizes | None = None) -> list[Label]:
    """Point at what made the sizes that meet in a guard; sizes: of the symbols, for numbers beside the expressions."""
    labels: dict[Span, Label] = {}
    if isinstance(guard, Equal | NotLess):
        for end in trace.ends(graph, node, guard):
            made = graph.nodes[end.value.node]
            span = trace.place(graph, made, node)
            labels.setdefault(span, Label(span, _with_number(end.size, sizes)))
            maker = graph.nodes[trace.changer(graph, end.value, guard.axis).node]
            changed = trace.place(graph, maker, node)
            # an encoder's size explains itself, a decoder's begins where the value last grew
            if maker.op is not None and end.size.chain and end.size.chain[-1][2] == 1:
                labels.setdefault(changed, Label(changed, f"{_with_number(end.size, sizes)} from here on"))
    elif node.inputs:
        made = graph.nodes[node.inputs[0].node]
        shape = graph.shape(node.inputs[0])
        span = trace.place(graph, made, node)
        if shape is not None:
            text = str(shape) if sizes is None or shape.is_concrete else f"{shape} = {shape.at(sizes)}"
            labels.setdefault(span, Label(span, text))
    return [label for label in labels.values() if label.span != node.span]


def _with_number(size: Size, sizes: Sizes | None) -> str:
    return str(size) if sizes is None or size.value is not None else f"{size} = {_value(size, sizes)}"
