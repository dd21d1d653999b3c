"""Folders, configuration and limits on the command line."""

import json
import re
from pathlib import Path

import pytest

from convdsl.cli.main import main
from convdsl.config import read_config
from convdsl.mistake import MistakeError
from convdsl.pattern import matches

Capture = pytest.CaptureFixture[str]
DOCS = Path(__file__).parents[2] / "docs"

# 1 * 2 + 2 = 4 weights
NET = """convdsl 1

model Net {
  input x: [N, 1, H, W]
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
"""
YAML = """# a comment
model: Net
inputs: {x: {shape: [N, 1, H, W]}}
layers:
  - y: {Conv2d: {out_channels: 2, kernel_size: 1}}
outputs: {y: {shape: [N, 2, H, W]}}
"""


def write(path: str, text: str = NET) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, "utf-8")
    return path


def checked(capsys: Capture, *argv: str) -> tuple[int, list[str]]:
    """Run `check` and return the exit code and the files that it looked at."""
    code = main(["check", "--format", "json", *argv])
    out = capsys.readouterr().out
    return code, [one["file"] for one in json.loads(out)["files"]] if out else []


# ------------------------------------------------------------------ folders


def test_check_when_given_a_folder_looks_at_its_specs_and_nothing_else(capsys: Capture) -> None:
    write("nets/a.cdsl")
    write("nets/deep/b.cdsl")
    write("nets/c.yaml", f"convdsl: 1\n{YAML}")
    write("nets/d.yml", f"---\n'convdsl': 1\n{YAML}")
    for foreign in ("nets/e.yaml", "nets/.venv/f.cdsl", "nets/node_modules/g/h.cdsl", "nets/__pycache__/i.cdsl"):
        write(foreign, "name: CI\non: push\n" if foreign.endswith("yaml") else "not a spec")
    write("nets/env/pyvenv.cfg", "home = /usr")
    write("nets/env/lib/j.cdsl", "not a spec")
    assert checked(capsys, "nets")[1] == ["nets/a.cdsl", "nets/c.yaml", "nets/d.yml", "nets/deep/b.cdsl"]


def test_check_when_a_file_is_named_twice_looks_once(capsys: Capture) -> None:
    write("nets/a.cdsl")
    assert checked(capsys, "nets/a.cdsl", "nets", "./nets/a.cdsl") == (0, ["nets/a.cdsl"])


def test_check_when_the_configuration_excludes_passes_over_in_folders_only(capsys: Capture) -> None:
    write("nets/a.cdsl")
    write("nets/old/b.cdsl")
    write("pyproject.toml", '[tool.convdsl]\nexclude = ["nets/old"]\n')
    assert checked(capsys, "nets") == (0, ["nets/a.cdsl"])
    assert checked(capsys, "nets/old/b.cdsl") == (0, ["nets/old/b.cdsl"])
    assert checked(capsys, "nets", "--isolated") == (0, ["nets/a.cdsl", "nets/old/b.cdsl"])
    assert main(["check", "nets/old"]) == 2
    assert "the configuration excludes every spec in the folder `nets/old`" in capsys.readouterr().err


def test_fmt_when_the_configuration_excludes_passes_over_it(capsys: Capture) -> None:
    write("nets/a.cdsl")
    write("nets/old/b.cdsl", NET.replace("  y =", "      y   ="))
    write("pyproject.toml", '[tool.convdsl]\nexclude = ["old"]\n')
    assert main(["fmt", "--check", "nets"]) == 0
    assert main(["fmt", "--check", "--isolated", "nets"]) == 1


# ------------------------------------------------------------------ limits


def test_check_when_a_limit_is_broken_names_model_layer_and_line(capsys: Capture) -> None:
    write("nets/a.cdsl")
    write("pyproject.toml", '[tool.convdsl]\nexpect = [\n  "buffers == 0",\n  "parameters <= 3",\n]\n')
    assert main(["check", "nets"]) == 1
    out = capsys.readouterr().out
    assert "nets/a.cdsl:3:7: error[E231 expectation] the parameters are 4, at most 3 were expected" in out
    assert "limit: `parameters <= 3`, from pyproject.toml:4" in out


def test_check_when_a_file_has_limits_of_its_own_keeps_those_alone(capsys: Capture) -> None:
    write("nets/a.cdsl")
    write("nets/b.cdsl")
    text = '[tool.convdsl]\nexpect = ["parameters <= 3"]\n[tool.convdsl.per-file-expect]\n"nets/b.cdsl" = []\n'
    write("pyproject.toml", text)
    assert main(["check", "nets/b.cdsl"]) == 0
    assert main(["check", "nets/a.cdsl"]) == 1


def test_check_when_a_flag_gives_limits_leaves_out_those_of_the_file(capsys: Capture) -> None:
    write("a.cdsl")
    write("pyproject.toml", '[tool.convdsl]\nexpect = ["parameters <= 3"]\n')
    assert main(["check", "a.cdsl", "--expect", "parameters <= 4"]) == 0
    assert main(["check", "a.cdsl", "--expect", "buffers == 0", "--expect", "parameters < 4"]) == 1
    assert "limit: `parameters < 4`, from --expect" in capsys.readouterr().out


