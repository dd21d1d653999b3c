"""A `where` that keeps a picture's last pixels is not stricter than need be: W304 would ask for it again."""

from convdsl.diagnostics import Diagnostic
from convdsl.lint.patch import patched
from convdsl.pipeline import analyze
from convdsl.review import review
from convdsl.source import Source

PAINTS = """convdsl 1

model Paints {
  input gray: [N, 1, H, W] where %s
  Conv2d(8, 3, padding=1)
  MaxPool2d(2)
  ReLU()
  Upsample(scale_factor=2)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, 2 * (H // 2), 2 * (W // 2)]
}
"""


def strict(text: str) -> list[Diagnostic]:
    return [item for item in review(analyze(Source("m.cdsl", text))) if item.code.id in ("I232", "W304")]


def test_where_when_it_keeps_a_pool_from_dropping_pixels_is_not_too_strict() -> None:
    assert strict(PAINTS % "H % 2 == 0, W % 2 == 0") == []


def test_where_when_it_leaves_out_more_than_drops_pixels_is_loosened_as_far_as_none_are_dropped() -> None:
    """H = 2, 6, 10 … do as well; at odd heights the pool drops a row."""
    text = PAINTS % "H % 4 == 0, W % 2 == 0"
    (found,) = strict(text)
    assert found.code.id == "I232"
    assert found.message == "the `where` is stricter than need be: H = 2 would do as well"
    better = patched(text, found.helps[0].edits)
    assert better == PAINTS % "H % 2 == 0, W % 2 == 0"
    assert strict(better) == []


def test_where_when_pixels_are_dropped_all_the_same_is_too_strict() -> None:
    """A window of 3 in steps of 2 leaves the last pixel of an even size."""
    text = PAINTS.replace("MaxPool2d(2)", "Conv2d(8, 3, stride=2)").replace("(H // 2)", "((H - 1) // 2)")
    text = text.replace("(W // 2)", "((W - 1) // 2)") % "H % 2 == 0, H >= 4, W % 2 == 0, W >= 4"
    assert [item.code.id for item in strict(text)] == ["I232", "W304"]


def test_where_when_nothing_is_painted_is_too_strict() -> None:
    text = PAINTS % "H % 2 == 0, W % 2 == 0"
    text = text.replace("y = Conv2d(2, 3, padding=1)", "y = AdaptiveAvgPool2d(1)")
    text = text.replace("[N, 2, 2 * (H // 2), 2 * (W // 2)]", "[N, 8, 1, 1]")
    assert [item.code.id for item in strict(text)] == ["I232"]
