"""What rules about networks that paint pictures ask: which outputs are painted, and how coarse the ways to them."""

from collections.abc import Sequence
from fractions import Fraction
from math import inf

from convdsl.graph.graph import Node, OutputTensor
from convdsl.lint.numbers import Step
from convdsl.lint.subject import Subject


def painted(subject: Subject) -> list[OutputTensor]:
    """Return the outputs that mean colours which no input gives; an input with a default is a hint and gives none."""
    given = {
        channel
        for tensor in subject.graph.inputs
        if tensor.meaning is not None and tensor.default is None
        for channel in tensor.meaning.channels
    }
    return [
        output
        for output in subject.graph.outputs
        if output.meaning is not None and set(output.meaning.channels) - given
    ]


def is_copied(subject: Subject, output: OutputTensor) -> bool:
    """Tell whether an output may be a copy of an input, as an autoencoder makes it: the same meaning, or none."""
    shape = subject.shape(output.value)
    for tensor in subject.graph.inputs:
        if output.meaning is not None and tensor.meaning is not None:
            if set(output.meaning.channels) <= set(tensor.meaning.channels):
                return True
        elif shape.axes[1:2] == tensor.shape.axes[1:2]:
            return True
    return False


def step(subject: Subject, node: Node) -> Step:
    """Return the input pixels from one cell of a node to the next, along the axis where they are most."""
    return subject.steps[node.index]


def coarsest(subject: Subject, output: OutputTensor) -> Node | None:
    """Return the node of largest step that an output is made of, the last of those; None where one is on no grid."""
    found: Node | None = None
    for node in subject.walk((subject.maker(output.value),)):
        here = step(subject, node)
        if here == inf:
            continue
        if found is None or here > step(subject, found):
            found = node
    return found


def finest_ways(subject: Subject) -> Sequence[Step]:
    """Return for each node the largest step on the way from an input that keeps the steps smallest."""
    out: list[Step] = []
    for node in subject.nodes:
        before = node.inputs
        best = out[before[0].node] if before else Fraction(0)
        for value in before[1:]:
            way = out[value.node]
            best = best if way is best or best <= way else way
        here = subject.steps[node.index]
        out.append(best if best is here or best >= here else here)
    return out
