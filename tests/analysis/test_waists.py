"""Waists: values that all that was learned has to pass, against taking each value out and looking for a way round."""

import pytest

from convdsl.analysis.waists import waists
from convdsl.graph.graph import Graph, Node
from convdsl.pipeline import analyze
from convdsl.source import Source

CHAIN = "a = Conv2d(4, 1)\n b = ReLU()\n y = Conv2d(4, 1)"
SKIP = "a = Conv2d(4, 1)\n b = ReLU()\n c = Conv2d(4, 1)\n d = ReLU()\n e = a + d\n y = Conv2d(4, 1)"
FED_AGAIN = "a = Conv2d(4, 1)\n b = ReLU()\n c = Concat(b, x)\n y = Conv2d(4, 1)"
BRANCHES = "p = MaxPool2d(1)\n a = x -> Conv2d(4, 1)\n b = Concat(p, a)\n y = Conv2d(4, 1)"
POOLED = "p = MaxPool2d(1)\n a = Conv2d(4, 1)\n y = ReLU()"


def graph_of(lines: str) -> Graph:
    text = f"convdsl 1\nmodel M {{\n input x: [N, 4, H, W]\n {lines}\n output y: [N, 4, H, W]\n}}\n"
    analysis = analyze(Source("m.cdsl", text))
    assert analysis.graph is not None and analysis.ok, [item.message for item in analysis.diagnostics]
    return analysis.graph


def weighted(graph: Graph) -> list[bool]:
    return [node.op is not None and bool(node.op.weights(*(graph.input_shapes(node) or ()))) for node in graph.nodes]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (CHAIN, "a b y"),
        (SKIP, "a e y"),  # a is read again by the sum: nothing between is a waist
        (FED_AGAIN, "a b c y"),  # only the picture goes past a and b
        (BRANCHES, "a b y"),  # the picture goes past p, and p, which has learned nothing, past a
        (POOLED, "p a y"),
    ],
)
def test_waists_of_small_networks_are_those_seen_by_eye(lines: str, expected: str) -> None:
    graph = graph_of(lines)
    found = waists(graph, weighted(graph))
    assert " ".join(graph.nodes[index].name for index in sorted(found)) == expected


@pytest.mark.parametrize("lines", [CHAIN, SKIP, FED_AGAIN, BRANCHES, POOLED])
def test_waist_when_taken_out_leaves_nothing_learned_a_way_to_the_output(lines: str) -> None:
    """Brute force: start at every layer with weights before the node and walk to the output without touching it."""
    graph = graph_of(lines)
    has_weights = weighted(graph)
    found = waists(graph, has_weights)
    for node in graph.nodes[1:]:
        if any(has_weights[: node.index + 1]):
            reached = {index for index in range(node.index) if has_weights[index]}
            for other in graph.nodes:
                if other is not node and any(value.node in reached for value in other.inputs):
                    reached.add(other.index)
            passes = graph.outputs[0].value.node in reached
            learned = any(has_weights[before.index] for before in ancestors(graph, node.index))
            assert (node.index in found) == (not passes) or not learned


def ancestors(graph: Graph, index: int) -> list[Node]:
    out: list[Node] = []
    seen = {index}
    for node in reversed(graph.nodes[: index + 1]):
        if node.index in seen:
            out.append(node)
            seen.update(value.node for value in node.inputs)
    return out
