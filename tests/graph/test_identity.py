"""The identity of a network, which checkpoints are kept by: what it is made of, and what never changes it."""

import hashlib
import json
from dataclasses import replace

import pytest

from convdsl.analysis.difference import Kind, difference
from convdsl.argument import arg, signature
from convdsl.graph.graph import Graph
from convdsl.graph.identity import architecture_hash
from convdsl.op import CallPlan, Expression, Op
from convdsl.ops import catalogue
from convdsl.pipeline import analyze
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.source import Source

SPEC = """\
convdsl 1
model Net {
  input x: [N, 3, H, W] means RGB where H >= 8
  Conv2d(8, 3, padding=1)
  y = LeakyReLU(0.2)
  output y: [N, 8, H, W]
}
"""


def identity(text: str) -> str:
    analysis = analyze(Source("net.cdsl", text))
    assert analysis.ok
    return analysis.architecture_hash


def test_identity_is_the_hash_of_this_record_in_edition_1() -> None:
    """Written by hand from what the language says (rule 13): a change here takes every checkpoint its network."""
    where = ["Binary", ">=", ["Name", "H"], 8]
    record = {
        "inputs": [["x", "[N, 3, H, W]", None, ["colour", ["R", "G", "B"], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]], where]],
        "layers": [
            ["", {}, None, []],
            ["Conv2d", {"kernel_size": [3, 3], "out_channels": 8, "padding": [1, 1]}, "0", [[0, 0]]],
            ["LeakyReLU", {"negative_slope": 0.2}, "y", [[1, 0]]],
        ],
        "spare": [],
        "outputs": [["y", [2, 0], None]],
    }
    assert identity(SPEC) == hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def test_identity_when_a_default_is_written_out_is_the_same() -> None:
    assert identity(SPEC) == identity(SPEC.replace("padding=1)", 'stride=1, padding=1, padding_mode="zeros")'))


def test_identity_when_an_argument_differs_is_another() -> None:
    assert identity(SPEC) != identity(SPEC.replace("0.2", "0.3"))
    wrapped = SPEC.replace("Conv2d(8, 3, padding=1)", "SpectralNorm(Conv2d(8, 3, padding=1))")
    assert len({identity(SPEC), identity(wrapped), identity(wrapped.replace("8, 3", "8, (3, 3), groups=1"))}) == 2
    assert identity(wrapped) != identity(wrapped.replace("padding=1)", "padding=1, bias=false)"))


ALIKE = [
    ("Upsample(scale_factor=(2, 2))", "Upsample(scale_factor=2)"),
    ("Upsample(size=(8, 8))", "Upsample(size=8)"),
    ("Upsample(scale_factor=2, mode=bilinear, align_corners=false)", "Upsample(scale_factor=2, mode=bilinear)"),
    ("MaxPool2d(2, stride=2)", "MaxPool2d(2)"),
    ("ReLU(inplace=true)", "ReLU()"),
    ("Conv2d(8, 3, in_channels=3)", "Conv2d(8, 3)"),
    ("SpectralNorm(Conv2d(8, 3, in_channels=3))", "SpectralNorm(Conv2d(8, 3))"),
]
APART = [
    ("Upsample(scale_factor=(2, 3))", "Upsample(scale_factor=2)"),
    ("Upsample(scale_factor=2, mode=bilinear, align_corners=true)", "Upsample(scale_factor=2, mode=bilinear)"),
    ("MaxPool2d(2, stride=1)", "MaxPool2d(2)"),
    ("Pad((1, 1))", "Pad(1)"),  # the width alone
]


def graph_of(layer: str) -> Graph:
    text = f"convdsl 1\nmodel Net {{\n  input x: [N, 3, H, W]\n  {layer}\n  y = Mean((2, 3))\n  output y: [N, C]\n}}\n"
    graph = analyze(Source("net.cdsl", text)).graph
    assert graph is not None
    return graph


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_identity_when_an_argument_means_the_same_in_other_words_is_the_same(one: str, other: str) -> None:
    left, right = graph_of(one), graph_of(other)
    assert architecture_hash(left) == architecture_hash(right) == architecture_hash(right, as_written=True)
    found = difference(left, right)
    assert found.same
    assert {pair.kind for pair in found.pairs} == {Kind.SAME}


@pytest.mark.parametrize(("one", "other"), APART)
def test_identity_when_an_argument_only_looks_alike_is_another(one: str, other: str) -> None:
    left, right = graph_of(one), graph_of(other)
    assert architecture_hash(left) != architecture_hash(right)
    assert Kind.CHANGED in {pair.kind for pair in difference(left, right).pairs}


def test_identity_when_the_channels_stated_are_all_that_a_layer_says_counts_them() -> None:
    """A declared layer that nothing applies has the weights that `in_channels` says."""
    two, three = (
        SPEC.replace("  Conv2d(8", f"  layer spare = Conv2d(4, 1, in_channels={n})\n  Conv2d(8") for n in (2, 3)
    )
    assert identity(two) != identity(three)


def test_identity_when_an_operator_gains_an_argument_is_the_same() -> None:
    """An edition grows: a release that knows one argument more has to know the old networks again."""
    graph = analyze(Source("net.cdsl", SPEC)).graph
    assert graph is not None
    before = architecture_hash(graph)
    node = next(node for node in graph.nodes if type(node.op) is catalogue.find("LeakyReLU"))

    @dataclass(frozen=True, slots=True)
    class LeakyReLU(Op):
        negative_slope: float = arg("slope below zero", default=0.01)
        inplace: bool = arg("as PyTorch has it", default=False)
        later: int = arg("what a later release brings", default=7)

        def shape(self, *inputs: Shape) -> Shape:
            return inputs[0]

        def call(self, *inputs: Shape) -> CallPlan:
            return Expression("{0}")

    assert [one.name for one in signature(LeakyReLU)][-1] == "later"
    graph.nodes[node.index] = replace(node, op=LeakyReLU(0.2))
    assert architecture_hash(graph) == before
