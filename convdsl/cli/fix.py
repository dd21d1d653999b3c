"""`convdsl check --fix`: fixes in the files that were named, written whole or not at all, or shown as a diff.

A fix in an imported file is applied only where that file is named too. Files that are named and share one are fixed
together, so that what mends one does not break another.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from convdsl.cli import difference, report, spec
from convdsl.cli.report import Checked
from convdsl.diagnostics import Code, Diagnostic
from convdsl.files import rewrite
from convdsl.graph.library import Reader, Refusal
from convdsl.lint.fix import Dropped, Fixed, Seen, chosen, fix
from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.render.cells import visible
from convdsl.source import Source

Look = Callable[[Source, tuple[Diagnostic, ...], Reader], Checked]


class Overlay:
    """A reader that knows newer texts of some files, by their real paths, and asks another for the rest."""

    def __init__(self, reader: Reader, texts: Mapping[str, str]) -> None:
        self._reader = reader
        self._texts = texts

    def resolve(self, path: str, importer: str) -> str | Refusal:
        """Return the name of the file that a path, written in the file `importer`, leads to."""
        return self._reader.resolve(path, importer)

    def read(self, name: str) -> Source | Refusal:
        """Return the text of a file: the newer one where there is one."""
        source = self._reader.read(name)
        if isinstance(source, Refusal):
            return source
        return Source(source.name, self._texts.get(os.path.realpath(source.name), source.text))


@dataclass(frozen=True, slots=True)
class Named:
    """A file of the command line. key: what it is known by, its real path, or `-`."""

    path: str
    key: str
    checked: Checked

    @property
    def files(self) -> tuple[str, ...]:
        """The keys of the files that its spans point into."""
        return (self.key, *(os.path.realpath(source.name) for source in self.checked.sources[1:]))


def require_stdin_alone(paths: Sequence[str]) -> None:
    """Refuse standard input among files: one fixed text can go to standard output."""
    if spec.STDIN in paths and len(paths) > 1:
        raise MistakeError("standard input is fixed alone", way_out="name `-`, or files, not both")


def mend(paths: Sequence[str], checked: Sequence[Checked], look: Look, began: float, args: argparse.Namespace) -> int:
    """Apply fixes to what was checked, write or show the changes, report what is left, and return the exit code.

    paths: of the files, in the order of `checked`. began: by `time.perf_counter()`.
    """
    named = [
        Named(path, path if path == spec.STDIN else os.path.realpath(path), one)
        for path, one in zip(paths, checked, strict=True)
    ]
    old = {one.key: one.checked.source.text for one in named if one.checked.analysis is not None}
    new, mended, dropped, failed = dict(old), list[Diagnostic](), list[Dropped](), False
    gave_up = False
    for group in _groups(named):
        done = _fixed(group, old, look, args)
        if not done.settled:
            print(f"error: fixes of {', '.join(visible(one.path) for one in group)} do not end", file=sys.stderr)
            failed = True
        if not args.diff and not _write(group, old, done.texts):
            failed = True
            continue
        new.update(done.texts)
        mended.extend(done.mended)
        dropped.extend(done.dropped)
        gave_up = gave_up or done.gave_up
    changed = {key for key, text in new.items() if text != old[key]}
    left = [_look_at(one, new, look, args) if changed & set(one.files) else one.checked for one in named]
    if args.diff:
        for one in _firsts(named, changed):
            difference.show(one.checked.source, new[one.key])
        lines = (*_summary("would be fixed", mended, dropped, gave_up), report.footer(left, fixed=True))
        print("\n".join(lines), file=sys.stderr)
        return max(report.exit_code(left), 2 if failed else 1 if changed else 0)
    _report(left, _summary("fixed", mended, dropped, gave_up), began, args)
    return 2 if failed else report.exit_code(left)


def _groups(named: Sequence[Named]) -> list[list[Named]]:
    """Put files together that share one that may be changed."""
    keys = {one.key for one in named}
    groups: list[tuple[set[str], list[Named]]] = []
    for one in named:
        if one.checked.analysis is None:
            continue
        files, members = keys & set(one.files), [one]
        apart = []
        for group in groups:
            if group[0] & files:
                files |= group[0]
                members = [*group[1], *members]
            else:
                apart.append(group)
        groups = [*apart, (files, members)]
    return [members for _, members in groups]


def _fixed(group: Sequence[Named], texts: Mapping[str, str], look: Look, args: argparse.Namespace) -> Fixed:
    keys = {key for one in group for key in one.files}
    own = {key: text for key, text in texts.items() if key in keys}
    if not any(chosen(found, unsafe=args.unsafe_fixes) for one in group for found in one.checked.findings):
        return Fixed(own)

    def review(new: Mapping[str, str]) -> list[Seen]:
        out: list[Seen] = []
        for one in group:
            seen = _look_at(one, new, look, args)
            files = Named(one.path, one.key, seen).files
            out.extend(Seen(found, files) for found in seen.findings)
        return out

    return fix(own, review, unsafe=args.unsafe_fixes)


def _look_at(one: Named, texts: Mapping[str, str], look: Look, args: argparse.Namespace) -> Checked:
    source = Source(one.checked.source.name, texts[one.key])
    return look(source, (), Overlay(spec.imports(one.path, args), texts))


def _firsts(named: Sequence[Named], keys: Container[str]) -> list[Named]:
    """Return each file once, by the first of its names."""
    return list({one.key: one for one in reversed(named) if one.key in keys}.values())[::-1]


def _write(group: Sequence[Named], old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Write what has changed, and standard input in any case; tell whether all could be written."""
    good = True
    for one in _firsts(group, new):
        if one.key == spec.STDIN:
            # the bytes as they are: a console's encoding would refuse some, and Windows would change the line ends
            sys.stdout.flush()
            sys.stdout.buffer.write(new[one.key].encode())
        elif new[one.key] != old[one.key]:
            try:
                rewrite(one.path, new[one.key])
            except MistakeError as mistake:
                print("\n".join(map(visible, mistake.lines())), file=sys.stderr)
                good = False
    return good


def _report(left: Sequence[Checked], lines: Sequence[str], began: float, args: argparse.Namespace) -> None:
    """Say what was fixed and what is left; out of the way of a fixed text or a program's report."""
    if args.files == [spec.STDIN] and args.output == "-":
        text = report.rendered(left, args, sys.stderr)
        print("\n".join((text + lines[0], *lines[1:], report.footer(left, fixed=True))), file=sys.stderr)
        return
    if args.format in report.PROGRAMS:
        print("\n".join(lines), file=sys.stderr)
    report.deliver(left, began, args, *lines)


def _summary(what: str, mended: Sequence[Diagnostic], dropped: Sequence[Dropped], gave_up: bool) -> tuple[str, ...]:
    """Count what was mended by code, `3 fixed: E001 syntax (2), E002 missing-header (1)`, and what was not, and why."""
    first = f"{len(mended):,} {what}: {_codes(found.code for found in mended)}" if mended else f"nothing {what}"
    brings = Counter(str(code) for one in dropped for code in one.brings)
    if not dropped:
        return (first,)
    because = f"their fixes would bring {', '.join(sorted(brings))}" if brings else "their fixes would not mend them"
    left = f"{len(dropped):,} left, for {because}: {_codes(one.diagnostic.code for one in dropped)}"
    return (first, left, "the search was ended there: others were not tried") if gave_up else (first, left)


def _codes(codes: Iterable[Code]) -> str:
    counts = Counter(map(str, codes))
    return ", ".join(f"{code} ({count:,})" for code, count in sorted(counts.items()))
