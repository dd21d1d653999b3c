"""The command line: finds the command, runs it, and turns whatever happens into one of the exit codes.

The contract of a command, one file `cli/commands/NAME.py` and one row in COMMANDS:

- `configure(parser: argparse.ArgumentParser) -> None` declares its arguments;
- `run(args: argparse.Namespace) -> int` does the work and returns the exit code;
- the module imports nothing heavy at its top: torch and its like are imported inside `run`, and only the module of the
  command that was asked for is imported at all;
- results go to standard output, diagnostics and progress to standard error (`check`'s diagnostics are its result);
- whatever a user can mend is raised as `convdsl.mistake.MistakeError` (one sentence, a way out: exit code 2) or as
  `convdsl.diagnostics.SpecError` (a spec that has to be valid is not: exit code 1). Anything else that escapes is our
  own fault: exit code 3. `KeyboardInterrupt` may escape.

Exit codes: 0 clean, 1 errors found in a spec, 2 a file or the usage, 3 our own fault, 130 interrupted.
"""

import argparse
import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn, TextIO

from convdsl.cli.terminal import prepare_streams, wants_colour, width
from convdsl.mistake import MistakeError
from convdsl.render.cells import visible
from convdsl.spec_error import SpecError
from convdsl.version import VERSION

COMMANDS = {
    "check": "prove specs right for every input size",
    "explain": "say what a finding means, why it matters and how to mend it",
    "rules": "list what the linter looks for",
    "fmt": "format specs, comments and all",
    "show": "print a network's layers: shapes, parameters, costs, receptive field",
    "draw": "draw a network",
    "diff": "say what differs between two networks: layers, shapes, costs, sizes, keys",
    "convert": "write a spec in its other spelling, text or YAML",
    "expand": "print a network without blocks and loops, each layer with the place it comes from",
    "emit": "print a network as a stand-alone PyTorch file",
    "import": "turn a PyTorch network (whose Python it runs) or an ONNX file into a spec",
    "weights": "load weights of others into a network, by name or by shape",
    "export": "write a network for other programs: ONNX, torch.export",
    "schema": "print the JSON Schema of specs in YAML, for editors",
    "init": "write a small spec to start from",
    "upgrade": "rewrite specs in the newest edition of the language",
    "train": "train a network on a folder of photographs",
    "evaluate": "measure a trained network on photographs",
    "compare": "lay training runs side by side: a table, and their curves in one picture",
    "colorize": "colour photographs by a trained network",
    "inspect": "look into a network: activation maps, kernels, effective receptive field, shifts",
}

# the packages of each extra: as they are imported, as they are installed
EXTRAS = {
    "train": {"torch": "torch", "numpy": "numpy", "PIL": "pillow", "safetensors": "safetensors", "tqdm": "tqdm"},
    "onnx": {"onnx": "onnx", "onnxscript": "onnxscript", "onnxruntime": "onnxruntime"},
}

