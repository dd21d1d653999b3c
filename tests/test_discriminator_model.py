"""Parameters of a second network, `discriminator_model = Judge(width=32)`: where they are refused, who keeps them."""

from pathlib import Path

import pytest

import convdsl
from convdsl import recipes
from convdsl.calls import Named
from convdsl.cli.main import main
from convdsl.layers import Conv2d
from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze, with_recipe
from convdsl.recipe import Recipe
from convdsl.recipe_data import from_data, to_data, to_text
from convdsl.settings import override, read_assignments
from tests.test_discriminator import COLOURS, JUDGE, errors, only, written

WIDE = JUDGE.replace("model Judge {", 'model Judge(width: int = 4, head: str = "same") {').replace(
    "  score = Conv2d(1, 4, stride=2, padding=1)\n",
    "  Conv2d(width, 4, stride=2, padding=1) -> ReLU()\n  score = Conv2d(1, 3, padding=head)\n",
)
LINE = 'discriminator = "judge.cdsl"\n'


def model(text: str) -> str:
    """Write a spec whose discriminator is made so."""
    return COLOURS.replace(LINE, f"{LINE}  discriminator_model = {text}\n")


def widths(analysis: convdsl.Analysis) -> list[int]:
    """Return the output channels of the judge's windows."""
    assert analysis.judge is not None and analysis.judge.graph is not None
    made = [getattr(node.op, "out_channels", None) for node in analysis.judge.graph.nodes]
    return [found for found in made if found is not None]


def test_parameters_when_given_make_another_judge(tmp_path: Path) -> None:
    assert widths(convdsl.load(written(tmp_path, judge=WIDE))) == [4, 1]
    analysis = convdsl.load(written(tmp_path, model("Judge(width=9)"), judge=WIDE))
    assert errors(analysis) == () and widths(analysis) == [9, 1]
    assert analysis.recipe.discriminator_model == Named("Judge", (), {"width": 9})
    bare = convdsl.load(written(tmp_path, model("Judge"), judge=WIDE))
    assert errors(bare) == () and widths(bare) == [4, 1]


def test_parameters_when_kept_are_read_again(tmp_path: Path) -> None:
    first = convdsl.load(written(tmp_path, model("Judge(width=9, head=same)"), judge=WIDE))
    assert from_data(to_data(first.recipe)) == first.recipe
    assert to_data(first.recipe)["discriminator_model"] == {"Judge": {"width": 9, "head": "same"}}
    assert "discriminator_model = Judge(width=9, head=same)" in to_text(first.recipe)
    again = analyze(first.source, reader=first.imported)
    assert errors(again) == () and widths(again) == [9, 1]


def test_parameters_when_converted_and_formatted_stay(tmp_path: Path) -> None:
    path = written(tmp_path, model("Judge( width = 9 )"), judge=WIDE)
    assert "  discriminator_model = Judge(width=9)\n" in convdsl.fmt(path)
    twin = tmp_path / "net.yaml"
    twin.write_text(convdsl.convert(path, "yaml"), "utf-8")
    assert "discriminator_model: {Judge: {width: 9}}" in twin.read_text("utf-8")
    analysis = convdsl.load(twin)
    assert errors(analysis) == () and widths(analysis) == [9, 1]
    assert convdsl.convert(twin, "text") == convdsl.fmt(path)


@pytest.mark.parametrize(
    ("given", "message", "place", "help_"),
    [
        ("Judge(widht=9)", "the discriminator's model `Judge` has no parameter `widht`", "widht", "`width`"),
        ("Judge(q=9)", "the discriminator's model `Judge` has no parameter `q`", "q", "width, head"),
        ("Juge(width=9)", "has the model `Judge`, and no `Juge`", "Juge", "`discriminator_model = Judge(width=9)`"),
        ("Judge(width=wide)", "`width` of the discriminator's model `Judge` is int, found wide", "wide", "kind `int`"),
        ("Judge(width=true)", "is int, found true", "true", "kind `int`"),
        ("Judge(width=0)", "judge.cdsl` as `Judge(width=0)` has an error", "Judge(width=0)", "--param width=0"),
        ("Judge(9)", "expected each parameter by its name", "Judge(9)", "`discriminator_model`"),
        ("Judge(width=(1, 2))", "`width` is no number, word, true or false", "Judge(width=(1, 2))", ""),
        ("3", "expected a model such as Judge(width=32)", "3", ""),
    ],
)
def test_parameters_when_wrong_are_refused_where_they_stand(
    tmp_path: Path, given: str, message: str, place: str, help_: str
) -> None:
    found, at = only(tmp_path, model(given), judge=WIDE)
    assert message in found.message and at == place and found.helps and help_ in found.helps[0].text


