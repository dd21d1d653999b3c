"""What W410 knows of a network: which node is made of which by first inputs, and how often the size changes between."""

from convdsl.lint.rules.act_before_join import Place, places_of
from tests.lint.rules.network import said, subject_for


def test_places_number_a_node_before_all_that_is_made_of_it() -> None:
    """By first inputs a -> b and c -> d -> y are made of x, and nothing of z: 0; 1, 2; 3, 4, 5; 6.

    The size changes at c, and again at d.
    """
    subject = subject_for("""
  input x: [N, 8, H, W] where H % 2 == 0, W % 2 == 0
  input z: [N, 8, H, W]
  a = x -> Conv2d(8, 3, padding=1)
  b = ReLU()
  c = x -> Conv2d(8, 2, stride=2)
  d = ConvTranspose2d(8, 2, stride=2)
  y = d + z
  output b: [N, 8, H, W]
  output y: [N, 8, H, W]
""")
    found = {node.name: place for node, place in zip(subject.nodes, places_of(subject), strict=True)}
    assert found == {
        "x": Place(0, 5, 0),
        "a": Place(1, 2, 0),
        "b": Place(2, 2, 0),
        "c": Place(3, 5, 1),
        "d": Place(4, 5, 2),
        "y": Place(5, 5, 2),
        "z": Place(6, 6, 0),
    }


def test_growing_sums_are_told_once_each_from_the_second_on() -> None:
    """Of three blocks that add a ReLU (`b.1` is the second layer of the line `b`), the first has no such sum before."""
    block = "  {n} = Conv2d(8, 3, padding=1) -> ReLU()\n  s{n} = {before} + {n}\n"
    lines = "".join(block.format(n=n, before=before) for n, before in (("a", "x"), ("b", "sa"), ("c", "sb")))
    found = said("act-before-join", f"  input x: [N, 8, H, W]\n{lines}  output sc: [N, 8, H, W]")
    assert [(finding.layers, [label.text for label in finding.labels]) for finding in found] == [
        (("b.1",), ["adds it to", "such a sum"]),
        (("c.1",), ["adds it to", "such a sum"]),
    ]
