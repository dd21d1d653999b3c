"""Try every mutant in a forked child of a pytest that has collected its tests: no start of Python, no imports.

A child changes one module in place and runs the tests that run the changed lines, the quickest first, until one fails.
The kept mutation tools start pytest, or at least collect its tests, for every mutant; with PyTorch and some thousand
parametrised tests that is seconds each, and here it is hundredths.
"""

import ast
import importlib
import os
import pickle
import re
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import pytest

from .mutations import Mutant, mutants
from .swap import swap

ROOT = Path(__file__).resolve().parent.parent.parent
SPARE = 2 << 30  # bytes that a child may take beyond what its parent has
KILLED, SURVIVED, UNSEEN = "killed", "survived", "no test runs it"


@dataclass(frozen=True)
class Trial:
    """What came of one mutant. at: its place among the mutants of its file."""

    path: str
    at: int
    line: int
    before: str
    after: str
    outcome: str


@dataclass(frozen=True)
class Cover:
    """What one test runs: (path, line), and how long it takes."""

    seconds: float
    lines: frozenset[tuple[str, int]]


NOTHING = Cover(0.0, frozenset())


class Trials:
    """A pytest plugin that tries mutants in place of running the tests."""

    def __init__(
        self,
        chosen: Callable[[str, int], bool],
        paths: Sequence[str],
        jobs: int,
        seconds: float,
        ended: Callable[[Sequence[Trial]], None],
    ) -> None:
        """seconds: of tests for one mutant; what goes beyond is left out, but for the file's own.

        ended: is given what came of each file.
        """
        self.chosen, self.paths, self.jobs, self.seconds, self.ended = chosen, paths, jobs, seconds, ended
        self.done: list[Trial] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Measure which lines each test runs, then try the mutants."""
        say(f"{len(session.items)} tests are run once, to see what each of them runs")
        covers = measured(session, {str(ROOT / path): path for path in self.paths}, self.jobs)
        for path in self.paths:
            found = tried(session, path, self.chosen, covers, self.jobs, self.seconds)
            self.ended(found)
            self.done += found
        return True


def say(text: str) -> None:
    """Tell how far it has come."""
    print(text, file=sys.stderr, flush=True)


def measured(session: pytest.Session, files: dict[str, str], jobs: int) -> list[Cover]:
    """Run every test once and return what each covers: nothing where it fails without any mutant.

    Raises RuntimeError where a process breaks off.
    """
    shares = [range(job, len(session.items), jobs) for job in range(jobs)]
    with tempfile.TemporaryDirectory() as folder:
        children = {}
        for job, share in enumerate(shares):
            child = os.fork()
            if not child:
                _silent()
                failures = Failures()
                session.config.pluginmanager.register(failures)
                found = [_covered(session, session.items[at], files, failures) for at in share]
                Path(folder, str(job)).write_bytes(pickle.dumps(found))
                os._exit(0)
            children[child] = job
        for child in children:
            if os.waitpid(child, 0)[1]:
                raise RuntimeError("a process that measured tests broke off")
        out: dict[int, Cover | str] = {}
        for job, share in enumerate(shares):
            out.update(zip(share, pickle.loads(Path(folder, str(job)).read_bytes()), strict=True))
    failed = [f"{session.items[at].nodeid}: {cover}" for at, cover in out.items() if isinstance(cover, str)]
    if failed:
        say("\n".join([f"{len(failed)} tests fail without any change, and are left out:", *failed]))
    return [cover if isinstance(cover, Cover) else NOTHING for _, cover in sorted(out.items())]


class Failures:
    """A pytest plugin that keeps what failed tests say."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the end of a failure's words."""
        if report.failed:
            self.said.append(report.longreprtext[-600:])


def _covered(session: pytest.Session, item: pytest.Item, files: dict[str, str], failures: Failures) -> Cover | str:
    seen: set[tuple[str, int]] = set()

    def line(frame: FrameType, event: str, _: object) -> object:
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
        return line

    def call(frame: FrameType, event: str, _: object) -> object:
        return line if frame.f_code.co_filename in files else None

    start = time.perf_counter()
    passed = _passes(session, item, lambda: sys.settrace(call))
    sys.settrace(None)
    lines = frozenset((files[name], number) for name, number in seen)
    return Cover(time.perf_counter() - start, lines) if passed else failures.said[-1]


