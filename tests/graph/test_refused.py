"""A call that cannot be understood stands in the graph with its name, and what follows stands below it."""

import pytest

from convdsl.pipeline import analyze
from convdsl.source import Source

SPEC = """convdsl 1
model Net {{
  input x: [N, 1, H, W]
  a = Conv2d(8, 3, padding=1) -> ReLU()
  b = Conv2d(8, 3, padding=1) -> {call} -> ReLU()
  c = Conv2d(8, 3, padding=1)
  y = Add(c, a)
  output y: [N, 8, H, W]
}}
"""


@pytest.mark.parametrize(
    ("call", "title"),
    [
        ("Conv2d(8, 3, groups=3)", "Conv2d"),  # 8 output channels do not split into 3 groups
        ("Conv2d(8, 3, pading=1)", "Conv2d"),  # an argument that there is not
        ("Conv2d(8)", "Conv2d"),  # one that is missing
        ("Convv2d(8, 3)", "Convv2d"),  # a layer that there is not
    ],
)
def test_graph_of_a_refused_call_keeps_it_and_what_follows(call: str, title: str) -> None:
    analysis = analyze(Source("x.cdsl", SPEC.format(call=call)))
    assert sum(item.is_error for item in analysis.diagnostics) == 1
    assert analysis.graph is not None
    nodes = analysis.graph.nodes
    names = [type(node.op).__name__ for node in nodes if node.op is not None]
    assert names == ["Conv2d", "ReLU", "Conv2d", title, "Conv2d", "Add"]
    refused = nodes[4]
    assert refused.shapes is None and refused.name == "b"
    assert refused.inputs[0].node == 3  # the Conv2d before it in its line
    assert SPEC.format(call=call)[refused.span.start : refused.span.end] == call
    assert [value.node for value in nodes[6].inputs] == [5, 2]
    assert not analysis.layers_known


def test_graph_where_a_mistake_lies_in_no_call_keeps_nothing_of_the_line() -> None:
    spec = SPEC.format(call="ReLU()").replace("y = Add(c, a)", "y = unheard")
    analysis = analyze(Source("x.cdsl", spec))
    assert analysis.graph is not None
    assert [type(node.op).__name__ for node in analysis.graph.nodes][-1] == "Conv2d"
