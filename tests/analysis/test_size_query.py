"""Questions about one size: the answer, the layer to blame, the nearest sizes, the ways out."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convdsl import codes
from convdsl.analysis.accepted import Accepted
from convdsl.analysis.asked import read_size, size_text, sizes_at
from convdsl.analysis.closest import closest, distance, is_proven
from convdsl.analysis.size_query import Answer, ask
from convdsl.diagnostics import Diagnostic
from convdsl.lower.build import build
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis, analyze
from convdsl.sizeset import SizeSet
from convdsl.source import Source
from tests.test_sizes_against_torch import analysed, even_same, runs, specs


def network(lines: str, head: str = "[N, 1, H, W]", promise: str = "[N, 2, H, W]") -> Analysis:
    text = f"convdsl 1\nmodel M {{\n  input x: {head}\n{lines}\n  output y: {promise}\n}}\n"
    analysis = analyze(Source("m.cdsl", text))
    assert analysis.ok, analysis.diagnostics
    return analysis


def answer(analysis: Analysis, asked: str) -> Answer:
    assert analysis.graph is not None and analysis.accepted is not None and analysis.legal is not None
    return ask(analysis.graph, analysis.accepted, analysis.legal, asked, read_size(asked))


def finding(analysis: Analysis, asked: str) -> Diagnostic:
    found = answer(analysis, asked).finding
    assert found is not None
    return found


def texts(analysis: Analysis, found: Diagnostic) -> dict[str, str]:
    """Return what is said under each marked excerpt."""
    labels = (found.where, *found.labels)
    return {analysis.source.excerpt(label.span): label.text for label in labels}


# two levels: e1 at H, e2 at H // 2, the lowest map at H // 4
UNET = """  e1 = Conv2d(4, 3, padding=1)
  e2 = MaxPool2d(2) -> Conv2d(4, 3, padding=1)
  MaxPool2d(2) -> Conv2d(4, 3, padding=1)
  u2 = ConvTranspose2d(4, 2, stride=2)
  Concat(u2, e2)
  u1 = ConvTranspose2d(4, 2, stride=2)
  Concat(u1, e1)
  y = Conv2d(2, 3, padding=1)"""

# 8 channels on (H // 32) x (W // 32): 392 = 8 * 49, so that the product of both is 49: 7 x 7, 1 x 49 or 49 x 1
DENSE = """  Conv2d(8, 3, padding=1) -> MaxPool2d(32) -> Flatten()
  y = Linear(10, in_features=392)"""

AUTO = """  Conv2d(4, 4, stride=2, padding=1) -> Conv2d(4, 4, stride=2, padding=1) -> ReLU()
  ConvTranspose2d(4, 4, stride=2, padding=1)
  y = ConvTranspose2d(2, 4, stride=2, padding=1)"""


def test_ask_when_the_size_is_promised_gives_the_outputs_and_no_finding() -> None:
    found = answer(network(UNET), "352x528")
    assert (found.runs, found.legal, found.promised, found.nearest, found.finding) == (True, True, True, (), None)
    assert [(name, shape.numbers) for name, shape in found.outputs] == [("y", (1, 2, 352, 528))]


def test_ask_when_a_join_disagrees_names_it_with_both_ends_in_numbers() -> None:
    """350 // 2 = 175 and 2 * (350 // 4) = 2 * 87 = 174; 350 = 4 * 87 + 2 lies between 348 and 352, 525 after 524."""
    analysis = network(UNET)
    found = finding(analysis, "350x525")
    assert found.code == codes.SIZE_ILLEGAL
    assert found.message == "`350x525` is not accepted; nearest: H 350 -> 352 or 348, W 525 -> 524 or 528"
    said = texts(analysis, found)
    assert said["Concat(u2, e2)"] == "at H = 350: 174 and 175"
    assert said["ConvTranspose2d(4, 2, stride=2)"] == "2 * (H // 4) = 174"
    assert said["Conv2d(4, 3, padding=1)"] == "H // 2 = 175"
    assert found.notes[0] == "Concat: `u2` and `e2` differ in height at H = 350"


