"""Recipes: what may be set, what is refused, there and back."""

import subprocess
import sys
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.calls import Named, Weighted
from convdsl.optimization import SGD, AdamW, Cosine, MultiStep, OneCycle, SmoothL1
from convdsl.recipe import Recipe, read, require
from convdsl.recipe_data import from_data, to_data, to_text
from convdsl.unsettled import RecipeError


def messages(settings: dict[str, object]) -> list[str]:
    return [problem.message for problem in read(settings)[1]]


def test_recipe_when_nothing_is_set_is_the_default() -> None:
    recipe, problems = read({})
    assert recipe == Recipe() and problems == ()
    # without steps and epochs it is 20 epochs: ceil(20 * 155 / 16) = 194
    assert recipe.total_steps(155) == 194 and recipe.short_sides() == (96, 128)


def test_recipe_when_everything_is_set_holds_it() -> None:
    recipe = require(
        {
            "loss": Named("SmoothL1", (0.1,)),
            "optimizer": Named("AdamW", (2e-3,), {"weight_decay": 0.02}),
            "schedule": "OneCycle",
            "steps": 800,
            "sizes": (100, 136),
            "precision": "fp32",
            "ema": 0.98,
        }
    )
    assert recipe.loss == SmoothL1(beta=0.1) and recipe.optimizer == AdamW(lr=2e-3, weight_decay=0.02)
    assert recipe.schedule == OneCycle() and recipe.total_steps(155) == 800 and recipe.short_sides() == (100, 136)


def test_recipe_when_epochs_follow_steps_replaces_them() -> None:
    recipe = require({"epochs": 2, "batch": 10}, Recipe(steps=5))
    # 2 epochs of 7 photographs in batches of 10: ceil(14 / 10) = 2
    assert recipe.steps is None and recipe.total_steps(7) == 2
    assert "both say how long" in messages({"epochs": 1, "steps": 1})[0]


def test_recipe_when_a_dotted_key_is_set_reaches_into_the_setting() -> None:
    recipe = require({"optimizer.lr": 0.5}, require({"optimizer": Named("SGD", (), {"momentum": 0.9})}))
    assert recipe.optimizer == SGD(lr=0.5, momentum=0.9)


@pytest.mark.parametrize(
    "settings, path, message, help",
    [
        ({"betch": 3}, ("betch",), "there is no setting `betch`", "did you mean `batch`"),
        ({"loss": "SmothL1"}, ("loss",), "there is no loss `SmothL1`", "did you mean `SmoothL1`"),
        ({"loss": 3}, ("loss",), "`loss` is 3: expected one of `MSE`, `L1`, `SmoothL1`, `Huber`", ""),
        (
            {"optimizer": Named("AdamW", (), {"weight_dcay": 0.1})},
            ("optimizer", "weight_dcay"),
            "`AdamW` has no argument `weight_dcay`",
            "did you mean `weight_decay`",
        ),
        ({"optimizer.momentum": 1}, ("optimizer", "momentum"), "`AdamW` has no argument `momentum`", "there are"),
        ({"batch.x": 1}, ("batch", "x"), "`batch` has no arguments", ""),
        ({"batch": 0}, ("batch",), "`batch` is 0: expected at least 1", "crops a step"),
        ({"batch": 1.5}, ("batch",), "`batch` is 1.5: expected an int", "crops a step"),
        ({"flip": 1}, ("flip",), "`flip` is 1: expected true or false", "write `flip = true`"),
        ({"flip": "no"}, ("flip",), "`flip` is no: expected true or false", "write `flip = false`"),
        ({"flip": 7}, ("flip",), "`flip` is 7: expected true or false", "mirror"),
        ({"precision": "fp16"}, ("precision",), "`precision` is fp16: expected auto, fp32, bf16 or fp64", ""),
        ({"ema": 1.5}, ("ema",), "`ema` is 1.5: expected at most 1", ""),
        ({"loss": Named("L1", (0.1,))}, ("loss", "0"), "`L1` takes no arguments, not 1", "take it away"),
        ({"loss": Named("Huber", (1.0,), {"delta": 2.0})}, ("loss", "delta"), "`delta` is given twice", ""),
        ({"schedule": "MultiStep"}, ("schedule",), "`MultiStep` needs `milestones`", "steps at which it drops"),
        ({"optimizer": Named("SGD", (-1,))}, ("optimizer", "0"), "`lr` is -1: expected at least 0", "learning rate"),
        ({"batch": 2.0}, ("batch",), "`batch` is 2.0: expected an int", "write it as a whole number: `2`"),
        ({"batch": 1e9}, ("batch",), "`batch` is 1000000000.0: expected an int", "`1000000000`"),
        ({"batch": 1e30}, ("batch",), "`batch` is 1e+30: expected an int", "crops a step"),
        ({"optimizer.lr": nan}, ("optimizer", "lr"), "`lr` is nan: expected a number", "learning rate"),
        ({"optimizer.lr": inf}, ("optimizer", "lr"), "`lr` is inf: expected a finite number", "learning rate"),
        ({"optimizer": Named("Adam", (), {"eps": 0})}, ("optimizer", "eps"), "`eps` is 0: expected at least 1e-20", ""),
        ({"optimizer": Named("Adam", (), {"beta1": 1})}, ("optimizer", "beta1"), "expected at most 0.9999999", "decay"),
        ({"optimizer": "adamw"}, ("optimizer",), "there is no optimizer `adamw`", "did you mean `AdamW`"),
        ({"optimizer": Named("SGD", (), {"nesterov": True})}, ("optimizer", "nesterov"), "`momentum` is 0", "give one"),
        ({"loss": Named("L1", (), {"reduction": 1})}, ("loss", "reduction"), "has no argument", "it takes none"),
        ({"loss": Weighted(((0, Named("L1")),))}, ("loss",), "`loss` is 0 whatever the network makes", "by more"),
        ({"loss": (Named("L1"),)}, ("loss",), "expected one of `MSE`", "losses are added: `100 * L1() + MSE()`"),
        ({"loss": "L1Loss"}, ("loss",), "there is no loss `L1Loss`", "did you mean `L1`"),
        ({"schedule": "CosineAnnealingLR"}, ("schedule",), "there is no schedule", "did you mean `Cosine`"),
        ({"lr": 1}, ("lr",), "there is no setting `lr`", "it is an argument: `optimizer = AdamW(lr=…)`"),
        ({"learning_rate": 1}, ("learning_rate",), "there is no setting", "`optimizer = AdamW(lr=…)`"),
        ({"momentum": 1}, ("momentum",), "there is no setting", "`optimizer = SGD(momentum=…)`"),
        ({"warmup": 1}, ("warmup",), "there is no setting", "`schedule = Cosine(warmup=…)`"),
        ({"crop_size": 1}, ("crop_size",), "there is no setting", "did you mean `crop`"),
        ({"max_grad_norm": 1}, ("max_grad_norm",), "there is no setting", "did you mean `clip`"),
        ({"workers": 1}, ("workers",), "there is no setting", "give `--workers N` to `convdsl train`"),
        ({"sizes": (64,)}, ("sizes",), "a crop of 96 px does not fit a photograph of short side 64 px", "at least 96"),
        ({"sizes": 100, "crop": 112}, ("sizes",), "a crop of 112 px does not fit a photograph of short side 100", ""),
    ],
)
def test_recipe_when_a_setting_is_wrong_says_which_and_what_to_do(
    settings: dict[str, object], path: tuple[str, ...], message: str, help: str
) -> None:
    recipe, problems = read(settings)
    assert [problem.path for problem in problems] == [path]
    assert message in problems[0].message and help in problems[0].help
    with pytest.raises(RecipeError):
        require(settings)
    assert recipe.batch == 16  # what is wrong keeps the default


