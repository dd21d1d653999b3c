"""Configuration: which file holds, what each key may say, and the place of every mistake."""

from pathlib import Path

import pytest

from convdsl.config import Config, read_config
from convdsl.configfile import find_config, load_config, relative
from convdsl.mistake import MistakeError
from convdsl.toml_line import line_of

ALL = """[project]
name = "nets"

[tool.convdsl]
expect = [
  "parameters <= 5M",
  "macs(H=256, W=256) <= 2G",
]
exclude = ["specs/old"]
select = ["W3"]
extend-select = ["I503"]
ignore = ["W401"]
fail-on = "warning"
baseline = "baseline.json"

[tool.convdsl.per-file-expect]
"specs/large.cdsl" = ["parameters <= 50M"]
"specs/seed/*.cdsl" = []

[tool.convdsl.per-file-ignores]
"specs/seed/*" = ["W306", "gridding"]

[tool.convdsl.thresholds]
huge-dense = { weights = 100_000_000, share = 0.9 }
"""


def config(text: str) -> Config:
    found = read_config(text, "pyproject.toml", "/nets")
    assert found is not None
    return found


def mistake(text: str) -> MistakeError:
    with pytest.raises(MistakeError) as caught:
        read_config(text, "pyproject.toml", "/nets")
    return caught.value


# ------------------------------------------------------------------ values


def test_read_config_when_every_key_is_there_gives_every_value() -> None:
    assert config(ALL) == Config(
        file="pyproject.toml",
        folder="/nets",
        expect=("parameters <= 5M", "macs(H=256, W=256) <= 2G"),
        per_file_expect={"specs/large.cdsl": ("parameters <= 50M",), "specs/seed/*.cdsl": ()},
        exclude=("specs/old",),
        select=("W3",),
        extend_select=("I503",),
        ignore=("W401",),
        per_file_ignores={"specs/seed/*": ("W306", "gridding")},
        fail_on="warning",
        baseline="baseline.json",
        thresholds={"huge-dense": {"weights": 100_000_000, "share": 0.9}},
        text=ALL,
    )


def test_read_config_when_the_table_is_absent_is_none() -> None:
    assert read_config("[tool.ruff]\n", "pyproject.toml", "/nets") is None
    assert read_config("tool = 3\n", "pyproject.toml", "/nets") is None


def test_read_config_when_the_file_is_ours_takes_keys_at_the_top() -> None:
    found = read_config('ignore = ["W1"]\n', "convdsl.toml", "/nets")
    assert found is not None
    assert (found.ignore, found.place("ignore", 0)) == (("W1",), "convdsl.toml:1")


def test_expected_of_when_a_pattern_matches_replaces_the_limits_of_all_files() -> None:
    found = config(ALL)
    limits = {path: [text for text, _ in found.expected_of(path)] for path in ("a.cdsl", "specs/large.cdsl")}
    assert limits == {
        "a.cdsl": ["parameters <= 5M", "macs(H=256, W=256) <= 2G"],
        "specs/large.cdsl": ["parameters <= 50M"],
    }
    assert found.expected_of("specs/seed/network1.cdsl") == ()


def test_expected_of_when_asked_for_the_place_names_the_line() -> None:
    found = config(ALL)
    assert [found.place(*path) for _, path in found.expected_of("a.cdsl")] == ["pyproject.toml:6", "pyproject.toml:7"]
    assert [found.place(*path) for _, path in found.expected_of("specs/large.cdsl")] == ["pyproject.toml:17"]


def test_ignored_for_when_a_pattern_matches_gives_rules_and_places() -> None:
    found = list(config(ALL).ignored_for("specs/seed/network1.cdsl"))
    assert found == [("W306", "pyproject.toml:21"), ("gridding", "pyproject.toml:21")]
    assert list(config(ALL).ignored_for("specs/unet.cdsl")) == []


