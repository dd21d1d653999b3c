"""`?` is solved by every number that PyTorch confirms, and by no other."""

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl import codes
from convdsl.authoring.fill import filled
from convdsl.diagnostics import Diagnostic
from convdsl.pipeline import Analysis, analyze
from convdsl.source import Source

Window = dict[str, int]


def run(text: str, name: str = "net.cdsl") -> Analysis:
    return analyze(Source(name, text))


def model(*lines: str, input_: str = "[N, 3, H, W]", where: str = "", blocks: str = "") -> str:
    body = "\n".join(f"  {line}" for line in lines)
    return f"convdsl 1\n{blocks}model Net {{\n  input x: {input_}{where and ' where ' + where}\n{body}\n}}\n"


def said(analysis: Analysis) -> list[tuple[str, str]]:
    return [(item.code.id, item.message) for item in analysis.diagnostics]


def written(analysis: Analysis) -> str:
    return filled(analysis.source, analysis.diagnostics).source.text


def solutions(found: tuple[Diagnostic, ...]) -> tuple[set[str], bool]:
    """Return the numbers that are told, and whether there are more."""
    for item in found:
        if item.code == codes.HOLE_SOLVED:
            return {re.findall(r"=(\d+)`", item.helps[0].text)[0]}, False
        if item.code == codes.HOLE_AMBIGUOUS:
            return set(re.findall(r"=(\d+)`", item.notes[0])), item.notes[0].endswith("more")
    assert any(item.code == codes.HOLE_UNSOLVED for item in found), [item.message for item in found]
    return set(), False


# ------------------------------------------------------------------ brute force


def length(layer: str, window: Window, size: int) -> int | None:
    """Run PyTorch on one line of pixels; None where it refuses, or a max pool's window sees padding only."""
    x = torch.zeros(1, 1, size)
    k, s, p, d = (window[name] for name in ("kernel_size", "stride", "padding", "dilation"))
    weight = torch.zeros(1, 1, k)
    try:
        if layer == "Conv1d":
            y = torch.nn.functional.conv1d(x, weight, stride=s, padding=p, dilation=d)
        elif layer == "ConvTranspose1d":
            y = torch.nn.functional.conv_transpose1d(
                x, weight, stride=s, padding=p, output_padding=window["output_padding"], dilation=d
            )
        elif layer == "MaxPool1d":
            y = torch.nn.functional.max_pool1d(x, k, s, p, d, ceil_mode=bool(window["ceil_mode"]))
        else:
            y = torch.nn.functional.avg_pool1d(x, k, s, p, ceil_mode=bool(window["ceil_mode"]))
    except RuntimeError:
        return None
    return y.shape[-1] if y.numel() and y.isfinite().all() else None


PARAMETERS = {
    "Conv1d": ("kernel_size", "stride", "padding", "dilation"),
    "ConvTranspose1d": ("kernel_size", "stride", "padding", "output_padding", "dilation"),
    "MaxPool1d": ("kernel_size", "stride", "padding", "dilation"),
    "AvgPool1d": ("kernel_size", "stride", "padding"),
}
LEAST = {"padding": 0, "output_padding": 0}


