"""What YOLO's and Keras' writers write, and the line that they are told: with their own values."""

import pytest

from convdsl.source import Source
from convdsl.syntax.from_yaml import parse_yaml

HEAD = "convdsl: 1\nmodel: M\n"
HABITS = {
    "yolo": ("layers:\n  - [-1, 1, Conv, [64, 3, 2]]\n", "`- Conv2d: {out_channels: 64, kernel_size: 3, stride: 2}`"),
    "yolo that repeats": (
        "layers:\n  - [-1, 3, nn.Conv2d, [64, 1]]\n",
        "`- Conv2d: {out_channels: 64, kernel_size: 1}`, inside `- repeat: 3` with `do: [...]`",
    ),
    "yolo from further up": ("layers:\n  - [4, 1, Conv, [8, 1]]\n", "with `from:` and a layer's name beside it"),
    "yolo that joins": ("layers:\n  - [[-1, 6], 1, Concat, [1]]\n", "write `- Concat: [a, b]`"),
    "yolo that enlarges": (
        'layers:\n  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]\n',
        "`- Upsample: {scale_factor: 2, mode: nearest}`",
    ),
    "numbers behind a layer": (
        "layers:\n  - Conv2d: [8, 3, 1, 1]\n",
        "`Conv2d: {out_channels: 8, kernel_size: 3, stride: 1, padding: 1}`",
    ),
    "numbers without brackets": (
        "layers:\n  - Conv2d: 8, 3\n",
        "`Conv2d: {out_channels: 8, kernel_size: 3}`",
    ),
    "a layer's name in small letters": ("layers:\n  - conv2d: {out_channels: 8}\n", "capital letter: `Conv2d`"),
    "the batch of keras": ("inputs:\n  x: [null, 3, H, W]\n", "write `N`"),
    "layers by name": ("layers:\n  c1: {Conv2d: 8}\n  r1: ReLU\n", "`- c1: ...` and `- r1: ...`"),
    "outputs by name": ("outputs: [y]\n", "`outputs: {y: {shape: [N, 2, H, W]}}`"),
    "one shape for the inputs": ("inputs: [N, 1, H, W]\n", "`inputs: {image: {shape: [N, 1, H, W]}}`"),
}


@pytest.mark.parametrize("name", HABITS)
def test_habit_is_answered_with_the_line_to_write(name: str) -> None:
    text, line = HABITS[name]
    (found,) = parse_yaml(Source("a.yaml", HEAD + text)).diagnostics
    assert any(line in help_.text for help_ in found.helps), found.helps


def test_key_inside_braces_is_moved_out_by_its_edit() -> None:
    text = HEAD + "layers:\n  - x: ReLU\n  - y: {Upsample: {scale_factor: 2}, from: x}\n"
    (found,) = parse_yaml(Source("a.yaml", text)).diagnostics
    edits = sorted(found.helps[0].edits, key=lambda edit: -edit.span.start)
    for edit in edits:
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    assert text.endswith("  - y: {Upsample: {scale_factor: 2}}\n    from: x\n")
    assert parse_yaml(Source("a.yaml", text)).diagnostics == ()
