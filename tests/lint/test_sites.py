"""Where calls stand, seen by eye: what line each is on, the calls that it follows, and the lines around it."""

import pytest

from convdsl.lint.sites import Site, sites
from convdsl.source import Source
from convdsl.syntax.parse import parse

TEXT = """convdsl 1
block B(norm: layer = GroupNorm(2), act: layer = Wrapped(ReLU(7))) {
  Conv2d(1, 1)
  norm() -> Conv2d(2, 1)
}
block Empty {
  input z: [N, C, H, W]
}
model M {
  input x: [N, 8, H, W]
  default Conv2d(bias=false)
  layer h = Conv2d(3, 1) -> Tanh()
  layer g = {
    Conv2d(4, 1)
    Sigmoid()
  }
  a = x + Conv2d(5, 1) * -Conv2d(6, 1)
  b = {
    Conv2d(7, 1)
  }
  repeat 2 {
    Conv2d(8, 1)
  }
  for i in range(2) {
    Conv2d(9, 1) : [N, 9, H, W]
  }
  if true {
    Conv2d(10, 1)
  } else {
    Conv2d(11, 1)
  }
  B(norm=GroupNorm(4), act=Wrapped(ReLU(8)))
  c = Conv2d(12, 1)
  c -> Conv2d(13, 1)
  (a, c) -> Conv2d(14, 1)
  output c: [N, 12, H, W]
}
train {
  loss = MSE()
}
"""
SOURCE = Source("m.cdsl", TEXT)
NOWHERE = ("", "", False, "", "")  # an argument, or in a `default`: on no line of its own


def first(site: Site) -> tuple[str, str, bool, str, str]:
    """Return the kind of its line, its chain, whether it is alone, and the first lines before and after."""
    texts = [SOURCE.excerpt(line.span).split("\n")[0] if line is not None else "" for line in (site.before, site.after)]
    chain = " -> ".join(SOURCE.excerpt(call.span) for call in site.chain)
    return type(site.line).__name__ if site.line is not None else "", chain, site.alone, texts[0], texts[1]


def found() -> dict[str, Site]:
    return {SOURCE.excerpt(span): site for span, site in sites(parse(SOURCE).file).items()}


AB = "layer g = {"
REPEAT, FOR, IF = "repeat 2 {", "for i in range(2) {", "if true {"
SUM = "a = x + Conv2d(5, 1) * -Conv2d(6, 1)"
CALL = "B(norm=GroupNorm(4), act=Wrapped(ReLU(8)))"
EXPECTED = {
    "GroupNorm(2)": NOWHERE,
    "Wrapped(ReLU(7))": NOWHERE,
    "ReLU(7)": NOWHERE,
    "Conv2d(1, 1)": ("Flow", "Conv2d(1, 1)", True, "", "norm() -> Conv2d(2, 1)"),
    "norm()": ("Flow", "norm() -> Conv2d(2, 1)", False, "Conv2d(1, 1)", ""),
    "Conv2d(2, 1)": ("Flow", "norm() -> Conv2d(2, 1)", False, "Conv2d(1, 1)", ""),
    "Conv2d(bias=false)": NOWHERE,
    "Conv2d(3, 1)": ("LayerDeclaration", "Conv2d(3, 1) -> Tanh()", False, "default Conv2d(bias=false)", AB),
    "Tanh()": ("LayerDeclaration", "Conv2d(3, 1) -> Tanh()", False, "default Conv2d(bias=false)", AB),
    "Conv2d(4, 1)": ("Flow", "Conv2d(4, 1)", True, "", "Sigmoid()"),
    "Sigmoid()": ("Flow", "Sigmoid()", True, "Conv2d(4, 1)", ""),
    "Conv2d(5, 1)": ("Flow", "Conv2d(5, 1)", False, AB, "b = {"),
    "Conv2d(6, 1)": ("Flow", "Conv2d(6, 1)", False, AB, "b = {"),
    "Conv2d(7, 1)": ("Flow", "Conv2d(7, 1)", True, "", ""),
    "Conv2d(8, 1)": ("Flow", "Conv2d(8, 1)", True, "", ""),
    "Conv2d(9, 1)": ("Flow", "Conv2d(9, 1)", False, "", ""),  # a promise
    "Conv2d(10, 1)": ("Flow", "Conv2d(10, 1)", True, "", ""),
    "Conv2d(11, 1)": ("Flow", "Conv2d(11, 1)", True, "", ""),
    CALL: ("Flow", CALL, True, IF, "c = Conv2d(12, 1)"),
    "GroupNorm(4)": NOWHERE,
    "Wrapped(ReLU(8))": NOWHERE,
    "ReLU(8)": NOWHERE,
    "Conv2d(12, 1)": ("Flow", "Conv2d(12, 1)", False, CALL, "c -> Conv2d(13, 1)"),  # a target
    "Conv2d(13, 1)": ("Flow", "Conv2d(13, 1)", False, "c = Conv2d(12, 1)", "(a, c) -> Conv2d(14, 1)"),  # a source
    "Conv2d(14, 1)": ("Flow", "Conv2d(14, 1)", False, "c -> Conv2d(13, 1)", "output c: [N, 12, H, W]"),
}


def test_sites_are_those_of_every_call_of_a_layer() -> None:
    assert found().keys() == EXPECTED.keys()


@pytest.mark.parametrize("call", EXPECTED)
def test_site_of_a_call_is_its_line_and_those_around_it(call: str) -> None:
    assert first(found()[call]) == EXPECTED[call]


def test_place_is_the_position_among_the_calls_of_a_line() -> None:
    calls = found()
    assert [calls[call].place for call in ("norm()", "Conv2d(2, 1)", "Conv2d(3, 1)", "Tanh()")] == [0, 1, 0, 1]


def test_place_of_one_of_two_calls_alike_is_its_own() -> None:
    source = Source("m.cdsl", "convdsl 1\nmodel M {\n  input x: [N, 8, H, W]\n  ReLU() -> ReLU()\n}\n")
    assert [site.place for site in sites(parse(source).file).values()] == [0, 1]
