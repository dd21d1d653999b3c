"""The second spec of adversarial training: where it is found, what is wrong with a pair, and where that is told."""

import re
from pathlib import Path

import pytest

import convdsl
from convdsl import recipes
from convdsl.cli.spec import NoFolder
from convdsl.diagnostics import Diagnostic
from convdsl.layers import Conv2d
from convdsl.mistake import MistakeError
from convdsl.optimization import Adversarial, adversarial
from convdsl.pipeline import Analysis, analyze, with_recipe
from convdsl.recipe import Recipe
from convdsl.settings import override, read_assignments
from convdsl.source import Source

COLOURS = """convdsl 1
model Colours {
  input gray: [N, 1, H, W] means L / 100
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W] means ab / 110
}

train {
  loss = 100 * L1() + Adversarial()
  discriminator = "judge.cdsl"
  crop = 16
}
"""
JUDGE = """convdsl 1
model Judge {
  input picture: [N, 3, H, W] means Lab / 100
  score = Conv2d(1, 4, stride=2, padding=1)
  output score: [N, 1, H // 2, W // 2]
}
"""


SQUASHED = "Conv2d(1, 4, stride=2, padding=1)\n  score = Sigmoid()"


def written(folder: Path, spec: str = COLOURS, **files: str) -> Path:
    """Write a spec and the files beside it."""
    for name, text in {"judge": JUDGE, **files}.items():
        path = folder / f"{name.replace('__', '/')}.cdsl"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    path = folder / "net.cdsl"
    path.write_text(spec, "utf-8")
    return path


def errors(analysis: Analysis) -> tuple[Diagnostic, ...]:
    return tuple(item for item in analysis.diagnostics if item.is_error)


def only(folder: Path, spec: str = COLOURS, **files: str) -> tuple[Diagnostic, str]:
    """Return the one error of a spec, and the text that it points at."""
    analysis = convdsl.load(written(folder, spec, **files))
    (found,) = errors(analysis)
    return found, analysis.source.excerpt(found.where.span)


def test_pair_when_right_is_known_with_both_networks(tmp_path: Path) -> None:
    analysis = convdsl.load(written(tmp_path))
    assert errors(analysis) == ()
    assert analysis.judge is not None and analysis.judge.graph is not None
    assert analysis.judge.graph.model == "Judge"
    assert adversarial(analysis.recipe.loss) == Adversarial("bce")
    assert analysis.recipe.discriminator == "judge.cdsl"


def test_pair_when_spelt_in_yaml_needs_no_quotes_and_is_the_same(tmp_path: Path) -> None:
    path = written(tmp_path)
    twin = tmp_path / "net.yaml"
    twin.write_text(convdsl.convert(path, "yaml"), "utf-8")
    assert ", discriminator: judge.cdsl, " in twin.read_text("utf-8")
    one, two = convdsl.load(path), convdsl.load(twin)
    assert errors(two) == () and one.recipe == two.recipe and two.judge is not None
    assert convdsl.convert(twin, "text") == path.read_text("utf-8").replace("convdsl 1\nmodel", "convdsl 1\n\nmodel")


def test_pair_when_read_again_from_what_was_kept_needs_no_file(tmp_path: Path) -> None:
    blocks = "convdsl 1\nblock Down(c: int) {\n  Conv2d(c, 4, stride=2, padding=1)\n}\n"
    judge = 'convdsl 1\nfrom "../blocks.cdsl" import Down\n' + JUDGE.removeprefix("convdsl 1\n").replace(
        "Conv2d(1, 4, stride=2, padding=1)", "Down(1)"
    )
    spec = COLOURS.replace('"judge.cdsl"', '"parts/judge.cdsl"')
    first = convdsl.load(written(tmp_path, spec, parts__judge=judge, blocks=blocks))
    assert errors(first) == () and first.judge is not None
    assert set(first.imported.sources) == {"parts/judge.cdsl", "blocks.cdsl"}
    again = analyze(first.source, reader=first.imported)
    assert errors(again) == () and again.judge is not None
    assert again.judge.architecture_hash == first.judge.architecture_hash


def test_text_without_a_folder_is_checked_without_its_judge_and_not_trained() -> None:
    analysis = convdsl.load(COLOURS)
    assert errors(analysis) == () and analysis.judge is None
    with pytest.raises(MistakeError, match=r"a text without a folder, so `judge\.cdsl` cannot be found"):
        with_recipe(analysis, analysis.recipe)