CLEAN, ERRORS, USAGE, OURS, INTERRUPTED = 0, 1, 2, 3, 130
BROKEN_PIPE = 141  # 128 + SIGPIPE, what a shell says of a program whose reader went away


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (the process's own where none is given) and return the exit code."""
    prepare_streams()
    try:
        return _ended(argv)
    except OSError:  # standard error takes nothing: nobody can be told
        return USAGE
    finally:
        try:
            sys.stderr.flush()
        except OSError:
            _abandon(sys.stderr)


def _ended(argv: Sequence[str] | None) -> int:
    """Run a command line, and turn whatever it ends with into an exit code and what is said of it."""
    try:
        code = _command(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except MistakeError as mistake:
        print("\n".join(map(visible, mistake.lines())), file=sys.stderr)
        return USAGE
    except SpecError as error:
        return _print_diagnostics(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _abandon(sys.stdout)
        return BROKEN_PIPE
    except OSError as error:  # a full disk, a closed stream: the machine's, not ours
        _abandon(sys.stdout)
        print(f"error: {visible(str(error))}", file=sys.stderr)
        return USAGE
    except SystemExit as end:  # argparse: 0 after --help, 2 after a usage error
        return end.code if isinstance(end.code, int) else USAGE
    except Exception as error:
        return _not_installed(error) or _own_fault(error)
    finally:
        if argv is None:
            gc.freeze()  # the process ends, and Python need not look through all that it is about to give back
    return code


class _Formatter(argparse.HelpFormatter):
    """Help for the terminal's width (asked for here, for argparse imports shutil to ask)."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=width())


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints look like everything else that convdsl says."""

    def __init__(self, prog: str, *, description: str) -> None:
        super().__init__(prog, description=description, formatter_class=_Formatter)

    def error(self, message: str) -> NoReturn:
        print(f"error: {message}\n  = help: `{self.prog} --help` lists what there is", file=sys.stderr)
        raise SystemExit(USAGE)


def _command(argv: list[str]) -> int:
    parser = _Parser("convdsl", description="Convolutional networks: checked, drawn, compiled to PyTorch, trained.")
    parser.add_argument("--version", action="version", version=f"convdsl {VERSION}")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", title="commands", prog="convdsl")
    name = next((word for word in argv if not word.startswith("-")), None)
    if name is not None and name not in COMMANDS:
        from difflib import get_close_matches  # only a mistake pays for it

        near = get_close_matches(name, COMMANDS, 1)
        way_out = f"did you mean `convdsl {near[0]}`" if near else f"the commands are {', '.join(COMMANDS)}"
        raise MistakeError(f"there is no command `{name}`", way_out=way_out)
    shown = COMMANDS if name is None or argv[0] != name else {name: COMMANDS[name]}  # a parser each, for the help
    for command, purpose in shown.items():
        sub = commands.add_parser(
            command, prog=f"convdsl {command}", help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}."
        )
        if command == name:
            gc.disable()  # a module makes nothing that dies: looking for it is a tenth of the time
            module = import_module(f"convdsl.cli.commands.{command}")
            gc.enable()
            module.configure(sub)
    args = parser.parse_args(argv)
    if args.command is None:
        parser.print_help()
        return CLEAN
    code = module.run(args)
    assert isinstance(code, int)
    return code


def _print_diagnostics(error: SpecError) -> int:
    from convdsl.files import is_unreadable
    from convdsl.render.message import message

    colour = wants_colour(sys.stderr)
    for diagnostic in error.diagnostics:
        print(message(diagnostic, error.sources, colour=colour, width=width()), end="\n\n", file=sys.stderr)
    return USAGE if any(map(is_unreadable, error.diagnostics)) else ERRORS


def _abandon(stream: TextIO) -> None:
    """Let what is still to be printed go nowhere: the interpreter flushes its streams once more at its end."""
    with contextlib.suppress(OSError):  # a stream without a file, in a program that called `main`
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _not_installed(error: Exception) -> int:
    """Tell what to install where a package of an extra is missing, and return the exit code; else 0."""
    package = (error.name or "").split(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    for extra, packages in EXTRAS.items():
        if package in packages:
            print(f"error: this command needs `{packages[package]}`, which is not installed", file=sys.stderr)
            print(f"  = help: `pip install 'convdsl[{extra}]'` installs all that it needs", file=sys.stderr)
            return USAGE
    return CLEAN


def _own_fault(error: Exception) -> int:
    if os.environ.get("CONVDSL_DEBUG"):
        import traceback

        traceback.print_exception(error)
        return OURS
    place, trace = "?", error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith("convdsl."):
            place = f"{trace.tb_frame.f_globals['__name__']}:{trace.tb_lineno}"
        trace = trace.tb_next
    what = f"{type(error).__name__}: {error}".split("\n")[0][:300]
    print(f"error: convdsl failed at {place}, and the fault is its own: {what}", file=sys.stderr)
    print("  = help: please report it with the spec; `CONVDSL_DEBUG=1` shows the traceback", file=sys.stderr)
    return OURS
