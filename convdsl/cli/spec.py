"""What every command that reads a spec has in common: the file or standard input, the network's parameters, sizes."""

import argparse
import re
import sys
from collections.abc import Iterable, Mapping
from math import inf

from convdsl.cli.terminal import wants_colour, width
from convdsl.files import Read, read_spec
from convdsl.folder import Folder
from convdsl.graph.library import Reader, Refusal
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis, analyze
from convdsl.render.message import message
from convdsl.spec_error import SpecError
from convdsl.syntax.limits import LARGEST, MAX_BYTES, MAX_DIGITS, said
from convdsl.syntax.parse import decode

STDIN = "-"
UNNAMED = "<stdin>"
_FILE = "a spec: .cdsl is text, .yaml or .yml is YAML, - is standard input"
_STDIN_NAME = "what to call standard input; a .yaml name says YAML, and imports are looked for in its folder"


def add_arguments(parser: argparse.ArgumentParser, *, many: str = "") -> None:
    """Declare the spec (or several: `many` tells what they may be), the name of standard input, the parameters."""
    if many:
        parser.add_argument("files", metavar="FILE", nargs="+", help=many)
    else:
        parser.add_argument("file", metavar="FILE", help=_FILE)
    parser.add_argument(
        "--stdin-filename",
        metavar="NAME",
        default=UNNAMED,
        help=_STDIN_NAME,
    )
    parser.add_argument(
        "--param", metavar="NAME=VALUE", action="append", default=[], help="give a parameter of the model, as width=16"
    )


def read(path: str, args: argparse.Namespace) -> Read:
    """Read a spec from a file or, for `-`, from standard input."""
    if path != STDIN:
        return read_spec(path)
    if sys.stdin is None:
        raise MistakeError("standard input is closed", way_out="name a file, or pipe the spec in")
    return decode(args.stdin_filename, sys.stdin.buffer.read(MAX_BYTES + 1), 0)


def imports(path: str, args: argparse.Namespace) -> Reader:
    """Return what finds the files that a spec imports: below its folder, or below the one that standard input is said
    to come from.
    """
    if path != STDIN:
        return Folder(path)
    return NoFolder() if args.stdin_filename == UNNAMED else Folder(args.stdin_filename)


class NoFolder:
    """Refuses imports of a spec from standard input of which nobody has said where it lies."""

    def resolve(self, path: str, importer: str) -> Refusal:
        """Refuse whatever is asked for."""
        return Refusal(
            "this spec is from standard input, so there is no folder to import from",
            "say where it would lie: `--stdin-filename specs/net.cdsl`",
            once=True,
        )

    def read(self, name: str) -> Refusal:
        """Refuse; it is never asked, for nothing is found."""
        return self.resolve(name, name)


def parameters(pairs: Iterable[str]) -> Mapping[str, object]:
    """Collect the `NAME=VALUE` of a command line's `--param`.

    Raises MistakeError for what is no such pair or comes twice.
    """
    found: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise MistakeError(
                f"`--param {pair}` names no parameter", way_out="write `--param NAME=VALUE`, as width=16"
            )
        if name in found:
            raise MistakeError(f"the parameter `{name}` is given twice", way_out="give it once")
        found[name] = value_of(value.strip())
    return found


def value_of(text: str) -> object:
    """Read a value as the language would: an int, a float, true, false, none, or else a string."""
    words: dict[str, object] = {"true": True, "false": False, "none": None}
    if text in words:
        return words[text]
    digits = text.replace("_", "")
    if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", digits):
        whole = digits.lstrip("+-").isdecimal()
        number = (int(digits) if whole else float(digits)) if len(digits) <= MAX_DIGITS else inf
        if abs(number) > (LARGEST if whole else sys.float_info.max):
            way_out = "whole numbers end at 2 ** 53, others at 1.8e308"
            raise MistakeError(f"the number `{said(text)}` is too large", way_out=way_out)
        return number
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def analysed(args: argparse.Namespace) -> Analysis:
    """Read and analyse the one spec of a command, valid or not.

    Raises SpecError where it cannot be read.
    """
    return opened(args.file, args, parameters(args.param))


def opened(path: str, args: argparse.Namespace, given: Mapping[str, object]) -> Analysis:
    """Read and analyse the spec at `path`, valid or not; given: values for its model's parameters.

    Raises SpecError where it cannot be read.
    """
    source, unread = read(path, args)
    if any(found.is_error for found in unread):
        raise SpecError(unread, (source,))
    return analyze(source, given, reader=imports(path, args))


def report(analysis: Analysis) -> int:
    """Print findings on standard error, out of the way of a command's product; return the exit code."""
    colour = wants_colour(sys.stderr)
    for finding in analysis.diagnostics:
        print(message(finding, analysis.sources, colour=colour, width=width()), end="\n\n", file=sys.stderr)
    return 0 if analysis.ok else 1
