"""`convdsl convert A B`: a spec in its other spelling, comments and all; the names say which is which."""

import argparse

from convdsl.authoring.convert import converted
from convdsl.authoring.format import YAML
from convdsl.cli import spec
from convdsl.cli.output import deliver
from convdsl.mistake import MistakeError
from convdsl.pipeline import collector_paused
from convdsl.spec_error import SpecError

TEXT = (".cdsl",)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `convert`."""
    parser.add_argument(
        "file", metavar="FILE", help="a spec: .cdsl is text, .yaml or .yml is YAML, - is standard input"
    )
    parser.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        help="the file to write, in the spelling of its name; if none or -, the other spelling to standard output",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="the same, for habit's sake")
    parser.add_argument("--force", action="store_true", help="overwrite the file if it is there")
    parser.add_argument(
        "--stdin-filename",
        metavar="NAME",
        default=spec.UNNAMED,
        help="what to call standard input; a .yaml name says YAML",
    )


def run(args: argparse.Namespace) -> int:
    """Convert a spec that can be read; one that cannot is reported and nothing is written."""
    if args.target is not None and args.output is not None:
        raise MistakeError("two files are named for the product", way_out="name one: `convdsl convert a.cdsl b.yaml`")
    args.output = args.target or args.output or "-"
    source, unread = spec.read(args.file, args)
    if any(found.is_error for found in unread):
        raise SpecError(unread, (source,))
    with collector_paused():
        result = converted(source, _name(args.output, source.name))
    if result.text is None:
        raise SpecError(result.diagnostics, (source,))
    deliver(result.text, args)
    return 0


def _name(target: str, source: str) -> str:
    """Return a name that tells the product's spelling.

    Raises MistakeError where a file's name tells none.
    """
    if target == "-":
        return "<stdout>.cdsl" if source.lower().endswith(YAML) else "<stdout>.yaml"
    if not target.lower().endswith((*TEXT, *YAML)):
        way_out = "end it with `.cdsl` for text, with `.yaml` for YAML"
        raise MistakeError(f"the name `{target}` does not say which spelling to write", way_out=way_out)
    return target
