"""Which outputs are pictures, and what every way to one goes through: where detail is lost for good."""

from convdsl.analysis.geometry import Field, Seen, inputs_read
from convdsl.graph.graph import Node, OutputTensor
from convdsl.lint.subject import Subject
from convdsl.op import sizes
from convdsl.sizes import Size


def pictures(subject: Subject) -> list[OutputTensor]:
    """Return the outputs with a number for every pixel: they mean colours, or their step is a pixel of the input."""
    return [output for output in subject.graph.outputs if _is_picture(subject, output)]


def _is_picture(subject: Subject, output: OutputTensor) -> bool:
    shape = subject.shape(output.value)
    if not shape.spatial:
        return False
    if output.meaning is not None and output.meaning.kind == "colour":
        return True
    seen = subject.fields[output.value.node]
    assert seen is not None  # of a value of known shape
    return all(_is_fine(size, sight) for size, sight in zip(sizes(shape), seen, strict=True))


def _is_fine(size: Size, seen: Seen) -> bool:
    """Tell whether an axis has a pixel for each of the input: by how it grows with it, a fixed one by its step."""
    if size.symbol is None:
        return isinstance(seen, Field) and seen.jump <= 1
    period, growth = size.period
    return growth >= period


def passages(subject: Subject, output: OutputTensor) -> list[Node]:
    """Return the nodes that every way from the inputs to an output goes through, in order, its own last."""
    ways = list(subject.walk([subject.maker(output.value)]))[::-1]
    reads: dict[tuple[int, int], tuple[int, ...]] = {}  # the positions that are read, by operator and number of inputs
    last: dict[int, int] = {}
    starts = []
    for node in ways:
        case = id(node.op), len(node.inputs)
        if case not in reads:
            reads[case] = inputs_read(node)
        places = reads[case]
        last.update((node.inputs[place].node, node.index) for place in places)
        if not places:
            starts.append(node.index)
    found = []
    reached = max(starts)  # before it an input of the network, or a value that was read already, has its own way
    for node in ways:
        if reached <= node.index:
            found.append(node)
        reached = max(reached, last.get(node.index, reached))
    return found