def test_way_out_when_a_setting_is_an_argument_names_the_type_that_is_chosen() -> None:
    (problem,) = read({"lr": 1}, Recipe(optimizer=SGD()))[1]
    assert problem.help == "it is an argument: `optimizer = SGD(lr=…)`"


def test_recipe_when_several_settings_are_wrong_names_all() -> None:
    assert len(messages({"betch": 3, "loss": "X", "batch": -1, "ema": "x"})) == 4


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats()
    | st.sampled_from(["SGD", "L1", "x", "auto", "Cosine"]),
    lambda inner: (
        st.builds(tuple, st.lists(inner, max_size=3))
        | st.builds(
            Weighted,
            st.builds(
                tuple,
                st.lists(st.tuples(st.floats(), st.builds(Named, st.sampled_from(["L1", "MSE", "SGD", "Nope"])))),
            ),
        )
        | st.builds(
            Named,
            st.sampled_from(["SGD", "AdamW", "MSE", "Huber", "OneCycle", "MultiStep", "Nope"]),
            st.builds(tuple, st.lists(inner, max_size=3)),
            st.dictionaries(st.sampled_from(["lr", "delta", "milestones", "x"]), inner, max_size=2),
        )
    ),
    max_leaves=4,
)
keys = st.sampled_from([*Recipe.__dataclass_fields__, "optimizer.lr", "loss.beta", "crop.x", "nope", ".", "a.b.c"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(keys, values, max_size=4))
def test_law_reading_never_raises_and_what_is_read_goes_there_and_back(given_settings: dict[str, object]) -> None:
    recipe, _ = read(given_settings)
    if not read({}, recipe)[1]:  # two settings may each be right and not go together
        assert from_data(to_data(recipe)) == recipe
    assert all(" = " in line for line in to_text(recipe))


def test_text_when_printed_is_the_lines_of_a_section() -> None:
    recipe = Recipe(schedule=MultiStep((3,), warmup=2), optimizer=AdamW(1e-3), steps=9, sizes=(100,))
    lines = to_text(recipe)
    assert "schedule = MultiStep(milestones=(3,), gamma=0.1, warmup=2)" in lines
    assert "steps = 9" in lines and "sizes = (100,)" in lines and "flip = true" in lines
    assert not any(line.startswith("epochs") for line in lines)
    assert Recipe().schedule == Cosine()


def test_recipe_when_imported_brings_no_torch() -> None:
    program = "import sys, convdsl.settings; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
