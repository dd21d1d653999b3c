"""Edits of calls, in both spellings: what is written after them, and that comments and the other arguments stay."""

from collections.abc import Callable

import pytest

from convdsl import diagnostics
from convdsl.lint import edits
from convdsl.lint.edits import Edits
from convdsl.lint.subject import Subject
from convdsl.pipeline import analyze
from convdsl.review import subject_of
from convdsl.source import Source, Span
from convdsl.syntax.parse import parse
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
    ("text", "Add(x, x)", set_to("Add", "broadcast", True), "Add(x, x, broadcast=true)"),
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
    ("text", "BatchNorm2d(affine=true, eps=0.1)", without("BatchNorm2d", "affine"), "BatchNorm2d(eps=0.1)"),
    ("text", "Conv2d(8, 3, 1, 1)", without("Conv2d", "padding"), "Conv2d(8, 3, 1)"),
    ("text", "Conv2d(8, 3, 1, bias=true)", without("Conv2d", "stride"), "Conv2d(8, 3, bias=true)"),
    # the arguments behind it would move up
    ("text", "Conv2d(8, 3, 1, 1)", without("Conv2d", "stride"), None),
    ("text", "Conv2d(8, 3, 1, 1, bias=true)", without("Conv2d", "stride"), None),
    (
        "text",
        "Conv2d(8, 3, 1, bias=true, padding=1)",
        without("Conv2d", "stride"),
        "Conv2d(8, 3, bias=true, padding=1)",
    ),
    ("text", "Conv2d(\n  8,\n  1,  # one\n  bias=true,\n)", without("Conv2d", "bias"), None),
    # calls in text
    ("text", "ReLU()  # why\nConv2d(8, 1)", removed("ReLU"), "# why\nConv2d(8, 1)"),
    ("text", "ReLU()\nConv2d(8, 1)", removed("ReLU"), "Conv2d(8, 1)"),
    ("text", "Conv2d(8, 1) -> ReLU() -> Tanh()", removed("ReLU"), "Conv2d(8, 1) -> Tanh()"),
    ("text", "ReLU() -> Conv2d(8, 1)", removed("ReLU"), "Conv2d(8, 1)"),
    ("text", "a = Conv2d(8, 1) -> ReLU()\na -> Tanh()", removed("ReLU"), "a = Conv2d(8, 1)\na -> Tanh()"),
    ("text", "a = ReLU()\na -> Tanh()", removed("ReLU"), None),
    ("text", "a = x -> ReLU()\na -> Tanh()", removed("ReLU"), "a = x\na -> Tanh()"),
    ("text", "x -> ReLU() -> Tanh()", removed("ReLU"), "x -> Tanh()"),
    ("text", "(x + x) -> ReLU() -> Tanh()", removed("ReLU"), "(x + x) -> Tanh()"),
    ("text", "a = x + ReLU()", removed("ReLU"), None),  # an operand
    ("text", 'ReLU() as "k"\nTanh()', removed("ReLU"), None),
    ("text", "layer h = Tanh() -> ReLU()\nh()", removed("ReLU"), None),
    ("text", "Conv2d(8, 1)  # one\n-> ReLU()", removed("ReLU"), None),
    ("text", "repeat 2 {\n  ReLU()\n}", removed("ReLU"), None),  # a body has something in it
    ("text", "repeat 2 {\n  ReLU()\n  Tanh()\n}", removed("ReLU"), "repeat 2 {\n  Tanh()\n}"),
    ("text", "repeat 2 {\n  Tanh()\n  ReLU()\n}", removed("ReLU"), "repeat 2 {\n  Tanh()\n}"),
    ("text", "repeat 2 { ReLU()\n  Tanh() }", removed("ReLU"), None),  # something else stands in its line
    ("text", "repeat 2 { Tanh()\n  ReLU() }", removed("ReLU"), None),
    ("text", "ReLU()\nMaxPool2d(2)  # pool", swapped("ReLU", "MaxPool2d"), "MaxPool2d(2)\nReLU()  # pool"),
    ("text", "ReLU() -> MaxPool2d(2)", swapped("ReLU", "MaxPool2d"), "MaxPool2d(2) -> ReLU()"),
    ("text", "a = ReLU()\nMaxPool2d(2)", swapped("ReLU", "MaxPool2d"), None),
    ("text", "ReLU()\na = MaxPool2d(2)", swapped("ReLU", "MaxPool2d"), "MaxPool2d(2)\na = ReLU()"),
    ("text", "ReLU() : [N, 8, H, W]\nTanh()", swapped("ReLU", "Tanh"), None),
    ("text", 'ReLU() as "k"\nTanh()', swapped("ReLU", "Tanh"), None),
    ("text", 'ReLU()\nTanh() as "k"', swapped("ReLU", "Tanh"), None),
    ("text", "ReLU()\nSigmoid()\nTanh()", swapped("ReLU", "Tanh"), None),
    ("text", "ReLU() -> Sigmoid() -> Tanh()", swapped("ReLU", "Tanh"), None),
    ("text", "ReLU() -> Tanh()", swapped("Tanh", "ReLU"), None),
    ("text", "ReLU()\nTanh()", swapped("Tanh", "ReLU"), None),
    ("text", "ReLU() -> Sigmoid()\nTanh()", swapped("ReLU", "Tanh"), None),
    ("text", "ReLU()\nSigmoid() -> Tanh()", swapped("ReLU", "Tanh"), None),
    ("text", "Sigmoid() -> ReLU()\nTanh()", swapped("ReLU", "Tanh"), "Sigmoid() -> Tanh()\nReLU()"),
    ("text", "ReLU()\nTanh() -> Sigmoid()", swapped("ReLU", "Tanh"), "Tanh()\nReLU() -> Sigmoid()"),
    ("text", "a = x -> Sigmoid()\na -> ReLU()\nx -> Tanh()", swapped("ReLU", "Tanh"), None),
    ("text", "a = ReLU() + Tanh()", swapped("ReLU", "Tanh"), None),
    ("text", "layer h = ReLU() -> Tanh()\nh()", swapped("ReLU", "Tanh"), None),
    ("text", "ReLU()\nlayer h = Tanh()\nh()", swapped("ReLU", "Tanh"), None),
    ("text", "layer h = ReLU()\nTanh()\nh()", swapped("ReLU", "Tanh"), None),
    ("text", "ReLU() -> ReLU()", swapped("ReLU", "ReLU"), None),
    ("text", "Conv2d(\n  8, 1,\n)\nReLU()", swapped("Conv2d", "ReLU"), "ReLU()\nConv2d(\n  8, 1,\n)"),
    ("text", 'MaxPool2d(2) as "k"', replaced("MaxPool2d", "AvgPool2d", kernel_size=2), None),
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
    (
        "yaml",
        "- MaxPool2d: 2  # p",
        set_to("MaxPool2d", "kernel_size", (3, 2)),
        "- MaxPool2d: {kernel_size: [3, 2]}  # p",
    ),
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
    ("yaml", "- ReLU: {}", set_to("ReLU", "inplace", True), "- ReLU: {inplace: true}"),
    ("yaml", "- ReLU: []", set_to("ReLU", "inplace", True), "- ReLU: {inplace: true}"),
    ("yaml", "- ReLU:", set_to("ReLU", "inplace", True), None),
    ("yaml", "- MaxPool2d: 2", set_to("MaxPool2d", "kernel_size", 3), "- MaxPool2d: 3"),
    (
        "yaml",
        "- MaxPool2d: {kernel_size: 2}",
        set_to("MaxPool2d", "kernel_size", (3, 2)),
        "- MaxPool2d: {kernel_size: [3, 2]}",
    ),
    ("yaml", "- a: { ReLU: {} }", set_to("ReLU", "inplace", True), "- a: { ReLU: {inplace: true} }"),
    ("yaml", "- Add: [x, x]", set_to("Add", "broadcast", True), "- Add: {inputs: [x, x], broadcast: true}"),
    (
        "yaml",
        "- MaxPool2d:   2  # p",
        set_to("MaxPool2d", "padding", (1, 0)),
        "- MaxPool2d: {kernel_size: 2, padding: [1, 0]}  # p",
    ),
    ("yaml", "- LeakyReLU: {negative_slope: 0.2}", without("LeakyReLU", "negative_slope"), "- LeakyReLU: {}"),
    ("yaml", "- LeakyReLU: 0.2", without("LeakyReLU", "negative_slope"), None),
    ("yaml", "- ReLU:\n    inplace: true", without("ReLU", "inplace"), "- ReLU:"),
    (
        "yaml",
        "- BatchNorm2d:\n    affine: true\n    eps: 0.1",
        without("BatchNorm2d", "affine"),
        "- BatchNorm2d:\n    eps: 0.1",
    ),
    (
        "yaml",
        "- BatchNorm2d: {affine: true, eps: 0.1}",
        without("BatchNorm2d", "affine"),
        "- BatchNorm2d: {eps: 0.1}",
    ),
    ("yaml", "- BatchNorm2d: {affine: true,  # a\n    eps: 0.1}", without("BatchNorm2d", "affine"), None),
    # calls in YAML
    ("yaml", "- ReLU  # why\n- Tanh", removed("ReLU"), "# why\n- Tanh"),
    ("yaml", "- ReLU\n- Tanh", removed("ReLU"), "- Tanh"),
    ("yaml", "- {ReLU: {inplace: true}}\n- Tanh", removed("ReLU"), "- Tanh"),
    ("yaml", "- b: [BatchNorm2d, ReLU, Tanh]", removed("ReLU"), "- b: [BatchNorm2d, Tanh]"),
    ("yaml", "- b: [{ReLU: {inplace: true}}, Tanh]", removed("ReLU"), "- b: Tanh"),
    ("yaml", "- b: ReLU", removed("ReLU"), None),
    ("yaml", "- b: [BatchNorm2d, ReLU]\n  from: x", removed("ReLU"), "- b: BatchNorm2d\n  from: x"),
    ("yaml", "- b: [ReLU,Tanh]", removed("ReLU"), "- b: Tanh"),
    ("yaml", "- b: [{ ReLU: {} }, Tanh]", removed("ReLU"), None),
    ("yaml", "- b: [ReLU,  # why\n    Tanh]", removed("ReLU"), None),
    ("yaml", "- b:\n  - ReLU\n  - Tanh", removed("ReLU"), "- b:\n  - Tanh"),
    ("yaml", "- {ReLU: {}, from: x}", removed("ReLU"), None),
    ("yaml", "- do: [ReLU, Tanh]", removed("ReLU"), None),
    ("yaml", "- layer: {h: [Tanh, ReLU]}\n- a: {use: h}", removed("ReLU"), None),
    ("yaml", "- ReLU: {}\n  as: k\n- Tanh", removed("ReLU"), None),
    ("yaml", "- ReLU\n- MaxPool2d: 2  # p", swapped("ReLU", "MaxPool2d"), "- MaxPool2d: 2\n- ReLU  # p"),
    ("yaml", "- b: [ReLU, {MaxPool2d: 2}]", swapped("ReLU", "MaxPool2d"), "- b: [{MaxPool2d: 2}, ReLU]"),
    ("yaml", "- ReLU\n- y0: Tanh", swapped("ReLU", "Tanh"), "- Tanh\n- y0: ReLU"),
    ("yaml", "- ReLU\n- y0: {MaxPool2d: 2}", swapped("ReLU", "MaxPool2d"), "- {MaxPool2d: 2}\n- y0: ReLU"),
    ("yaml", "- MaxPool2d: 2\n- y0: ReLU", swapped("MaxPool2d", "ReLU"), None),
    ("yaml", "- AvgPool2d: 2\n- y0: {MaxPool2d: 2}", swapped("AvgPool2d", "MaxPool2d"), None),
    (
        "yaml",
        "- {AvgPool2d: 2}\n- y0: {MaxPool2d: 2}",
        swapped("AvgPool2d", "MaxPool2d"),
        "- {MaxPool2d: 2}\n- y0: {AvgPool2d: 2}",
    ),
    ("yaml", "- ReLU\n- MaxPool2d:\n    kernel_size: 2", swapped("ReLU", "MaxPool2d"), None),
    ("yaml", "- MaxPool2d:\n    kernel_size: 2\n- ReLU", swapped("MaxPool2d", "ReLU"), None),
    (
        "yaml",
        "- {MaxPool2d: 2, from: x}",
        replaced("MaxPool2d", "AvgPool2d", kernel_size=2),
        "- {AvgPool2d: {kernel_size: 2}, from: x}",
    ),
    (
        "yaml",
        "- {from: x, MaxPool2d: 2}",
        replaced("MaxPool2d", "AvgPool2d", kernel_size=2),
        "- {from: x, AvgPool2d: {kernel_size: 2}}",
    ),
    ("yaml", "- {from: x, MaxPool2d: 2}", replaced("MaxPool2d", "ReLU"), "- {from: x, ReLU: {}}"),
    ("yaml", "- MaxPool2d: 2", replaced("MaxPool2d", "ReLU"), "- ReLU"),
    (
        "yaml",
        "- MaxPool2d: 2",
        replaced("MaxPool2d", "AvgPool2d", kernel_size=(3, 2)),
        "- AvgPool2d: {kernel_size: [3, 2]}",
    ),
    ("yaml", "- b: {MaxPool2d: 2}", replaced("MaxPool2d", "ReLU"), "- b: ReLU"),
    ("yaml", "- b: ReLU", replaced("ReLU", "LeakyReLU", negative_slope=0.2), "- b: {LeakyReLU: {negative_slope: 0.2}}"),
)


