"""What every format of `check` is made of: the files that were checked, and each finding once with its place.

A format is one file beside this one with one function, `render(report) -> str`. It knows findings, sources and nothing
of the command line; the folder that relative paths start from is handed in.
"""

import posixpath
from collections.abc import Callable, Mapping, Sequence

from convdsl.diagnostics import Diagnostic, Severity
from convdsl.record import dataclass, field
from convdsl.render.cells import visible
from convdsl.render.json_report import Checked
from convdsl.source import Position, Source, Span


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic with the sources that its spans point into, by `Span.file`."""

    diagnostic: Diagnostic
    sources: Sequence[Source]

    @property
    def source(self) -> Source:
        """The file of the primary place."""
        return self.sources[self.diagnostic.where.span.file]

    @property
    def start(self) -> Position:
        """Where the primary place begins."""
        return self.source.position(self.diagnostic.where.span.start)

    @property
    def end(self) -> Position:
        """Where the primary place ends, exclusive."""
        return self.source.position(max(self.diagnostic.where.span.start, self.diagnostic.where.span.end))

    @property
    def last_line(self) -> int:
        """The last line that the primary place touches: where it ends with a newline, the one before its end."""
        start, end = self.start, self.end
        return end.line - 1 if end.column == 1 and end.line > start.line else end.line

    @property
    def message(self) -> str:
        """The sentence, with what hides made visible."""
        return visible(self.diagnostic.message)

    @property
    def facts(self) -> tuple[str, ...]:
        """What stands below the sentence: the other ends, the facts, the ways out; one line each."""
        said = [f"{self.place_of(label.span)}: {visible(label.text)}" for label in self.diagnostic.labels if label.text]
        said += [visible(line) for note in self.diagnostic.notes for line in note.split("\n")]
        said += [visible(line) for way in self.diagnostic.helps for line in f"help: {way.text}".split("\n")]
        return tuple(said)

    def place_of(self, span: Span) -> str:
        """Name a place, as `net.cdsl:3:7`."""
        at = self.sources[span.file].position(span.start)
        return f"{visible(self.sources[span.file].name)}:{at.line}:{at.column}"


@dataclass(frozen=True, slots=True)
class Report:
    """The files that were checked.

    folder: what their relative names start from; base: the repository, or the same folder. Both are absolute, with `/`
    between their parts.
    fails: tells a finding for which `check` ends with an error. explanations: by the codes of the linter's rules, a
    sentence that says what each finds, and all that there is to say of it.
    """

    files: tuple[Checked, ...]
    folder: str
    base: str
    fails: Callable[[Diagnostic], bool]
    explanations: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def findings(self) -> tuple[Finding, ...]:
        """Return every finding once: a library's mistake is found by each spec that imports it."""
        found: dict[object, Finding] = {}
        for file in self.files:
            for one in file.diagnostics:
                finding = Finding(one, file.sources)
                key = (finding.source.name, one.where.span.start, one.where.span.end, one.code.id, one.message)
                found.setdefault(key, finding)
        return tuple(found.values())

    def path(self, name: str) -> str:
        """Return a file's path as the repository has it, without `./`; that of a file outside is absolute."""
        full = posixpath.normpath(posixpath.join(self.folder, name))
        base = self.base.rstrip("/") + "/"
        return full.removeprefix(base)


def is_error(diagnostic: Diagnostic) -> bool:
    """Tell an error: what fails where nothing else is said."""
    return diagnostic.severity is Severity.ERROR
