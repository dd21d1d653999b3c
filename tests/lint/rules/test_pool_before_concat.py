"""What one pool behind a concatenation looks like once it is written there, and where it cannot be written."""

import pytest

from convdsl.lint.rules.pool_before_concat import PoolBeforeConcat
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.testing.rule_laws import edited, found_by
from tests.lint.rules.network import check_said

TEXT = """convdsl 1
model M {{
  input x: [N, 4, H, W] where H % 2 == 0, W % 2 == 0
  {}
  y = Conv2d(2, 1)
  output y: [N, 2, H / 2, W / 2]
}}
"""
YAML = """convdsl: 1
model: M
inputs:
  x: {{shape: [N, 4, H, W], where: ["H % 2 == 0", "W % 2 == 0"]}}
layers:
  - {}
  - y: {{Conv2d: {{out_channels: 2, kernel_size: 1}}}}
outputs:
  y: [N, 2, H / 2, W / 2]
"""
BOTH = "a = x -> ReLU(){0}; b = x -> Tanh(){0}; "
LISTS = "a: [ReLU, {{MaxPool2d: 2}}]; b: [Tanh, {{MaxPool2d: 2}}]\n    from: x; "


def merged(form: str, name: str, lines: str) -> list[str]:
    """Return the lines of the body after every edit that the rule offers; [] where it offers none."""
    source = Source(name, form.format(lines))
    (finding,) = found_by(PoolBeforeConcat(), analyze(source))
    out = []
    for help_ in finding.helps:
        if help_.edits:
            better = edited(source, help_.edits)
            assert analyze(better).ok
            out.append(better.text)
    return out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("c = Concat(a, b)  # both", "c = Concat(a, b) -> MaxPool2d(2)  # both"),
        ("Concat(a, b)", "Concat(a, b) -> MaxPool2d(2)"),
        ("Concat(a, b) -> ReLU()", "Concat(a, b) -> MaxPool2d(2) -> ReLU()"),
        ("b -> Concat(a)", "b -> Concat(a) -> MaxPool2d(2)"),
        ("Concat(a, b) : [N, 8, H / 2, W / 2]", "Concat(a, b) -> MaxPool2d(2) : [N, 8, H / 2, W / 2]"),
    ],
)
def test_pool_when_merged_in_text_stands_right_behind_the_concatenation(before: str, after: str) -> None:
    pool = " -> MaxPool2d(2)"
    lines, better = (form.replace("; ", "\n  ") for form in (BOTH.format(pool) + before, BOTH.format("") + after))
    assert merged(TEXT, "m.cdsl", lines) == [TEXT.format(better)]


@pytest.mark.parametrize(
    "lines",
    [
        BOTH.format(" -> MaxPool2d(2)") + "c = x -> MaxPool2d(2) -> Conv2d(8, 1); Concat(a, b) + c",  # no chain
        "repeat 1 {; a = x -> ReLU() -> MaxPool2d(2) : [N, 4, H / 2, W / 2]; b = x -> MaxPool2d(2); Concat(a, b); }",
        "layer p = MaxPool2d(2); a = x -> ReLU() -> p(); b = x -> Tanh() -> p(); Concat(a, b)",
    ],
)
def test_pool_when_a_line_does_not_let_it_be_merged_is_left(lines: str) -> None:
    assert merged(TEXT, "m.cdsl", lines.replace("; ", "\n  ")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("c: {{Concat: [a, b]}}", "c: [{{Concat: [a, b]}}, {{MaxPool2d: 2}}]"),
        ("Concat: [a, b]", ""),  # an item without a name
        ("c: [{{Concat: [a, b]}}, ReLU]", ""),  # a list already
    ],
)
def test_pool_when_merged_in_yaml_makes_a_list_of_the_concatenation(before: str, after: str) -> None:
    lines = LISTS + before
    better = LISTS.replace("[ReLU, {{MaxPool2d: 2}}]", "ReLU").replace("[Tanh, {{MaxPool2d: 2}}]", "Tanh") + after
    lines, better = (one.replace("{{", "{").replace("}}", "}").replace("; ", "\n  - ") for one in (lines, better))
    assert merged(YAML, "m.yaml", lines) == ([YAML.format(better)] if after else [])


def test_pool_when_spelled_over_several_lines_of_yaml_is_left() -> None:
    pool = "{MaxPool2d: {kernel_size: 2,\n    stride: 2}}"
    lines = f"a: [ReLU, {pool}]\n  - b: [Tanh, {pool}]\n    from: x"
    assert merged(YAML, "m.yaml", f"{lines}\n  - c: {{Concat: [a, b]}}") == []


@pytest.mark.parametrize(
    "lines",
    [
        "a = x -> Mean(1, keepdim=true); b = x -> Conv2d(2, 1) -> Mean(1, keepdim=true); Concat(a, b); MaxPool2d(2)",
        "a, i = x -> MaxPool2d(2, return_indices=true); b, j = x -> MaxPool2d(2, return_indices=true); Concat(a, b)",
        (
            "a, i = x -> MaxPool2d(2, return_indices=true); b, j = x -> MaxPool2d(2, return_indices=true)"
            "; c = (a, i) -> MaxUnpool2d(2); d = (b, j) -> MaxUnpool2d(2); Concat(c, d); MaxPool2d(2)"
        ),
    ],
)
def test_pool_when_it_mixes_channels_or_keeps_places_is_not_found(lines: str) -> None:
    source = Source("m.cdsl", TEXT.format(lines.replace("; ", "\n  ")))
    analysis = analyze(source)
    assert found_by(PoolBeforeConcat(), analysis) == []


@pytest.mark.parametrize("width", ["H", "4"])
def test_pool_of_a_map_whose_channels_are_not_a_number_is_not_found(width: str) -> None:
    """Rows of a map, 4 * H of them, are the channels of what is pooled."""
    check_said(
        "pool-before-concat",
        f"""
  input x: [N, 4, H, W] where W % 2 == 0
  input z: [N, 4, {width}, W]
  a = x -> Flatten(1, 2) -> MaxPool1d(2)
  b = z -> Flatten(1, 2) -> MaxPool1d(2)
  Concat(a, b)
  y = AdaptiveAvgPool1d(1)
  output y: [N, {"8 * H" if width == "H" else "4 * H + 16"}, 1]""",
    )
