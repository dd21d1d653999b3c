"""The model card: complete, nobody else's, true to the checkpoint, and its examples run."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

import convdsl
from convdsl.cli.main import main
from convdsl.render import markdown
from convdsl.train import card
from convdsl.train.card_text import MARK
from convdsl.train.run import open_trained
from tests.train.setting import photographs

SPEC = """convdsl 1
# ``` | <script>alert(1)</script>
model Tiny(width: int = 4) {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 4 == 0, W % 4 == 0
  Conv2d(width, 4, stride=4) -> BatchNorm2d() -> ReLU()
  ab = ConvTranspose2d(2, 4, stride=4)
  output ab: [N, 2, H, W] means ab / 110
}
train {
  steps = 4
  batch = 2
  crop = 16
  sizes = 20
  ema = 0.5
  checkpoint_every = 2
}
"""
CLASSES = """convdsl 1
model Which {
  input rgb: [N, 3, 16, 16] means RGB
  Conv2d(4, 4, stride=4) -> ReLU() -> Flatten()
  scores = Linear(2)
  output scores: [N, 2] means classes
}
train {
  steps = 2
  batch = 2
  crop = 16
  sizes = 20
}
"""


@pytest.fixture(name="run", scope="module")
def _run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("place")
    (place / "tiny.cdsl").write_text(SPEC)
    words = [
        "train",
        str(place / "tiny.cdsl"),
        "--photos",
        str(photographs(place / "photos")),
        "--out",
        str(place / "run"),
    ]
    assert main([*words, "--param", "width=6", "--val", str(photographs(place / "val", 3))]) == 0
    return place / "run"


def front(text: str) -> dict[str, object]:
    _, head, _ = text.split("---\n", 2)
    found: dict[str, object] = yaml.safe_load(head)
    return found


def test_card_when_a_run_is_done_tells_everything_and_no_place_on_the_disk(run: Path) -> None:
    text = (run / "README.md").read_text("utf-8")
    assert front(text) == {
        "license": "unknown",
        "library_name": "convdsl",
        "pipeline_tag": "image-to-image",
        "tags": ["convdsl", "pytorch", "colorization"],
    }
    facts = json.loads((run / "checkpoint-00000004.json").read_text())
    for words in (
        "# Tiny\n",
        "![The network, layer by layer](network.svg)",
        "5 photographs: 4 steps.",
        "H % 4 == 0, W % 4 == 0",
        "`width=6`",
        "optimizer = AdamW(lr=0.001,",
        facts["photos"],
        "| torch |",
        "| precision |",
        "samples/samples-00000004.jpg",
        "(loss.svg)",
        "convdsl colorize PHOTOS --checkpoint .",
        "Not evaluated yet",
        "ab-RMSE",
        "While it was trained, on 3 photographs that `--val` named: ",
    ):
        assert words in text, words
    assert str(run.parent) not in text and str(Path.home()) not in text
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (run / target).is_file(), target


def test_card_when_the_spec_is_hostile_keeps_it_inside_its_block(run: Path) -> None:
    text = (run / "README.md").read_text("utf-8")
    block = re.search(r"^(`{3,})cdsl\n(.*?)\n\1$", text, re.MULTILINE | re.DOTALL)
    assert block is not None and block[2] == SPEC.rstrip()
    assert "<script>" not in text.replace(block[0], "")


def test_card_when_its_pytorch_example_is_run_in_a_copy_of_the_folder_gives_the_networks_output(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(run, tmp_path / "copy")
    (example,) = [block for block in _blocks(copy) if "load_file" in block]
    monkeypatch.chdir(copy)
    monkeypatch.syspath_prepend(str(copy))
    monkeypatch.delitem(sys.modules, "network", raising=False)
    found: dict[str, Any] = {}
    exec(compile(example, "example", "exec"), found)
    monkeypatch.delitem(sys.modules, "network")
    gray = torch.randn(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    assert torch.equal(found["network"](gray), open_trained(run).network(gray))


def _blocks(folder: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (folder / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_card_when_its_other_examples_are_run_they_work(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(run, tmp_path / "copy")
    photographs(copy / "PHOTOS", 2)
    monkeypatch.chdir(copy)
    (shell,) = re.findall(r"^```sh\nconvdsl (.*?)\n```", (copy / "README.md").read_text("utf-8"), re.MULTILINE)
    assert main(shell.split()) == 0
    assert len(list((copy / "coloured").iterdir())) == 2
    shutil.rmtree(copy / "coloured")
    (example,) = [block for block in _blocks(copy) if "import convdsl" in block]
    exec(compile(example, "example", "exec"), {})
    assert len(list((copy / "coloured").iterdir())) == 2


def test_card_when_evaluated_has_the_table_with_its_protocol(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = shutil.copytree(run, tmp_path / "copy")
    assert main(["evaluate", str(run.parent / "val"), "--checkpoint", str(copy), "--format", "json", "--card"]) == 0
    said = capsys.readouterr()
    assert "written: " in said.err
    row = json.loads(said.out)["rows"][2]
    text = (copy / "README.md").read_text("utf-8")
    assert f"| network | {row['psnr_mean']:.2f} | {row['ssim']:.3f} | {row['ab_rmse']:.2f} |" in text
    assert "| train mean colour |" in text and "Protocol: 3 photographs, centre square" in text
    assert "Not evaluated yet" not in text and front(text)["metrics"] == ["psnr", "ssim"]
    (copy / "README.md").unlink()
    (copy / "network.svg").unlink()
    assert main(["evaluate", str(run.parent / "val"), "--checkpoint", str(copy), "--card"]) == 0
    assert (copy / "README.md").read_text("utf-8") == text and (copy / "network.svg").exists()
    (copy / "README.md").unlink()
    convdsl.evaluate(copy, run.parent / "val", card=True)
    assert (copy / "README.md").read_text("utf-8") == text


def test_card_when_a_readme_is_the_users_is_left_alone(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = shutil.copytree(run, tmp_path / "copy")
    (copy / "README.md").write_text("mine")
    assert main(["evaluate", str(run.parent / "val"), "--checkpoint", str(copy), "--card"]) == 2
    assert "is left alone" in capsys.readouterr().err
    words = ["train", str(run.parent / "tiny.cdsl"), "--photos", str(run.parent / "photos"), "--out", str(copy)]
    assert main([*words, "--force", "--steps", "2"]) == 0
    assert (copy / "README.md").read_text() == "mine"
    (copy / "README.md").write_text(f"{MARK}\nold")
    assert card.ours(copy / "README.md") and not card.ours(copy)
    assert main([*words, "--force", "--steps", "2"]) == 0
    assert "5 photographs: 2 steps." in (copy / "README.md").read_text("utf-8")


def test_card_when_of_a_classifier_names_its_classes_and_counts_what_is_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "which.cdsl").write_text(CLASSES)
    names = ("cat|<b>", "[dog](x)")
    for name in names:
        photographs(tmp_path / "photos" / name, 3)
    words = ["--photos", str(tmp_path / "photos"), "--out", str(tmp_path / "run"), "--val", str(tmp_path / "photos")]
    assert main(["train", str(tmp_path / "which.cdsl"), *words]) == 0
    assert "(commonest class 0.500)" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path / "photos"), "--checkpoint", str(tmp_path / "run"), "--card"]) == 0
    text = (tmp_path / "run" / "README.md").read_text("utf-8")
    assert front(text)["pipeline_tag"] == "image-classification" and front(text)["metrics"] == ["accuracy"]
    assert r"\[dog\](x), cat\|\<b\>" in text and "| the commonest class | 3 of 6 | 50.0% |" in text
    assert "convdsl evaluate PHOTOS --checkpoint ." in text and not (tmp_path / "run" / "samples").exists()


@pytest.mark.parametrize(
    ("text", "escaped", "quoted"),
    [
        ("plain", "plain", "`plain`"),
        ("a|b", r"a\|b", "`a|b`"),
        ("`x`", r"\`x\`", "`` `x` ``"),
        ("two\nlines", "two␊lines", "`two␊lines`"),
        ("<i>_*&", r"\<i\>\_\*\&", "`<i>_*&`"),
        ("# 2 - 1", r"\# 2 - 1", "`# 2 - 1`"),
    ],
)
def test_markdown_when_text_has_signs_in_it_stays_text(text: str, escaped: str, quoted: str) -> None:
    assert markdown.escape(text) == escaped
    assert markdown.code(text) == quoted
