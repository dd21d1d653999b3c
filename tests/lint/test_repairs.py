"""Repairs of sizes that disagree, as edits of the calls to blame, in both spellings."""

from pathlib import Path

import pytest

from convdsl.authoring.convert import converted
from convdsl.folder import Folder
from convdsl.lint.patch import patched
from convdsl.pipeline import analyze
from convdsl.review import review
from convdsl.source import Source

# u = 2 * (H // 2) + 1 rows meet H; a window of 2 gives 2 * (H // 2), as do padding and output padding of 1:
# 2 * (H // 2 - 1) - 2 + 3 + 1 = 2 * (H // 2)
JOIN = """convdsl 1

model Join {
  input x: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
  e = Conv2d(8, 3, padding=1)
  MaxPool2d(2)
  u = ConvTranspose2d(8, 3, stride=2)  # up
  Concat(e, u)
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
"""


def repaired(source: Source) -> list[str]:
    (found,) = [one for one in review(analyze(source)) if one.is_error]
    ways = [way for way in found.helps if way.text.startswith("repair it")]
    assert all(way.edits and not way.safe for way in found.helps)  # what the sizes' phase itself edits stays, too
    return [patched(source.text, way.edits) for way in ways]


@pytest.mark.parametrize("suffix", ["cdsl", "yaml"])
def test_repair_when_carried_out_leaves_no_error_and_every_comment(suffix: str) -> None:
    text = JOIN if suffix == "cdsl" else converted(Source("a.cdsl", JOIN), "a.yaml").text or ""
    texts = repaired(Source(f"a.{suffix}", text))
    assert len(texts) == 2
    for better in texts:
        assert analyze(Source(f"a.{suffix}", better)).ok, better
        assert better.count("# up") == 1


def test_repair_when_two_arguments_are_added_writes_both() -> None:
    assert "ConvTranspose2d(8, 3, stride=2, padding=1, output_padding=1)  # up" in repaired(Source("a.cdsl", JOIN))[1]


def test_repair_when_the_layer_is_in_an_imported_file_is_told_without_edits(tmp_path: Path) -> None:
    (tmp_path / "b.cdsl").write_text("convdsl 1\nblock Up() {\n  ConvTranspose2d(8, 3, stride=2)\n}\n", "utf-8")
    text = JOIN.replace("ConvTranspose2d(8, 3, stride=2)", "Up()")
    text = text.replace("model Join", 'from "b.cdsl" import Up\nmodel Join')
    analysis = analyze(Source("a.cdsl", text), reader=Folder(str(tmp_path / "a.cdsl")))
    (found,) = [one for one in review(analysis) if one.is_error]
    ways = [way for way in found.helps if way.text.startswith("repair it")]
    assert ways
    assert not any(way.edits for way in ways)


STRICT = """convdsl: 1
model: M
inputs:
  x: {shape: [N, 3, H, W], where: H % 4 == 0 and W % 4 == 0}  # by four
layers:
  - e: {Conv2d: {out_channels: 3, kernel_size: 2, stride: 2}}
  - u: {ConvTranspose2d: {out_channels: 3, kernel_size: 2, stride: 2}}
  - y: {Add: [u, x]}
outputs:
  y: {shape: [N, 3, H, W]}
"""


@pytest.mark.parametrize("quotes", ["", '"'])
def test_where_in_yaml_when_loosened_is_a_value_that_yaml_keeps_whole(quotes: str) -> None:
    """Even sizes do; commas and brackets would end a value between braces."""
    where = "H % 4 == 0 and W % 4 == 0"
    source = Source("a.yaml", STRICT.replace(where, f"{quotes}{where}{quotes}"))
    (found,) = review(analyze(source))
    assert found.code.id == "I232"
    better = Source("a.yaml", patched(source.text, found.helps[0].edits))
    assert review(analyze(better)) == ()
    assert better.text == STRICT.replace(where, '"H % 2 == 0, W % 2 == 0"')
