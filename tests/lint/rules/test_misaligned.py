"""W308 and W309: shifts of published networks and of constructs, in pixels worked out by hand."""

from pathlib import Path

import pytest

from convdsl.diagnostics import Diagnostic, Severity
from convdsl.lint.rules.join_misaligned import JoinMisaligned
from convdsl.lint.rules.output_shifted import OutputShifted
from convdsl.lint.run import findings
from convdsl.pipeline import analyze
from convdsl.review import subject_of
from convdsl.source import Source

SPECS = Path(__file__).parents[3] / "specs"


def found_in(text: str) -> list[Diagnostic]:
    analysis = analyze(Source("spec.cdsl", text))
    assert analysis.ok, [item.message for item in analysis.diagnostics]
    subject = subject_of(analysis)
    assert subject is not None
    return findings(subject, [JoinMisaligned(), OutputShifted()])


def found(layers: str, channels: int = 2) -> list[Diagnostic]:
    model = "input x: [N, 8, H, W] where H % 16 == 0, W % 16 == 0"
    return found_in(f"convdsl 1\n\nmodel Net {{\n  {model}\n{layers}\n  output y: [N, {channels}, H, W]\n}}\n")


def said(finding: Diagnostic) -> tuple[str, Severity, str]:
    return finding.code.name, finding.severity, finding.message


def test_misaligned_when_a_network_is_eccv16_is_minus_seven_halves() -> None:
    # three convolutions k3 s2 p1 at steps of 1, 2 and 4 px: -(1 + 2 + 4) / 2
    (finding,) = found_in((SPECS / "zhang2016.cdsl").read_text())
    assert said(finding) == ("output-shifted", Severity.WARNING, "`ab` lies -7/2 px beside the picture")
    assert "- 1/2 - 1 - 2 = -7/2 px" in finding.notes[0]


def test_misaligned_when_a_network_is_siggraph17_has_half_a_cell_at_three_joins_as_infos() -> None:
    # every second pixel is kept, and k4 s2 p1 goes back up: -1/2 cell of grids of 4, 2 and 1 px
    all_found = found_in((SPECS / "zhang2017.cdsl").read_text())
    assert [one.severity for one in all_found] == [Severity.INFO] * 3
    assert [one.message.split("lie ")[1] for one in all_found] == ["2 px apart", "1 px apart", "1/2 px apart"]


@pytest.mark.parametrize(
    "name", ["resnet18", "pix2pix", "unet", "unet2015", "vgg16", "demo", "patchgan", "seed/network4", "seed/network6"]
)
def test_misaligned_when_a_published_network_is_aligned_finds_nothing(name: str) -> None:
    assert found_in((SPECS / f"{name}.cdsl").read_text()) == []


DOWN = {"pool": "MaxPool2d(2)", "even": "Conv2d(8, 4, stride=2, padding=1)", "odd": "Conv2d(8, 3, stride=2, padding=1)"}
UP = {
    "two": "ConvTranspose2d(8, 2, stride=2)",
    "four": "ConvTranspose2d(8, 4, stride=2, padding=1)",
    "three": "ConvTranspose2d(8, 3, stride=2, padding=1, output_padding=1)",
    "nearest": "Upsample(scale_factor=2)",
    "bilinear": 'Upsample(scale_factor=2, mode="bilinear")',
}


@pytest.mark.parametrize("up", UP)
@pytest.mark.parametrize("down", DOWN)
def test_misaligned_when_down_and_up_stand_on_the_same_pixels_finds_nothing(down: str, up: str) -> None:
    # odd windows stand on pixel 0 of two, the others in the middle, 1/2 further; the join has no window behind it
    layers = f"  low = x -> {DOWN[down]}\n  up = low -> {UP[up]}\n  Concat(up, x)\n  y = Conv2d(2, 1)"
    agree = (down == "odd") == (up == "three")
    all_found = found(layers)
    assert bool(all_found) != agree
    assert all(said(one)[2] == "`Concat` puts values together that lie 1/2 px apart" for one in all_found)
    learns = up in {"four", "three"}  # windows of three taps or more, right before the join
    assert all((one.severity is Severity.INFO) == learns for one in all_found)


@pytest.mark.parametrize(
    ("behind", "severity"),
    [
        ("y = Conv2d(2, 3, padding=1)", Severity.INFO),
        ("y = Conv2d(2, 2, padding=same)", Severity.WARNING),
        ("y = Conv2d(2, 1)", Severity.WARNING),
        ("a = Conv2d(2, 3, padding=1)\n  b = both -> Conv2d(2, 1)\n  y = a + b", Severity.WARNING),
        ("a = Conv2d(2, 3, padding=1)\n  b = both -> Conv2d(2, 5, padding=2)\n  y = a + b", Severity.INFO),
        ("AvgPool2d(3, stride=1, padding=1)\n  y = Conv2d(2, 1)", Severity.WARNING),
    ],
)
def test_join_misaligned_when_learned_windows_follow_on_every_way_is_an_info(behind: str, severity: Severity) -> None:
    up = "up = Conv2d(8, 3, stride=2, padding=1) -> Upsample(scale_factor=2)"
    joins = [one for one in found(f"  {up}\n  both = Concat(up, x)\n  {behind}") if one.code.name == "join-misaligned"]
    assert [one.severity for one in joins][:1] == [severity]


def test_output_shifted_when_less_than_a_pixel_and_the_last_window_learns_is_an_info() -> None:
    down = "  Conv2d(8, 3, stride=2, padding=1)\n  Upsample(scale_factor=2)\n"
    for last, severity in (("y = Conv2d(2, 3, padding=1)", Severity.INFO), ("y = Conv2d(2, 1)", Severity.WARNING)):
        (finding,) = found(down + "  " + last)
        assert said(finding) == ("output-shifted", severity, "`y` lies -1/2 px beside the picture")


def test_output_shifted_when_an_output_is_coarse_is_an_info() -> None:
    text = "  input x: [N, 8, H, W] where H % 2 == 0, W % 2 == 0\n  y = Conv2d(2, 3, stride=2, padding=1)\n"
    (finding,) = found_in(f"convdsl 1\n\nmodel Net {{\n{text}  output y: [N, 2, H // 2, W // 2]\n}}\n")
    assert said(finding) == ("output-shifted", Severity.INFO, "`y` lies -1/2 px beside the picture")