# ------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("line", "message", "way_out"),
    [
        ('expct = ["a"]', "there is no key `expct`", "did you mean `expect`"),
        ('fail_on = "error"', "there is no key `fail_on`", "did you mean `fail-on`"),
        ("zzz = 1", "there is no key `zzz`", "the keys are expect, "),
        ('ignore = "W1"', "`ignore` is a string, and wants a list of strings", 'such as ignore = ["W410"]'),
        ("select = [3]", "`select` holds a number, and wants strings", "such as select = "),
        ('exclude = [" "]', "`exclude` holds an empty string", "such as exclude = "),
        ("baseline = true", "`baseline` is a truth value, and wants a string", "such as baseline = "),
        ('fail-on = "eror"', "`fail-on` is `eror`, and wants a severity", "did you mean `error`"),
        ("fail-on = 1979-05-27", "`fail-on` is a date, and wants a severity", "write one of error, warning, info"),
        ("per-file-ignores = []", "`per-file-ignores` is a list, and wants a table", "such as per-file-ignores = "),
        ('thresholds = {a = {b = "c"}}', "`b` of `a` is a string, and wants a number", "such as thresholds = "),
        ("thresholds = {a = {b = true}}", "`b` of `a` is a truth value, and wants a number", "such as"),
    ],
)
def test_read_config_when_a_value_is_wrong_names_line_and_way_out(line: str, message: str, way_out: str) -> None:
    found = mistake(f"[tool.convdsl]\n# a comment\n{line}\n")
    assert found.message.startswith(f"pyproject.toml:3: {message}")
    assert found.way_out.startswith(way_out)


def test_read_config_when_several_are_wrong_tells_all() -> None:
    found = mistake('[tool.convdsl]\nignore = 1\nselect = [\n  "W1",\n  2,\n]\n')
    assert found.message.startswith("pyproject.toml:2: ")
    assert found.notes == ("pyproject.toml:5: `select` holds a number, and wants strings",)


def test_read_config_when_it_is_no_toml_says_where() -> None:
    assert mistake("[tool.convdsl]\nignore = [\n").message.startswith("`pyproject.toml` is no TOML: ")


@pytest.mark.parametrize("text", ["tool.convdsl = 3\n", "[[tool.convdsl]]\nignore = []\n"])
def test_read_config_when_the_table_is_none_says_so(text: str) -> None:
    assert mistake(text).way_out == "write a table, [tool.convdsl]"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 1),
        (("b", "c"), 3),
        (("b", "d"), 4),
        (("b", "d", 0), 5),
        (("b", "d", 1), 6),
        (("b", "e", "f"), 8),
        (("b", "e", "f", 1), 9),
        (("b", "e", "nothing"), 8),  # the nearest table around it
        (("nothing",), 1),
    ],
)
def test_line_of_when_asked_finds_the_line_of_each_value(path: tuple[str | int, ...], line: int) -> None:
    text = 'a = 1\n[b]\nc = "d"\nd = [\n  "c",\n  3\n]\ne = { f = ["x",\n  "y"] }\n'
    assert line_of(text, path) == line


# ------------------------------------------------------------------ files


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_find_config_when_several_lie_above_takes_the_nearest_that_speaks_of_convdsl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "pyproject.toml", '[tool.convdsl]\nignore = ["W1"]\n')
    write(tmp_path / "nets/pyproject.toml", "[project]\nname = 'this is not TOML\n")  # somebody else's: not read
    write(tmp_path / "nets/small/x", "")
    found = find_config("nets/small")
    assert (found.file, found.folder, found.ignore) == ("pyproject.toml", str(tmp_path), ("W1",))


def test_find_config_when_both_lie_in_one_folder_takes_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "pyproject.toml", '[tool.convdsl]\nignore = ["W1"]\n')
    write(tmp_path / "convdsl.toml", 'ignore = ["W2"]\n')
    assert find_config(".").ignore == ("W2",)


def test_load_config_when_there_is_none_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "pyproject.toml", "[tool.ruff]\n")
    with pytest.raises(MistakeError, match=r"`pyproject\.toml` has no table \[tool\.convdsl\]"):
        load_config("pyproject.toml")
    with pytest.raises(MistakeError, match=r"there is no file `none\.toml`"):
        load_config("none.toml")


def test_relative_when_a_file_is_below_counts_from_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "convdsl.toml", "")
    write(tmp_path / "nets/a.cdsl", "")
    monkeypatch.chdir(tmp_path / "nets")
    assert relative(find_config("."), "a.cdsl") == "nets/a.cdsl"