@st.composite
def windows(draw: st.DrawFn, layer: str) -> Window:
    k = draw(st.integers(1, 7))
    s, d = draw(st.integers(1, 4)), draw(st.integers(1, 3)) if layer != "AvgPool1d" else 1
    is_pool = layer.endswith("Pool1d")
    padding = draw(st.integers(0, k // 2 if is_pool else 5))
    extra = draw(st.integers(0, max(s, d) - 1)) if layer == "ConvTranspose1d" else 0
    ceil = draw(st.integers(0, 1)) if is_pool else 0
    return {
        "kernel_size": k,
        "stride": s,
        "padding": padding,
        "output_padding": extra,
        "dilation": d,
        "ceil_mode": ceil,
    }


def law(layer: str, w: Window) -> tuple[int, int, int]:
    """Return (a, b, c) of floor((a x + b) / c): the formulas of torch.nn's pages, without ceil_mode."""
    extent = w["dilation"] * (w["kernel_size"] - 1) + 1
    if layer == "ConvTranspose1d":
        return w["stride"], extent - w["stride"] - 2 * w["padding"] + w["output_padding"], 1
    return 1, 2 * w["padding"] - extent + w["stride"], w["stride"]


def call(layer: str, window: Window, hole: str) -> str:
    shown = {name: "?" if name == hole else str(window[name]) for name in PARAMETERS[layer]}
    if window["ceil_mode"]:
        shown["ceil_mode"] = "true"
    channels = "out_channels=1, " if layer.startswith("Conv") else ""
    return f"{layer}({channels}{', '.join(f'{name}={value}' for name, value in shown.items())})"


CASES = [(layer, name) for layer, names in PARAMETERS.items() for name in names]


@pytest.mark.parametrize(("layer", "hole"), CASES)
@settings(deadline=None, max_examples=6)
@given(data=st.data())
def test_solutions_are_those_that_pytorch_confirms_at_every_size(layer: str, hole: str, data: st.DataObject) -> None:
    true, other = data.draw(windows(layer)), data.draw(windows(layer))
    own = data.draw(st.integers(0, 3)) > 0  # else a promise that perhaps nothing keeps
    promise = {**true, "ceil_mode": 0} if own else {**other, "ceil_mode": 0}
    a, b, c = law(layer, promise)
    least = data.draw(st.sampled_from([0, 0, 9]))
    step = data.draw(st.sampled_from([1, 2, 4]))
    kept = [x for x in range(1, 41) if x % step == 0 and x >= least]
    conditions = [f"L % {step} == 0"] * (step > 1) + [f"L >= {least}"] * (least > 0)
    shape = f"({a} * L + {b}) // {c}" if b >= 0 else f"({a} * L - {-b}) // {c}"
    text = model(
        f"y = {call(layer, true, hole)}", f"output y: [N, 1, {shape}]", input_="[N, 1, L]", where=", ".join(conditions)
    )
    right = set()
    for number in range(LEAST.get(hole, 1), 31):
        got = {x: length(layer, {**true, hole: number}, x) for x in kept}
        runs = {x: y for x, y in got.items() if y is not None}
        if runs and (len(runs) == len(kept) or not conditions) and all(y == (a * x + b) // c for x, y in runs.items()):
            right.add(str(number))
    found, more = solutions(run(text).diagnostics)
    if more:
        assert found < right, text
    else:
        assert found == right, text


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(["Conv1d", "ConvTranspose1d", "MaxPool1d"]), st.integers(1, 24), st.data())
def test_solutions_at_a_fixed_size_are_those_that_pytorch_confirms(layer: str, size: int, data: st.DataObject) -> None:
    true = data.draw(windows(layer))
    hole = data.draw(st.sampled_from(PARAMETERS[layer]))
    out = length(layer, true, size)
    if out is None:
        return
    text = model(f"y = {call(layer, true, hole)}", f"output y: [N, 1, {out}]", input_=f"[N, 1, {size}]")
    numbers = range(LEAST.get(hole, 1), 200)
    right = {str(n) for n in numbers if length(layer, {**true, hole: n}, size) == out}
    found, more = solutions(run(text).diagnostics)
    assert found <= right, text
    assert found == right or (more and len(right) > 6), text


PAIRS = [("Conv1d", "stride"), ("ConvTranspose1d", "stride"), ("ConvTranspose1d", "output_padding")]


@pytest.mark.parametrize(("layer", "hole"), PAIRS)
@settings(deadline=None, max_examples=4)
@given(data=st.data())
def test_true_values_of_two_holes_are_among_the_solutions(layer: str, hole: str, data: st.DataObject) -> None:
    true = data.draw(windows(layer))
    a, b, c = law(layer, true)
    shape = f"({a} * L + {b}) // {c}" if b >= 0 else f"({a} * L - {-b}) // {c}"
    line = call(layer, true, hole).replace(f"padding={true['padding']}", "padding=?", 1)
    analysis = run(model(f"y = {line}", f"output y: [N, 1, {shape}]", input_="[N, 1, L]"))
    told = " ".join((*(note for item in analysis.diagnostics for note in item.notes), written(analysis)))
    assert (f"{hole}={true[hole]}" in told and f"padding={true['padding']}" in told) or "and more" in told, told


# ---------------------------------------------------------------------- by hand


def test_padding_when_a_promise_keeps_the_size_is_half_the_window() -> None:
    analysis = run(model("y = Conv2d(2, 3, padding=?)", "output y: [N, 2, H, W]"))
    assert said(analysis) == [("I142", "`padding` is 1")]  # H + 2 p - 3 + 1 = H
    assert "padding=1)" in written(analysis)


def test_axes_when_they_differ_are_written_as_a_pair() -> None:
    # extents 2 * 2 + 1 = 5 and 7: (5 - 1) / 2 = 2, (7 - 1) / 2 = 3
    analysis = run(model("y = Conv2d(2, (3, 7), dilation=(2, 1), padding=?)", "output y: [N, 2, H, W]"))
    assert said(analysis) == [("I142", "`padding` is (2, 3)")]


def test_a_solved_hole_when_compared_with_its_filled_spec_is_the_same_network() -> None:
    text = model(
        "e = Conv2d(4, 3, stride=2, padding=?) : [N, 4, H / 2, W / 2]",
        "y = ConvTranspose2d(2, ?, stride=2, padding=1)",
        "output y: [N, 2, H, W]",
        where="H % 2 == 0, W % 2 == 0",
    )
    holed = run(text)
    full = run(written(holed))
    assert "?" not in full.source.text
    assert not full.diagnostics
    assert holed.architecture_hash == full.architecture_hash
    assert holed.graph is not None and full.graph is not None
    assert [node.key for node in holed.graph.nodes] == [node.key for node in full.graph.nodes]
    assert holed.legal is not None and full.legal is not None
    assert holed.legal.axes == full.legal.axes


def test_a_hole_when_no_where_promises_even_sizes_is_offered_one_that_helps() -> None:
    lines = ("y = Conv2d(2, 3, stride=2, padding=?)", "output y: [N, 2, H / 2, W / 2]")
    (found,) = run(model(*lines)).diagnostics
    assert found.code == codes.HOLE_UNSOLVED
    assert "where H % 2 == 0, W % 2 == 0" in found.helps[0].text
    assert said(run(model(*lines, where="H % 2 == 0, W % 2 == 0"))) == [("I142", "`padding` is 1")]


def test_a_hole_when_unsolved_brings_no_other_mistake() -> None:
    analysis = run(
        model(
            "e = Conv2d(4, 3, padding=?) : [N, 4, H // 4, W // 4]",
            "BatchNorm2d() -> ReLU()",
            "y = Conv2d(2, 3)",
            "output y: [N, 2, H // 4 - 2, W // 4 - 2]",
        )
    )
    assert [code for code, _ in said(analysis)] == ["E140"]
    assert not analysis.ok


def test_holes_when_one_is_decided_alone_leave_only_the_others_open() -> None:
    lines = ("a = Conv2d(3, ?, padding=?)", "y = ConvTranspose2d(3, 3, stride=2, padding=1, output_padding=?)")
    text = model(*lines, "output a: [N, 3, H, W]", "output y: [N, 3, 2 * H, 2 * W]")
    assert [code for code, _ in said(run(text))] == ["E141", "I142"]
    assert said(run(text))[1] == ("I142", "`output_padding` is 1")  # 2 (x - 1) - 2 + 3 + o = 2 x


def test_holes_when_one_promise_follows_several_lines_are_solved_together() -> None:
    # ConvTranspose2d: 2 (x - 1) - 2 p + 3 + o = 2 x for p = 1 and o = 1 only, as o < 2
    analysis = run(
        model(
            "ConvTranspose2d(4, 3, stride=2, padding=?, output_padding=?)",
            "y = ReLU()",
            "output y: [N, 4, 2 * H, 2 * W]",
        )
    )
    assert said(analysis) == [("I142", "`padding` is 1"), ("I142", "`output_padding` is 1")]


def test_several_solutions_when_listed_have_the_usual_one_first() -> None:
    (found,) = run(model("y = Conv2d(2, ?, padding=?)", "output y: [N, 2, H, W]")).diagnostics
    assert found.code == codes.HOLE_AMBIGUOUS
    assert found.notes[0].startswith("solutions: `kernel_size=3, padding=1`, `kernel_size=5, padding=2`")
    (found,) = run(
        model("y = ConvTranspose2d(2, ?, stride=2, padding=?)", "output y: [N, 2, 2 * H, 2 * W]")
    ).diagnostics
    assert found.notes[0].startswith("solutions: `kernel_size=4, padding=1`")


def test_pools_when_their_window_is_the_hole_step_as_far_as_they_see() -> None:
    analysis = run(model("y = MaxPool2d(?)", "output y: [N, 3, H // 2, W // 3]"))
    assert said(analysis) == [("I142", "`kernel_size` is (2, 3)")]


def test_a_hole_in_a_block_when_every_call_agrees_is_one_number() -> None:
    line = "Conv2d(c, 4, stride=2, padding=?) : [N, c, H // 2, W // 2]"
    blocks = f"block Half(c: int) {{\n  input x: [N, C, H, W]\n  {line}\n}}\n"
    analysis = run(model("Half(4)", "y = Half(8)", "output y: [N, 8, H // 4, W // 4]", blocks=blocks))
    assert said(analysis) == [("I142", "`padding` is 1")]  # (x + 2 - 4) // 2 + 1 = x // 2


def test_a_hole_in_a_block_when_calls_disagree_is_told_what_each_wants() -> None:
    blocks = "block Same(k: int) {\n  Conv2d(3, k, padding=?)\n}\n"
    analysis = run(
        model("Same(3) : [N, 3, H, W]", "y = Same(5)", "output y: [N, 3, H, W]", blocks=blocks)
    )  # one asks for 1, the other for 2
    (found,) = analysis.diagnostics
    assert found.code == codes.HOLE_UNSOLVED
    assert [label.text for label in found.labels] == ["asks for `padding=1`", "asks for `padding=2`"]


def test_a_hole_in_a_default_when_lines_promise_alike_is_solved() -> None:
    analysis = run(
        model("default Conv2d(padding=?)", "Conv2d(4, 3) : [N, 4, H, W]", "y = Conv2d(2, 3)", "output y: [N, 2, H, W]")
    )
    assert said(analysis) == [("I142", "`padding` is 1")]


def test_a_hole_in_a_layer_parameter_when_applied_is_solved_where_it_is_written() -> None:
    blocks = "block Apply(inner: layer) {\n  inner()\n}\n"
    analysis = run(model("y = Apply(Conv2d(2, 5, padding=?))", "output y: [N, 2, H, W]", blocks=blocks))
    assert said(analysis) == [("I142", "`padding` is 2")]


def test_a_hole_before_a_join_when_the_join_is_promised_is_solved() -> None:
    analysis = run(
        model("a = Conv2d(3, 5, padding=?)", "y = x + a", "output y: [N, 3, H, W]")
    )  # H + 2 p - 4 = H where both are added
    assert said(analysis) == [("I142", "`padding` is 2")]


def test_a_hole_before_a_flattened_picture_is_asked_for_a_promise() -> None:
    lines = ("Conv2d(4, 3, padding=?)", "AdaptiveAvgPool2d(1) -> Flatten()", "y = Linear(10)", "output y: [N, 10]")
    (found,) = run(model(*lines)).diagnostics
    assert found.code == codes.HOLE_UNSOLVED
    assert "promise" in found.helps[0].text


@pytest.mark.parametrize(
    "line",
    [
        "Conv2d(?, 3)",
        "Conv2d(2, 3, groups=?)",
        "Pad(?)",
        "Upsample(scale_factor=?)",
        "Conv2d(2, 3, padding=? + 1)",
        "BatchNorm2d(eps=?)",
    ],
)
def test_a_hole_where_nothing_can_solve_it_is_refused(line: str) -> None:
    found = run(model(f"y = {line}", "output y: [N, 2, H, W]")).diagnostics
    assert [item.code for item in found] == [codes.HOLE_UNSOLVED]


@pytest.mark.parametrize("line", ["repeat ? { ReLU() }", "if ? > 3 { ReLU() }", "for i in ? { ReLU() }"])
def test_a_hole_outside_of_a_layer_is_refused_without_a_crash(line: str) -> None:
    found = run(model(line, "y = Conv2d(2, 1)", "output y: [N, 2, H, W]")).diagnostics
    assert any(item.is_error for item in found)


def test_a_hole_when_the_channels_are_wrong_leaves_the_message_about_them() -> None:
    analysis = run(model("y = Conv2d(2, 3, padding=?)", "output y: [N, 4, H, W]"))
    assert [code for code, _ in said(analysis)] == ["E230"]


def test_a_hole_when_the_entering_size_is_another_symbol_is_explained() -> None:
    analysis = run(model("y = Conv2d(2, 3, padding=?)", "output y: [N, 2, W, H]"))
    assert [code for code, _ in said(analysis)] == ["E140"]


def test_yaml_when_a_hole_is_filled_writes_a_list_without_quotes() -> None:
    text = (
        "convdsl: 1\nmodel: Net\ninputs:\n  x: {shape: [N, 3, H, W]}\nlayers:\n"
        '  - y: {Conv2d: {out_channels: 2, kernel_size: [3, 5], padding: "?"}}  # kept\n'
        "outputs:\n  y: {shape: [N, 2, H, W]}\n"
    )
    analysis = run(text, "net.yaml")
    assert said(analysis) == [("I142", "`padding` is [1, 2]")]
    assert written(analysis) == text.replace('"?"', "[1, 2]")


def test_many_holes_in_equal_lines_are_looked_at_once() -> None:
    lines = ["Conv2d(4, 3, padding=?) : [N, 4, H, W]" for _ in range(40)]
    analysis = run(model(*lines, "y = ReLU()", "output y: [N, 4, H, W]"))
    assert [code for code, _ in said(analysis)] == ["I142"] * 40


def test_a_hole_behind_a_line_that_cannot_be_read_is_solved() -> None:
    """The line's value is taken out of the network, and the promise's value moves up with all others."""
    text = "convdsl 1\nmodel M {\n  input x: [N, 3, H, W]\n  z = ReLU) \n  y = x -> Conv2d(2, 3, padding=?)\n"
    analysis = analyze(Source("net.cdsl", text + "  output y: [N, 2, H, W]\n}\n"))
    assert [found.code.id for found in analysis.diagnostics] == ["E001", "I142"]


def test_a_hole_in_a_layer_for_other_axes_is_that_mistake_alone() -> None:
    text = "convdsl 1\nmodel M {\n  input x: [N, 3, 65, 65, 65]\n  y = MaxPool2d(2, padding=?) : [N, 3, 34, 33]\n"
    analysis = analyze(Source("net.cdsl", text + "  output y: [N, 3, 34, 33]\n}\n"))
    assert [found.code.id for found in analysis.diagnostics] == ["E117"]
