"""`check --watch`: it looks again when, and only when, a file that counts has changed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convdsl.cli.main import main
from convdsl.cli.watch import watch
from convdsl.mistake import MistakeError


class End(Exception):
    """The tests' interruption."""


def watched(steps: list[Callable[[], None]], files: Callable[[], list[str]], others: tuple[str, ...] = ()) -> list[int]:
    """Watch, doing one step in each pause, until none is left; return after how many pauses each look came."""
    pauses = 0
    looks: list[int] = []

    def look() -> tuple[str, ...]:
        looks.append(pauses)
        return others

    def pause(seconds: float) -> None:
        nonlocal pauses
        if pauses == len(steps):
            raise End
        steps[pauses]()
        pauses += 1

    with pytest.raises(End):
        watch(look, files, pause)
    return looks


def nothing() -> None:
    """Change nothing."""


def test_watch_when_a_file_changes_looks_again() -> None:
    file = Path("a.cdsl")
    file.write_text("one", "utf-8")
    steps = [nothing, lambda: file.write_text("longer", "utf-8"), nothing, file.unlink, nothing]
    assert watched(steps, lambda: ["a.cdsl"]) == [0, 2, 4]


def test_watch_when_an_imported_file_changes_looks_again() -> None:
    Path("a.cdsl").write_text("one", "utf-8")
    other = Path("blocks.cdsl")
    other.write_text("one", "utf-8")
    steps = [nothing, lambda: other.write_text("longer", "utf-8"), nothing]
    assert watched(steps, lambda: ["a.cdsl"], ("blocks.cdsl",)) == [0, 2]


def test_watch_when_a_folder_gets_a_new_file_looks_again() -> None:
    there = ["a"]
    assert watched([nothing, lambda: there.append("b"), nothing], lambda: list(there)) == [0, 2]


def test_watch_when_a_look_fails_says_so_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    answers: Iterator[object] = iter([MistakeError("the configuration is broken", way_out="mend it"), ()])
    file = Path("a.cdsl")

    def look() -> tuple[str, ...]:
        answer = next(answers)
        if isinstance(answer, MistakeError):
            raise answer
        raise End

    with pytest.raises(End):
        watch(look, lambda: ["a.cdsl"], lambda seconds: print(file.write_text("new", "utf-8"), end=""))
    assert "the configuration is broken" in capsys.readouterr().err


def test_watch_when_standard_input_is_named_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "-", "--watch"]) == 2
    assert "standard input does not change" in capsys.readouterr().err