def test_check_when_a_configuration_is_named_takes_it_for_all(capsys: Capture) -> None:
    write("a.cdsl")
    write("pyproject.toml", '[tool.convdsl]\nexpect = ["parameters <= 3"]\n')
    write("other/convdsl.toml", 'expect = ["parameters <= 2"]\n')
    assert main(["check", "a.cdsl", "--config", "other/convdsl.toml"]) == 1
    assert "from other/convdsl.toml:1" in capsys.readouterr().out
    assert main(["check", "a.cdsl", "--isolated"]) == 0


def test_check_when_a_limit_names_other_sizes_says_whom_it_leaves_out(capsys: Capture) -> None:
    write("a.cdsl")
    write("b.cdsl", NET.replace("H, W", "8, 8"))
    assert main(["check", "a.cdsl", "b.cdsl", "--expect", "macs(H=8, W=8) <= 128"]) == 0  # 8 * 8 * 2
    out = capsys.readouterr().out
    assert "`macs(H=8, W=8) <= 128`, from --expect, says nothing of b.cdsl: it names other sizes\n" in out
    assert main(["check", "a.cdsl", "b.cdsl", "--expect", "macs(H=8, W=8) <= 127", "--format", "json"]) == 1
    files = json.loads(capsys.readouterr().out)["files"]
    assert ["other_limits" in file for file in files] == [False, True]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--expect", "parametrs <= 3"], "--expect: `parametrs <= 3` is no expectation"),
        (["--size", "8y8"], "`8y8` is no size"),
        (["--config", "none.toml"], "there is no file `none.toml`"),
        (["--config", "."], "`.` is a folder"),
        (["--config", "a.toml", "--isolated"], "not allowed with argument"),
    ],
)
def test_check_when_a_flag_is_wrong_ends_with_two(argv: list[str], said: str, capsys: Capture) -> None:
    assert main(["check", write("a.cdsl"), *argv]) == 2
    out, err = capsys.readouterr()
    assert (out, said in err, "help: " in err) == ("", True, True)


def test_check_when_the_configuration_is_wrong_ends_with_two_and_names_the_line(capsys: Capture) -> None:
    write("a.cdsl")
    write("pyproject.toml", '[tool.convdsl]\nexpect = [\n  "parametrs <= 3",\n]\n')
    assert main(["check", "a.cdsl"]) == 2
    assert "pyproject.toml:3: `parametrs <= 3` is no expectation" in capsys.readouterr().err
    write("pyproject.toml", "[tool.convdsl]\n\nexpct = []\n")
    assert main(["check", "a.cdsl"]) == 2
    assert "pyproject.toml:3: there is no key `expct`" in capsys.readouterr().err


# ------------------------------------------------------------------ sizes


def test_check_when_asked_about_sizes_answers_each(clean: str, capsys: Capture) -> None:
    """The network of conftest takes even sizes: u = 2 * (H // 2) meets x = H."""
    assert main(["check", clean, "--size", "8x6"]) == 0
    assert "clean.cdsl: 8x6 is accepted: `y` is [1, 2, 8, 6]" in capsys.readouterr().out.splitlines()
    assert main(["check", clean, "--size", "8x6", "--size", "H=7,W=8"]) == 1
    out = capsys.readouterr().out
    assert "error[E202 size-illegal] `H=7,W=8` is not accepted; nearest: H 7 -> 8 or 6" in out
    assert "8x6 is accepted" in out


def test_check_when_asked_about_a_size_in_json_gives_the_answers(clean: str, capsys: Capture) -> None:
    assert main(["check", clean, "--size", "7x8", "--format", "json"]) == 1
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert file["sizes"] == [
        {
            "asked": "7x8",
            "size": {"H": 7, "W": 8},
            "runs": False,
            "legal": False,
            "promised": False,
            "nearest": [{"H": 8, "W": 8}, {"H": 6, "W": 8}],
            "outputs": {},
        }
    ]


def test_check_when_asked_of_a_library_or_a_broken_spec_says_nothing_of_sizes(broken: str, capsys: Capture) -> None:
    library = write("blocks.cdsl", "convdsl 1\n\nblock A() {\n  Conv2d(2, 1)\n}\n")
    assert main(["check", library, "--size", "8x8", "--expect", "parameters <= 1"]) == 0
    assert main(["check", broken, "--size", "8x8"]) == 1
    assert "E202" not in capsys.readouterr().out


# ------------------------------------------------------------------ the page


def test_configuration_page_when_read_shows_keys_that_there_are() -> None:
    page = (DOCS / "configuration.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert read_config(example, "pyproject.toml", "/") is not None
    rows = re.findall(r"^\| `([a-z-]+)` \| ", page.partition("## Keys")[2].partition("## Patterns")[0], re.MULTILINE)
    with pytest.raises(MistakeError) as caught:
        read_config("zzzzzzzzzzzzzzz = 1\n", "convdsl.toml", "/")
    assert caught.value.way_out == f"the keys are {', '.join(rows)}"


def test_configuration_page_when_it_tells_of_patterns_tells_the_truth() -> None:
    page = (DOCS / "configuration.md").read_text("utf-8").partition("## Patterns")[2].partition("## Limits")[0]
    rows = re.findall(r"^\| `([^`]+)` \| (.*) \| (.*) \|$", page, re.MULTILINE)
    assert len(rows) == 5
    for pattern, named, others in rows:
        assert all(matches(pattern, path) for path in re.findall("`([^`]+)`", named)), pattern
        assert not any(matches(pattern, path) for path in re.findall("`([^`]+)`", others)), pattern
