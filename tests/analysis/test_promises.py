"""What is said of sizes: codes, places, numbers and ways out, each number worked by hand beside it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.analysis.guards import holds
from convdsl.analysis.promises import Legal, check_sizes
from convdsl.diagnostics import Diagnostic
from convdsl.graph.elaborate import elaborate
from convdsl.graph.graph import Graph
from convdsl.pipeline import analyze
from convdsl.sizeset import congruent, everything, interval, members
from convdsl.source import Source
from convdsl.syntax.parse import parse


def graph_of(text: str) -> Graph:
    parsed = parse(Source("net.cdsl", text))
    assert not parsed.diagnostics, parsed.diagnostics
    graph, mistakes = elaborate(parsed.file)
    assert graph is not None and not mistakes, mistakes
    return graph


def check(text: str) -> Legal:
    return check_sizes(graph_of(text))


def words(text: str, finding: Diagnostic) -> dict[str, str]:
    """Return what is written under each marked excerpt of the text."""
    labels = (finding.where, *finding.labels)
    return {text[label.span.start : label.span.end]: label.text for label in labels}


def helps(finding: Diagnostic) -> str:
    return " | ".join(way.text for way in finding.helps)


UNET = """convdsl 1
model UNet {
  input image: [N, 3, H, W]WHERE
  enc1 = Conv2d(8, 3, padding=1) -> ReLU()
  MaxPool2d(2)
  enc2 = Conv2d(16, 3, padding=1) -> ReLU()
  MaxPool2d(2)
  Conv2d(32, 3, padding=1) -> ReLU()
  up2 = ConvTranspose2d(16, KERNEL, stride=2)
  Concat(enc2, up2)
  Conv2d(16, 3, padding=1) -> ReLU()
  up1 = ConvTranspose2d(8, 2, stride=2)
  Concat(enc1, up1)
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W]
}
"""


def unet(where: str = "", kernel: int = 2) -> str:
    return UNET.replace("WHERE", f" where {where}" if where else "").replace("KERNEL", str(kernel))


def test_unet_without_where_is_clean_and_its_set_can_be_pasted() -> None:
    answer = check(unet())
    assert answer.diagnostics == ()
    assert answer.legal.text() == ("H % 4 == 0, H >= 4", "W % 4 == 0, W >= 4")
    assert check(unet(answer.legal.where())).diagnostics == ()


def test_promise_that_is_too_wide_shows_both_ends_the_smallest_size_and_the_better_promise() -> None:
    text = unet("H % 2 == 0, W % 4 == 0")
    (finding,) = check(text).diagnostics
    assert str(finding.code) == "E204 join-size"
    assert finding.message == "Concat: `enc2` and `up2` differ in height at sizes that the input promises"
    # H = 2 makes a map of size 0, H = 4 is fine; at H = 6 the encoder has 6 // 2 = 3, the decoder 2 * (6 // 4) = 2
    assert words(text, finding) == {
        "Concat(enc2, up2)": "at H = 6: 3 and 2",
        "H % 2 == 0": "promised",
        "ReLU()": "H // 2",
        "ConvTranspose2d(16, 2, stride=2)": "2 * (H // 4)",
    }
    assert finding.notes == ("accepted: H % 4 == 0, H >= 4; W % 4 == 0, W >= 4",)
    assert "promise it: `where H % 4 == 0, W % 4 == 0`" in helps(finding)


def test_wrong_kernel_of_a_transposed_convolution_is_found_and_repaired() -> None:
    text = unet("H % 4 == 0, W % 4 == 0", kernel=3)
    (finding,) = check(text).diagnostics
    assert finding.code.id == "E204"
    # at H = 4: 4 // 2 = 2, and 2 * (4 // 4) + 1 = 3
    assert words(text, finding)["Concat(enc2, up2)"] == "at H = 4: 2 and 3"
    assert words(text, finding)["ConvTranspose2d(16, 3, stride=2)"] == "2 * (H // 4) + 1"
    assert finding.helps[0].text == "repair it: `ConvTranspose2d(16, 2, stride=2)` for `up2`"
    assert finding.helps[1].text.startswith(
        "repair it: `ConvTranspose2d(16, 3, stride=2, padding=1, output_padding=1)`"
    )
    assert check(text.replace("ConvTranspose2d(16, 3,", "ConvTranspose2d(16, 2,")).diagnostics == ()
    repaired = text.replace("(16, 3, stride=2)", "(16, 3, stride=2, padding=1, output_padding=1)")
    assert check(repaired).diagnostics == ()


def test_repair_needs_another_where_and_says_so() -> None:
    (finding,) = check(unet("H % 2 == 0, W % 2 == 0", kernel=3)).diagnostics
    expected = "repair it: `ConvTranspose2d(16, 2, stride=2)` for `up2` with `where H % 4 == 0, W % 4 == 0`"
    assert finding.helps[0].text == expected


def test_two_layers_that_can_never_agree_leave_no_size() -> None:
    text = """convdsl 1