def _passes(session: pytest.Session, item: pytest.Item, before: Callable[[], object] = lambda: None) -> bool:
    failed = session.testsfailed
    before()
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    return session.testsfailed == failed


def _silent() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def tried(
    session: pytest.Session,
    path: str,
    chosen: Callable[[str, int], bool],
    covers: Sequence[Cover],
    jobs: int,
    most: float,
) -> list[Trial]:
    """Try the mutants of one file that are chosen."""
    running: dict[int, tuple[int, Mutant]] = {}
    own = _own(path, session.items)
    order = _order(covers, own)
    out: list[Trial] = []

    def ended() -> None:
        child, status = os.wait()
        at, mutant = running.pop(child)
        out.append(_trial(path, at, mutant, SURVIVED if status == 0 else KILLED))
        if status == 0:
            say(f"{path}:{mutant.line}: {mutant.before} -> {mutant.after}")

    for at, mutant in enumerate(mutants(_tree(path))):
        if not chosen(path, at):
            continue
        tests = list(_tests(path, mutant, covers, own, order, most))
        if not tests:
            out.append(_trial(path, at, mutant, UNSEEN))
            continue
        if len(running) == jobs:
            ended()
        child = os.fork()
        if not child:
            _attempt(session, path, at, [(session.items[test], covers[test].seconds) for test in tests])
        running[child] = (at, mutant)
    while running:
        ended()
    killed = sum(trial.outcome == KILLED for trial in out)
    if out:
        say(f"{path}: {killed} of {len(out)} killed")
    return sorted(out, key=lambda trial: trial.at)


def _trial(path: str, at: int, mutant: Mutant, outcome: str) -> Trial:
    return Trial(path, at, mutant.line, mutant.before, mutant.after, outcome)


def _tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"), str(ROOT / path))


_CODE = re.compile(r'Code\("\w+", "([\w-]+)"')


def _own(path: str, items: Sequence[pytest.Item]) -> list[bool]:
    """Tell of each test whether it is there for this file: by a name, or the rule that it is given."""
    stem = Path(path).stem
    rules = (stem.replace("_", "-"), *_CODE.findall((ROOT / path).read_text("utf-8")))
    start = f"test_{stem}"
    return [
        item.path.stem == start or item.name.startswith(start) or any(f"[{rule}" in item.name for rule in rules)
        for item in items
    ]


def _order(covers: Sequence[Cover], own: Sequence[bool]) -> list[int]:
    """Put the tests of a file itself first, then those that run few files, the quickest first."""
    files = [len({path for path, _ in cover.lines}) for cover in covers]
    return sorted(range(len(covers)), key=lambda test: (not own[test], files[test], covers[test].seconds))


def _tests(
    path: str, mutant: Mutant, covers: Sequence[Cover], own: Sequence[bool], order: Sequence[int], most: float
) -> Iterator[int]:
    """Yield the tests that run a changed line, in order."""
    wanted = {(path, line) for line in mutant.lines}
    spent = 0.0
    for test in order:
        lines = covers[test].lines
        seen = not lines.isdisjoint(wanted) if wanted else own[test] or any(file == path for file, _ in lines)
        if seen and (own[test] or spent + covers[test].seconds <= most):
            spent += covers[test].seconds
            yield test


def _attempt(session: pytest.Session, path: str, at: int, tests: Sequence[tuple[pytest.Item, float]]) -> None:
    """Change the module and run tests until one fails; in a child, which ends here: 0 where all pass."""
    signal.alarm(int(10 + 4 * sum(seconds for _, seconds in tests)))  # a change that never ends is seen
    pages = Path("/proc/self/statm")
    if pages.exists():
        used = int(pages.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + SPARE, -1))
    code = 1
    try:
        _silent()
        tree = _tree(path)
        next(mutant for place, mutant in enumerate(mutants(tree)) if place == at).apply()
        swap(importlib.import_module(path.removesuffix(".py").replace("/", ".")), tree)
        code = 0 if all(_passes(session, item) for item, _ in tests) else 1
    finally:
        os._exit(code)
