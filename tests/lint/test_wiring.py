"""Who reads whom, seen by eye: what lies before and behind layers with weights, and what a value is made of."""

from fractions import Fraction

from convdsl.graph.graph import Value

from .rules.network import subject_for

BODY = """
  input x: [N, 8, H, W]
  r = ReLU()
  a = Conv2d(8, 1)
  s = Mul(2)
  t = x -> Tanh()
  u = Add(t, s)
  v = Add(s, t)
  w = Sigmoid()
  b = u -> Conv2d(8, 1)
  y = b + w
  output y: [N, 8, H, W]
"""


def test_weights_ahead_are_those_of_any_layer_that_is_made_of_a_value() -> None:
    subject = subject_for(BODY)
    found = [node.name for node in subject.nodes if subject.weights_ahead[node.index]]
    assert found == ["x", "r", "a", "s", "t", "u"]


def test_outputs_of_a_value_are_those_that_it_carries() -> None:
    subject = subject_for(BODY + "  output b: [N, 8, H, W]\n")
    found = [[output.name for output in subject.outputs_of(Value(subject.named[name].index))] for name in "yba"]
    assert found == [["y"], ["b"], []]


def test_learned_is_what_has_weights_or_is_made_of_what_has() -> None:
    subject = subject_for(BODY)
    assert [node.name for node in subject.nodes if not subject.learned[node.index]] == ["x", "r", "t"]


def test_walk_runs_through_what_values_are_made_of_from_the_last_to_the_first() -> None:
    subject = subject_for(BODY)
    named = subject.named
    assert [node.name for node in subject.walk([named["s"]])] == ["s", "a", "r", "x"]
    assert [node.name for node in subject.walk([named["r"], named["u"]])] == ["u", "t", "s", "a", "r", "x"]
    assert list(subject.walk([])) == []


def test_jumps_are_those_along_axes_that_lie_on_a_grid() -> None:
    subject = subject_for("""
  input x: [N, 3, H, W]
  a = Conv2d(8, 1, stride=(1, 2))
  b = Upsample(scale_factor=2)
  y = AdaptiveAvgPool2d((1, none))
  output y: [N, 8, 1, 2 * ((W + 1) // 2)]
""")
    assert [case.jumps for case in subject.cases] == [[1, 2], [Fraction(1, 2)] * 2, [1]]
