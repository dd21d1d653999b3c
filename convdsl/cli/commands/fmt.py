"""`convdsl fmt FILE…`: specs in their canonical form, in place; `--check` and `--diff` only say what would change."""

import argparse
import sys
from collections.abc import Sequence

from convdsl.authoring.fill import filled
from convdsl.authoring.format import Formatted, formatted
from convdsl.cli import configured, difference, spec, targets
from convdsl.cli.configured import Configs
from convdsl.cli.terminal import wants_colour, width
from convdsl.diagnostics import Diagnostic
from convdsl.files import rewrite
from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze, collector_paused
from convdsl.render.cells import visible
from convdsl.render.message import message
from convdsl.source import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `fmt`."""
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help=targets.HELP,
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file would change")
    parser.add_argument("--diff", action="store_true", help="write nothing; print what would change, and exit with 1")
    parser.add_argument(
        "--fill", action="store_true", help="first write the number in place of each `?` that has one solution"
    )
    parser.add_argument(
        "--stdin-filename",
        metavar="NAME",
        default="<stdin>",
        help="what to call standard input; a .yaml name says YAML",
    )
    configured.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Format each file on its own; one that cannot be read does not keep the others from being formatted."""
    if spec.STDIN in args.files:
        if len(args.files) > 1:
            raise MistakeError("standard input is formatted alone", way_out="name `-`, or files, not both")
        return _stdin(args)
    changed = same = failed = left = 0
    for path in targets.targets(args.files, Configs(args)):
        source, result, holes = _format(path, args)
        left += holes
        text = result.text
        if text is not None and text != source.text and not (args.check or args.diff):
            text = _write(path, text)
        if text is None:
            failed += 1
        elif text == source.text:
            same += 1
        else:
            changed += 1
            _show(source, text, args)
    print(_footer(changed, same, failed, args), file=sys.stderr if args.diff else sys.stdout)
    return 2 if failed else 1 if left or (changed and (args.check or args.diff)) else 0


def _stdin(args: argparse.Namespace) -> int:
    """Format standard input to standard output, for editors; nothing is printed there where it cannot be read."""
    source, result, holes = _format(spec.STDIN, args)
    if result.text is None:
        return 2
    if not (args.check or args.diff):
        # the bytes as they are: a console's encoding would refuse some, and Windows would change the line ends
        sys.stdout.flush()
        sys.stdout.buffer.write(result.text.encode())
        return 1 if holes else 0
    if result.text == source.text:
        return 1 if holes else 0
    _show(source, result.text, args)
    return 1


def _format(path: str, args: argparse.Namespace) -> tuple[Source, Formatted, int]:
    """Read and format one spec; what hinders it is printed, and so are the `?` that cannot be filled, which count."""
    source, unread = spec.read(path, args)
    holes = 0
    if any(one.is_error for one in unread):
        result = Formatted(None, unread)
    else:
        text = source
        if args.fill:
            analysis = analyze(source, reader=spec.imports(path, args))
            found = filled(source, analysis.diagnostics)
            _complain(found.left, analysis.sources)
            text, holes = found.source, len(found.left)
        with collector_paused():
            result = formatted(text)
    _complain(result.diagnostics, (source,))
    return source, result, holes


def _complain(diagnostics: Sequence[Diagnostic], sources: tuple[Source, ...]) -> None:
    colour = wants_colour(sys.stderr)
    for one in diagnostics:
        print(message(one, sources, colour=colour, width=width()), end="\n\n", file=sys.stderr)


def _write(path: str, text: str) -> str | None:
    """Write a formatted text; None where the file may not be written, which is said."""
    try:
        rewrite(path, text)
    except MistakeError as mistake:
        print("\n".join(map(visible, mistake.lines())), file=sys.stderr)
        return None
    return text


def _show(source: Source, text: str, args: argparse.Namespace) -> None:
    """Say that a file would change, and how."""
    if args.diff:
        difference.show(source, text)
    elif args.check:
        print(f"would reformat {visible(source.name)}")


def _footer(changed: int, same: int, failed: int, args: argparse.Namespace) -> str:
    would = "would be " if args.check or args.diff else ""
    parts = []
    if changed or not (same or failed):
        parts.append(f"{_files(changed)} {would}reformatted")
    if same:
        parts.append(f"{same:,} already formatted" if parts else f"{_files(same)} already formatted")
    if failed:
        parts.append(f"{failed:,} not formatted" if parts else f"{_files(failed)} not formatted")
    return ", ".join(parts)


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"