@pytest.mark.parametrize(
    ("line", "message", "place"),
    [
        ('discriminator = "juge.cdsl"', "there is no file", '"juge.cdsl"'),
        ('discriminator = "net.cdsl"', "names itself as its discriminator", '"net.cdsl"'),
        ('discriminator = "../judge.cdsl"', "leads out of", '"../judge.cdsl"'),
        ('discriminator = "/etc/passwd"', "is an absolute path", '"/etc/passwd"'),
        ('discriminator = ""', "`discriminator` names no file", '""'),
        ("discriminator = judge.cdsl", "the value of `discriminator` is not a constant", "judge.cdsl"),
        ("discriminator = 3", "`discriminator` is 3: expected a word or a string", "3"),
    ],
)
def test_discriminator_when_it_is_not_there_is_refused_where_it_is_named(
    tmp_path: Path, line: str, message: str, place: str
) -> None:
    found, at = only(tmp_path, COLOURS.replace('discriminator = "judge.cdsl"', line))
    assert message in found.message and at == place and found.helps


def test_discriminator_when_nearly_right_is_mended_by_an_edit(tmp_path: Path) -> None:
    found, _ = only(tmp_path, COLOURS.replace("judge.cdsl", "juge.cdsl"))
    assert found.helps[0].text == "did you mean `judge.cdsl`"
    assert [edit.replacement for edit in found.helps[0].edits] == ['"judge.cdsl"']


@pytest.mark.parametrize(
    ("old", "new", "message", "way"),
    [
        ("Conv2d(1, 4,", "Conv2d(1, four,", "has an error", "convdsl check"),
        ("model Judge {", "block Judge() {", "has no model", "name a spec that has one"),
        (" means Lab / 100", "", "nothing says what the discriminator's input `picture` means", "means RGB"),
        ("[N, 3, H, W] means Lab / 100", "[N, 1, H, W] means a / 9", "which is no picture", "Lab and RGB"),
        (
            "[N, 3, H, W] means Lab / 100",
            "[N, 1, H, W] means L / 100",
            "sees L / 100, and the network makes a, b",
            "Lab",
        ),
        ("H // 2, W // 2]", "H // 2, W // 2] means L / 100", "output means L / 100, and the scores", "judges"),
        ("score = Conv2d(1, 4, stride=2, padding=1)", SQUASHED, "ends in `Sigmoid`", "lsgan"),
    ],
)
def test_discriminator_when_it_cannot_judge_is_refused_where_it_is_named(
    tmp_path: Path, old: str, new: str, message: str, way: str
) -> None:
    found, at = only(tmp_path, judge=JUDGE.replace(old, new))
    assert message in found.message and way in found.helps[0].text and at == '"judge.cdsl"'


def test_discriminator_when_its_errors_are_many_tells_the_first_with_their_places(tmp_path: Path) -> None:
    lines = "".join(f"Conv2d(1, {name})\n  " for name in "abc")
    judge = JUDGE.replace("score = ", f"{lines}score = Relu() -> ")
    found, _ = only(tmp_path, judge=judge)
    assert found.message.endswith("judge.cdsl` has 4 errors")
    assert found.notes[0].startswith(f"{tmp_path}/judge.cdsl:4: ") and found.notes[-1] == "and 1 more"


def test_discriminator_when_the_crop_is_too_small_for_it_names_one_that_is_not(tmp_path: Path) -> None:
    # a window of 24 over H + 2 * 2 pixels needs H >= 20
    judge = JUDGE.replace("Conv2d(1, 4, stride=2, padding=1)", "Conv2d(1, 24, padding=2)").replace("// 2", "- 19")
    found, _ = only(tmp_path, judge=judge)
    assert found.message == "the discriminator does not take crops of 16 x 16 px"
    assert found.notes == ("accepted by it: H >= 20; W >= 20",) and "`crop = 20`" in found.helps[0].text
    assert errors(convdsl.load(written(tmp_path, COLOURS.replace("crop = 16", "crop = 20"), judge=judge))) == ()
    fixed = JUDGE.replace("[N, 3, H, W]", "[N, 3, 32, 32]").replace("H // 2, W // 2", "16, 16")
    found, _ = only(tmp_path, judge=fixed)
    assert "`crop = 32`" in found.helps[0].text


def test_discriminator_when_it_imports_the_spec_that_names_it_is_refused(tmp_path: Path) -> None:
    judge = JUDGE.replace("model Judge", 'from "net.cdsl" import Down\nmodel Judge')
    found, _ = only(tmp_path, judge=judge)
    assert "cannot import the spec that names it" in found.notes[0]


def test_discriminator_when_it_names_one_itself_is_not_followed(tmp_path: Path) -> None:
    judge = JUDGE + 'train {\n  loss = Adversarial()\n  discriminator = "net.cdsl"\n}\n'
    assert errors(convdsl.load(written(tmp_path, judge=judge))) == ()


