"""`convdsl upgrade FILE…`: specs in the newest edition of the language, in place; `--check` and `--diff` only say."""

import argparse
import sys

from convdsl.authoring.upgrade import NEWEST, upgraded
from convdsl.cli import difference, spec
from convdsl.cli.terminal import wants_colour, width
from convdsl.files import is_unreadable, rewrite
from convdsl.render.message import message


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `upgrade`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="a spec, text or YAML")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file would change")
    parser.add_argument("--diff", action="store_true", help="write nothing; print what would change, and exit with 1")
    parser.set_defaults(stdin_filename="<stdin>")


def run(args: argparse.Namespace) -> int:
    """Upgrade each file on its own; one that cannot be read does not keep the others from it."""
    code = 0
    for path in args.files:
        source, unread = spec.read(path, args)
        done = None if unread else upgraded(source)
        problems = unread if done is None else done.diagnostics
        if done is None or done.text is None:
            for found in problems:
                print(message(found, (source,), colour=wants_colour(sys.stderr), width=width()), file=sys.stderr)
            code = max(code, 2 if any(map(is_unreadable, problems)) else 1)
        elif done.text == source.text:
            print(f"{path}: edition {NEWEST}, the newest")
        elif args.diff:
            difference.show(source, done.text)
            code = max(code, 1)
        elif args.check:
            print(f"{path}: would be upgraded to edition {NEWEST}")
            code = max(code, 1)
        else:
            rewrite(path, done.text)
            print(f"{path}: upgraded to edition {NEWEST}")
    return code