model Two {
  input x: [N, 3, H, W]
  low = Conv2d(8, 3, stride=2, padding=1)
  even = low -> ConvTranspose2d(3, 2, stride=2)
  odd = low -> ConvTranspose2d(3, 3, stride=2, padding=1)
  a = Add(x, even)
  b = Add(x, odd)
  y = Add(a, b)
  output y: [N, 3, H, W]
}
"""
    answer = check(text)
    assert answer.accepted.is_empty
    (finding,) = answer.diagnostics
    assert str(finding.code) == "E201 no-legal-size"
    # even is 2 * ((H + 1) // 2): every even H; odd is 2 * ((H + 1) // 2) - 1: every odd H
    found = words(text, finding)
    assert found["Add(x, odd)"] == "H and 2 * ((H + 1) // 2) - 1"
    assert found["Add(x, even)"] == "asks for other sizes"
    assert finding.notes == ("accepted: no size",)
    assert "`ConvTranspose2d(3, 3, stride=2, padding=1, output_padding=1)` for `odd`" in helps(finding)


def test_join_that_agrees_at_one_size_only_is_an_error_with_a_repair() -> None:
    text = """convdsl 1
model Forgot {
  input x: [N, 3, H, W]
  e1 = Conv2d(8, 3, padding=1)
  e2 = Conv2d(8, 3, stride=2, padding=1)
  e3 = Conv2d(8, 3, stride=2, padding=1)
  up = ConvTranspose2d(8, 4, stride=2, padding=1)
  y = Add(e1, up)
  output y: [N, 8, H, W]
}
"""
    (finding,) = check(text).diagnostics
    assert finding.code.id == "E204"
    # up is 2 * ((H + 3) // 4): equal to H at 2 (2 * 1), at no other: 4 -> 2, 6 -> 4, ...
    assert finding.message == "Add: `e1` and `up` agree in height only at H == 2"
    assert "`ConvTranspose2d(8, 4, stride=4)` for `up`" in helps(finding)
    assert (
        check(text.replace("(8, 4, stride=2, padding=1)", "(8, 4, stride=4)")).legal.text()[0] == "H % 4 == 0, H >= 4"
    )


def test_finite_sets_that_the_text_promises_are_no_error() -> None:
    text = """convdsl 1
model Fixed {
  input x: [N, 3, H, W]
  small = AdaptiveAvgPool2d(8)
  y = Add(x, small)
  output y: [N, 3, H, W]
}
"""
    (finding,) = check(text).diagnostics
    assert finding.code.id == "E204" and "only at H == 8" in finding.message
    assert "promise it: `where H == 8, W == 8`" in helps(finding)
    assert check(text.replace("W]\n  small", "W] where H == 8, W == 8\n  small")).diagnostics == ()


def test_missing_padding_upstream_is_repaired_where_it_is() -> None:
    text = """convdsl 1
model NoPad {
  input x: [N, 3, H, W]
  e1 = Conv2d(8, 3)
  MaxPool2d(2)
  MaxPool2d(2)
  u2 = ConvTranspose2d(8, 2, stride=2)
  u1 = ConvTranspose2d(8, 2, stride=2)
  z = x -> Conv2d(8, 1)
  y = Add(u1, z)
  also = Add(y, z)
  w = e1 -> AdaptiveAvgPool2d(1)
  output also: [N, 8, H, W]
  output w: [N, 8, 1, 1]
}
"""
    (finding,) = check(text).diagnostics
    assert finding.code.id == "E204" and "at no size" in finding.message
    # 4 * ((H - 2) // 4) is below H at every H; with padding=1 it is 4 * (H // 4)
    assert "`Conv2d(8, 3, padding=1)` for `e1`" in helps(finding)


def test_independent_mistakes_are_told_apart_and_their_consequences_are_not_told() -> None:
    text = """convdsl 1
