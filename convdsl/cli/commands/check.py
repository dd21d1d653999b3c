"""`convdsl check FILE…`: every finding, the accepted sizes, a line that counts."""

import argparse
import sys
import time
from collections.abc import Iterator

from convdsl.cli import asked, configured, formats, spec, targets
from convdsl.cli.asked import Questions, limit_lines, size_lines
from convdsl.cli.configured import Configs
from convdsl.cli.formats import Checked
from convdsl.cli.terminal import wants_colour, width
from convdsl.files import is_unreadable
from convdsl.pipeline import analyze
from convdsl.render.message import message
from convdsl.review import review
from convdsl.syntax import tree

MOST_SHOWN = 50  # findings of one file, for people; more are read by nobody


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `check`."""
    spec.add_arguments(parser, many=targets.HELP)
    asked.add_arguments(parser)
    configured.add_arguments(parser)
    formats.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Check each file on its own; one that cannot be read does not keep the others from being checked."""
    began = time.perf_counter()
    given = spec.parameters(args)
    configs, questions = Configs(args), Questions(args)
    checked = []
    for path in targets.targets(args.files, configs):
        source, unread = spec.read(path, args)
        if any(found.is_error for found in unread):
            checked.append(Checked(source, unread, None))
        else:
            analysis = analyze(source, given, reader=spec.imports(path, args))
            answers = questions.answer(analysis, source.name, configs.of(source.name))
            found = (*unread, *review(analysis), *answers.findings)
            checked.append(Checked(source, found, analysis, answers))
    _deliver(checked, began, args)
    findings = [finding for one in checked for finding in one.findings]
    if any(map(is_unreadable, findings)):
        return 2
    return 1 if any(finding.is_error for finding in findings) else 0


def _deliver(checked: list[Checked], began: float, args: argparse.Namespace) -> None:
    if args.format == "full":
        colour = args.output == "-" and wants_colour(sys.stdout)
        text = "".join(line for one in checked for line in _full(one, colour))
    else:
        text = formats.rendered(args.format, checked)
    if args.format not in formats.PROGRAMS:
        text += "".join(f"{line}\n" for line in limit_lines({one.source.name: one.answers for one in checked}))
        text += formats.footer(checked, time.perf_counter() - began, args.output) + "\n"
    if args.output == "-":
        sys.stdout.write(text)
    else:
        from convdsl.cli.output import deliver  # a report in a file is rare

        deliver(text, args)


def _full(checked: Checked, colour: bool) -> Iterator[str]:
    analysis = checked.analysis
    for finding in checked.findings[:MOST_SHOWN]:
        yield f"{message(finding, checked.sources, colour=colour, width=width())}\n\n"
    if (rest := len(checked.findings) - MOST_SHOWN) > 0:
        yield f"{checked.source.name}: and {rest:,} more\n\n"
    if analysis is not None and analysis.accepted is not None and analysis.sizes_known:
        sizes = "; ".join(analysis.accepted.text()) or "the sizes that the spec fixes"
        if analysis.accepted.is_empty:
            sizes = "no size"
        yield f"{checked.source.name}: accepted: {sizes}\n"
        yield from (f"{checked.source.name}: {line}\n" for line in size_lines(checked.answers))
    elif analysis is not None and analysis.is_library and analysis.ok:
        count = sum(isinstance(item, tree.Block) for item in analysis.file.items)
        blocks = "1 block" if count == 1 else f"{count:,} blocks"
        yield f"{checked.source.name}: a library of {blocks}, proved where a model uses them\n"
