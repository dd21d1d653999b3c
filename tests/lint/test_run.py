"""One mistake in the text is one finding, however many layers its line makes."""

import pytest

from convdsl.diagnostics import Diagnostic
from convdsl.pipeline import analyze
from convdsl.review import review
from convdsl.source import Source

LOOP = """convdsl 1
model Loop {{
  input x: [N, 4, H, W]
  repeat {turns} {{
    Conv2d(4, 3, padding=1) -> ReLU() -> ReLU()
  }}
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}}
"""
BLOCK = """convdsl 1
block Twice(act: layer) {{
  Conv2d(4, 3, padding=1) -> act() -> ReLU()
}}
model Calls {{
  input x: [N, 4, H, W]
  Twice(act=ReLU)
  Twice(act={other})
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}}
"""


def doubled(spec: str) -> Diagnostic:
    (found,) = [item for item in review(analyze(Source("x.cdsl", spec))) if item.code.name == "double-act"]
    return found


@pytest.mark.parametrize(
    ("turns", "end"), [(1, None), (2, 2), (3, 3), (4, 1), (6, 3)], ids=["one", "two", "three", "four", "six"]
)
def test_findings_of_a_loop_name_three_layers_and_count_the_others(turns: int, end: int | None) -> None:
    found = doubled(LOOP.format(turns=turns))
    said = [note for note in found.notes if note.startswith("so in ")]
    assert len(found.layers) == turns
    if turns == 1:
        assert not said
        return
    (note,) = said
    assert note.startswith(f"so in {turns} layers: ")
    assert note.count("`") == 2 * min(turns, 3)
    assert note.endswith(f" and {end} more" if turns > 3 else "`")


def test_findings_of_a_block_that_is_right_in_another_call_keep_no_edit() -> None:
    both, one = doubled(BLOCK.format(other="ReLU")), doubled(BLOCK.format(other="Identity"))
    assert (len(both.layers), len(one.layers)) == (2, 1)
    assert any(help_.edits for help_ in both.helps)
    assert one.helps and not any(help_.edits or help_.safe for help_ in one.helps)
