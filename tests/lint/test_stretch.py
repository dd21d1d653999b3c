"""Stretches (convdsl/lint/stretch.py): where they begin and end, and how far they move a picture along each axis."""

from convdsl.lint.stretch import stretches

from .rules.network import subject_for


def test_stretches_are_cut_where_the_step_changes_along_any_axis_and_where_there_is_no_grid() -> None:
    subject = subject_for("""
  input x: [N, 3, H, W]
  a = Conv2d(3, 3, padding=1)
  b = ConstantPad2d((1, 0, 0, 0), 0.0)
  c = ConstantPad2d((0, 0, 2, 0), 0.0)
  d = Conv2d(3, 1, stride=(1, 2))
  e = ReLU()
  f = AdaptiveAvgPool2d(1)
  g = ReLU()
  h = Flatten()
  i = Linear(3)
  y = ReLU()
  output y: [N, 3]
""")
    found = {" ".join(node.name for node in one.nodes): one.shifts for one in stretches(subject)}
    # a pixel before the picture moves pixel 0 by -1: 2 along the first axis, 1 along the second
    assert found == {"a b c": (-2, -1), "e": (0, 0), "g": (0, 0)}


def test_stretches_of_a_network_without_axes_are_none() -> None:
    subject = subject_for("  input x: [N, 3]\n  a = Linear(3)\n  y = ReLU()\n  output y: [N, 3]")
    assert list(stretches(subject)) == []
