"""What `check` is asked besides: `--size`, for the answer about a size, `--expect` for limits from outside a spec."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from convdsl.config import Config, Path
from convdsl.configfile import relative
from convdsl.diagnostics import Diagnostic
from convdsl.pipeline import Analysis
from convdsl.record import dataclass
from convdsl.syntax import tree

if TYPE_CHECKING:
    from convdsl.analysis.asked import Given
    from convdsl.analysis.limits import Limit
    from convdsl.analysis.size_query import Answer

FILES_NAMED = 3  # of those that a limit does not concern


@dataclass(frozen=True, slots=True)
class Answers:
    """What is said of one file: about each size asked for, what breaks a limit, and limits that do not concern it."""

    sizes: tuple["Answer", ...] = ()
    broken: tuple[Diagnostic, ...] = ()
    others: tuple["Limit", ...] = ()

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All findings, those about sizes first."""
        return (*(answer.finding for answer in self.sizes if answer.finding is not None), *self.broken)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the questions."""
    parser.add_argument(
        "--size",
        metavar="SIZE",
        action="append",
        default=[],
        help="ask whether the networks take this size, 350x525 or H=350,W=525; may be given several times",
    )
    parser.add_argument(
        "--expect",
        metavar="CONDITION",
        action="append",
        default=[],
        help="a limit for every network, as `parameters <= 1M`, in place of those of the configuration",
    )


class Questions:
    """The questions of one command line."""

    def __init__(self, args: argparse.Namespace) -> None:
        """Read them.

        Raises MistakeError for what is no size or no expectation.
        """
        self._sizes: tuple[tuple[str, Given], ...] = tuple(map(_sized, args.size))
        flags = [limit for text in args.expect for limit in _limits_in(text, "--expect")]
        self._limits = tuple(flags) if args.expect else None
        self._read: dict[tuple[str, Path], tuple[Limit, ...]] = {}

    def answer(self, analysis: Analysis, path: str, config: Config) -> Answers:
        """Answer for one file; nothing where a mistake leaves its shapes unknown, or there is no network in it.

        Raises MistakeError where the configuration has a limit that is none.
        """
        limits = self._limits_of(path, config)
        graph, accepted, legal = analysis.graph, analysis.accepted, analysis.legal
        if graph is None or accepted is None or legal is None or not analysis.sizes_known:
            return Answers()
        if not (limits or self._sizes):
            return Answers()
        from convdsl.analysis.limits import check_limits
        from convdsl.analysis.size_query import ask

        sizes: tuple[Answer, ...] = ()
        if not accepted.is_empty:
            sizes = tuple(ask(graph, accepted, legal, text, given) for text, given in self._sizes)
        model = next(item for item in analysis.file.items if isinstance(item, tree.Model))
        broken, others = check_limits(graph, legal, analysis.recipe, limits, model.name_span, analysis.second)
        return Answers(sizes, broken, others)

    def _limits_of(self, path: str, config: Config) -> tuple["Limit", ...]:
        if self._limits is not None:
            return self._limits
        if not (config.expect or config.per_file_expect):
            return ()
        found: list[Limit] = []
        for text, keys in config.expected_of(relative(config, path)):
            if (config.file, keys) not in self._read:
                self._read[config.file, keys] = _limits_in(text, config.place(*keys))
            found.extend(self._read[config.file, keys])
        return tuple(found)


def _sized(text: str) -> tuple[str, "Given"]:
    from convdsl.analysis.asked import read_size  # most runs ask nothing, and load no module that answers

    return text, read_size(text)


def _limits_in(text: str, place: str) -> tuple["Limit", ...]:
    from convdsl.analysis.limits import read_limits

    return read_limits(text, place)


def size_lines(answers: Answers) -> Iterator[str]:
    """Say of each size that is taken what comes out; of the others a finding says more."""
    for answer in answers.sizes:
        if answer.legal:
            shapes = ", ".join(f"`{name}` is {shape}" for name, shape in answer.outputs)
            yield f"{answer.asked} is accepted: {shapes}"


def limit_lines(answers: Mapping[str, Answers]) -> Iterator[str]:
    """Say of each limit which files it does not concern, for a limit that was not looked at is easily overlooked."""
    spared: dict[tuple[str, str], list[str]] = {}
    for name, one in answers.items():
        for limit in one.others:
            spared.setdefault((limit.text, limit.place), []).append(name)
    for (text, place), names in spared.items():
        yield f"`{text}`, from {place}, says nothing of {_some(names)}: it names other sizes"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:FILES_NAMED])
    return shown if len(names) <= FILES_NAMED else f"{shown} and {len(names) - FILES_NAMED:,} more files"
