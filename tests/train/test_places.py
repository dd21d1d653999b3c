"""Which photographs are meant, and where results go: folders, patterns, streams, and what must not be overwritten."""

from pathlib import Path

import pytest

from convdsl.mistake import MistakeError
from convdsl.train.places import STREAM, Naming, find, tasks


@pytest.fixture(name="place")
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("old/a.jpg", "old/b.TIF", "old/deep/er/c.png", "old/.hidden/d.png", "old/notes.txt", "one.webp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


OUT = Naming(Path("out"))


def results(
    places: list[str],
    naming: Naming = OUT,
    *,
    recursive: bool = True,
    force: bool = False,
    skip_existing: bool = False,
) -> list[str]:
    found = find([Path(place) for place in places], naming, recursive=recursive)
    return [str(task.target) for task in tasks(found, naming, force=force, skip_existing=skip_existing)]


@pytest.mark.parametrize(
    "places, recursive, wanted",
    [
        (["old"], True, ["out/a.jpg", "out/b.TIF", "out/deep/er/c.png"]),
        (["old"], False, ["out/a.jpg", "out/b.TIF"]),
        (["old/deep/er/c.png", "one.webp"], True, ["out/c.png", "out/one.webp"]),
        (["old/*.jpg"], True, ["out/a.jpg"]),
        (["old/**/*.png"], True, ["out/deep/er/c.png"]),
        (["old/**/*"], True, ["out/a.jpg", "out/b.TIF", "out/deep/er/c.png"]),
        (["*/[ab].*"], True, ["out/old/a.jpg", "out/old/b.TIF"]),
        (["old/a.jpg", "old"], True, ["out/a.jpg", "out/b.TIF", "out/deep/er/c.png"]),
    ],
)
def test_results_keep_names_and_inner_folders(
    place: Path, places: list[str], recursive: bool, wanted: list[str]
) -> None:
    assert results(places, recursive=recursive) == wanted


@pytest.mark.parametrize(
    "naming, wanted",
    [
        (Naming(Path("out"), suffix="-c"), ["out/a-c.jpg", "out/b-c.TIF", "out/deep/er/c-c.png"]),
        (Naming(None, suffix="-c"), ["old/a-c.jpg", "old/b-c.TIF", "old/deep/er/c-c.png"]),
        (Naming(Path("out"), form="png"), ["out/a.png", "out/b.png", "out/deep/er/c.png"]),
        (Naming(Path("out"), form="jpeg"), ["out/a.jpg", "out/b.jpg", "out/deep/er/c.jpg"]),
    ],
)
def test_results_are_called_as_asked(place: Path, naming: Naming, wanted: list[str]) -> None:
    assert results(["old"], naming) == wanted


def test_formats_that_are_not_written_become_png(place: Path) -> None:
    for name in ("x.gif", "y.bmp", "z.ppm"):
        (place / name).write_bytes(b"x")
    assert results(["x.gif", "y.bmp", "z.ppm"]) == ["out/x.png", "out/y.png", "out/z.png"]


def test_one_file_and_the_streams(place: Path) -> None:
    assert results(["old/a.jpg"], Naming(Path("new.png"))) == ["new.png"]
    assert results(["-"], Naming(Path("new.webp"))) == ["new.webp"]
    assert results(["-"], Naming(STREAM)) == ["-"]
    assert results(["old/a.jpg"], Naming(STREAM)) == ["-"]


def test_comparison_lies_beside_its_result(place: Path) -> None:
    naming = Naming(Path("out"), compare=True)
    found = tasks(find([Path("old/a.jpg")], naming), naming)
    assert [str(task.beside) for task in found] == ["out/a.compare.jpg"]


def test_results_of_an_earlier_run_are_no_photographs(place: Path) -> None:
    (place / "old/out").mkdir()
    for name in ("old/out/a.jpg", "old/a-c.jpg", "old/a-c.compare.jpg"):
        (place / name).write_bytes(b"x")
    assert "old/out/a-c.jpg" not in results(["old"], Naming(None, "-c"), force=True)[:2]
    named = results(["old"], Naming(None, suffix="-c"), force=True)
    assert [name for name in named if "-c-c" in name or "compare" in name] == []
    assert "old/out/out/a.jpg" not in results(["old"], Naming(Path("old/out")), force=True)


@pytest.mark.parametrize(
    "places, naming, words",
    [
        (["nowhere"], OUT, "no such file or folder"),
        (["old/*.gif"], OUT, r"no file matches `old/\*\.gif`"),
        (["old/.hidden"], OUT, "no photographs in `old/.hidden`"),
        (["old/a.jpg"], Naming(None), "nothing says where the results go"),
        (["old"], Naming(Path("one.png")), "3 photographs do not go to the one file"),
        (["old"], Naming(STREAM), "3 photographs do not go to standard output"),
        (["old/a.jpg"], Naming(Path("new.bmp")), r"would be a \.bmp file"),
        (["old/a.jpg"], Naming(Path("new.png"), form="jpeg"), "name two formats"),
        (["old/a.jpg"], Naming(STREAM, compare=True), "second picture"),
        (["old/a.jpg"], Naming(None, suffix="../c"), "no part of a file's name"),
        (["-"], OUT, "has no name"),
        (["-"], Naming(None, suffix="-c"), "lies beside nothing"),
        (["old"], Naming(Path("old")), "replace the photograph itself"),
        (["one.webp"], Naming(Path("one.webp")), "replace the photograph itself"),
        (["old/a.jpg", "two/a.jpg"], OUT, "both become"),
    ],
)
def test_what_makes_no_sense_is_refused(place: Path, places: list[str], naming: Naming, words: str) -> None:
    (place / "two").mkdir()
    (place / "two/a.jpg").write_bytes(b"x")
    (place / "old/.hidden/d.png").unlink()
    with pytest.raises(MistakeError, match=words):
        results(places, naming)


def test_a_result_or_comparison_that_is_there_is_refused_unless_forced(place: Path) -> None:
    (place / "out").mkdir()
    (place / "out/a.compare.jpg").write_bytes(b"mine")
    naming = Naming(Path("out"), compare=True)
    with pytest.raises(MistakeError, match=r"`out/a\.compare\.jpg` exists"):
        results(["old"], naming)
    assert results(["old"], naming, force=True)[0] == "out/a.jpg"
    assert results(["old"], OUT)[0] == "out/a.jpg"


def test_what_is_there_is_left_out_where_that_is_asked(place: Path) -> None:
    """A comparison is written before its result, so that one alone is of a photograph that is not done."""
    (place / "out").mkdir()
    (place / "out/a.compare.jpg").write_bytes(b"mine")
    naming = Naming(Path("out"), compare=True)
    everything = results(["old"], naming, force=True)
    assert results(["old"], naming, skip_existing=True) == everything
    (place / "out/a.jpg").write_bytes(b"mine")
    assert results(["old"], naming, skip_existing=True) == everything[1:]
    with pytest.raises(MistakeError, match="replace the photograph itself"):
        results(["old"], Naming(Path("old")), skip_existing=True)


def test_names_that_meet_are_counted_and_told_apart(place: Path) -> None:
    for name in ("old/a.png", "old/b.gif", "old/b.bmp"):
        (place / name).write_bytes(b"x")
    with pytest.raises(MistakeError, match="and 1 more like them") as caught:
        results(["old/a.jpg", "old/a.png", "old/b.bmp", "old/b.gif"], Naming(Path("out"), form="png"))
    assert "a pattern '*.jpg'" in caught.value.way_out
    (place / "two").mkdir()
    (place / "two/a.jpg").write_bytes(b"x")
    with pytest.raises(MistakeError) as caught:
        results(["old/a.jpg", "two/a.jpg"], OUT)
    assert "the folder that holds both" in caught.value.way_out
