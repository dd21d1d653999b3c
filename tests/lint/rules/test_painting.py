"""W310, W316, W602, W604, W606 and E607: the numbers that they say, by hand, and what they leave alone in the zoo."""

from pathlib import Path

import pytest

from convdsl.diagnostics import Diagnostic, Severity
from convdsl.lint.rules.crop_field import CropField
from convdsl.lint.rules.crop_size import CropSize
from convdsl.lint.rules.low_res_color import LowResColor
from convdsl.lint.rules.skip_missing import SkipMissing
from convdsl.lint.rules.small_rf import SmallRf
from convdsl.lint.rules.strided_first import StridedFirst
from convdsl.lint.run import findings
from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.review import subject_of
from convdsl.source import Source
from convdsl.train.job import require_legal
from convdsl.train.run import make_job

SPECS = Path(__file__).parents[3] / "specs"
RULES = [SmallRf(), StridedFirst(), LowResColor(), SkipMissing(), CropField(), CropSize()]


def found_in(text: str) -> list[Diagnostic]:
    analysis = analyze(Source("spec.cdsl", text))
    assert analysis.ok, [item.message for item in analysis.diagnostics]
    subject = subject_of(analysis)
    assert subject is not None
    return findings(subject, RULES)


def found(layers: str, sizes: str = "H, W", out: str = "H, W", train: str = "") -> list[Diagnostic]:
    text = f"convdsl 1\n\nmodel Net {{\n  input gray: [N, 1, {sizes}] means L / 100\n{layers}\n"
    return found_in(f"{text}  output ab: [N, 2, {out}] means ab / 110\n}}\n{train}")


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("demo", []),
        ("pix2pix", []),
        ("patchgan", []),
        ("resnet18", []),
        ("vgg16", []),
        ("unet2015", []),
        ("zhang2017", []),
        ("zhang2016", ["skip-missing"]),  # steps of 8 px, and nothing goes around them
        ("unet", ["small-rf"]),  # two pools: 48 px
        ("seed/autoencoder_conv", []),  # a copy of its input has to go through the code
        ("seed/network2", ["small-rf", "skip-missing"]),
    ],
)
def test_painting_when_a_network_is_of_the_zoo_finds_what_is_known_of_it(name: str, names: list[str]) -> None:
    assert [one.code.name for one in found_in((SPECS / f"{name}.cdsl").read_text())] == names


@pytest.mark.parametrize(
    ("size", "severity"),
    [(7, None), (15, None), (16, Severity.INFO), (210, Severity.INFO), (211, Severity.WARNING)],
)
def test_small_rf_when_windows_see_fifteen_pixels_depends_on_the_size(size: int, severity: Severity | None) -> None:
    # 7 + 8 taps, and 1: 15 px; half of it is 7.5; a fourteenth of 210 is 15
    layers = "  Conv2d(4, 7, padding=3)\n  ab = Conv2d(2, 9, padding=4)"
    said = [one.severity for one in found(layers, f"{size}, {size}", f"{size}, {size}")]
    assert said == ([] if severity is None else [severity])


def test_small_rf_when_one_axis_is_seen_less_says_which() -> None:
    (finding,) = found("  ab = Conv2d(2, (65, 3), padding=(32, 1))", "64, 64", "64, 64")
    assert finding.message == "`ab` sees 3 of the 64 px of the width"


def test_strided_first_when_it_counts_what_comes_in_says_both_numbers() -> None:
    layers = "  Conv2d(63, 8, stride=8)\n  ab = ConvTranspose2d(2, 8, stride=8)"
    said = {one.code.name: one for one in found(layers, "64, 64", "64, 64")}
    assert said["strided-first-large"].message.startswith("the first layer turns 64 numbers into 63")
    assert "strided-first-large" not in {one.code.name for one in found(layers.replace("63", "64"), "64, 64", "64, 64")}


def test_skip_missing_when_the_finest_way_is_named_it_is_that_of_the_skip() -> None:
    # down to 8 px, a skip at 4 px: half of what is coarser than 4 px is kept, and finer is not
    layers = "\n  ".join(
        [
            "  a = Conv2d(16, 4, stride=4)",
            "Conv2d(64, 2, stride=2)",
            "up = ConvTranspose2d(16, 2, stride=2)",
            "Concat(up, a)",
            "ab = ConvTranspose2d(2, 4, stride=4)",
        ]
    )
    said = {one.code.name: one.message for one in found(layers, "64, 64", "64, 64")}
    assert said["skip-missing"] == "every way to `ab` leads through cells of 4 px"


@pytest.mark.parametrize(("times", "said"), [(4, False), (8, True)])
@pytest.mark.parametrize("enlarged", [False, True])
def test_low_res_color_when_a_colour_covers_more_than_four_pixels_says_so(
    times: int, said: bool, enlarged: bool
) -> None:
    head = f"  Conv2d(64, {times}, stride={times})\n  ab = Conv2d(2, 1)"
    out = "64, 64" if enlarged else f"{64 // times}, {64 // times}"
    layers = f"{head} -> Upsample(scale_factor={times})" if enlarged else head
    messages = {one.code.name: one.message for one in found(layers, "64, 64", out)}
    assert ("low-res-color" in messages) == said
    assert not said or str(times) in messages["low-res-color"]


@pytest.mark.parametrize(
    ("crop", "sizes", "named"),
    [(50, 101, True), (51, 101, False), (50, 100, False), (100, 300, True), (101, 300, False)],
)
def test_crop_field_when_the_crop_is_small_in_the_picture_and_in_the_field(crop: int, sizes: int, named: bool) -> None:
    # 1 + 100 + 100 = 201 px are seen, half of it is 100.5; half of 101 is 50.5
    layers = "  Conv2d(4, 101, padding=50)\n  ab = Conv2d(2, 101, padding=50)"
    said = found(layers, train=f"\ntrain {{\n  crop = {crop}\n  sizes = {sizes}\n}}\n")
    assert ("crop-field" in {one.code.name for one in said}) == named


@pytest.mark.parametrize("crop", [32, 63, 64, 65, 96, 100])
@pytest.mark.parametrize("sizes", ["64, 64", "H, W", "S, S", "H, 64"])
def test_crop_size_when_train_would_refuse_says_so_and_names_a_size_that_it_takes(crop: int, sizes: str) -> None:
    layers = "  Conv2d(16, 8, stride=8)\n  ab = ConvTranspose2d(2, 8, stride=8)"
    where = {"H, W": " where H % 8 == 0, W % 8 == 0", "S, S": " where S % 8 == 0", "H, 64": " where H % 8 == 0"}
    text = f"convdsl 1\n\nmodel Net {{\n  input gray: [N, 1, {sizes}] means L / 100{where.get(sizes, '')}\n{layers}\n"
    text += f"  output ab: [N, 2, {sizes}] means ab / 110\n}}\n\ntrain {{\n  crop = {crop}\n}}\n"
    said = [one for one in found_in(text) if one.code.name == "crop-size"]
    job = make_job(analyze(Source("spec.cdsl", text)))
    if said:
        with pytest.raises(MistakeError):
            require_legal(job, crop)
        near = int(said[0].helps[0].text.split("`")[1].removeprefix("crop = "))
        require_legal(job, near)
        assert all(not job.legal(side, side) for side in range(crop, near, 1 if near > crop else -1))
    else:
        require_legal(job, crop)
