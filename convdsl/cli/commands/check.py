"""`convdsl check FILE…`: every finding, the accepted sizes, a line that counts; `--fix` mends what a program can."""

import argparse
import sys
import time
from collections.abc import Sequence

from convdsl.cli import asked, configured, linting, report, spec, targets
from convdsl.cli.asked import Questions
from convdsl.cli.configured import Configs
from convdsl.cli.linting import Linting
from convdsl.cli.report import Checked
from convdsl.diagnostics import Diagnostic
from convdsl.graph.library import Reader
from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.source import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `check`."""
    spec.add_arguments(parser, many=targets.HELP)
    asked.add_arguments(parser)
    configured.add_arguments(parser)
    linting.add_arguments(parser)
    parser.add_argument("--fix", action="store_true", help="apply the fixes that keep what the network computes")
    parser.add_argument("--unsafe-fixes", action="store_true", help="apply the fixes that may change it, too")
    parser.add_argument("--diff", action="store_true", help="write no fix; print what would change, and exit with 1")
    parser.add_argument("--watch", action="store_true", help="check again whenever a file changes, until interrupted")
    report.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Check each file on its own; one that cannot be read does not keep the others from being checked."""
    if not args.watch:
        return _once(args)[0]
    from convdsl.cli.watch import watch  # most runs end by themselves

    if spec.STDIN in args.files:
        raise MistakeError("standard input does not change", way_out="name the file that is to be watched")
    watch(lambda: _once(args)[1], lambda: targets.targets(args.files, Configs(args)))
    return 0


def _once(args: argparse.Namespace) -> tuple[int, list[str]]:
    """Return the exit code, and the files that were read besides those that were named."""
    began = time.perf_counter()
    given = spec.parameters(args.param)
    configs, questions = Configs(args), Questions(args)
    lint = Linting(args, configs.of)
    paths = targets.targets(args.files, configs)
    fixes = args.fix or args.unsafe_fixes or args.diff
    if fixes:
        if args.write_baseline is not None:
            raise MistakeError("a baseline is written of what is left", way_out="run `--fix` first")
        from convdsl.cli.fix import mend, require_stdin_alone  # most runs fix nothing

        require_stdin_alone(paths)

    def look(source: Source, unread: tuple[Diagnostic, ...], reader: Reader) -> Checked:
        if any(found.is_error for found in unread):
            return Checked(source, unread, None, fail_on=lint.fail_on(source.name))
        analysis = analyze(source, given, reader=reader)
        answers = questions.answer(analysis, source.name, configs.of(source.name))
        found = (*unread, *lint.review(analysis, source.name), *answers.findings)
        return Checked(source, found, analysis, answers, lint.fail_on(source.name))

    checked = [look(*spec.read(path, args), spec.imports(path, args)) for path in paths]
    if fixes:
        return mend(paths, checked, look, began, args), _read_besides(checked, configs)
    if args.write_baseline is not None:
        analyses = [(one.source.name, one.analysis) for one in checked if one.analysis is not None]
        print(lint.write_baseline(analyses), file=sys.stderr)
    report.deliver(checked, began, args)
    return report.exit_code(checked), _read_besides(checked, configs)


def _read_besides(checked: Sequence[Checked], configs: Configs) -> list[str]:
    imported = [source.name for one in checked for source in one.sources[1:]]
    return [*imported, *filter(None, (configs.of(one.source.name).file for one in checked))]
