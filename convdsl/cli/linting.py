"""The flags that choose among the linter's findings, and what they and the configuration make of each file."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from convdsl.config import Config
from convdsl.configfile import relative
from convdsl.diagnostics import Diagnostic, Severity
from convdsl.files import describe_failure, write_new
from convdsl.lint import baseline, selection
from convdsl.lint.baseline import Entry
from convdsl.lint.selection import Selection
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis
from convdsl.review import Policy, judged, review

LEVELS = ("error", "warning", "info", "never")
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_DEFAULT = "convdsl-baseline.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is looked for, what fails, and the baseline."""
    rules = "rules: codes, names or beginnings of codes, as `W301,double-act,W3`"
    parser.add_argument("--select", metavar="RULES", action="append", help=f"say only these; {rules}")
    parser.add_argument("--extend-select", metavar="RULES", action="append", help="say these besides")
    parser.add_argument("--ignore", metavar="RULES", action="append", help="do not say these; errors of sizes stay")
    parser.add_argument("--fail-on", choices=LEVELS, help="what ends with exit code 1; otherwise errors")
    parser.add_argument("--statistics", action="store_true", help="count findings by rule in place of printing them")
    parser.add_argument("--baseline", metavar="FILE", help="do not say the findings that are listed in this file")
    parser.add_argument(
        "--write-baseline",
        metavar="FILE",
        nargs="?",
        const="",
        help=f"list what is found now in a file, the configured one or {_DEFAULT}",
    )


class Linting:
    """The linter's side of one command line."""

    def __init__(self, args: argparse.Namespace, config_of: Callable[[str], Config]) -> None:
        """Read the flags; config_of: finds the configuration of a file.

        Raises MistakeError for a rule that does not exist, for a flag that names none, or a baseline that cannot be
        read. Says on standard error where a flag speaks of errors alone that are always said.
        """
        self._args, self._config_of = args, config_of
        self._select = _words(args.select, "--select") if args.select else None
        self._extend = _words(args.extend_select or (), "--extend-select")
        self._ignore = _words(args.ignore or (), "--ignore")
        self._read: dict[str, frozenset[Entry]] = {}
        self._selections: dict[tuple[str, str], Selection] = {}

    def review(self, analysis: Analysis, path: str) -> tuple[Diagnostic, ...]:
        """Return the findings about a file that are to be said."""
        policy = self.policy(path)
        if self._args.write_baseline is not None:  # all that a baseline can hold is about to be in it
            return tuple(finding for finding in review(analysis, policy) if not is_listed(finding))
        return review(analysis, policy)

    def policy(self, path: str) -> Policy:
        """Return what is wanted of a file.

        Raises MistakeError where its configuration names a rule or a number that does not exist.
        """
        config = self._config_of(path)
        place = self.baseline_of(config)
        known = None if place is None or self._args.write_baseline is not None else self._entries(place)
        file = relative(config, path) if place is None else _from(place, path)
        chosen = self._selection(config, relative(config, path))
        return Policy(chosen, _thresholds(config), file, known)

    def fail_on(self, path: str) -> str:
        """Return the least severity that ends in exit code 1 for a file, or "never"."""
        return self._args.fail_on or self._config_of(path).fail_on or "error"

    def baseline_of(self, config: Config) -> str | None:
        """Return the path of the baseline that holds, None without one."""
        if self._args.baseline is not None:
            return str(self._args.baseline)
        return None if config.baseline is None else str(Path(config.folder, config.baseline))

    def write_baseline(self, analyses: Iterable[tuple[str, Analysis]]) -> str:
        """Write what is found now in the files that were checked; entries of other files stay. Return what was done."""
        files = [(path, analysis) for path, analysis in analyses]
        config = self._config_of(files[0][0]) if files else Config()
        place = self._args.write_baseline or self.baseline_of(config) or str(Path(config.folder, _DEFAULT))
        found: set[Entry] = set()
        checked = set()
        for path, analysis in files:
            file = _from(place, path)
            checked.add(file)
            policy = self.policy(path)
            found.update(baseline.entries_of(file, filter(is_listed, judged(analysis, policy))))
        before = self._entries(place) if Path(place).exists() else frozenset()
        found.update(entry for entry in before if entry.file not in checked)
        write_new(place, baseline.written(found), force=True)
        return f"written: {place}: {len(found):,} findings"

    def _entries(self, place: str) -> frozenset[Entry]:
        if place not in self._read:
            try:
                text = Path(place).read_text("utf-8")
            except (OSError, ValueError) as error:
                message, way_out = describe_failure(place, error)
                raise MistakeError(message, way_out=way_out) from error
            self._read[place] = baseline.read(text, place)
        return self._read[place]

    def _selection(self, config: Config, file: str) -> Selection:
        key = config.file, file
        if key not in self._selections:
            select = self._select
            if select is None and config.select is not None:
                select = _known(config, ("select",), config.select)
            extend = self._extend
            if self._select is None:
                extend += _known(config, ("extend-select",), config.extend_select)
            ignore = self._ignore + _known(config, ("ignore",), config.ignore)
            for word, place in config.ignored_for(file):
                _require(word, place)
                ignore += (word,)
            self._selections[key] = Selection(None if select is None else select + extend, ignore)
        return self._selections[key]


