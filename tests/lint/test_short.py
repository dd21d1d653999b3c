"""A deep network is looked at without its equal turns first, and every finding is the same as without that shortcut."""

from collections.abc import Callable

import pytest

from convdsl.diagnostics import Diagnostic
from convdsl.lint import run, short
from convdsl.lint.catalogue import rules
from convdsl.lint.subject import Subject
from convdsl.pipeline import analyze
from convdsl.review import subject_of
from convdsl.source import Source

from .deep_networks import deep_networks


def subject(text: str) -> Subject | None:
    return subject_of(analyze(Source("deep.cdsl", text)))


def known(text: str) -> Subject:
    found = subject(text)
    assert found is not None
    return found


@pytest.fixture
def shortcut(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    def turn(on: bool) -> None:
        monkeypatch.setattr(short, "LEAST", 0)
        monkeypatch.setattr(run, "short", short.short if on else lambda _: None)

    return turn


def judged(text: str) -> list[Diagnostic]:
    return run.findings(known(text), rules())


def check_alike(text: str, shortcut: Callable[[bool], None]) -> None:
    shortcut(False)
    whole = judged(text)
    shortcut(True)
    assert judged(text) == whole, text


def compare(count: int, seed: int, shortcut: Callable[[bool], None]) -> None:
    shortcut(True)
    shortened = 0
    for text in deep_networks(count, seed):
        one = subject(text)
        if one is None or (few := short.short(one)) is None:
            continue
        shortened += 1
        assert sum(few.times) == len(one.nodes)
        assert few.total(few.parameters) == one.total(one.parameters) == sum(one.parameters.values())
        assert few.total(few.macs) == one.total(one.macs) == sum(one.macs.values())
        check_alike(text, shortcut)
        shortcut(True)
    assert shortened > count / 3


def test_findings_when_turns_are_left_out_first_are_the_same(shortcut: Callable[[bool], None]) -> None:
    compare(24, 1, shortcut)


@pytest.mark.slow
def test_findings_when_turns_of_many_networks_are_left_out_first_are_the_same(
    shortcut: Callable[[bool], None],
) -> None:
    compare(1200, 2, shortcut)


def model(*lines: str, head: str = "Conv2d(2, 3, padding=1)", means: str = "") -> str:
    body = "\n".join(f"  {line}" for line in (*lines, f"y = {head}"))
    return f"convdsl 1\n\nmodel Net {{\n  input x: [N, 8, H, W]\n{body}\n  output y: [N, 2, H, W]{means}\n}}\n"


ADD_UP = {  # in four turns there is too little of it
    "work on odd channels, in all turns but the last": (
        model("repeat 60 { Conv2d(10, 1) -> Tanh() }", "Conv2d(8, 1) -> ReLU()", "Conv2d(32, 3, padding=1)", "ReLU()"),
        "I503",
    ),
    "squares that dropout makes larger": (model("repeat 60 { Dropout(0.02) }", "BatchNorm2d()"), "W406"),
    "steps that multiply": (
        model("repeat 60 { Conv2d(8, 3, stride=2, padding=1) -> ReLU() -> Upsample(scale_factor=2) }"),
        "W313",
    ),
    "shifts": (model("repeat 60 { Conv2d(8, 2, padding=same) -> ReLU() }"), "W307"),
    "holes that are filled": (
        model("Conv2d(8, 3, padding=8, dilation=8)", "repeat 60 { Conv2d(8, 3, padding=1) -> ReLU() }"),
        "",
    ),
}


@pytest.mark.parametrize(("text", "code"), ADD_UP.values(), ids=ADD_UP.keys())
def test_findings_when_something_adds_up_from_turn_to_turn_are_the_same(
    text: str, code: str, shortcut: Callable[[bool], None]
) -> None:
    check_alike(text, shortcut)
    assert short.short(known(text)) is not None
    assert not code or code in {item.code.id for item in judged(text)}


DEEP = model("repeat 40 { Conv2d(8, 3, padding=1) -> ReLU() }")


def test_short_when_a_network_is_small_is_none() -> None:
    assert len(known(DEEP).nodes) < short.LEAST
    assert short.short(known(DEEP)) is None


def test_short_when_turns_are_equal_keeps_four_and_counts_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """An input, four turns of two layers, one layer behind them; the third turn stands for 37 of 40."""
    monkeypatch.setattr(short, "LEAST", 0)
    few = short.short(known(DEEP))
    assert few is not None
    assert [node.op.__class__.__name__ for node in few.nodes] == ["NoneType", *["Conv2d", "ReLU"] * 4, "Conv2d"]
    assert [node.inputs[0].node for node in few.nodes[1:]] == list(range(9))
    assert few.times == [1, 1, 1, 1, 1, 37, 37, 1, 1, 1]
    assert few.graph.outputs[0].value.node == 9


HALF = ["Conv2d(8, 3, padding=1)"] * 30
TAPPED = (*HALF, "tap = Conv2d(8, 3, padding=1)", *HALF)


@pytest.mark.parametrize(
    "text",
    [
        model(*TAPPED).replace("  output y", "  output tap: [N, 8, H, W]\n  output y"),
        model(*TAPPED, "late = ReLU()", "late + tap"),
        model("layer again = Conv2d(8, 1)", *TAPPED, "again()", "late = ReLU()", "far = tap -> again()", "late + far"),
    ],
    ids=["an output", "a sum", "a layer applied again"],
)
def test_short_when_something_far_reads_from_the_midst_of_equal_turns_keeps_it_there(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the 30 before it four are kept, one of them for 27; of it and the 30 behind it four, one of them for 28."""
    monkeypatch.setattr(short, "LEAST", 0)
    few = short.short(known(text))
    assert few is not None
    assert [number for number in few.times if number > 1] == [27, 28]
    assert few.times[few.named["tap"].index] == 1


def test_short_when_values_grow_with_every_turn_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sum of k sigmoids reaches k."""
    monkeypatch.setattr(short, "LEAST", 0)
    block = "block More() {\n  input x: [N, C, H, W]\n  y = Sigmoid()\n  x + y\n}\n"
    grows = model("Sigmoid()", "repeat 40 { More() }").replace("model", block + "model")
    assert short.short(known(grows)) is None
