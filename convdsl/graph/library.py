"""The files of a spec, and what a block's name means in each: its own blocks, and those that it imports.

How imported files are found and read is `graph/imports.py`; a spec without imports has one file and never loads that.
"""

import posixpath
from collections.abc import Iterator, Mapping
from typing import Protocol

from convdsl import codes
from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.graph.problem import Problem, did_you_mean
from convdsl.ops import catalogue
from convdsl.record import dataclass, field
from convdsl.source import Source, Span
from convdsl.syntax import tree

KIND_NAMES = ("int", "float", "bool", "str", "layer")
ROOT = ""  # the name, for readers, of the file that is analysed


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an import leads nowhere, and the way out.

    once: it is the same for every import of the spec. better: the path that was probably meant, "" if none.
    """

    message: str
    way_out: str
    once: bool = False
    better: str = ""


class Reader(Protocol):
    """Finds and reads imported files. A file's name is its place below the root's folder, with `/`; the root's is ROOT.

    One file has one name, by whatever way it is found.
    """

    def resolve(self, path: str, importer: str) -> str | Refusal:
        """Return the name of the file that a path, written in the file `importer`, leads to."""

    def read(self, name: str) -> Source | Refusal:
        """Return the text of a file, under the name by which a person would open it."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Imported files that have been read already: a reader that needs no disk.

    sources: by name. ways: where a path, written in a file, leads: (importer, path) -> name.
    """

    sources: Mapping[str, Source] = field(default_factory=dict)
    ways: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def resolve(self, path: str, importer: str) -> str | Refusal:
        """Return the name of the file that a path, written in the file `importer`, leads to."""
        name = self.ways.get((importer, path))
        if name is None:
            return Refusal(f"`{path}` is not among the files that are kept here", "load the spec from its file")
        return name

    def read(self, name: str) -> Source | Refusal:
        """Return the text of a file."""
        missing = Refusal(f"`{name}` is not among the files that are kept here", "load the spec from its file")
        return self.sources.get(name, missing)


@dataclass(frozen=True, slots=True)
class Either:
    """Files from one reader, and from another what the first does not have."""

    first: Reader
    other: Reader

    def resolve(self, path: str, importer: str) -> str | Refusal:
        """Return the name of the file that a path, written in the file `importer`, leads to."""
        found = self.first.resolve(path, importer)
        kept = self.other.resolve(path, importer) if isinstance(found, Refusal) else found
        return found if isinstance(kept, Refusal) else kept

    def read(self, name: str) -> Source | Refusal:
        """Return the text of a file."""
        found = self.first.read(name)
        kept = self.other.read(name) if isinstance(found, Refusal) else found
        return found if isinstance(kept, Refusal) else kept


@dataclass(frozen=True, slots=True)
class Unit:
    """One file and the files that its imports lead to, by their paths as written: None where one could not be had.

    name: as readers know it. whole: every line of it could be read.
    """

    file: tree.File
    name: str = ROOT
    ways: Mapping[str, "int | None"] = field(default_factory=dict)
    whole: bool = True


Blocks = Mapping[str, "tree.Block | None"]  # None: a mistake, told already, keeps it from being known


class Library:
    """All files of a spec; the first is the root. `blocks` says, for each, what a block's name means in it."""

    def __init__(self, units: tuple[Unit, ...]) -> None:
        self.units = units
        self.problems: list[Problem] = []
        self.own = [self._own(unit.file) for unit in units]
        self.blocks: list[Blocks] = [self._seen(unit, own) for unit, own in zip(units, self.own, strict=True)]

    def all_blocks(self) -> Iterator[tree.Block]:
        """Give the blocks of all files."""
        for own in self.own:
            yield from own.values()

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return the mistakes in blocks' heads and in names that are imported."""
        return tuple(problem.diagnostic for problem in self.problems)

    def _own(self, file: tree.File) -> dict[str, tree.Block]:
        """Collect a file's own blocks; report names that clash."""
        blocks: dict[str, tree.Block] = {}
        for item in file.items:
            if isinstance(item, tree.Block) or (isinstance(item, tree.Model) and file is self.units[0].file):
                self._check_kinds(item)
            if not isinstance(item, tree.Block):
                continue
            first = blocks.get(item.name)
            if first is not None:
                self.problems.append(
                    Problem(
                        codes.DUPLICATE_NAME,
                        f"the block `{item.name}` is declared twice",
                        item.name_span,
                        labels=(Label(first.name_span, "first here"),),
                        helps=("give one of them another name",),
                    )
                )
            elif catalogue.find_own(item.name) is not None:  # a block may take the name of another package's operator
                message = f"`{item.name}` is a layer of the language; a block needs a name of its own"
                self.problems.append(
                    Problem(codes.DUPLICATE_NAME, message, item.name_span, helps=("give one of them another name",))
                )
            else:
                blocks[item.name] = item
        return blocks

    def _check_kinds(self, item: tree.Block | tree.Model) -> None:
        """Report parameters declared twice or of a kind that there is not."""
        seen: dict[str, tree.Parameter] = {}
        for parameter in item.parameters:
            first = seen.setdefault(parameter.name, parameter)
            if first is not parameter:
                self.problems.append(
                    Problem(
                        codes.DUPLICATE_NAME,
                        f"the parameter `{parameter.name}` is declared twice",
                        parameter.span,
                        labels=(Label(first.span, "first here"),),
                        helps=("give one of them another name",),
                    )
                )
            if parameter.kind not in KIND_NAMES:
                way = (
                    did_you_mean(parameter.kind, KIND_NAMES, parameter.kind_span)
                    or f"the kinds are {', '.join(KIND_NAMES)}"
                )
                message = f"there is no kind `{parameter.kind}`"
                self.problems.append(Problem(codes.WRONG_TYPE, message, parameter.kind_span, helps=(way,)))

    def _seen(self, unit: Unit, own: Mapping[str, tree.Block]) -> Blocks:
        """Return what names mean in a file."""
        if not any(isinstance(item, tree.Import) for item in unit.file.items):
            return own
        return {**self._imported(unit, own), **own}

    def _imported(self, unit: Unit, own: Mapping[str, tree.Block]) -> Blocks:
        """Look up what a file imports: blocks that the other file itself defines; None for what is told to be wrong."""
        seen: dict[str, tree.Block | None] = {}
        first: dict[str, Span] = {}
        for item in unit.file.items:
            if not isinstance(item, tree.Import):
                continue
            if not item.names:
                way = f'name the blocks: `from "{item.path.value}" import Down`'
                message = f"nothing is imported from `{item.path.value}`"
                self.problems.append(Problem(codes.IMPORT_NAME, message, item.span, helps=(way,)))
            spans = item.name_spans or (item.span,) * len(item.names)
            for name, span in zip(item.names, spans, strict=True):
                written = unit.file.source.excerpt(span)
                if written and name not in written:
                    continue  # the reader stands in for a name that it could not read
                problem = _clash(name, span, first, own)
                if problem is not None:
                    self.problems.append(problem)
                    continue
                first[name] = span
                seen[name] = self._block(unit, item, name, span)
        return seen

    def _block(self, unit: Unit, item: tree.Import, name: str, span: Span) -> tree.Block | None:
        """Find an imported block; None where it cannot be had, which is told here if it is not told elsewhere."""
        target = unit.ways.get(item.path.value)
        if target is None:
            return None
        there, blocks = self.units[target], self.own[target]
        if name in blocks or not there.whole:
            return blocks.get(name)
        file = there.file.source.name
        message = f"`{file}` has no block `{name}`"
        way: str | Help
        inner = [other for other in there.file.items if isinstance(other, tree.Import) and name in other.names]
        origin = there.ways.get(inner[0].path.value) if inner else None
        if any(isinstance(other, tree.Model) and other.name == name for other in there.file.items):
            message = f"`{name}` is the model of `{file}`, and only blocks are imported"
            way = f"make a block of what both need, and import that; `{name}` may call it too"
        elif inner:
            message = f"`{name}` is imported by `{file}`, not defined there"
            way = "import it from the file that defines it"
            if origin is not None:
                path = posixpath.relpath(self.units[origin].name, posixpath.dirname(unit.name) or ".")
                way = f'{way}: `from "{path}" import {name}`'
        else:
            way = did_you_mean(name, blocks, span) or (
                f"its blocks: {', '.join(blocks)}" if blocks else "it has no blocks at all"
            )
        self.problems.append(Problem(codes.IMPORT_NAME, message, span, helps=(way,)))
        return None


def one_file(file: tree.File) -> Library:
    """Make the library of a file that stands alone."""
    return Library((Unit(file),))


def _clash(name: str, span: Span, first: Mapping[str, Span], own: Mapping[str, tree.Block]) -> Problem | None:
    """Refuse a name that means something already."""
    if name in first:
        labels = (Label(first[name], "first here"),)
        return Problem(
            codes.DUPLICATE_NAME,
            f"`{name}` is imported twice",
            span,
            labels=labels,
            helps=("import it once; of two blocks of one name, one needs another name in its file",),
        )
    if name in own:
        return Problem(
            codes.DUPLICATE_NAME,
            f"`{name}` is imported, and it is a block of this file",
            span,
            labels=(Label(own[name].name_span, "declared here"),),
            helps=("give one of them another name, or remove one",),
        )
    if catalogue.find_own(name) is not None:
        message = f"`{name}` is a layer of the language, and needs no import"
        return Problem(codes.IMPORT_NAME, message, span, helps=(f"remove it, and use `{name}` as it is",))
    return None
