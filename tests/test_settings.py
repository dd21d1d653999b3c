"""The `train` section as it is written: values, and the place of every mistake."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convdsl.calls import Named
from convdsl.mistake import MistakeError
from convdsl.optimization import L1, MSE, SGD, AdamW, CrossEntropy, Loss, SmoothL1, Sum, Term
from convdsl.pipeline import analyze
from convdsl.recipe import Recipe, require
from convdsl.recipe_data import from_data, to_data, to_text
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
        ("optimizer = SGD(0.1, 2)", "E151 invalid-setting", "`momentum` is 2: expected at most 0.9999999", "2"),
        ("optimizer = SGD(lr=1, lr=2)", "E151 invalid-setting", "`lr` is given twice", "lr"),
        ("optimizer = SGD(nesterov=true)", "E151 invalid-setting", "`momentum` is 0", "true"),
        ("loss = 0 * L1()", "E151 invalid-setting", "`loss` is 0 whatever the network makes", "0 * L1()"),
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


L1_AND_MSE = Sum((Term(100.0, L1()), Term(0.5, MSE())))


@pytest.mark.parametrize(
    ("written", "loss"),
    [
        ("100 * L1() + 0.5 * MSE()", L1_AND_MSE),
        ("L1() * 100 + MSE() / 2", L1_AND_MSE),
        ("100 * L1 + 0.5 * MSE", L1_AND_MSE),
        ("2 * (50 * L1() + 0.25 * MSE())", L1_AND_MSE),
        ("(10 * 10) * L1() - -0.5 * MSE()", L1_AND_MSE),
        ("L1() + L1()", Sum((Term(1.0, L1()), Term(1.0, L1())))),
        ("3 * SmoothL1(beta=0.1)", Sum((Term(3.0, SmoothL1(0.1)),))),
        ("1 * SmoothL1(beta=0.1)", SmoothL1(0.1)),
        ("0 * L1() + MSE()", Sum((Term(0.0, L1()), Term(1.0, MSE())))),
    ],
)
def test_sum_of_losses_when_written_in_any_way_is_read(written: str, loss: Loss | Sum) -> None:
    _, train = section(f"loss = {written}")
    assert read_train(train) == (Recipe(loss=loss), ())
    assert override(Recipe(), read_assignments([f"loss={written}"])).loss == loss
    assert override(Recipe(), {"loss": written}).loss == loss


@pytest.mark.parametrize(
    ("line", "code", "message", "place"),
    [
        ("loss = L1() + 2 * MS()", "E150", "there is no loss `MS`", "MS()"),
        ("loss = L1 + 2 * MS", "E150", "there is no loss `MS`", "MS"),
        ("loss = L1() + 2 * Huber(delat=3)", "E150", "`Huber` has no argument `delat`", "delat"),
        ("loss = L1() + 2 * Huber(delta=-3)", "E151", "`delta` is -3: expected at least 1e-09", "-3"),
        ("loss = L1() + 2 * Huber(1, 2)", "E151", "`Huber` takes 1 argument, not 2", "2"),
        ("loss = L1() - MSE()", "E151", "`MSE` is multiplied by -1: expected at least 0", "MSE()"),
        ("loss = L1() + 0.5", "E151", "what is added to a loss is no loss", "0.5"),
        ("loss = L1() * MSE()", "E151", "two losses are joined by `*`", "L1() * MSE()"),
        ("loss = MSE() + 2 / L1()", "E151", "a loss is not divided", "2 / L1()"),
        ("loss = MSE() / 0", "E151", "the value of `loss` is not a constant", "0"),
        ("loss = weight * MSE()", "E151", "the value of `loss` is not a constant", "weight"),
        ("optimizer = 2 * SGD()", "E151", "`optimizer` is 2 * SGD(): expected one of `Adam`", "2 * SGD()"),
        ("batch = 2 * L1()", "E151", "`batch` is 2 * L1(): expected an int", "2 * L1()"),
    ],
)
def test_sum_of_losses_when_wrong_points_at_the_term(line: str, code: str, message: str, place: str) -> None:
    ((got_code, got_message, got_place),) = found(line)
    assert got_code.startswith(code) and message in got_message and got_place == place


def test_sum_of_losses_when_its_argument_is_set_alone_shows_the_whole_to_change() -> None:
    recipe = Recipe(loss=Sum((Term(100.0, SmoothL1()), Term(0.5, MSE()))))
    with pytest.raises(MistakeError, match="`loss` is a sum, and `beta` could be") as caught:
        override(recipe, read_assignments(["loss.beta=0.1"]))
    assert caught.value.way_out == "give all of it: `loss = 100 * SmoothL1(beta=1) + 0.5 * MSE()`"


def test_setting_when_it_cannot_be_read_and_comes_again_is_told_of_both_times() -> None:
    assert [(code, where) for code, _, where in found("batch = ?", "batch = 3")] == [
        ("E151 invalid-setting", "?"),
        ("E008 duplicate-key", "batch"),
    ]


def test_assignment_when_losses_are_joined_wrongly_says_how() -> None:
    with pytest.raises(MistakeError, match="what is added to a loss is no loss") as caught:
        read_assignments(["loss=L1() + 3"])
    assert "0.5 * MSE()" in caught.value.way_out


def test_term_when_it_cannot_compare_is_refused_where_it_stands() -> None:
    spec = f"convdsl 1\n{COLOURS}train {{\n  loss = L1() + 2 * CrossEntropy()\n  crop = 8\n}}\n"
    (item,) = [item for item in analyze(Source("x.cdsl", spec)).diagnostics if item.is_error]
    assert item.message.startswith("`CrossEntropy` compares scores with a class")
    assert spec[item.where.span.start : item.where.span.end] == "CrossEntropy()"


@given(
    st.lists(
        st.builds(
            Term,
            st.floats(0, 1e12, allow_subnormal=False),
            st.sampled_from([L1(), MSE()]) | st.builds(SmoothL1, st.floats(1e-6, 1e6)),
        ),
        min_size=2,
        max_size=5,
    ).filter(lambda terms: any(one.weight for one in terms))
)
def test_law_a_sum_of_losses_is_itself_after_text_and_after_data(terms: list[Term]) -> None:
    recipe = Recipe(loss=Sum(tuple(terms)))
    _, train = section(*to_text(recipe))
    assert read_train(train) == (recipe, ())
    assert from_data(json.loads(json.dumps(to_data(recipe)))) == recipe


REPEATS = """model Repeats {
  input x: [N, 3, H, W] means RGB
  y = Conv2d(3, 3, padding=1)
  output y: [N, 3, H, W] means RGB
}
"""


@pytest.mark.parametrize("text", [CLASSES, REPEATS])
@pytest.mark.parametrize("setting", ["exposure", "restraint"])
def test_setting_when_only_networks_that_colour_lightness_can_use_it_is_refused_where_it_stands(
    text: str, setting: str
) -> None:
    spec = f"convdsl 1\n{text}train {{\n  crop = 8\n  {setting} = 0.4\n}}\n"
    (item,) = [item for item in analyze(Source("x.cdsl", spec)).diagnostics if item.is_error]
    assert item.message.startswith(f"`{setting}` is for networks that colour lightness, and this one means ")
    assert spec[item.where.span.start : item.where.span.end] == "0.4"
    assert item.helps[0].text == f"take it away: `{setting} = 0`"
    off = spec.replace("= 0.4", "= 0")
    assert not any(item.is_error for item in analyze(Source("x.cdsl", off)).diagnostics)
