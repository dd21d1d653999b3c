"""The `train` section as it is written: values, and the place of every mistake."""

import pytest

from convdsl.mistake import MistakeError
from convdsl.optimization import SGD, AdamW, CrossEntropy, SmoothL1
from convdsl.pipeline import analyze
from convdsl.recipe import Named, Recipe, require, to_text
from convdsl.settings import override, read_assignments, read_train
from convdsl.source import Source
from convdsl.syntax import tree
from convdsl.syntax.parse import parse


def section(*lines: str) -> tuple[Source, tree.Train]:
    text = "\n".join(("convdsl 1", "train {", *lines, "}", ""))
    source = Source("x.cdsl", text)
    return source, next(item for item in parse(source).file.items if isinstance(item, tree.Train))


def found(*lines: str) -> list[tuple[str, str, str]]:
    source, train = section(*lines)
    diagnostics = read_train(train)[1]
    return [(str(item.code), item.message, source.excerpt(item.where.span)) for item in diagnostics]


def test_section_when_right_is_the_recipe() -> None:
    _, train = section("loss = SmoothL1(beta=0.1)", "optimizer = AdamW(2e-3)", "crop = 2 * 48", "sizes = (100, 136)")
    recipe, diagnostics = read_train(train)
    assert diagnostics == ()
    assert recipe == Recipe(loss=SmoothL1(0.1), optimizer=AdamW(2e-3), crop=96, sizes=(100, 136))
    assert read_train(None) == (Recipe(), ())


@pytest.mark.parametrize(
    "line, code, message, place",
    [
        ("betch = 3", "E150 unknown-setting", "there is no setting `betch`", "betch"),
        ("loss = SmothL1()", "E150 unknown-setting", "there is no loss `SmothL1`", "SmothL1()"),
        ("loss = SmothL1", "E150 unknown-setting", "there is no loss `SmothL1`", "SmothL1"),
        ("optimizer = SGD(lrr=3)", "E150 unknown-setting", "`SGD` has no argument `lrr`", "lrr"),
        ("optimizer = SGD(lr=-3)", "E151 invalid-setting", "`lr` is -3: expected at least 0", "-3"),
        ("optimizer = SGD(0.1, 2)", "E151 invalid-setting", "`momentum` is 2: expected at most 1", "2"),
        ("batch = many", "E151 invalid-setting", "`batch` is many: expected an int", "many"),
        ("flip = yes", "E151 invalid-setting", "`flip` is yes: expected true or false", "yes"),
        ("batch = H // 2", "E151 invalid-setting", "the value of `batch` is not a constant", "H // 2"),
        ("batch = -x", "E151 invalid-setting", "the value of `batch` is not a constant", "x"),
        ("crop = 200\n  sizes = 100", "E151 invalid-setting", "a crop of 200 px does not fit", "100"),
    ],
)
def test_section_when_wrong_points_at_it(line: str, code: str, message: str, place: str) -> None:
    ((got_code, got_message, got_place),) = found(line)
    assert got_code == code and message in got_message and got_place == place


def test_section_when_a_setting_comes_twice_shows_both() -> None:
    source, train = section("batch = 3", "batch = 4")
    recipe, (item,) = read_train(train)
    assert recipe.batch == 3 and "given twice" in item.message
    assert [source.position(label.span.start).line for label in (item.where, *item.labels)] == [4, 3]


def test_assignments_when_spelled_as_in_a_spec_are_read_so() -> None:
    given = read_assignments(["loss=SmoothL1(beta=0.1)", "sizes = (100, 136)", "optimizer.lr=1e-3", "flip=false"])
    assert given["loss"] == Named("SmoothL1", (), {"beta": 0.1}) and given["sizes"] == (100, 136)
    assert override(Recipe(), given).optimizer == AdamW(1e-3)
    assert override(Recipe(), read_assignments(["optimizer=SGD"])).optimizer == SGD()


@pytest.mark.parametrize("pair", ["batch", "batch=", "=3", "batch=1 2", "batch=3\n}", "batch=)", "batch=?"])
def test_assignments_when_they_are_none_are_refused(pair: str) -> None:
    with pytest.raises(MistakeError) as caught:
        read_assignments([pair])
    assert caught.value.way_out
    with pytest.raises(MistakeError, match="given twice"):
        read_assignments(["batch=3", "batch=4"])


def test_override_when_wrong_says_all_of_it() -> None:
    with pytest.raises(MistakeError, match="there is no setting `los`") as caught:
        override(Recipe(), {"los": 1, "batch": 0})
    assert caught.value.way_out == "did you mean `loss`" and "`batch` is 0" in caught.value.notes[0]


def test_printed_recipe_when_read_as_a_section_is_the_same() -> None:
    recipe = require({"optimizer": Named("SGD", (0.1,), {"nesterov": True, "momentum": 0.9}), "steps": 7, "sizes": 99})
    _, train = section(*to_text(recipe))
    assert read_train(train) == (recipe, ())


CLASSES = """model Digits {
  input digit: [N, 1, 8, 8] means L / 100
  Flatten()
  y = Linear(10)
  output y: [N, 10] means classes
}
"""
COLOURS = """model Colours {
  input gray: [N, 1, H, W] means L / 100
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W] means ab / 110
}
"""


@pytest.mark.parametrize("section", ["", "train {\n  crop = 8\n}\n"])
def test_loss_when_it_is_not_named_suits_what_the_output_means(section: str) -> None:
    digits, colours = (analyze(Source("x.cdsl", "convdsl 1\n" + text + section)) for text in (CLASSES, COLOURS))
    assert digits.recipe.loss == CrossEntropy()
    assert colours.recipe.loss == SmoothL1()
    assert not any(item.is_error for item in (*digits.diagnostics, *colours.diagnostics))


@pytest.mark.parametrize(
    ("text", "loss", "words"),
    [
        (CLASSES, "MSE()", "`MSE` compares numbers with numbers, and the output means classes"),
        (COLOURS, "CrossEntropy", "`CrossEntropy` compares scores with a class, and the output means a / 110, b / 110"),
    ],
)
def test_loss_when_it_cannot_compare_is_refused_where_it_stands(text: str, loss: str, words: str) -> None:
    spec = f"convdsl 1\n{text}train {{\n  loss = {loss}\n  crop = 8\n}}\n"
    (found,) = [item for item in analyze(Source("x.cdsl", spec)).diagnostics if item.is_error]
    assert found.message == words
    assert spec[found.where.span.start : found.where.span.end] == loss