model Two {
  input x: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
  a1 = x -> MaxPool2d(2)
  a2 = ConvTranspose2d(3, 3, stride=2)
  a = Add(x, a2)
  a3 = Add(a, a2)
  b1 = x -> MaxPool2d(2)
  b2 = ConvTranspose2d(3, 3, stride=2)
  b = Add(x, b2)
  output a3: [N, 3, H, W]
  output b: [N, 3, H, W]
}
"""
    found = check(text).diagnostics
    assert [text[f.where.span.start : f.where.span.end] for f in found] == ["Add(x, a2)", "Add(x, b2)"]


def test_layer_that_needs_larger_inputs_than_promised_shows_what_is_left() -> None:
    text = """convdsl 1
model Small {
  input x: [N, 3, H, W] where H >= 4, W >= 9
  Conv2d(2, 7)
  z = Conv2d(2, 3)
  output z: [N, 2, H - 8, W - 8]
}
"""
    (finding,) = check(text).diagnostics
    assert finding.code.id == "E202"
    assert finding.where.text == "at H = 4: H - 6 is -2"
    assert helps(finding) == "promise it: `where H >= 9, W >= 9`"


def test_mistake_inside_a_block_points_at_the_call_and_repairs_the_block() -> None:
    text = """convdsl 1
block Level(c: int) {
  input x: [N, C, A, B]
  down = Conv2d(c, 4, stride=2, padding=1)
  up = ConvTranspose2d(C, 3, stride=2)
  Add(x, up)
}
model Blocks {
  input x: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
  Level(8)
  Level(16)
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
"""
    (finding,) = check(text).diagnostics
    found = words(text, finding)
    assert found["Add(x, up)"] == "at H = 2: 2 and 3" and found["Level(8)"] == "in this call"
    assert helps(finding).startswith("repair it: `kernel_size=2` in this `ConvTranspose2d` | ")
    assert check(text.replace("(C, 3,", "(C, 2,")).diagnostics == ()


def test_dense_layer_at_a_promised_size_that_it_does_not_fit() -> None:
    text = """convdsl 1
model Dense {
  input x: [N, 3, H, W] where H == 224, W >= 224, W <= 300
  MaxPool2d(4)
  Conv2d(8, 1, stride=8)
  Flatten()
  y = Linear(10, in_features=392)
  output y: [N, 10]
}
"""
    answer = check(text)
    (finding,) = answer.diagnostics
    # 8 * 7 * 7 = 392; the map has (x // 4 + 7) // 8 = (x + 28) // 32 cells: 7 at 196..227, so 8 * 7 * 8 = 448 at 228
    assert finding.code.id == "E207" and finding.where.text == "at H = 224, W = 228: 448, not 392"
    assert helps(finding) == "promise it: `where H == 224, W >= 224, W <= 227`"
    assert answer.legal.axes["H"] == members([*range(4, 36), *range(196, 228), *range(1540, 1572)])
    loose = check(text.replace("where H == 224, W >= 224, W <= 300", "where H >= 196, H <= 227"))
    assert loose.diagnostics == ()  # nothing is said of W, so it is what goes with such an H


# ------------------------------------------------------------- shape promises

DOWN = """convdsl 1
model Down {
  input x: [N, 3, H, W]WHERE
  d = Conv2d(8, 3, stride=2, padding=1) : [N, 8, H / 2, W / 2]
  y = ConvTranspose2d(2, 2, stride=2)
  output y: [N, 2, H, W]
}
"""


def test_shape_promise_that_fails_shows_the_smallest_size_and_is_said_once() -> None:
    text = DOWN.replace("WHERE", "")
    answer = check(text)
    (finding,) = answer.diagnostics  # the output's promise fails too, for the same reason
    assert str(finding.code) == "E230 promise"
    assert words(text, finding)["[N, 8, H / 2, W / 2]"] == "at H = 1: 1 / 2 is not a whole number"
    assert answer.accepted.axes["H"] == everything()
    assert answer.legal.axes["H"] == congruent([0], 2)
    assert finding.helps[0].text == "promise it: `where H % 2 == 0, W % 2 == 0`"
    assert check(DOWN.replace("WHERE", " where H % 2 == 0, W % 2 == 0")).diagnostics == ()


def test_wrong_output_promise_shows_both_numbers_and_the_layer_that_made_the_size() -> None:
    text = """convdsl 1
model Off {
  input x: [N, 3, H, W]
  y = Conv2d(2, 3)
  output y: [N, 2, H, W]
}
"""
    answer = check(text)
    (finding,) = answer.diagnostics
    assert finding.code.id == "E230"
    assert finding.message == "`y`: height H was promised, it is H - 2"
    assert words(text, finding)["[N, 2, H, W]"] == "at H = 3: 3 was promised, it is 1"  # the smallest that it accepts
    assert words(text, finding)["Conv2d(2, 3)"] == "H - 2"
    assert "promise what it is: `[N, 2, H - 2, W - 2]`" in helps(finding)
    assert answer.legal.is_empty and not answer.accepted.is_empty


# ----------------------------------------------------------------- the where


def test_stricter_where_than_need_be_is_a_hint_with_a_fix() -> None:
    text = unet("H % 8 == 0, W % 4 == 0")
    (finding,) = check(text).diagnostics
    assert finding.code.id == "I232" and not finding.is_error
    assert "H = 4 would do" in finding.message
    (edit,) = finding.helps[0].edits
    fixed = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    assert check(fixed).diagnostics == ()


def test_where_that_no_size_meets_is_an_error() -> None:
    (finding,) = check(unet("H > 5 and H < 3, W % 4 == 0")).diagnostics
    assert finding.code.id == "E203" and "no size" in finding.message


def test_mistake_in_where_is_said_instead_of_what_would_follow_from_it() -> None:
    found = check(unet("H == W, K % 2 == 0")).diagnostics
    assert [f.code.id for f in found] == ["E203", "E129"]


def test_where_about_one_axis_says_nothing_about_the_other() -> None:
    assert check(unet("H % 4 == 0")).diagnostics == ()


def test_or_of_boxes_is_promised_box_by_box() -> None:
    assert [f.code.id for f in check(unet("H == 8 and W == 12 or H == 12 and W == 6")).diagnostics] == ["E204"]
    assert check(unet("H == 8 and W == 12 or H == 12 and W == 8")).diagnostics == ()


def test_legal_sizes_meet_accepted_and_promised_shapes() -> None:
    answer = check(DOWN.replace("WHERE", ""))
    assert answer.legal.as_json() == {
        name: {"text": f"{name} % 2 == 0, {name} >= 2", "finite": [], "from": 2, "period": 2, "residues": [0]}
        for name in "HW"
    } | {"joint": None}


# --------------------------------------------------------- laws over networks


@st.composite
def hourglasses(draw: st.DrawFn) -> str:
    """Write an encoder and a decoder with skips, with windows that fit together or do not."""
    depth = draw(st.integers(1, 3))
    lines = []
    for level in range(depth):
        lines.append(f"  e{level} = Conv2d(4, 3, padding={draw(st.sampled_from([1, 1, 1, 0]))})")
        down = ["MaxPool2d(2)", "Conv2d(4, 3, stride=2, padding=1)", "Conv2d(4, 4, stride=2, padding=1)"]
        lines.append(f"  {draw(st.sampled_from(down))}")
    for level in reversed(range(depth)):
        up = ["2, stride=2", "2, stride=2", "4, stride=2, padding=1", "3, stride=2, padding=1", "3, stride=2"]
        lines.append(f"  u{level} = ConvTranspose2d(4, {draw(st.sampled_from(up))})")
        lines.append(f"  Add(e{level}, u{level})" if level or draw(st.booleans()) else f"  Concat(e{level}, u{level})")
    where = draw(st.sampled_from(["", " where H % 2 == 0", " where H % 8 == 0, H >= 16", " where H in [31, 32, 33]"]))
    body = "\n".join(lines)
    return f"convdsl 1\nmodel M {{\n  input x: [N, 4, H, W]{where}\n{body}\n  y = Conv2d(1, 1)\n  output y: SHAPE\n}}\n"


def with_shape(text: str) -> str:
    graph = graph_of(text.replace("SHAPE", "[N, 1, H, W]").replace("output y: [N, 1, H, W]", "output y: [N, 1, 5, 5]"))
    return text.replace("SHAPE", str(graph.shape(graph.outputs[0].value)))


@settings(max_examples=40, deadline=None)
@given(hourglasses())
def test_errors_are_reported_exactly_where_brute_force_finds_a_promised_size_that_fails(text: str) -> None:
    text = with_shape(text)
    graph = graph_of(text)
    answer = check_sizes(graph)
    guards = [guard for node in graph.nodes for guard in node.guards]
    good = {h for h in range(1, 201) if all(holds(guard, {"H": h, "W": h}) for guard in guards)}
    assert set(answer.accepted.axes["H"].below(201)) == good
    condition = text.split(" where ")[1].split("\n")[0] if " where " in text else ""
    promised = {h for h in range(1, 201) if all(eval(part, {"H": h}) for part in _parts(condition))}
    errors = [f for f in answer.diagnostics if f.is_error]
    wrong = bool(promised - good) if condition else False
    pinned = not good or (max(good) < 150 and not (condition and max(promised) < 150))
    assert bool(errors) == (wrong or pinned), (text, errors)
    for finding in errors:
        if finding.where.text.startswith("at H = "):
            h = int(finding.where.text.removeprefix("at H = ").split(":")[0].split(",")[0])
            assert h in promised - good
    for finding in errors:
        for way in finding.helps:
            for edit in way.edits:
                fixed = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
                assert not any(f.is_error for f in check(fixed).diagnostics), (fixed, way)


def _parts(condition: str) -> list[str]:
    return [part for part in condition.replace("[31, 32, 33]", "(31,32,33)").split(", ") if part]


@settings(max_examples=25, deadline=None)
@given(hourglasses())
def test_repairs_that_are_offered_work(text: str) -> None:
    text = with_shape(text)
    for finding in check(text).diagnostics:
        for way in finding.helps:
            if not way.text.startswith("repair it: `ConvTranspose2d") and not way.text.startswith("repair it: `Conv2d"):
                continue
            call, _, rest = way.text.removeprefix("repair it: `").partition("`")
            if not rest.startswith(" for `"):
                continue
            name = rest.removeprefix(" for `").partition("`")[0]
            lines = [f"  {name} = {call}" if line.startswith(f"  {name} = ") else line for line in text.split("\n")]
            fixed = "\n".join(lines)
            if " with `where " in rest:
                line = rest.split(" with `where ")[1].rstrip("`")
                fixed = fixed.split(" where ")[0] + f" where {line}\n" + fixed.split("\n", 3)[3]
            graph = graph_of(fixed)
            graph.promises.clear()  # the output's shape was that of the broken network
            assert not any(f.is_error for f in check_sizes(graph).diagnostics), (fixed, way.text)


@pytest.mark.parametrize("name", ["H", "W"])
def test_deep_networks_are_checked_without_repairs_that_would_be_felt(name: str) -> None:
    lines = "\n".join("  Conv2d(4, 3, padding=1)" for _ in range(200))
    text = f"convdsl 1\nmodel M {{\n  input x: [N, 4, H, W] where {name} >= 1\n{lines}\n  y = Conv2d(1, 3)\n"
    text += "  output y: [N, 1, H - 2, W - 2]\n}\n"
    (finding,) = check(text).diagnostics
    assert finding.code.id == "E202" and finding.where.text == f"at {name} = 1: {name} - 2 is -1"
    assert interval(3, None) == check(text).accepted.axes[name]


def test_a_node_of_unknown_shape_is_left_out() -> None:
    graph = graph_of(unet())
    last = graph.nodes[-1]
    graph.nodes[-1] = replace(last, shapes=None, guards=())
    assert not any(f.is_error for f in check_sizes(graph).diagnostics)


def test_values_are_named_as_the_text_names_them() -> None:
    text = """convdsl 1
block Two(c: int) {
  Conv2d(c, 3, padding=1)
  Conv2d(c, 3, padding=1)
}
model Named {
  input x: [N, 3, H, W] where H % 4 == 0, W % 4 == 0
  for i in range(1) {
    enc[i] = Two(8)
    MaxPool2d(2)
  }
  up[0] = ConvTranspose2d(8, 3, stride=2)
  first = Add(enc[0], up[0])
  parts = {
    a = x -> Conv2d(8, 3, padding=1) -> ReLU()
    b = MaxPool2d(2)
  }
  grown = ConvTranspose2d(8, 3, stride=2)
  second = Add(parts.a, grown)
  output first: [N, 8, H, W]
  output second: [N, 8, H, W]
}
"""
    found = check(text).diagnostics
    assert [f.message.split(": ")[1].split(" differ")[0] for f in found] == [
        "`enc[0]` and `up[0]`",
        "`parts.a` and `grown`",
    ]


def test_layer_norm_of_a_free_size_says_which_size_it_takes() -> None:
    text = "convdsl 1\nmodel A {\n  input x: [N, 8, H, W]%s\n  y = LayerNorm(8)\n  output y: [N, 8, H, 8]\n}\n"
    (found,) = analyze(Source("a.cdsl", text % "")).diagnostics
    assert (found.code.id, found.message) == ("E207", "`LayerNorm` takes a width of 8 only")
    assert analyze(Source("a.cdsl", text % " where W == 8")).diagnostics == ()


@pytest.mark.parametrize(
    ("shape", "layer", "size"),
    [
        ("[N, 8, H, W]", "Split((3, 5), dim=3)", "width of 8"),
        ("[N, 8, H, W]", "Split((3, 5), dim=-2)", "height of 8"),
        ("[N, 8, D, H, W]", "Split((3, 5), dim=2)", "depth of 8"),
        ("[N, 8, L]", "Unflatten(2, (3, 3))", "length of 9"),
        ("[N, 8, H, W]", "Unflatten(3, (2, 1, 2))", "width of 4"),
        ("[N, 8, L]", "Fold((4, 2), 1)", "length of 8"),
        ("[N, 8, L]", "Reshape((8, 12))", "size of 96"),
        ("[N, 8, L]", "Reshape((96,))", "size of 96"),
        ("[N, 8, L]", "MultiheadAttention(4, 2, batch_first=true)", "length of 4"),
    ],
)
def test_layer_of_one_size_names_the_axis_as_its_input_has_it(shape: str, layer: str, size: str) -> None:
    target = "a, y" if layer.startswith("Split") else "y"
    analysis = analyze(Source("a.cdsl", f"convdsl 1\nmodel A {{\n  input x: {shape}\n  {target} = {layer}\n}}\n"))
    assert analysis.graph is not None
    (found,) = check_sizes(analysis.graph).diagnostics
    assert found.message == f"`{layer.partition('(')[0]}` takes a {size} only"


def test_a_size_that_is_not_found_is_not_said_to_be_nowhere() -> None:
    # 1000003 * 999983 would do: two primes, far beyond the sizes that are tried one by one
    text = """convdsl 1
model A {
  input x: [N, 1, H, W]
  PadToMultiple(1000003) -> PixelUnshuffle(999983)
  y = AdaptiveAvgPool2d(1) -> Conv2d(1, 1)
  output y: [N, 1, 1, 1]
}
"""
    (found,) = analyze(Source("a.cdsl", text)).diagnostics
    assert (
        found.message == "`PixelUnshuffle` needs a height that 999983 divides, which no accepted size up to 16384 gives"
    )
    assert found.notes == ("accepted: no size up to 16384",)


def test_a_promise_that_fails_beyond_the_sizes_that_are_tried_is_found() -> None:
    # 100 * 10**6 windows of 10**6 pixels, one apart, need 100 * 10**6 + 10**6 - 1 pixels; PyTorch gives 10**8 of them
    text = """convdsl 1
model A {
  input x: [N, 4, H, W]
  y = FractionalMaxPool2d(1000000, output_size=100000000)
  output y: [N, 4, H, W]
}
"""
    (found,) = analyze(Source("a.cdsl", text)).diagnostics
    assert found.message == "`y`: height H was promised, it is 100000000"
    assert found.where.text.startswith("at H = 100999999: 100999999 was promised, it is 100000000")