@pytest.mark.parametrize(
    ("loss", "discriminator", "message", "place"),
    [
        ("100 * L1() + Adversarial()", "", "`Adversarial` needs a `discriminator`", "Adversarial()"),
        ("L1()", "judge.cdsl", "`discriminator` is there, and no `Adversarial`", '"judge.cdsl"'),
        ("Adversarial() + Adversarial()", "judge.cdsl", "`Adversarial` is there twice", "Adversarial()"),
        ('Adversarial(kind="gan")', "judge.cdsl", "`kind` is gan: expected bce or lsgan", '"gan"'),
    ],
)
def test_adversarial_and_discriminator_when_one_is_without_the_other_are_refused(
    tmp_path: Path, loss: str, discriminator: str, message: str, place: str
) -> None:
    spec = COLOURS.replace("100 * L1() + Adversarial()", loss)
    spec = spec.replace('"judge.cdsl"', f'"{discriminator}"' if discriminator else "none")
    found, at = only(tmp_path, spec)
    assert message in found.message and at == place and found.helps


CLASSES = """convdsl 1
model Digits {
  input digit: [N, 1, 8, 8] means L / 100
  Flatten()
  y = Linear(10)
  output y: [N, 10] means classes
}

train {
  loss = Adversarial()
  discriminator = "judge.cdsl"
  crop = 8
}
"""


BINS = (
    COLOURS.replace("100 * L1() + ", "")
    .replace("Conv2d(2,", "Conv2d(313,")
    .replace("2, H, W] means ab / 110", "313, H, W] means ab_bins")
)


@pytest.mark.parametrize(("spec", "meaning"), [(CLASSES, "classes"), (BINS, "ab_bins")])
def test_adversarial_when_the_output_is_no_picture_is_refused(tmp_path: Path, spec: str, meaning: str) -> None:
    found, at = only(tmp_path, spec)
    assert found.message == f"`Adversarial` judges pictures, and the output means {meaning}" and at == "Adversarial()"


def test_recipe_from_outside_when_it_names_another_judge_finds_it_beside_the_spec(tmp_path: Path) -> None:
    other = JUDGE.replace("model Judge", "model Other").replace("means Lab / 100", "means RGB")
    analysis = convdsl.load(written(tmp_path, other=other))
    for given in (["discriminator=other.cdsl"], ['discriminator="other.cdsl"']):
        changed = with_recipe(analysis, override(analysis.recipe, read_assignments(given)))
        assert changed.judge is not None and changed.judge.graph is not None
        assert changed.judge.graph.model == "Other" and "other.cdsl" in changed.imported.sources
    plain = override(analysis.recipe, read_assignments(["discriminator=none", "loss=L1()"]))
    assert with_recipe(analysis, plain).judge is None
    with pytest.raises(MistakeError, match="`discriminator` is there, and no `Adversarial`") as caught:
        override(analysis.recipe, read_assignments(["loss=L1()"]))
    assert "discriminator=none" in caught.value.way_out
    with pytest.raises(MistakeError, match="`Adversarial` needs a `discriminator`"):
        override(Recipe(), read_assignments(["loss=Adversarial()"]))
    with pytest.raises(MistakeError, match="there is no file"):
        with_recipe(analysis, override(analysis.recipe, {"discriminator": "nowhere.cdsl"}))
    with pytest.raises(MistakeError, match="crops of 1 x 1 px"):
        with_recipe(analysis, override(analysis.recipe, {"crop": 1}))


def test_spec_from_standard_input_says_where_its_judge_would_lie() -> None:
    (found,) = errors(analyze(Source("<stdin>", COLOURS), reader=NoFolder()))
    assert "no folder" in found.message and "--stdin-filename" in found.helps[0].text


def test_recipe_of_the_builder_says_both(tmp_path: Path) -> None:
    @convdsl.model
    def Colours(m: convdsl.Body) -> None:
        m.input("gray", "[N, 1, H, W]", means="L / 100")
        m.y = Conv2d(2, 3, padding=1)
        m.output("y", "[N, 2, H, W]", means="ab / 110")

    Colours.train(loss=100 * recipes.L1() + recipes.Adversarial(kind="lsgan"), discriminator="judge.cdsl", crop=16)
    path = written(tmp_path, Colours.to_text())
    assert adversarial(convdsl.load(path).recipe.loss) == Adversarial("lsgan")
    assert convdsl.load(path).judge is not None
    assert errors(Colours.analysis()) == ()


def test_example_of_the_page_when_checked_beside_a_judge_is_right(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "training.md").read_text("utf-8")
    (section,) = re.findall(r"^```\n(train \{.*?discriminator = .*?^\}\n)```", page, re.MULTILINE | re.DOTALL)
    analysis = convdsl.load(written(tmp_path, COLOURS.partition("train {")[0] + section))
    assert errors(analysis) == () and analysis.judge is not None and analysis.recipe.discriminator_lr == 2e-4
