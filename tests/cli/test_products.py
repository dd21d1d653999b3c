"""`show`, `draw` and `emit`: their products go to a file or to standard output, findings to standard error."""

import ast
import json
import webbrowser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from convdsl.cli.main import main

Capture = pytest.CaptureFixture[str]


def test_show_when_given_a_size_counts(clean: str, capsys: Capture) -> None:
    """MACs at 8x8: 4*4*4 places * 16 taps = 1024; u by input: 4*4 * 4*4*4 = 1024; y: 64 places * 2 * 5*9 = 5760."""
    assert main(["show", clean, "--size", "8x8"]) == 0
    assert f"{1024 + 1024 + 5760:,} MACs" in capsys.readouterr().out


@pytest.mark.parametrize("size", ["8x8", "8", "H=8,W=8", "8X8", "8,8"])
def test_show_when_a_size_is_spelt_otherwise_means_the_same(clean: str, size: str, capsys: Capture) -> None:
    assert main(["show", clean, "--size", size]) == 0
    assert "7,808 MACs" in capsys.readouterr().out


@pytest.mark.parametrize("size", ["", "x", "8x", "0x8", "-8x8", "8x8x8", "eight", "H=8", "H=8,W=8,D=8", "H=a", "1e9"])
def test_show_when_the_size_is_none_ends_with_two(clean: str, size: str, capsys: Capture) -> None:
    assert main(["show", clean, f"--size={size}"]) == 2
    assert "help: " in capsys.readouterr().err


def test_show_when_the_depth_is_negative_ends_with_two(clean: str, capsys: Capture) -> None:
    assert main(["show", clean, "--depth=-1"]) == 2
    assert "`--depth -1` is less than 0" in capsys.readouterr().err


def test_show_when_the_size_is_not_accepted_offers_the_nearest(clean: str, capsys: Capture) -> None:
    assert main(["show", clean, "--size", "7x8"]) == 2
    err = capsys.readouterr().err
    assert "does not run at H = 7, W = 8" in err
    assert "accepted: H % 2 == 0, H >= 2" in err
    assert "`H=6,W=8`" in err
    assert "`H=8,W=8`" in err


def test_show_when_asked_for_keys_lists_the_weights(clean: str, capsys: Capture) -> None:
    """`e` is a line with two layer calls, so it is a group and they are e.0 and e.1."""
    assert main(["show", clean, "--keys"]) == 0
    out = capsys.readouterr().out
    keys = [line.split()[0] for line in out.splitlines()]
    assert keys == ["e.0.weight", "e.0.bias", "u.weight", "u.bias", "y.weight", "y.bias"]


