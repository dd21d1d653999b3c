"""Edits of calls, in both spellings: what is written after them, and that comments and the other arguments stay."""

from collections.abc import Callable

import pytest

from convdsl.lint import edits
from convdsl.lint.edits import Edits
from convdsl.lint.subject import Subject
from convdsl.pipeline import analyze
from convdsl.review import subject_of
from convdsl.source import Source
from convdsl.testing.rule_laws import edited

TEXT = """convdsl 1
model M {{
  input x: [N, 8, H, W]
{}
  y = Conv2d(8, 1)
  output y: [N, 8, {}, {}]
}}
"""
YAML = """convdsl: 1
model: M
inputs:
  x: {{shape: [N, 8, H, W]}}
layers:
{}
  - y: {{Conv2d: {{out_channels: 8, kernel_size: 1}}}}
outputs:
  y: {{shape: [N, 8, {}, {}]}}
"""
Edit = Callable[[Subject], Edits]


def node(subject: Subject, name: str, which: int = 0) -> object:
    found = [one for one, op in subject.layers if type(op).__name__ == name]
    return found[which]


def set_to(name: str, argument: str, value: object) -> Edit:
    return lambda subject: edits.set_argument(subject, node(subject, name), argument, value)


def without(name: str, argument: str) -> Edit:
    return lambda subject: edits.remove_argument(subject, node(subject, name), argument)


def removed(name: str, which: int = 0) -> Edit:
    return lambda subject: edits.remove_call(subject, node(subject, name, which))


def swapped(one: str, other: str) -> Edit:
    return lambda subject: edits.swap_calls(subject, node(subject, one), node(subject, other))


def replaced(name: str, by: str, **arguments: object) -> Edit:
    return lambda subject: edits.replace_call(subject, node(subject, name), by, arguments)


CASES: tuple[tuple[str, str, Edit, str | None], ...] = (
    # arguments in text
    (
        "text",
        "Conv2d(4, 3, padding=1)  # c",
        set_to("Conv2d", "bias", False),
        "Conv2d(4, 3, padding=1, bias=false)  # c",
    ),
    ("text", "Conv2d(4, 3, padding=1)", set_to("Conv2d", "padding", 0), "Conv2d(4, 3, padding=0)"),
    ("text", "Conv2d(4, 3, 1, 1)", set_to("Conv2d", "padding", (1, 2)), "Conv2d(4, 3, 1, (1, 2))"),
    ("text", "BatchNorm2d()", set_to("BatchNorm2d", "affine", False), "BatchNorm2d(affine=false)"),
    (
        "text",
        "Conv2d(\n  4,  # few\n  3,\n)",
        set_to("Conv2d", "bias", False),
        "Conv2d(\n  4,  # few\n  3, bias=false,\n)",
    ),
    ("text", "Conv2d(4, 3, padding=1, bias=true)", without("Conv2d", "bias"), "Conv2d(4, 3, padding=1)"),
    ("text", "Conv2d(4, 3, bias=true, padding=1)", without("Conv2d", "bias"), "Conv2d(4, 3, padding=1)"),
    ("text", "BatchNorm2d(affine=true)", without("BatchNorm2d", "affine"), "BatchNorm2d()"),
    ("text", "ReLU()", without("ReLU", "inplace"), None),
    # calls in text
    ("text", "ReLU()  # why\nConv2d(8, 1)", removed("ReLU"), "# why\nConv2d(8, 1)"),
    ("text", "ReLU()\nConv2d(8, 1)", removed("ReLU"), "Conv2d(8, 1)"),
    ("text", "Conv2d(8, 1) -> ReLU() -> Tanh()", removed("ReLU"), "Conv2d(8, 1) -> Tanh()"),
    ("text", "ReLU() -> Conv2d(8, 1)", removed("ReLU"), "Conv2d(8, 1)"),
    ("text", "a = Conv2d(8, 1) -> ReLU()\na -> Tanh()", removed("ReLU"), "a = Conv2d(8, 1)\na -> Tanh()"),
    ("text", "a = ReLU()\na -> Tanh()", removed("ReLU"), None),
    ("text", "ReLU()\nMaxPool2d(2)  # pool", swapped("ReLU", "MaxPool2d"), "MaxPool2d(2)\nReLU()  # pool"),
    ("text", "ReLU() -> MaxPool2d(2)", swapped("ReLU", "MaxPool2d"), "MaxPool2d(2) -> ReLU()"),
    ("text", "a = ReLU()\nMaxPool2d(2)", swapped("ReLU", "MaxPool2d"), None),
    (
        "text",
        "MaxPool2d(2)",
        replaced("MaxPool2d", "AvgPool2d", kernel_size=(3, 2), padding=1),
        "AvgPool2d((3, 2), padding=1)",
    ),
    # arguments in YAML
    ("yaml", "- BatchNorm2d  # b", set_to("BatchNorm2d", "affine", False), "- BatchNorm2d: {affine: false}  # b"),
    ("yaml", "- b: BatchNorm2d", set_to("BatchNorm2d", "affine", False), "- b: {BatchNorm2d: {affine: false}}"),
    (
        "yaml",
        "- b: [BatchNorm2d, ReLU]",
        set_to("ReLU", "inplace", True),
        "- b: [BatchNorm2d, {ReLU: {inplace: true}}]",
    ),
    (
        "yaml",
        "- MaxPool2d: 2  # p",
        set_to("MaxPool2d", "padding", 1),
        "- MaxPool2d: {kernel_size: 2, padding: 1}  # p",
    ),
    ("yaml", "- MaxPool2d: 2  # p", set_to("MaxPool2d", "kernel_size", (3, 2)), "- MaxPool2d: [3, 2]  # p"),
    (
        "yaml",
        "- Conv2d: {out_channels: 4, kernel_size: 3}  # c",
        set_to("Conv2d", "bias", False),
        "- Conv2d: {out_channels: 4, kernel_size: 3, bias: false}  # c",
    ),
    (
        "yaml",
        "- Conv2d:\n    out_channels: 4  # few\n    kernel_size: 3  # k",
        set_to("Conv2d", "bias", False),
        "- Conv2d:\n    out_channels: 4  # few\n    kernel_size: 3  # k\n    bias: false",
    ),
    (
        "yaml",
        "- Conv2d:\n    out_channels: 4\n    bias: true  # no\n    kernel_size: 3",
        without("Conv2d", "bias"),
        "- Conv2d:\n    out_channels: 4\n    # no\n    kernel_size: 3",
    ),
    (
        "yaml",
        "- Conv2d: {out_channels: 4, bias: true, kernel_size: 3}",
        without("Conv2d", "bias"),
        "- Conv2d: {out_channels: 4, kernel_size: 3}",
    ),
    # calls in YAML
    ("yaml", "- ReLU  # why\n- Tanh", removed("ReLU"), "# why\n- Tanh"),
    ("yaml", "- ReLU\n- Tanh", removed("ReLU"), "- Tanh"),
    ("yaml", "- {ReLU: {inplace: true}}\n- Tanh", removed("ReLU"), "- Tanh"),
    ("yaml", "- b: [BatchNorm2d, ReLU, Tanh]", removed("ReLU"), "- b: [BatchNorm2d, Tanh]"),
    ("yaml", "- b: [{ReLU: {inplace: true}}, Tanh]", removed("ReLU"), "- b: [Tanh]"),
    ("yaml", "- b: ReLU", removed("ReLU"), None),
    ("yaml", "- ReLU\n- MaxPool2d: 2  # p", swapped("ReLU", "MaxPool2d"), "- MaxPool2d: 2\n- ReLU  # p"),
    ("yaml", "- b: [ReLU, {MaxPool2d: 2}]", swapped("ReLU", "MaxPool2d"), "- b: [{MaxPool2d: 2}, ReLU]"),
    (
        "yaml",
        "- MaxPool2d: 2",
        replaced("MaxPool2d", "AvgPool2d", kernel_size=(3, 2)),
        "- AvgPool2d: {kernel_size: [3, 2]}",
    ),
    ("yaml", "- b: {MaxPool2d: 2}", replaced("MaxPool2d", "ReLU"), "- b: ReLU"),
    ("yaml", "- b: ReLU", replaced("ReLU", "LeakyReLU", negative_slope=0.2), "- b: {LeakyReLU: {negative_slope: 0.2}}"),
)