def test_ask_when_one_axis_fits_speaks_of_the_other_only() -> None:
    assert finding(network(UNET), "352x526").message == "`352x526` is not accepted; nearest: W 526 -> 528 or 524"


def test_ask_when_it_fails_gives_the_choices_by_the_pixels_that_they_change() -> None:
    """350 is 2 from both 352 and 348, 525 is 1 from 524 and 3 from 528: 3, 3, 5 and 5 pixels."""
    nearest = answer(network(UNET), "350x525").nearest
    assert [sum((abs(one["H"] - 350), abs(one["W"] - 525))) for one in nearest] == [3, 3, 5, 5]
    assert nearest[0] == {"H": 352, "W": 524}


def test_ask_when_multiples_are_legal_offers_layers_that_mend_it() -> None:
    analysis = network(UNET)
    way = finding(analysis, "350x525").helps[-1].text
    assert way == (
        "pad the picture to `352x528`: `PadToMultiple(4)` as the first layer, "
        "`Crop(y, like=x, anchor=corner)` as the last"
    )
    mended = UNET.replace("  e1 =", "  PadToMultiple(4)\n  e1 =").replace("  y =", "  last =")
    again = answer(network(f"{mended}\n  y = Crop(last, like=x, anchor=corner)"), "350x525")
    assert again.finding is None
    assert [shape.numbers for _, shape in again.outputs] == [(1, 2, 350, 525)]


def test_ask_when_the_input_is_read_twice_says_that_the_padded_one_takes_its_place() -> None:
    lines = AUTO.replace("  y = ", "  u = ") + "\n  Concat(u, x)\n  y = Conv2d(2, 1)"
    analysis = network(lines)
    way = finding(analysis, "5x4").helps[-1].text
    assert "`padded = PadToMultiple(4)` as the first layer, read in place of `x`" in way
    padded = f"  padded = PadToMultiple(4)\n{lines.replace('u, x', 'u, padded').replace('  y = ', '  z = ')}"
    assert answer(network(f"{padded}\n  y = Crop(z, like=x, anchor=corner)"), "5x4").finding is None


def test_ask_when_a_changed_layer_mends_it_offers_the_change() -> None:
    """e has H - 2 rows, u has 2 * ((H - 2) // 2): the crop of e to u makes every size from 4 on good."""
    lines = "  e = Conv2d(4, 3)\n  MaxPool2d(2)\n  u = ConvTranspose2d(4, 2, stride=2)\n  y = Concat(u, e)"
    rows, columns = (f"2 * (({symbol} - 2) // 2)" for symbol in "HW")
    promise = f"[N, 8, {rows}, {columns}]"
    assert finding(network(lines, promise=promise), "351x526").helps[0].text == "repair it: `Crop(e, like=u)`"
    mended = lines.replace("Concat(u, e)", "Concat(u, c)").replace("  y =", "  c = Crop(e, like=u)\n  y =")
    assert answer(network(mended, promise=promise), "351x526").finding is None


def test_ask_when_sizes_are_tied_offers_pairs() -> None:
    """7 x 7 windows of 32 are 224..255 along both axes, 1 x 49 are 32..63 and 1568..1599.

    From 250 x 340, 250 x 255 is 85 pixels away; 63 x 1568 is 187 + 1228, 1568 x 63 is 1318 + 277.
    """
    analysis = network(DENSE, promise="[N, 10]")
    found = answer(analysis, "250x340")
    assert found.finding is not None
    assert found.finding.message == "`250x340` is not accepted; nearest: 250x340 -> 250x255 or 63x1568"
    assert found.nearest == ({"H": 250, "W": 255}, {"H": 63, "W": 1568}, {"H": 1568, "W": 63})
    # 8 * (250 // 32) * (340 // 32) = 8 * 7 * 10
    assert "560, not 392" in found.finding.where.text
    assert found.finding.helps[-1].text == "crop or resize the picture to `250x255`"


