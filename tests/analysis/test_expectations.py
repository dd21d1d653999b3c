"""Expectations: which hold, and what is said of those that do not."""

import pytest

from convdsl.analysis.expectations import check_expectations
from convdsl.analysis.promises import check_sizes
from convdsl.diagnostics import Diagnostic
from convdsl.graph.elaborate import elaborate
from convdsl.optimization import SGD
from convdsl.pipeline import analyze
from convdsl.recipe import Recipe
from convdsl.source import Source
from convdsl.syntax.parse import parse

# c1: 8 * 3 * 9 + 8 = 224 weights, c2: 16 * 8 * 9 + 16 = 1,168, y: 2 * 16 + 2 = 34; sum 1,426
NET = """convdsl 1
model M {
  input x: [N, 3, 64, W]
  c1 = Conv2d(8, 3, stride=2, padding=1)
  c2 = Conv2d(16, 3, padding=1)
  u = Upsample(scale_factor=2)
  y = Conv2d(2, 1)
  output y: [N, 2, 64, 2 * ((W + 1) // 2)]
  expect CONDITION
}
"""


def check(condition: str) -> tuple[Diagnostic, ...]:
    parsed = parse(Source("net.cdsl", NET.replace("CONDITION", condition)))
    graph, mistakes = elaborate(parsed.file)
    assert graph is not None and not mistakes and not parsed.diagnostics, (parsed.diagnostics, mistakes)
    return check_expectations(graph, check_sizes(graph).legal, Recipe(optimizer=SGD()))


@pytest.mark.parametrize(
    "condition",
    [
        "parameters == 1_426",
        "parameters <= 2K",
        "1K <= parameters",
        "parameters > 1425, parameters != 3",
        "buffers == 0",
        # 32 * 32 * (8 * 27 + 16 * 72) + 64 * 64 * 32: c1, c2 at half size, y at full size
        "macs(W=64) == 1_531_904",
        "receptive_field >= 7",
        "memory(N=1, W=64) <= 1MiB",
        # planes of 32 * 32: x 12 and the output 8 are the caller's; u is 4 * 16 = 64, when c2 of 16 is read or y made
        "memory(W=64) == 376_832",  # (12 + 16 + 64) * 1024 * 4
        "memory(N=2, W=64, dtype=bfloat16) == 376_832",
        'memory(W=64, dtype="float64") == 753_664',
    ],
)
def test_expectation_that_holds_is_silent(condition: str) -> None:
    assert check(condition) == ()


def test_failed_count_shows_the_sum_and_the_three_heaviest_layers() -> None:
    (finding,) = check("parameters <= 1K")
    assert str(finding.code) == "E231 expectation"
    assert finding.message == "the parameters are 1,426, at most 1,000 were expected"
    assert finding.notes == ("1,426 = 1,168 `c2` + 224 `c1` + 34 `y`",)
    assert [label.text for label in finding.labels] == ["1,168", "224", "34"]


def test_failed_equality_offers_what_it_is() -> None:
    (finding,) = check("parameters == 1_425")
    assert finding.helps[0].text == "expect what it is: `parameters == 1_426`"


def test_receptive_field_is_that_of_the_output() -> None:
    # c1 sees 3 with steps of 2, c2 3 + 2 * 2 = 7
    (finding,) = check("receptive_field >= 8")
    assert finding.message == "the receptive field is 7, at least 8 was expected"


@pytest.mark.parametrize(
    ("condition", "code", "word"),
    [
        ("macs <= 1G", "E231", "macs(W=256)"),
        ("macs(H=3, W=4) <= 1G", "E231", "`W`"),
        ("macs(W=0) <= 1G", "E231", "at least 1"),
        ("parameters", "E231", "parameters <= 1M"),
        ("speed <= 3", "E231", "training_memory(N=16"),
        ("flops(W=64) <= 3", "E231", "half of the number"),
        ("memory(W=64, dtype=int8) <= 3", "E231", "bfloat16"),
        ("memory(W=64, dtype=float16, dtype=float16) <= 3", "E231", "once"),
        ("macs(W=64, dtype=float16) <= 3", "E231", "`W`"),
        ("training_memory <= 3", "E231", "training_memory(W=256)"),
        ("training_memroy(W=64) <= 3", "E231", "did you mean `training_memory`"),
        ("parameters <= buffers", "E231", "1.7G"),
        ("parameters(W=3) <= 3", "E231", "no sizes"),
    ],
)
def test_expectation_that_cannot_be_understood_is_one_mistake_with_a_way_out(
    condition: str, code: str, word: str
) -> None:
    (finding,) = check(condition)
    assert finding.code.id == code
    assert word in finding.message + finding.helps[0].text


def test_size_that_is_not_accepted_names_the_nearest_that_are() -> None:
    text = """convdsl 1
model M {
  input x: [N, 1, H, W]
  MaxPool2d(4)
  y = ConvTranspose2d(1, 4, stride=4)
  z = Add(x, y)
  output z: [N, 1, H, W]
  expect macs(H=30, W=32) <= 1G
}
"""
    graph, _ = elaborate(parse(Source("net.cdsl", text)).file)
    assert graph is not None
    (finding,) = check_expectations(graph, check_sizes(graph).legal, Recipe(optimizer=SGD()))
    assert finding.code.id == "E202"
    assert finding.helps[0].text == "a size that is: H=28, W=32 or H=32, W=32"


def test_failed_training_memory_shows_its_parts_and_the_layers_to_blame() -> None:
    (finding,) = check("training_memory(W=64) <= 1KiB")
    # 1,426 weights of 4 bytes, as many gradients, and SGD remembers nothing. Planes of 32 * 32 * 4 bytes: x 12, c1 8
    # and u 64 are kept for the convolutions that read them; most is taken on the way back through y: the output 8 and
    # its gradient 8, and that of u, 64
    weights, kept, passing = 1_426 * 4, (12 + 8 + 64) * 4096, (8 + 8 + 64) * 4096
    total = 2 * weights + kept + passing
    assert finding.message == (
        f"the bytes of a training step are {total:,} ({total / 2**20:.2f} MiB), at most 1,024 were expected"
    )
    assert finding.notes[1] == (
        f"{total:,} = {weights:,} parameters + {weights:,} gradients + {kept:,} values kept for the backward pass + "
        f"{passing:,} values and gradients in passing"
    )
    assert finding.notes[0].startswith(f"{total:,} = {128 * 4096:,} `u` + ")


def test_training_memory_is_asked_of_the_optimizer_of_the_train_section() -> None:
    text = NET.replace("CONDITION", "training_memory(W=64) == 1") + "train {\n  optimizer = SGD(momentum=0.9)\n}\n"
    (finding,) = analyze(Source("net.cdsl", text)).diagnostics
    assert f"{1_426 * 4:,} gradients + {1_426 * 4:,} optimizer state" in finding.notes[1]
    (finding,) = analyze(Source("net.cdsl", text.replace("SGD(momentum=0.9)", "AdamW()"))).diagnostics
    assert f"{1_426 * 4:,} gradients + {2 * 1_426 * 4:,} optimizer state" in finding.notes[1]