@pytest.mark.parametrize(("spelling", "lines", "edit", "expected"), CASES, ids=lambda part: str(part)[:40])
def test_edit_when_it_is_made_changes_what_it_says_and_nothing_else(
    spelling: str, lines: str, edit: Edit, expected: str | None
) -> None:
    form, name = (TEXT, "m.cdsl") if spelling == "text" else (YAML, "m.yaml")

    def spec(body: str, shape: tuple[str, str]) -> str:
        return form.format("\n".join(f"  {line}" for line in body.split("\n")), *shape)

    first = analyze(Source(name, spec(lines, ("H", "W"))))
    assert first.graph is not None
    last = first.graph.nodes[-1].shapes
    assert last is not None, [item.message for item in first.diagnostics]
    shape = tuple(map(str, last[0].spatial))
    source = Source(name, spec(lines, (shape[0], shape[1])))
    analysis = analyze(source)
    subject = subject_of(analysis)
    assert subject is not None, [item.message for item in analysis.diagnostics]
    made = edit(subject)
    if expected is None:
        assert made == ()
    else:
        assert edited(source, made).text == spec(expected, (shape[0], shape[1]))
        assert analyze(edited(source, made)).graph is not None


def test_edit_when_a_layer_was_handed_over_as_an_argument_is_not_made() -> None:
    text = """convdsl 1
block B(norm: layer) {
  Conv2d(8, 1) -> norm()
}
model M {
  input x: [N, 8, H, W]
  y = B(norm=BatchNorm2d)
  output y: [N, 8, H, W]
}
"""
    subject = subject_of(analyze(Source("m.cdsl", text)))
    assert subject is not None
    assert edits.set_argument(subject, node(subject, "BatchNorm2d"), "affine", False) == ()
    assert edits.set_argument(subject, node(subject, "Conv2d"), "bias", False) != ()