def is_listed(finding: Diagnostic) -> bool:
    """Tell whether a baseline can hold a finding: all but errors of the phases."""
    return bool(finding.layers) or not finding.is_error


def fails(finding: Diagnostic, level: str) -> bool:
    """Tell whether a finding is of a level or above; level: one of LEVELS."""
    return level != "never" and _ORDER[finding.severity] <= LEVELS.index(level)


def statistics(findings: Sequence[Diagnostic]) -> str:
    """Count findings by rule, the most frequent first; how many a program could mend stands behind."""
    counts = Counter(finding.code for finding in findings)
    mendable = Counter(one.code for one in findings if any(help_.edits for help_ in one.helps))
    lines = []
    for code, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].id[1:])):
        fixes = f"  {mendable[code]:,} with a fix" if mendable[code] else ""
        lines.append(f"{count:>6,}  {code.id} {code.name}{fixes}\n")
    return "".join(lines)


def _from(place: str, path: str) -> str:
    """Return a spec's path from the folder of the baseline, with slashes."""
    folder = Path(os.path.realpath(place)).parent
    return os.path.relpath(os.path.realpath(path), folder).replace(os.sep, "/")


def _words(texts: Iterable[str], flag: str) -> tuple[str, ...]:
    words: list[str] = []
    for text in texts:
        named = [word.strip() for word in text.split(",") if word.strip()]
        if not named:
            raise MistakeError(f'{flag}: no rule is named by "{text}"', way_out=f"name some, or leave `{flag}` out")
        words += named
    for word in words:
        _require(word, flag)
        if selection.is_always_said(word):
            print(f"note: {flag} {word}: these are errors that no flag turns on or off, not rules", file=sys.stderr)
    return tuple(words)


def _require(word: str, place: str) -> None:
    wrong = selection.complaint(word)
    if wrong is not None:
        raise MistakeError(f"{place}: {wrong[0]}", way_out=wrong[1])


def _known(config: Config, key: tuple[str], words: Iterable[str]) -> tuple[str, ...]:
    found = tuple(words)
    for index, word in enumerate(found):
        if selection.complaint(word) is not None:
            _require(word, config.place(*key, index))
    return found


def _thresholds(config: Config) -> dict[str, dict[str, float]]:
    """Return the numbers of the configuration by the names of the rules.

    Raises MistakeError for a rule or a number that does not exist.
    """
    out: dict[str, dict[str, float]] = {}
    for word, numbers in config.thresholds.items():
        rule = selection.rule_of(word)
        if rule is None:
            raise MistakeError(f"{config.place('thresholds', word)}: there is no rule `{word}`", way_out=_RULES)
        for name in numbers:
            if name not in rule.thresholds:
                known = ", ".join(f"`{one}`" for one in rule.thresholds) or "none"
                place = config.place("thresholds", word, name)
                raise MistakeError(f"{place}: `{rule.code.name}` has no number `{name}`", way_out=f"it has {known}")
        out[rule.code.name] = dict(numbers)
    return out


_RULES = "`convdsl rules` lists them"