def test_ask_when_the_network_runs_but_breaks_its_promise_says_so() -> None:
    """350 -> 175 -> 87 -> 174 -> 348: nothing joins, so PyTorch runs, and the output is 2 rows short."""
    analysis = network(AUTO, "[N, 1, H, W] where H % 4 == 0, W % 4 == 0")
    found = answer(analysis, "350x400")
    assert (found.runs, found.legal, found.promised) == (True, False, False)
    assert [shape.numbers for _, shape in found.outputs] == [(1, 2, 348, 400)]
    assert found.finding is not None
    assert found.finding.message == "`350x400` runs, but breaks a promise; nearest: H 350 -> 352 or 348"
    assert found.finding.where.text == "at H = 350: 350 was promised, it is 348"
    assert found.finding.notes == (
        "`y`: height H was promised, it is 4 * (H // 4)",
        "accepted, with every promise kept: H % 4 == 0, H >= 4; W % 4 == 0, W >= 4",
    )
    assert found.finding.helps[-1].text == "or promise what it is: `[N, 2, 4 * (H // 4), 4 * (W // 4)]`"


def test_ask_when_only_where_leaves_it_out_is_a_hint_with_the_condition() -> None:
    analysis = network(AUTO, "[N, 1, H, W] where H % 8 == 0, W % 4 == 0")
    found = answer(analysis, "12x16")
    assert (found.runs, found.legal, found.promised) == (True, True, False)
    assert found.finding is not None and not found.finding.is_error
    assert analysis.source.excerpt(found.finding.where.span) == "H % 8 == 0"
    assert found.finding.helps[0].text == "the nearest that it promises: `16x16` or `8x16`"


def test_ask_when_the_size_is_too_small_names_the_layer_that_is_left_with_nothing() -> None:
    """8 - 6 = 2 rows, of which MaxPool2d(4) makes none; 10 - 6 = 4 rows are the fewest."""
    lines = "  Conv2d(4, 7) -> MaxPool2d(4)\n  y = Conv2d(2, 1)"
    analysis = network(lines, promise="[N, 2, (H - 6) // 4, (W - 6) // 4]")
    found = finding(analysis, "8x8")
    assert found.message == "`8x8` is not accepted; nearest: H 8 -> 10, W 8 -> 10"
    assert analysis.source.excerpt(found.where.span) == "MaxPool2d(4)"
    assert found.helps[-1].text == "pad the picture to `10x10`"


@pytest.mark.parametrize(
    ("head", "asked", "message"),
    [
        ("[N, 1, H, W]", "8x8x8", "3 numbers given, and the input `x` [N, 1, H, W] has 2 sizes"),
        ("[N, 1, H, W]", "H=8", "the size of `W` is open"),
        ("[N, 1, H, W]", "H=8,V=8", "the network has no size `V`"),
        ("[N, 1, 8, W]", "9x8", "the size 9 does not fit the input `x` [N, 1, 8, W]: it is fixed"),
        ("[N, 1, H, H]", "8x9", "the size 9 does not fit the input `x` [N, 1, H, H]: it is one size, `H`, on two axes"),
    ],
)
def test_ask_when_the_size_is_for_another_network_says_what_this_one_has(head: str, asked: str, message: str) -> None:
    promise = head.replace("[N, 1", "[N, 2")
    found = finding(network("  y = Conv2d(2, 1)", head, promise), asked)
    assert (found.code, found.message) == (codes.SIZE_ILLEGAL, f"`{asked}` is no size of this network: {message}")
    assert found.helps


def test_ask_when_every_size_is_fixed_accepts_just_that() -> None:
    analysis = network("  y = Conv2d(2, 1)", "[N, 1, 8, 6]", "[N, 2, 8, 6]")
    assert answer(analysis, "8x6").finding is None


@pytest.mark.parametrize("text", ["", "x", "8x", "x8", "0x8", "-8", "8.5", "1e3", "8x8x", "H=", "=8", "H=8,", "H 8=3"])
def test_read_size_when_it_is_none_says_what_one_is(text: str) -> None:
    with pytest.raises(MistakeError, match="is no size") as caught:
        read_size(text)
    assert "256x256" in caught.value.way_out


def test_read_size_when_a_symbol_comes_twice_says_so() -> None:
    with pytest.raises(MistakeError, match="gives `H` twice"):
        read_size("H=3,H=4")


