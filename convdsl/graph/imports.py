"""Imports: follow `from "blocks.cdsl" import Down` to its file, parse each file once, and say what cannot be had.

Where files lie is the reader's business; what may be written as a path, how far imports may lead, and what a name in
them may be, is decided here.
"""

import re
from collections.abc import Iterator

from convdsl import codes
from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.graph.library import ROOT, Reader, Refusal, Shelf, Unit
from convdsl.record import dataclass
from convdsl.source import Source
from convdsl.syntax import tree
from convdsl.syntax.limits import MAX_BYTES
from convdsl.syntax.parse import Parsed, parse
from convdsl.syntax.relocate import relocated, relocated_diagnostics

MAX_FILES = 1_000
MAX_FILES_DEEP = 64  # blocks are nested no deeper either
LONGEST_PATH = 1_000
ENDINGS = (".cdsl", ".yaml", ".yml")
NO_FOLDER = Refusal(
    "this spec is a text without a folder, so nothing can be imported",
    "load it from a file beside those that it imports, or copy their blocks into it",
    once=True,
)


@dataclass(frozen=True, slots=True)
class Collected:
    """The files of a spec, what is wrong with the imported ones and the imports, and the imported ones for keeping.

    parsed: each file as its reader left it, by the number of its source.
    """

    units: tuple[Unit, ...]
    parsed: tuple[Parsed, ...]
    diagnostics: tuple[Diagnostic, ...]
    shelf: Shelf

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return the texts, by their number."""
        return tuple(unit.file.source for unit in self.units)


def collect(root: Parsed, reader: Reader | None) -> Collected:
    """Read all files that a spec imports, one way or another.

    reader: None where there is no place to read from. Never raises on user text.
    """
    return _Collector(root, reader).run()


class _Collector:
    """One walk along all imports, depth first; `on_the_way` are the files from the root to where it is now."""

    def __init__(self, root: Parsed, reader: Reader | None) -> None:
        self.reader = reader
        self.parsed = [root]
        self.files = [root.file]
        self.names = [ROOT]
        self.whole = [True]
        self.ways: list[dict[str, int | None]] = [{}]
        self.diagnostics: list[Diagnostic] = []
        self.size = len(root.file.source.text)
        self.on_the_way = [0]
        self.led: list[tree.Import] = []
        self.told: set[str] = set()

    def run(self) -> Collected:
        todo = [self.imports_of(0)]
        while todo:
            item = next(todo[-1], None)
            if item is None:
                todo.pop()
                del self.on_the_way[-1:], self.led[-1:]
            elif item.path.value not in self.ways[self.on_the_way[-1]]:
                known = len(self.files)
                found = self.ways[self.on_the_way[-1]][item.path.value] = self.target(item)
                if found == known:
                    self.on_the_way.append(found)
                    self.led.append(item)
                    todo.append(self.imports_of(found))
        parts = zip(self.files, self.names, self.ways, self.whole, strict=True)
        return Collected(
            tuple(Unit(*part) for part in parts),
            tuple(self.parsed),
            tuple(self.diagnostics),
            self.shelf(),
        )

    def shelf(self) -> Shelf:
        """Keep the imported files, and where each path led."""
        sources = {name: file.source for name, file in zip(self.names[1:], self.files[1:], strict=True)}
        ways = {
            (name, path): self.names[target]
            for name, ways in zip(self.names, self.ways, strict=True)
            for path, target in ways.items()
            if target is not None
        }
        return Shelf(sources, ways)

    def imports_of(self, number: int) -> Iterator[tree.Import]:
        """Give the imports of a file, in order."""
        return (item for item in self.files[number].items if isinstance(item, tree.Import))

    def target(self, item: tree.Import) -> int | None:
        """Return the number of the file that an import leads to, reading it where that is its first mention."""
        path = item.path.value
        refused = path_problem(path)
        if refused is not None or self.reader is None:
            return self.refuse(item, refused or NO_FOLDER)
        name = self.reader.resolve(path, self.names[self.on_the_way[-1]])
        if isinstance(name, Refusal):
            return self.refuse(item, name)
        if name in self.names:
            number = self.names.index(name)
            return self.circle(item, number) if number in self.on_the_way else number
        full = self.too_much()
        source = full or self.reader.read(name)
        if isinstance(source, Refusal):
            return self.refuse(item, source)
        self.size += len(source.text)
        if self.size > MAX_BYTES:
            return self.refuse(item, _too_large())
        return self.add(name, source)

    def add(self, name: str, source: Source) -> int:
        """Parse a file; what is wrong with it is told in it."""
        number = len(self.files)
        parsed = parse(source)
        found = [one for one in parsed.diagnostics if one.code != codes.NO_MODEL]
        self.parsed.append(parsed)
        self.files.append(relocated(parsed.file, number))
        self.names.append(name)
        self.ways.append({})
        self.whole.append(not any(one.is_error and one.code != codes.MISSING_HEADER for one in found))
        self.diagnostics.extend(relocated_diagnostics(found, number))
        return number

    def refuse(self, item: tree.Import, why: Refusal) -> int | None:
        """Report an import that leads nowhere, None."""
        if not (why.once and why.message in self.told):
            self.told.add(why.message)
            way = Help(why.way_out, self.better(item.path, why.better))
            self.diagnostics.append(Diagnostic(codes.IMPORT_PATH, why.message, Label(item.path.span), helps=(way,)))
        return None

    def better(self, path: tree.String, better: str) -> tuple[Edit, ...]:
        """Offer another path, in quotes where the text has them."""
        written = self.files[self.on_the_way[-1]].source.excerpt(path.span)
        if not re.fullmatch(r"[\w./-]+", better, re.ASCII) or path.value not in written:
            return ()
        return (Edit(path.span, written.replace(path.value, better)),)

    def circle(self, item: tree.Import, number: int) -> int | None:
        """Report an import that leads back to a file on the way to it, None."""
        at = self.on_the_way.index(number)
        ring = [self.files[one].source.name for one in (*self.on_the_way[at:], number)]
        labels = tuple(Label(led.path.span, f"`{to}`") for led, to in zip(self.led[at:], ring[1:], strict=False))
        message, way = f"`{ring[0]}` imports itself", "remove the line: a file's own blocks need no import"
        if len(ring) > 2:
            message = f"the imports go in a circle: {' -> '.join(ring)}"
            way = "move the blocks that both sides need into a file that imports neither"
        found = Diagnostic(codes.IMPORT_CYCLE, message, Label(item.path.span), labels, helps=(Help(way),))
        self.diagnostics.append(found)
        return None

    def too_much(self) -> Refusal | None:
        """Refuse one file more than a spec may have."""
        if len(self.files) > MAX_FILES:
            return Refusal(
                f"the spec imports more than {MAX_FILES:,} files", "put more blocks into one file", once=True
            )
        if len(self.on_the_way) > MAX_FILES_DEEP:
            message = f"imports lead more than {MAX_FILES_DEEP} files deep"
            return Refusal(message, "put blocks that belong together into one file", once=True)
        return None


def _too_large() -> Refusal:
    message = f"the spec and what it imports have more than {MAX_BYTES:,} characters together"
    return Refusal(message, "write repeated layers with `block`, `repeat` and `for`", once=True)


def path_problem(path: str) -> Refusal | None:
    """Say why a path cannot be one of a file below the spec's folder, None where it can."""
    beside = "put the file beside the spec, or into a folder there, and write its path from here: `parts/blocks.cdsl`"
    if not path.strip():
        return Refusal("the import names no file", 'write it as `from "blocks.cdsl" import Down`')
    if len(path) > LONGEST_PATH:
        return Refusal(f"the path has {len(path):,} characters, more than {LONGEST_PATH:,}", beside)
    if any(not char.isprintable() for char in path):
        return Refusal("the path has a character that cannot be seen", beside)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", path):
        return Refusal(f"`{path}` is an address, and only files are imported", f"fetch it, and {beside}")
    if path.startswith(("/", "~")) or re.match(r"[A-Za-z]:|\\\\", path):
        return Refusal(f"`{path}` is an absolute path", beside)
    if "\\" in path:
        better = path.replace("\\", "/")
        return Refusal(f"`{path}` has a backslash", f"write `{better}`: it works on every system", better=better)
    if not path.lower().endswith(ENDINGS):
        return Refusal(f"`{path}` does not name a spec", f"a spec's name ends in {', '.join(ENDINGS[:-1])} or .yml")
    return None