def test_parameter_when_misspelt_is_mended_by_an_edit(tmp_path: Path) -> None:
    for given, right in (("Judge(widht=9)", "width"), ("Juge(width=9)", "Judge")):
        found, _ = only(tmp_path, model(given), judge=WIDE)
        assert [edit.replacement for edit in found.helps[0].edits] == [right]
    twin = tmp_path / "net.yaml"
    twin.write_text(convdsl.convert(written(tmp_path, model("Judge(widht=9)"), judge=WIDE), "yaml"), "utf-8")
    (found,) = errors(convdsl.load(twin))
    assert [edit.replacement for edit in found.helps[0].edits] == ["width"]


def test_parameter_without_a_default_is_asked_for(tmp_path: Path) -> None:
    needy = WIDE.replace("width: int = 4", "width: int")
    found, at = only(tmp_path, COLOURS, judge=needy)
    assert found.message == "the discriminator's model `Judge` needs `width: int`" and at == '"judge.cdsl"'
    assert found.helps[0].text == "give it: `discriminator_model = Judge(width=…)`"
    found, at = only(tmp_path, model("Judge(head=same)"), judge=needy)
    assert found.message == "the discriminator's model `Judge` needs `width: int`" and at == "Judge(head=same)"
    assert errors(convdsl.load(written(tmp_path, model("Judge(width=3)"), judge=needy))) == ()


def test_mistake_of_the_judge_itself_is_not_blamed_on_its_parameters(tmp_path: Path) -> None:
    found, at = only(tmp_path, model("Judge(width=9)"), judge=WIDE.replace("ReLU()", "RELU6()"))
    assert found.message.endswith("judge.cdsl` has an error") and at == '"judge.cdsl"'


def test_parameters_without_a_discriminator_are_refused(tmp_path: Path) -> None:
    spec = model("Judge(width=9)").replace(f"  {LINE}", "").replace("100 * L1() + Adversarial()", "L1()")
    found, at = only(tmp_path, spec)
    assert found.message == "`discriminator_model` is there, and no `discriminator`" and at == "Judge(width=9)"


def test_recipe_from_outside_changes_parameters_and_takes_the_judge_away_whole(tmp_path: Path) -> None:
    spec = model("Judge(width=9, head=same)").replace("crop = 16", "crop = 16\n  discriminator_lr = 1e-4")
    analysis = convdsl.load(written(tmp_path, spec, judge=WIDE))

    def changed(*given: str) -> list[int]:
        return widths(with_recipe(analysis, override(analysis.recipe, read_assignments(given))))

    assert changed("discriminator_model=Judge(width=7)") == [7, 1]
    assert changed("discriminator_model.width=6") == [6, 1]
    assert changed("discriminator_model=none") == [4, 1]
    assert changed("batch=2") == [9, 1]
    by_program = override(analysis.recipe, {"discriminator_model": "Judge(width=5)"})
    assert widths(with_recipe(analysis, by_program)) == [5, 1]
    without = override(analysis.recipe, read_assignments(["discriminator=none", "loss=L1()"]))
    assert without.discriminator_model is None and without.discriminator_lr is None
    assert with_recipe(analysis, without).judge is None
    with pytest.raises(MistakeError, match="has no parameter `widht`"):
        changed("discriminator_model.widht=6")
    with pytest.raises(MistakeError, match="`discriminator_model` names no model") as caught:
        override(Recipe(), read_assignments(["discriminator_model.width=6"]))
    assert "discriminator_model=Judge(width=6)" in caught.value.way_out
    with pytest.raises(MistakeError, match="`discriminator_lr` is there, and no `discriminator`"):
        override(analysis.recipe, read_assignments(["discriminator=none", "loss=L1()", "discriminator_lr=1e-3"]))


def test_check_shows_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(written(tmp_path, model("Judge(widht=9)"), judge=WIDE))]) == 1
    said = capsys.readouterr().out
    assert "net.cdsl:11:31" in said and "did you mean `width`" in said


def test_recipe_of_the_builder_gives_parameters(tmp_path: Path) -> None:
    @convdsl.model
    def Colours(m: convdsl.Body) -> None:
        m.input("gray", "[N, 1, H, W]", means="L / 100")
        m.y = Conv2d(2, 3, padding=1)
        m.output("y", "[N, 2, H, W]", means="ab / 110")

    loss, given = 100 * recipes.L1() + recipes.Adversarial(), convdsl.expr("Judge(width=9)")
    Colours.train(loss=loss, discriminator="judge.cdsl", discriminator_model=given, crop=16)
    assert widths(convdsl.load(written(tmp_path, Colours.to_text(), judge=WIDE))) == [9, 1]