@pytest.mark.parametrize("text", ["8x6", "8 x 6", "8X6", "8×6", "8,6", "H=8,W=6", "W = 6, H = 8"])
def test_sizes_at_when_spelt_in_any_way_is_the_same(text: str) -> None:
    graph = network("  y = Conv2d(2, 1)").graph
    assert graph is not None
    sizes = sizes_at(graph, ("H", "W"), read_size(text))
    assert (sizes, size_text(graph, sizes)) == ({"H": 8, "W": 6}, "8x6")


# ------------------------------------------------------------------ laws


def no_closer(legal: Accepted, sizes: Mapping[str, int], limit: int) -> bool:
    """Try every pair of sizes that differs by fewer than `limit` pixels."""
    for height in range(max(1, sizes["H"] - limit + 1), sizes["H"] + limit):
        rest = limit - abs(height - sizes["H"])
        for width in range(max(1, sizes["W"] - rest + 1), sizes["W"] + rest):
            if legal.contains({"H": height, "W": width}):
                return False
    return True


def compare(text: str, height: int, width: int) -> None:
    analysis = analysed(text)
    if analysis is None or analysis.accepted is None or analysis.accepted.is_empty:
        return
    assert analysis.graph is not None
    sizes = {"H": height, "W": width}
    # what leaves is promised by a symbol that nothing binds, so that `legal` is not asked here
    found = ask(analysis.graph, analysis.accepted, analysis.accepted, "asked", sizes)
    built = build(analysis.graph).eval()
    assert found.runs == runs(built, height, width)
    assert found.runs == (not found.nearest)
    for choice in found.nearest:
        assert runs(built, choice["H"], choice["W"]), choice
    if found.nearest:
        assert no_closer(analysis.accepted, sizes, distance(found.nearest[0], sizes))


@even_same
@given(specs(), st.integers(1, 70), st.integers(1, 70))
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_ask_when_compared_with_torch_tells_what_runs_and_offers_the_nearest_that_do(
    text: str, height: int, width: int
) -> None:
    compare(text, height, width)


@pytest.mark.slow
@even_same
@given(specs(), st.integers(1, 200), st.integers(1, 200))
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_ask_when_compared_with_torch_tells_what_runs_for_many(text: str, height: int, width: int) -> None:
    compare(text, height, width)


@even_same
@given(specs(), st.integers(1, 70), st.integers(1, 70))
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_ask_when_it_offers_layers_that_pad_they_make_the_size_run(text: str, height: int, width: int) -> None:
    analysis = analysed(text)
    if analysis is None or analysis.accepted is None or analysis.accepted.is_empty:
        return
    assert analysis.graph is not None
    found = ask(analysis.graph, analysis.accepted, analysis.accepted, "asked", {"H": height, "W": width}).finding
    offered = re.search(r"`(?:padded = )?(PadToMultiple\(.*?\))` as the first", found.helps[-1].text) if found else None
    if offered is None:
        return
    first, *lines = text.split("  input x: [N, 1, H, W]\n")[1].splitlines()
    body = "\n".join(re.sub(r"\bx\b", "padded", line) for line in (first, *lines))
    padded = analysed(f"convdsl 1\n\nmodel Drawn {{\n  input x: [N, 1, H, W]\n  padded = {offered[1]}\n{body}\n")
    assert padded is not None and padded.graph is not None
    assert runs(build(padded.graph).eval(), height, width), f"{offered[1]} at {height} x {width}\n{text}"


def test_is_proven_when_the_set_is_known_up_to_a_bound_is_true_of_what_lies_near() -> None:
    known = SizeSet((60, 90), bounded=100)
    # from 94, 90 is 4 away and what is not known begins 7 away, at 101; from 97 it is 7 against 4
    assert [is_proven(known, size) for size in (60, 94, 97, 150)] == [True, True, False, False]
    assert not is_proven(SizeSet((), bounded=100), 50)


@pytest.mark.parametrize("height", [40, 150, 290])
def test_closest_when_sizes_are_tied_is_as_close_as_any(height: int) -> None:
    legal = network(DENSE, promise="[N, 10]").legal
    assert legal is not None
    for width in (40, 240):
        sizes = {"H": height, "W": width}
        near = closest(legal, sizes)[0]
        assert legal.contains(near)
        assert no_closer(legal, sizes, distance(near, sizes))
