"""Which layers can make up for a shift: those that learn where to look.

A learned window of three taps or more can move what it makes by a cell, and what sees a whole axis has no place that
could be wrong. A window of two taps, as of a transposed convolution of kernel_size 2 and stride 2, cannot.
"""

from collections.abc import Sequence

from convdsl.graph.graph import Node, Value
from convdsl.lint.subject import Subject
from convdsl.op import NoGrid

WIDE = 3  # taps along each axis, one of them on either side of the middle


def can_shift(subject: Subject, node: Node) -> bool:
    """Tell whether a layer's weights can move its output by a cell, or its output has no place."""
    fields = subject.fields[node.index]
    if node.op is not None and fields is not None and NoGrid.WHOLE in fields:
        return True
    windows = subject.windows(node)
    wide = [
        window.kernel_size >= WIDE and (not window.paints or window.kernel_size > window.stride) for window in windows
    ]
    return bool(windows) and all(wide) and bool(subject.weights(node))


def ends_in_slack(subject: Subject, value: Value) -> bool:
    """Tell whether the last layer that is not number for number can make up for a shift; norms are passed over."""
    node = subject.maker(value)
    while not can_shift(subject, node):
        traits = subject.traits(node)
        if len(node.inputs) != 1 or not (traits.pointwise or traits.statistics):
            return False
        node = subject.maker(node.inputs[0])
    return True


def slack_follows(subject: Subject) -> Sequence[bool]:
    """Tell for each node whether every way from it to an output leads through a layer that can make up for a shift."""
    ends = {output.value.node for output in subject.graph.outputs}
    readers: list[list[int]] = [[] for _ in subject.nodes]
    for node in subject.nodes:
        for value in node.inputs:
            readers[value.node].append(node.index)
    out = [False] * len(subject.nodes)
    for node in reversed(subject.nodes):
        ways = readers[node.index]
        out[node.index] = node.index not in ends and all(
            out[reader] or can_shift(subject, subject.nodes[reader]) for reader in ways
        )
    return out