@pytest.mark.parametrize(
    ("value", "text", "yaml"),
    [
        ((), "()", "[]"),
        ((3,), "3", "3"),
        ((3, 3, 3), "3", "3"),
        ((3, 5), "(3, 5)", "[3, 5]"),
        ((3, 3, 5), "(3, 3, 5)", "[3, 3, 5]"),
        ((None, 2), "(none, 2)", "[none, 2]"),
        (True, "true", "true"),
        (None, "none", "none"),
        (0.5, "0.5", "0.5"),
    ],
)
def test_spell_when_given_a_value_writes_it_as_the_language_does(value: object, text: str, yaml: str) -> None:
    assert (edits.spell(value), edits.spell(value, True)) == (text, yaml)


def change(start: int, end: int) -> diagnostics.Edit:
    return diagnostics.Edit(Span(start, end), "")


ONE, NEXT, INSIDE, FAR = change(2, 5), change(5, 6), change(4, 5), change(8, 9)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (((ONE,), (FAR,)), (ONE, FAR)),
        (((FAR,), (ONE,)), (FAR, ONE)),  # in the order that they are given in
        (((ONE, FAR),), (ONE, FAR)),
        (((ONE,), (NEXT,)), (ONE, NEXT)),  # side by side
        (((ONE,), (INSIDE,)), ()),
        (((ONE,), (INSIDE,), (FAR,)), ()),
        (((FAR,), (ONE,), (INSIDE,)), ()),
        (((ONE,), ()), ()),  # one of them cannot be made
        (((), (ONE,)), ()),
    ],
)
def test_together_makes_one_fix_of_edits_that_can_all_be_made(parts: tuple[Edits, ...], expected: Edits) -> None:
    assert edits.together(*parts) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_when_added_or_taken_away_keep_the_ends_of_the_others(end: str) -> None:
    lines = [
        "convdsl: 1",
        "model: M",
        "inputs:",
        "  x: {shape: [N, 8, H, W]}",
        "outputs:",
        "  y: {shape: [N, 8, H, W]}",
    ]
    lines += ["layers:", "- ReLU", "- y:", "    Conv2d:", "      out_channels: 8", "      kernel_size: 1"]
    source = Source("m.yaml", end.join(lines))  # which ends without an end of line
    subject = subject_of(analyze(source))
    assert subject is not None
    less = edited(source, edits.remove_call(subject, node(subject, "ReLU")))
    assert less.text == end.join(line for line in lines if line != "- ReLU")
    more = edited(source, edits.set_argument(subject, node(subject, "Conv2d"), "bias", False))
    assert more.text == end.join(lines) + "\n      bias: false"
    last = edited(source, edits.remove_argument(subject, node(subject, "Conv2d"), "kernel_size"))
    assert last.text == end.join(lines[:-1]) + end


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
        assert parse(edited(source, made)).diagnostics == ()


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
    handed = node(subject, "BatchNorm2d")
    assert edits.set_argument(subject, handed, "affine", False) == ()
    assert edits.remove_argument(subject, handed, "affine") == ()
    assert edits.remove_call(subject, handed) == ()
    assert edits.replace_call(subject, handed, "ReLU", {}) == ()
    assert edits.swap_calls(subject, handed, node(subject, "Conv2d")) == ()
    assert edits.swap_calls(subject, node(subject, "Conv2d"), handed) == ()
    assert edits.set_argument(subject, node(subject, "Conv2d"), "bias", False) != ()
