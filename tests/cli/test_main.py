"""The roof of the command line: commands are found, everything that happens becomes an exit code."""

import os
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from convdsl.cli import main as roof
from convdsl.cli.main import main
from convdsl.diagnostics import Diagnostic, Label
from convdsl.mistake import MistakeError
from convdsl.source import Source, Span
from convdsl.spec_error import SpecError
from convdsl.version import VERSION

ROOT = Path(__file__).parents[2]
Install = Callable[[Callable[[], int]], None]


@pytest.fixture(name="install")
def _install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a command `do` under the roof that runs the given function."""

    def install(action: Callable[[], int]) -> None:
        command = types.ModuleType("convdsl.cli.commands.do")
        command.__dict__.update(configure=lambda parser: None, run=lambda args: action())
        monkeypatch.setitem(roof.COMMANDS, "do", "do something")
        monkeypatch.setitem(sys.modules, "convdsl.cli.commands.do", command)

    return install


def raising(error: BaseException) -> Callable[[], int]:
    def action() -> int:
        raise error

    return action


def test_main_when_given_nothing_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert all(command in out for command in roof.COMMANDS)


def test_main_when_asked_for_its_version_says_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"convdsl {VERSION}\n"


def test_main_when_a_command_is_misspelt_offers_the_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chekc", "x.cdsl"]) == 2
    err = capsys.readouterr().err
    assert "there is no command `chekc`" in err
    assert "did you mean `convdsl check`" in err


def test_main_when_a_command_is_unlike_any_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["zzz"]) == 2
    assert "train, evaluate, compare, colorize" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["check"], ["check", "a", "--frmat", "json"], ["--nothing"]])
def test_main_when_used_wrongly_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert "--help" in err


def test_main_when_a_command_returns_a_code_hands_it_on(install: Install) -> None:
    install(lambda: 1)
    assert main(["do"]) == 1


def test_main_when_a_mistake_is_raised_says_the_way_out(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(raising(MistakeError("there are no photos", way_out="name a folder", notes=("looked in `p`",))))
    assert main(["do"]) == 2
    assert capsys.readouterr().err == "error: there are no photos\n  = looked in `p`\n  = help: name a folder\n"


def test_main_when_a_mistake_holds_control_characters_shows_them(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install(raising(MistakeError("no file `\x1b[2J`")))
    main(["do"])
    assert "\x1b" not in capsys.readouterr().err


def test_main_when_a_spec_is_broken_shows_the_place(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    from convdsl import codes

    found = Diagnostic(codes.SYNTAX, "a `}` is missing", Label(Span(0, 5)))
    install(raising(SpecError((found,), (Source("n.cdsl", "model {"),))))
    assert main(["do"]) == 1
    err = capsys.readouterr().err
    assert "n.cdsl:1:1: error[E001 syntax] a `}` is missing" in err
    assert "^^^^^" in err


def test_main_when_the_fault_is_ours_says_where_in_one_line(
    install: Install, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONVDSL_DEBUG", raising=False)
    install(raising(KeyError("lost")))
    assert main(["do"]) == 3
    err = capsys.readouterr().err
    assert "KeyError: 'lost'" in err
    assert "report" in err
    assert "Traceback" not in err


def test_main_when_debugging_shows_the_traceback(
    install: Install, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVDSL_DEBUG", "1")
    install(raising(KeyError("lost")))
    assert main(["do"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_main_when_interrupted_ends_as_shells_expect(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(raising(KeyboardInterrupt()))
    assert main(["do"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_process_when_the_encoding_is_poor_prints_all_the_same(encoding: str) -> None:
    program = "import sys; from convdsl.cli.main import main; sys.exit(main(['na\\u00efve \\u202e \\u5c71']))"
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: there is no command `na")
    assert b"Traceback" not in done.stderr


def test_process_when_its_reader_goes_away_ends_quietly() -> None:
    """`yes`-like output into a closed pipe: no traceback, and the code that shells give for SIGPIPE, 128 + 13."""
    program = (
        "import sys, types; from convdsl.cli import main as roof\n"
        "do = types.ModuleType('do'); do.configure = lambda p: None\n"
        "do.run = lambda a: [print('x' * 1000) for _ in range(1000)] and 0\n"
        "sys.modules['convdsl.cli.commands.do'] = do; roof.COMMANDS['do'] = 'do'\n"
        "sys.exit(roof.main(['do']))"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, b"")


@pytest.mark.parametrize(
    ("redirection", "code"),
    [("<&-", 2), (">&-", 2), ("2>&-", 2), (">/dev/full", 2), ("2>/dev/full", 2), (">&- 2>&-", 2)],
)
def test_process_when_a_stream_is_closed_or_full_shows_no_traceback(redirection: str, code: int) -> None:
    """`check -` on nothing is an unreadable file: exit code 2 whatever becomes of what it prints."""
    command = f'"{sys.executable}" -m convdsl check - {redirection}'
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, stdin=subprocess.DEVNULL, check=False, text=True, cwd=ROOT
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr + done.stdout
    assert "fault is its own" not in done.stderr


def test_main_when_the_disk_is_full_says_so_in_one_line(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(raising(OSError(28, "No space left on device")))
    assert main(["do"]) == 2
    assert capsys.readouterr().err == "error: [Errno 28] No space left on device\n"


@pytest.mark.parametrize(("module", "package"), [("torch", "torch"), ("torch.nn", "torch"), ("PIL.Image", "pillow")])
def test_main_when_training_is_not_installed_says_what_to_install(
    module: str, package: str, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install(raising(ModuleNotFoundError(f"No module named '{module}'", name=module)))
    assert main(["do"]) == 2
    err = capsys.readouterr().err
    assert f"needs `{package}`" in err
    assert "convdsl[train]" in err


def test_main_when_another_module_is_missing_takes_the_blame(install: Install) -> None:
    install(raising(ModuleNotFoundError("No module named 'convdsl.lost'", name="convdsl.lost")))
    assert main(["do"]) == 3
