"""`diff` on the command line and from Python: text, data, pictures, exit codes, and what is asked wrongly."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

import convdsl
from convdsl.cli.main import main
from tests.render.schema import breaches
from tests.zoo import ROOT

Capture = pytest.CaptureFixture[str]
UNET = ROOT / "specs" / "unet.cdsl"
SCHEMA = json.loads((ROOT / "docs" / "diff.schema.json").read_text("utf-8"))


@pytest.fixture(name="other")
def _other(tmp_path: Path) -> str:
    """Wider at the coarsest level, without its second join, e1 renamed, one layer more."""
    text = UNET.read_text("utf-8").replace("Double(64)", "Double(96)").replace("e1", "enc1")
    text = text.replace("Concat(u2, e2)", "u2 -> Dropout2d(0.5)").replace("e2 = ", "")
    path = tmp_path / "other.cdsl"
    path.write_text(text, "utf-8")
    return str(path)


def test_diff_when_the_networks_are_the_same_says_so_and_ends_with_zero(capsys: Capture) -> None:
    assert main(["diff", str(UNET), str(UNET.with_suffix(".yaml")), "--exit-code"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "the same network"


def test_diff_when_the_networks_differ_ends_with_one_only_if_asked_to(
    other: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both levels of Double(96) change; its first has 96*32*9 + 96 weights in place of 64*32*9 + 64."""
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["diff", str(UNET), other]) == 0
    out = capsys.readouterr().out
    assert "out_channels 64 → 96" in out
    assert f"{64 * 32 * 9 + 64:,} → {96 * 32 * 9 + 96:,}" in out
    assert "-  concat" in out
    assert "e1.* → enc1.*  (4)" in out
    assert main(["diff", str(UNET), other, "--exit-code"]) == 1


def test_diff_when_a_parameter_of_one_differs_compares_a_spec_with_itself(tmp_path: Path, capsys: Capture) -> None:
    spec = tmp_path / "net.cdsl"
    spec.write_text(
        "convdsl 1\nmodel M(n: int = 2) {\n  input x: [N, 1, H, W]\n  y = Conv2d(n, 1)\n  output y: [N, n, H, W]\n}\n"
    )
    assert main(["diff", str(spec), str(spec), "--param-b", "n=5"]) == 0
    assert "out_channels 2 → 5" in capsys.readouterr().out


def test_diff_as_json_keeps_the_contract(other: str, capsys: Capture) -> None:
    assert main(["diff", str(UNET), other, "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert not list(breaches(report, SCHEMA, SCHEMA))
    assert report["size"] == {"H": 256, "W": 256}
    assert report["before"]["parameters"] == 117_026  # worked by hand in tests/test_api.py
    changed = [layer for layer in report["layers"] if layer["arguments"] == ["out_channels"]]
    assert [layer["after"]["arguments"]["out_channels"] for layer in changed] == [96, 96]
    assert {"before": "e1.0.weight", "after": "enc1.0.weight"} in report["keys"]["renamed"]


def test_diff_as_json_of_a_broken_spec_keeps_the_contract(tmp_path: Path, capsys: Capture) -> None:
    broken = tmp_path / "broken.cdsl"
    broken.write_text(UNET.read_text("utf-8").replace("Double(64)", "Dobule(64)"), "utf-8")
    assert main(["diff", str(UNET), str(broken), "--format", "json"]) == 1
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert not list(breaches(report, SCHEMA, SCHEMA))
    assert report["after"]["macs"] is None
    assert "Dobule" in captured.err


def test_diff_when_drawn_marks_what_differs_and_shows_what_is_gone(other: str, tmp_path: Path) -> None:
    picture = tmp_path / "diff.svg"
    assert main(["diff", str(UNET), other, "-o", str(picture)]) == 0
    root = ElementTree.fromstring(picture.read_text("utf-8"))
    groups = [group for group in root.iter() if group.tag.endswith("}g") and "id" in group.attrib]
    marks = {
        group.attrib["id"].split("-", 2)[-1]: texts[-1]
        for group in groups
        if (texts := [text.text for text in group if text.tag.endswith("}text")]) and texts[-1] in set("+-~>^")
    }
    assert marks["concat"] == "-"
    assert marks["enc1.0"] == ">"
    assert "~" in marks.values()
    assert not list(ElementTree.fromstring(convdsl.diff(UNET, UNET).draw()).iter("circle"))


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_diff_when_drawn_twice_is_the_same_picture(other: str, theme: str) -> None:
    one, two = (convdsl.diff(UNET, other).draw(theme=theme) for _ in range(2))
    assert one == two


def test_diff_when_every_pair_of_the_zoo_is_drawn_finds_a_place_for_each_ghost() -> None:
    names = ["unet.cdsl", "zhang2017.cdsl", "resnet18.cdsl"]
    for one in names:
        for other in names:
            for depth in (None, 0):
                found = convdsl.diff(ROOT / "specs" / one, ROOT / "specs" / other)
                assert found.draw(depth=depth).endswith("</svg>\n")
                assert not list(breaches(found.report(), SCHEMA, SCHEMA))


def test_diff_when_a_file_is_missing_ends_with_two(capsys: Capture) -> None:
    assert main(["diff", str(UNET), "nowhere.cdsl"]) == 2
    assert "there is no file `nowhere.cdsl`" in capsys.readouterr().err


def test_diff_when_a_size_is_not_accepted_says_by_which_network(capsys: Capture) -> None:
    assert main(["diff", str(ROOT / "specs" / "resnet18.cdsl"), str(UNET), "--size", "3x3"]) == 2
    assert "unet.cdsl: the network does not run at H = 3, W = 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-", "-"], "both networks are `-`"),
        (["a.cdsl", "b.cdsl", "--depth=-1"], "is less than 0"),
        ([str(UNET), str(UNET), "-o", "x.dot"], "no picture can be written as `.dot`"),
    ],
)
def test_diff_when_asked_wrongly_offers_a_way_out(arguments: list[str], words: str, capsys: Capture) -> None:
    assert main(["diff", *arguments]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert "help: " in err


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".pdf", b"%PDF"), (".tex", b"% ")])
def test_diff_when_the_suffix_names_a_format_writes_it(suffix: str, start: bytes, tmp_path: Path) -> None:
    if suffix != ".tex":
        pytest.importorskip({".png": "resvg_py", ".pdf": "typst"}[suffix], reason="of the extra `draw`")
    convdsl.diff(UNET, UNET).draw(tmp_path / f"diff{suffix}")
    assert (tmp_path / f"diff{suffix}").read_bytes().startswith(start)
