"""Upgrading with a made-up second edition: Conv2d is called Convolution2d, and its `bias` is `use_bias`."""

from pathlib import Path

import pytest

from convdsl.authoring.upgrade import NEWEST, STEPS, Step, rename_layer, rename_parameter, upgraded
from convdsl.cli.main import main
from convdsl.source import Source
from convdsl.syntax import tree

TEXT = """\
# what the file is for
convdsl 1

# halves
block Down(channels: int, norm: layer = BatchNorm2d(eps=1e-3)) {
  default Conv2d(bias=false)  # no bias
  Conv2d(channels, 4, stride=2, padding=1) -> norm()
}

model Net(width: int = 8) {
  input x: [N, 3, H, W]

  # shared
  layer head = Conv2d(3, 3, padding=1, bias=true, in_channels=8)
  repeat 2 {
    Conv2d(width, 3, padding=1)  # inside a loop
  }
  a, b = Chunk(2)
  z = Conv2d(8, 1, bias=false) as "block.3"
  y = head()  # last
  output y: [N, 3, H, W]
}
"""

YAML = """\
# what the file is for
convdsl: 1
blocks:
  # halves
  Down:
    params: {channels: int}
    layers:
      - default: {Conv2d: {bias: false}}  # no bias
      - Stage: {inside: {Conv2d: {out_channels: channels, kernel_size: 4, bias: true}}}
model: Net
inputs:
  x: [N, 3, H, W]
layers:
  # a group
  - g: [{Conv2d: {out_channels: 8, kernel_size: 3, bias: false}}, ReLU]  # behind
outputs:
  g: [N, 8, H - 2, W - 2]
"""


def both(file: tree.File) -> tree.File:
    return rename_layer("Conv2d", "Convolution2d")(rename_parameter("Conv2d", "bias", "use_bias")(file))


MADE_UP: dict[int, Step] = {1: both}


def expected(text: str) -> str:
    """Rename in the text itself, for neither name is part of another word in it."""
    changed = text.replace("Conv2d", "Convolution2d").replace("bias=", "use_bias=").replace("{bias: ", "{use_bias: ")
    changed = changed.replace(", bias: ", ", use_bias: ")
    return changed.replace("convdsl 1", "convdsl 2").replace("convdsl: 1", "convdsl: 2")


@pytest.mark.parametrize(("name", "text"), [("a.cdsl", TEXT), ("a.yaml", YAML)])
def test_upgrade_when_an_operator_is_renamed_keeps_comments_and_everything_else(name: str, text: str) -> None:
    done = upgraded(Source(name, text), MADE_UP, newest=2)
    assert done.diagnostics == ()
    assert done.text == expected(text)


def test_upgrade_over_two_editions_takes_both_steps_in_order() -> None:
    steps = {1: rename_layer("ReLU", "Rectified"), 2: rename_layer("Rectified", "Rectifier")}
    done = upgraded(Source("a.cdsl", "convdsl 1\n\nblock A {\n  ReLU()\n}\n"), steps, newest=3)
    assert done.text == "convdsl 3\n\nblock A {\n  Rectifier()\n}\n"


def test_upgrade_of_the_newest_edition_gives_the_text_back_byte_for_byte() -> None:
    untidy = "convdsl 1\n\n\n\nblock   A { ReLU() }\n"
    assert upgraded(Source("a.cdsl", untidy)).text == untidy


def test_upgrade_of_what_cannot_be_read_says_why() -> None:
    done = upgraded(Source("a.cdsl", "convdsl 1\nblock A { ReLU( }\n"), MADE_UP, newest=2)
    assert done.text is None
    assert [found.code.id for found in done.diagnostics] == ["E001"]


def test_law_every_edition_before_the_newest_has_a_step() -> None:
    assert set(STEPS) == set(range(1, NEWEST))


def test_upgrade_command_says_that_the_file_is_of_the_newest_edition(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.cdsl"
    path.write_text(TEXT, "utf-8")
    for flag in ([], ["--check"], ["--diff"]):
        assert main(["upgrade", str(path), *flag]) == 0
        assert "edition 1, the newest" in capsys.readouterr().out
    assert path.read_text("utf-8") == TEXT


def test_upgrade_command_of_a_newer_file_is_an_error_of_the_spec(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.cdsl"
    path.write_text(TEXT.replace("convdsl 1", "convdsl 2"), "utf-8")
    assert main(["upgrade", str(path), str(tmp_path / "none.cdsl")]) == 2
    err = capsys.readouterr().err
    assert "E003" in err
    assert "there is no file" in err


@pytest.mark.parametrize(
    ("name", "header", "code"),
    [
        ("a.cdsl", "convdsl 2", "E003"),
        ("a.cdsl", "convdsl 999999999999", "E003"),
        ("a.cdsl", "convdsl 1.5", "E002"),
        ("a.cdsl", "convdsl: 2", "E004"),
        ("a.yaml", "convdsl: 2", "E003"),
        ("a.yaml", "convdsl: 999999999999", "E003"),
        ("a.yaml", "convdsl: 1.5", "E002"),
    ],
)
def test_header_of_another_edition_is_one_located_message(name: str, header: str, code: str) -> None:
    from convdsl.syntax.parse import parse

    rest = (
        "model Net { input x: [N, 3, H, W] }\n" if name.endswith("cdsl") else "model: Net\ninputs: {x: [N, 3, H, W]}\n"
    )
    (found,) = parse(Source(name, f"{header}\n{rest}")).diagnostics
    assert found.code.id == code
    assert found.where.span.start < len(header)
    assert found.helps
    if code == "E003":
        assert header.rsplit(maxsplit=1)[-1] in found.message
