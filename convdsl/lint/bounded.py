"""How far apart the numbers that a layer reads can be, and what a softmax can make of them."""

from math import exp, inf, isnan

from convdsl.graph.graph import Node
from convdsl.lint.numbers import Numbers


def spread(numbers: Numbers, node: Node) -> float:
    """Return how far apart the numbers that a layer reads can be; infinity where they are not bounded."""
    value = node.inputs[0]
    image = numbers.intervals[value.node][value.output]
    width = image.high - image.low
    return inf if isnan(width) else width


def largest_share(width: float, count: int) -> float:
    """Return the most that a softmax over so many numbers gives one, if they are at most `width` apart."""
    return 1 / (1 + (count - 1) * exp(-width))
