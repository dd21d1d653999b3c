"""Calls in lists of YAML: one is taken out with its comma, one is put behind another."""

import pytest

from convdsl.lint.edits import append_call, remove_call
from convdsl.lint.subject import Subject
from convdsl.pipeline import analyze
from convdsl.review import subject_of
from convdsl.source import Source
from convdsl.testing.rule_laws import edited

SPEC = """convdsl: 1
model: Net
inputs:
  x: {{shape: [N, 8, H, W]}}
layers:
  - {item}
  - y: {{Conv2d: {{out_channels: 8, kernel_size: 1}}}}
outputs:
  y: {{shape: [N, 8, H, W]}}
"""


def read(item: str) -> tuple[Source, Subject]:
    source = Source("x.yaml", SPEC.format(item=item))
    analysis = analyze(source)
    subject = subject_of(analysis)
    assert subject is not None and analysis.ok, analysis.diagnostics
    return source, subject


def named(subject: Subject, name: str):
    return next(node for node in subject.nodes if type(node.op).__name__ == name)


@pytest.mark.parametrize(
    ("item", "gone", "left"),
    [
        ("[ReLU, Tanh, {Sigmoid: {}}]", "ReLU", "[Tanh, {Sigmoid: {}}]"),
        ("[ReLU,   Tanh, ELU]", "ReLU", "[Tanh, ELU]"),
        ("[ReLU,Tanh, ELU]", "ReLU", "[Tanh, ELU]"),
        ("[ReLU, Tanh, ELU]", "Tanh", "[ReLU, ELU]"),
        ("[ReLU, Tanh, ELU]", "ELU", "[ReLU, Tanh]"),
        ("[ReLU, Tanh]", "Tanh", "ReLU"),
        ("[ReLU, Tanh]", "ReLU", "Tanh"),
    ],
)
def test_remove_call_from_a_list_takes_one_comma(item: str, gone: str, left: str) -> None:
    source, subject = read(item)
    assert edited(source, remove_call(subject, named(subject, gone))).text == SPEC.format(item=left)


def test_append_call_makes_a_list_of_one_call_and_leaves_lists_alone() -> None:
    source, subject = read("{MaxPool2d: {kernel_size: 3, stride: 1, padding: 1}}")
    one, conv = named(subject, "MaxPool2d"), named(subject, "Conv2d")
    wanted = "[{MaxPool2d: {kernel_size: 3, stride: 1, padding: 1}}, {Conv2d: {out_channels: 8, kernel_size: 1}}]"
    assert edited(source, append_call(subject, one, conv)).text == SPEC.format(item=wanted)
    source, subject = read("[ReLU, Tanh]")
    assert append_call(subject, named(subject, "ReLU"), named(subject, "Conv2d")) == ()
