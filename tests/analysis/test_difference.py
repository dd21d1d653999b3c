"""What differs between two networks: known edits are found as what they are, and laws over generated networks."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.analysis.difference import Difference, Kind, difference
from convdsl.graph.graph import Graph
from convdsl.pipeline import analyze
from convdsl.source import Source
from tests.authoring.strategies_network import networks
from tests.zoo import ROOT

UNET = (ROOT / "specs" / "unet.cdsl").read_text("utf-8")
OTHER = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED}


def graph(text: str) -> Graph:
    out = analyze(Source("net.cdsl", text)).graph
    assert out is not None
    return out


def compared(before: str, after: str, *, ok: bool = True) -> Difference:
    if ok:
        assert analyze(Source("a.cdsl", before)).ok
        assert analyze(Source("b.cdsl", after)).ok
    return difference(graph(before), graph(after), {"H": 64, "W": 64})


def kinds(found: Difference) -> dict[str, int]:
    return {kind.value: count for kind in Kind if kind is not Kind.SAME and (count := found.count(kind))}


def net(*lines: str, channels: int = 2) -> str:
    body = "\n  ".join(lines)
    return f"convdsl 1\nmodel Net {{\n  input x: [N, 4, H, W]\n  {body}\n  output y: [N, {channels}, H, W]\n}}\n"


LINES = ("a = Conv2d(8, 3, padding=1)", "ReLU()", "b = Conv2d(8, 3, padding=1)", "ReLU()", "y = Conv2d(2, 1)")


def test_networks_when_only_their_text_differs_are_the_same() -> None:
    other = UNET.replace("repeat 2 {", "for i in range(2) {").replace("ab = Conv2d(2,", "# head\n  ab = Conv2d(2,")
    assert other != UNET
    found = compared(UNET, other)
    assert found.same
    assert not kinds(found)


def test_argument_when_changed_is_told_with_both_values_and_what_follows() -> None:
    """a has 8*4*9 + 8 weights, then 6*4*9 + 6; b reads 8 channels, then 6: its weights follow."""
    found = compared(net(*LINES), net("a = Conv2d(6, 3, padding=1)", *LINES[1:]))
    assert kinds(found) == {"changed": 1, "follows": 2}
    (pair,) = [pair for pair in found.pairs if pair.kind is Kind.CHANGED]
    assert pair.before is not None
    assert pair.after is not None
    assert pair.arguments == ("out_channels",)
    assert (pair.before.arguments["out_channels"], pair.after.arguments["out_channels"]) == (8, 6)
    assert (pair.before.parameters, pair.after.parameters) == (8 * 4 * 9 + 8, 6 * 4 * 9 + 6)
    assert (pair.before.macs, pair.after.macs) == (64 * 64 * 8 * 4 * 9, 64 * 64 * 6 * 4 * 9)
    assert found.keys.reshaped == (
        ("a.weight", (8, 4, 3, 3), (6, 4, 3, 3)),
        ("a.bias", (8,), (6,)),
        ("b.weight", (8, 8, 3, 3), (8, 6, 3, 3)),
    )


def test_layer_when_inserted_without_a_name_is_the_only_one_added_and_moves_the_keys_behind_it() -> None:
    """Unnamed layers are called by their positions: the two behind the new one move on by one."""
    before = net("Conv2d(8, 3, padding=1)", "ReLU()", "Conv2d(8, 3, padding=1)", "y = ReLU()", channels=8)
    after = before.replace("ReLU()\n  Conv2d", "BatchNorm2d()\n  ReLU()\n  Conv2d")
    found = compared(before, after)
    assert kinds(found) == {"added": 1, "renamed": 2}
    assert found.keys.renamed == (("2.weight", "3.weight"), ("2.bias", "3.bias"))
    assert found.keys.added[:2] == ("1.weight", "1.bias")


def test_operator_when_replaced_in_place_is_one_change() -> None:
    found = compared(net(*LINES), net(LINES[0], "LeakyReLU(0.2)", *LINES[2:]))
    assert kinds(found) == {"changed": 1}


def test_names_when_they_alone_differ_are_told_to_be_all_there_is() -> None:
    found = compared(net(*LINES), net("stem = Conv2d(8, 3, padding=1)", *LINES[1:]))
    assert found.only_names
    assert not found.same
    assert found.keys.renamed == (("a.weight", "stem.weight"), ("a.bias", "stem.bias"))


def test_layers_when_put_into_a_block_are_renamed() -> None:
    block = "block Two() {\n  a = Conv2d(8, 3, padding=1)\n  ReLU()\n}\n"
    after = net("e = Two()", *LINES[2:]).replace("model", f"{block}model")
    found = compared(net(*LINES), after)
    assert set(kinds(found)) == {"renamed"}
    assert ("a.weight", "e.a.weight") in found.keys.renamed


def test_join_when_it_reads_another_value_is_changed_and_nothing_else() -> None:
    lines = ("a = Conv2d(4, 1)", "b = Conv2d(4, 1)", "c = a + b", "d = Concat(c, a, b)", "y = Conv2d(2, 1)")
    before = net(*lines)
    found = compared(before, before.replace("a + b", "a + x"))
    (pair,) = [pair for pair in found.pairs if pair.kind is not Kind.SAME]
    assert pair.rewired
    assert pair.after is not None
    assert pair.after.reads == ("a", "x")


def test_lines_when_they_change_places_are_the_same_layers() -> None:
    lines = ["a = x -> Conv2d(4, 1)", "b = x -> Conv2d(5, 3, padding=1)", "Concat(a, b)", "y = Conv2d(2, 1)"]
    found = compared(net(*lines), net(lines[1], lines[0], *lines[2:]))
    assert not kinds(found)
    assert not found.same  # a hash is over the order of the layers too


def test_output_when_it_carries_another_value_is_told() -> None:
    before = net("a = Conv2d(4, 1)", "b = a -> Conv2d(4, 1)", "y = a + b", channels=4)
    found = compared(before, before.replace("output y", "output a: [N, 4, H, W]\n  output y"))
    assert [(port.before, port.after) for port in found.ports] == [("y", "a"), ("", "y")]


def test_spec_when_broken_is_compared_as_far_as_it_goes() -> None:
    found = compared(UNET, UNET.replace("ConvTranspose2d(32, 2", "ConvTranspose2d(32, 3"), ok=False)
    assert found.count(Kind.CHANGED) == 1


def test_many_layers_when_compared_take_no_square_of_time() -> None:
    """4,000 layers on either side are 16 million pairs; cut at layers that are unmistakable they are few."""
    numbers = random.Random(0)
    lines = [f"l{i} = Conv2d({numbers.randrange(1, 9)}, 1)" for i in range(4000)]
    other = [*lines[:10], "Tanh()", *lines[11:3990], "Sigmoid()", *lines[3991:]]
    one, two = (graph(net(*part, "y = Conv2d(2, 1)")) for part in (lines, other))
    found = difference(one, two)
    assert (found.count(Kind.ADDED), found.count(Kind.REMOVED)) == (2, 2)


# ------------------------------------------------------------------------ laws


@settings(max_examples=25, deadline=None)
@given(networks())
def test_law_a_network_and_itself_differ_in_nothing(text: str) -> None:
    one = graph(text)
    found = difference(one, graph(text))
    assert found.same
    assert found.count(Kind.SAME) == len(one.nodes) + len(one.spare)
    assert not (found.ports or found.keys.renamed or found.keys.added or found.keys.removed or found.keys.reshaped)


@settings(max_examples=25, deadline=None)
@given(networks(), networks())
def test_law_every_layer_is_in_exactly_one_pair_and_costs_mirror(one: str, two: str) -> None:
    a, b = graph(one), graph(two)
    there, back = difference(a, b), difference(b, a)
    for found, left, right in ((there, a, b), (back, b, a)):
        for side, nodes in (("before", left), ("after", right)):
            facts = [getattr(pair, side) for pair in found.pairs]
            assert Counter(id(one.node) for one in facts if one is not None) == Counter(
                map(id, (*nodes.nodes, *nodes.spare))
            )
    assert (there.before, there.after) == (back.after, back.before)
    lone = there.count(Kind.ADDED) - there.count(Kind.REMOVED)
    assert lone == back.count(Kind.REMOVED) - back.count(Kind.ADDED)


CALLS = ("Conv2d(4, 3, padding=1)", "Conv2d(6, 1)", "ReLU()", "BatchNorm2d()", "Tanh()", "Dropout(0.1)", "Conv2d(4, 1)")


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str, dict[str, int]]:
    """Two networks that differ in one line, and what that is."""
    calls = draw(st.lists(st.sampled_from(CALLS), min_size=2, max_size=12))
    lines = [f"n{i} = {call}" if draw(st.booleans()) else call for i, call in enumerate(calls)]
    at = draw(st.integers(0, len(lines) - 1))
    end = "y = Conv2d(2, 5, padding=2)"
    kind = draw(st.sampled_from(["added", "removed", "renamed", "changed"]))
    if kind == "added":
        other = [*lines[:at], "new = GroupNorm(2)", *lines[at:]]
    elif kind == "removed":
        lines[at] = "new = GroupNorm(2)"
        other = [*lines[:at], *lines[at + 1 :]]
    elif kind == "renamed":
        lines[at] = f"old = {calls[at]}"
        other = [*lines[:at], f"new = {calls[at]}", *lines[at + 1 :]]
    else:
        lines[at] = "old = Conv2d(4, 3, padding=1)"
        other = [*lines[:at], "old = Conv2d(4, 3, padding=1, bias=false)", *lines[at + 1 :]]
    return net(*lines, end), net(*other, end), {kind: 1}


@settings(max_examples=60, deadline=None)
@given(edits())
def test_law_a_single_edit_is_found_as_exactly_that(case: tuple[str, str, dict[str, int]]) -> None:
    """A position is taken by each layer, named or not, so that one more or less renames the unnamed ones behind it."""
    before, after, wanted = case
    for one, other, expected in (
        (before, after, wanted),
        (after, before, {OTHER.get(Kind(kind), Kind(kind)).value: count for kind, count in wanted.items()}),
    ):
        found = kinds(compared(one, other))
        if "added" in expected or "removed" in expected:
            found.pop("renamed", None)
        assert found == expected


@pytest.mark.parametrize("name", ["unet.cdsl", "resnet18.cdsl", "vgg16.cdsl", "pix2pix.cdsl"])
def test_network_of_the_zoo_when_its_twin_in_yaml_is_compared_is_the_same(name: str) -> None:
    one = ROOT / "specs" / name
    twin = one.with_suffix(".yaml")
    assert difference(graph(one.read_text("utf-8")), yaml(twin.read_text("utf-8"))).same


def yaml(text: str) -> Graph:
    out = analyze(Source("net.yaml", text)).graph
    assert out is not None
    return out