def test_show_when_asked_for_json_keeps_the_contract(clean: str, capsys: Capture) -> None:
    """Parameters: 4*1*16 + 4 = 68; 4*4*4 + 4 = 68; 2*5*9 + 2 = 92."""
    assert main(["show", clean, "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["version"], report["model"], report["parameters"]) == (1, "Net", 68 + 68 + 92)
    assert report["macs"] is None
    assert report["legal_sizes"]["joint"] is None


def test_show_when_the_spec_is_wrong_shows_the_table_and_ends_with_one(wrong: str, capsys: Capture) -> None:
    assert main(["show", wrong]) == 1
    out, err = capsys.readouterr()
    assert "ConvTranspose2d" in out
    assert "error[E204 join-size]" in err


def test_show_when_the_spec_is_wrong_prints_json_all_the_same(wrong: str, capsys: Capture) -> None:
    assert main(["show", wrong, "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in report["diagnostics"]] == ["E204"]
    assert set(report["legal_sizes"]) == {"H", "W", "joint"}


@pytest.mark.parametrize("command", ["show", "draw", "emit"])
def test_product_when_the_file_is_missing_ends_with_two(command: str, capsys: Capture) -> None:
    assert main([command, "none.cdsl"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "there is no file" in err


@pytest.mark.parametrize("command", ["draw", "emit"])
def test_product_when_a_file_is_in_the_way_keeps_it(command: str, clean: str, capsys: Capture) -> None:
    Path("out").write_text("mine")
    assert main([command, clean, "-o", "out"]) == 2
    assert Path("out").read_text() == "mine"
    assert "--force" in capsys.readouterr().err
    assert main([command, clean, "-o", "out", "--force"]) == 0
    assert Path("out").read_text() != "mine"


@pytest.mark.parametrize("command", ["draw", "emit"])
def test_product_when_no_file_is_named_goes_to_standard_output(command: str, clean: str, capsys: Capture) -> None:
    assert main([command, clean]) == 0
    printed = capsys.readouterr().out
    assert main([command, clean, "-o", "file"]) == 0
    assert Path("file").read_text("utf-8") == printed
    assert capsys.readouterr().out == ""


def test_emit_when_the_spec_is_clean_writes_python(clean: str) -> None:
    assert main(["emit", clean, "-o", "net.py"]) == 0
    classes = [node.name for node in ast.parse(Path("net.py").read_text()).body if isinstance(node, ast.ClassDef)]
    assert "Net" in classes


def test_emit_when_the_spec_is_wrong_writes_nothing(wrong: str, capsys: Capture) -> None:
    assert main(["emit", wrong, "-o", "net.py"]) == 1
    assert not Path("net.py").exists()
    assert "error[E204" in capsys.readouterr().err


def test_draw_when_the_spec_is_clean_writes_svg(clean: str) -> None:
    assert main(["draw", clean, "-o", "net.svg"]) == 0
    assert ElementTree.parse("net.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_draw_when_the_spec_is_wrong_draws_it_and_ends_with_one(wrong: str, capsys: Capture) -> None:
    assert main(["draw", wrong, "-o", "net.svg"]) == 1
    assert Path("net.svg").exists()
    assert "error[E204" in capsys.readouterr().err


def test_draw_when_the_suffix_is_png_writes_png(clean: str) -> None:
    pytest.importorskip("resvg_py", reason="resvg-py is the extra `draw`")
    assert main(["draw", clean, "-o", "net.png"]) == 0
    assert Path("net.png").read_bytes().startswith(b"\x89PNG")


def test_draw_when_no_painter_knows_the_suffix_says_which_there_are(clean: str, capsys: Capture) -> None:
    assert main(["draw", clean, "-o", "net.jpg"]) == 2
    assert ".svg, .png" in capsys.readouterr().err
    assert not Path("net.jpg").exists()


def test_draw_when_the_depth_is_negative_ends_with_two(clean: str, capsys: Capture) -> None:
    assert main(["draw", clean, "--depth=-1"]) == 2
    assert "less than 0" in capsys.readouterr().err


def test_draw_when_asked_to_open_opens_the_file_and_not_otherwise(clean: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    assert main(["draw", clean, "-o", "net.svg"]) == 0
    assert opened == []
    assert main(["draw", clean, "-o", "net.svg", "--force", "--open"]) == 0
    assert opened == [Path("net.svg").resolve().as_uri()]


@pytest.mark.parametrize(
    ("more", "name", "begins"),
    [
        (["--layer", "y", "--values"], "a.svg", b"<svg"),
        (["--layer", "u", "--animate", "--frames", "3"], "a.svg", b"<svg"),
        (["--step", "0,1"], "a.json", b"{"),
        (["--layer", "u", "--frames", "2"], "a.gif", b"GIF89a"),
    ],
)
def test_draw_of_one_layer_writes_what_the_suffix_says(clean: str, more: list[str], name: str, begins: bytes) -> None:
    if name.endswith(".gif"):
        pytest.importorskip("resvg_py", reason="resvg-py is the extra `draw`")
    assert main(["draw", clean, "--style", "arithmetic", *more, "-o", name]) == 0
    written = Path(name).read_bytes()
    assert written.startswith(begins)
    assert (b"@keyframes" in written) == ("--animate" in more)


def test_draw_of_a_place_that_is_none_ends_with_two(clean: str, capsys: Capture) -> None:
    assert main(["draw", clean, "--style", "arithmetic", "--step", "a"]) == 2
    assert "`a` is no place" in capsys.readouterr().err
    assert main(["draw", clean, "--style", "arithmetic", "--layer", "y", "--step", "999,0", "-o", "a.svg"]) == 2
    assert "the output has no cell 999,0" in capsys.readouterr().err


UNET = Path(__file__).parents[2] / "specs/unet.cdsl"
PHOTO = Path(__file__).parents[2] / "specs/photos/val/animal-red-panda.jpg"


def test_draw_of_a_photograph_shows_it_before_and_after(capsys: Capture) -> None:
    spec = (
        "convdsl 1\nmodel M {\n  input x: [N, 3, H, W]\n  y = Filter2d(box, padding=1)\n  output y: [N, 3, H, W]\n}\n"
    )
    Path("blur.cdsl").write_text(spec, "utf-8")
    assert main(["draw", "blur.cdsl", "--style", "arithmetic", "--photo", str(PHOTO), "-o", "blur.svg"]) == 0
    assert Path("blur.svg").read_text("utf-8").count("<image ") == 2
    assert main(["draw", "blur.cdsl", "--photo", str(PHOTO), "-o", "blur.dot"]) == 2
    assert "cannot be written as dot" in capsys.readouterr().err


def test_draw_when_no_block_is_called_what_is_collapsed_says_which_there_are(capsys: Capture) -> None:
    assert main(["draw", str(UNET), "--collapse", "Duble", "-o", "net.svg"]) == 2
    assert "no block or group is called `Duble`" in (said := capsys.readouterr().err)
    assert "did you mean `Double`?" in said
    assert main(["draw", str(UNET), "--collapse", "zzz", "-o", "net.svg"]) == 2
    assert "there are e1, " in capsys.readouterr().err
    assert main(["draw", str(UNET), "--collapse", "e?", "--collapse", "Double", "-o", "net.svg"]) == 0


def test_draw_when_asked_to_open_standard_output_ends_with_two(clean: str, capsys: Capture) -> None:
    assert main(["draw", clean, "--open"]) == 2
    assert "-o net.svg" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--layer", "y"), "draws the whole network"),
        (("--size", "0x8"), "is no size"),
        (("--batch", "0"), "has no images"),
    ],
)
def test_draw_when_an_option_cannot_be_met_ends_with_two(
    options: tuple[str, ...], said: str, clean: str, capsys: Capture
) -> None:
    assert main(["draw", clean, "-o", "net.svg", *options]) == 2
    assert said in capsys.readouterr().err
    assert not Path("net.svg").exists()


def test_show_when_asked_for_a_layer_shows_it_from_near(clean: str, capsys: Capture) -> None:
    assert main(["show", clean, "--layer", "y", "--size", "8x8"]) == 0
    assert "the same map with other wiring" in capsys.readouterr().out
    assert main(["show", clean, "--layer", "z"]) == 2
    assert "help: " in capsys.readouterr().err
