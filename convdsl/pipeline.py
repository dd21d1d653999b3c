"""The only chain of phases: text to tree to graph to analysis; everything else starts from its result.

Nothing here prints or reads files; nothing imports torch.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from convdsl import codes
from convdsl.analysis.accepted import Accepted
from convdsl.analysis.expectations import check_expectations
from convdsl.analysis.judged import Judge
from convdsl.analysis.promises import check_sizes
from convdsl.calls import Named
from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.graph.consequences import follows
from convdsl.graph.elaborate import elaborate
from convdsl.graph.graph import Graph
from convdsl.graph.library import ROOT, Library, Reader, Shelf
from convdsl.meaning import Meaning
from convdsl.mistake import MistakeError
from convdsl.optimization import adversarial
from convdsl.recipe import Recipe, usual
from convdsl.record import dataclass, field, replace
from convdsl.settings import check_loss, check_useless, read_train
from convdsl.source import Source
from convdsl.spec_error import SpecError
from convdsl.syntax import tree
from convdsl.syntax.limits import MAX_MISTAKES, limited
from convdsl.syntax.parse import Parsed, is_yaml, parse

if TYPE_CHECKING:
    from convdsl.discriminator import Wrong
    from convdsl.render.facts import Network


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is known of a spec without torch.

    graph: None where the file has no model. accepted: the sizes at which PyTorch runs the network; legal: those of
    them where every shape promise holds besides; None without a graph. recipe: of the `train` section, or defaults.
    parameters: the values that were given for the model's parameters. sources: the spec's own text and those that it
    imports, by `Span.file`; imported: the latter, for keeping, and those of the discriminator. judge: what is known of
    the discriminator that the recipe names, None where there is none or it has errors. reader: found the files.
    """

    sources: tuple[Source, ...]
    file: tree.File
    graph: Graph | None
    diagnostics: tuple[Diagnostic, ...]
    accepted: Accepted | None
    legal: Accepted | None
    recipe: Recipe
    parameters: Mapping[str, object] = field(default_factory=dict)
    imported: Shelf = field(default_factory=Shelf)
    judge: "Analysis | None" = None
    reader: Reader | None = field(default=None, repr=False, compare=False)

    @property
    def source(self) -> Source:
        """The spec's own text."""
        return self.sources[0]

    @property
    def ok(self) -> bool:
        """Tell whether no error was found."""
        return not any(item.is_error for item in self.diagnostics)

    def require_ok(self) -> "Analysis":
        """Return the analysis itself.

        Raises SpecError where the spec has errors.
        """
        if not self.ok:
            raise SpecError(self.diagnostics, self.sources)
        return self

    @property
    def second(self) -> Judge | None:
        """The discriminator as sums of memory take it, None where the recipe names none."""
        return _second(self.recipe, self.judge)

    @property
    def is_library(self) -> bool:
        """Tell whether the file is there to be imported: blocks, and no model."""
        return self.graph is None and any(isinstance(item, tree.Block) for item in self.file.items)

    def without_model(self) -> SpecError:
        """Return what a command says that needs a network, where there is none."""
        if not self.ok:
            return SpecError(self.diagnostics, self.sources)
        way = Help("give it a model, `model Net { … }`, or name a spec that imports its blocks")
        message = f"`{self.source.name}` has blocks and no `model`: there is no network in it"
        said = Diagnostic(codes.NO_MODEL, message, Label(self.file.edition_span), helps=(way,))
        return SpecError((said,), self.sources)

    def require_runnable(self) -> "Analysis":
        """Return the analysis itself.

        Raises SpecError where the spec has errors, or no model.
        """
        if self.graph is None:
            raise self.without_model()
        return self.require_ok()

    def network(self) -> "Network":
        """Return what tables, reports and pictures are made from.

        Raises SpecError where the spec has no model.
        """
        from convdsl.analysis.geometry import receptive_fields  # `check` shows nothing
        from convdsl.render.facts import Network

        if self.graph is None or self.legal is None:
            raise self.without_model()
        fields = receptive_fields(self.graph)
        return Network(
            self.graph, self.sources, self.legal, fields, self.diagnostics, self.recipe.optimizer, self.second
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return what a notebook shows: the table and the drawing; without a model the findings, or the text."""
        from convdsl.render.notebook import messages, network_bundle  # notebooks only

        if self.graph is not None and self.legal is not None:
            return network_bundle(self.network())
        return {"text/plain": "\n\n".join(messages(self.diagnostics, self.sources)) or self.source.text}

    @property
    def sizes_known(self) -> bool:
        """Tell whether `accepted` speaks of the whole network: every line was read, every shape is known."""
        if self.graph is None or any(node.shapes is None for node in self.graph.nodes):
            return False
        unknown = self.legal is None or self.legal.unsplit
        return not unknown and not any(item.is_error and item.code.id < "E2" for item in self.diagnostics)

    @property
    def layers_known(self) -> bool:
        """Tell whether every layer is as it was meant: no error but such as leave layers and sizes as they are."""
        if self.graph is None or any(node.shapes is None for node in self.graph.nodes):
            return False
        return not any(item.is_error and item.code not in _KNOWN for item in self.diagnostics)

    @property
    def architecture_hash(self) -> str:
        """Identify the network: sha256 over the graph, without comments, spellings and the `train` section."""
        if self.graph is None:
            return ""
        from convdsl.graph.identity import architecture_hash  # `check` hashes nothing

        return architecture_hash(self.graph)


def analyze(
    source: Source, parameters: Mapping[str, object] | None = None, *, reader: Reader | None = None
) -> Analysis:
    """Run every phase on one spec.

    parameters: values for the model's parameters. reader: finds the files that the spec imports.
    Never raises on user text; mistakes are in `diagnostics`.
    """
    with collector_paused():
        return _analyze(source, parameters, reader)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the garbage collector out of a phase that makes many objects and no rubbish: a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _analyze(
    source: Source, parameters: Mapping[str, object] | None, reader: Reader | None, *, alone: bool = False
) -> Analysis:
    """Run every phase. alone: it is a discriminator, and nothing is asked of one that it may name itself."""
    parsed = parse(source)
    found = list(parsed.diagnostics)
    file = parsed.file
    readings: tuple[Parsed, ...] = (parsed,)
    library, imported = None, Shelf()
    if any(isinstance(item, tree.Import) for item in file.items):
        from convdsl.graph.imports import collect  # only a spec with imports needs it

        files = collect(parsed, reader)
        readings, library, imported = files.parsed, Library(files.units), files.shelf
        found.extend(files.diagnostics)
    train = next((item for item in file.items if isinstance(item, tree.Train)), None)
    graph: Graph | None = None
    elaborated: tuple[Diagnostic, ...] = ()
    if len(found) <= MAX_MISTAKES:  # else most lines were not read, and the list of mistakes is full
        graph, elaborated = elaborate(file, parameters, library=library)
    if graph is not None and graph.has_blanks:
        from convdsl.analysis.holes import solve_holes  # only a spec with `?` needs it

        holes = solve_holes(graph, [index for index, reading in enumerate(readings) if is_yaml(reading.file.source)])
        if holes.values:
            graph, elaborated = elaborate(file, parameters, holes.values, library=library)
        found.extend(holes.diagnostics)
    elaborated = tuple(item for item in elaborated if not follows(item, readings[item.where.span.file]))
    found.extend(elaborated)
    meaning = graph.outputs[0].meaning if graph is not None and len(graph.outputs) == 1 else None
    recipe, mistakes = read_train(train, usual(meaning))
    runs = legal = None
    measurable = False
    if graph is not None:
        sizes = check_sizes(graph)
        runs, legal = sizes.accepted, sizes.legal
        if not any(item.is_error and item.code not in _APART for item in found):
            found.extend(sizes.diagnostics)
            measurable = True
    found.extend(mistakes)
    found.extend(check_loss(meaning, recipe.loss, train))
    found.extend(check_useless(_shown(graph), meaning, recipe, train))
    pair = _Pair()
    if recipe.discriminator is not None and not alone and _can_be_found(recipe.discriminator, reader):
        pair = _pair(recipe, None if any(item.is_error for item in found) else graph, reader)
        imported = _both(imported, pair.files)
        if pair.wrong is not None and train is not None:
            found.append(pair.wrong.at(train, source))
    if measurable and graph is not None and legal is not None:
        found.extend(check_expectations(graph, legal, recipe, _second(recipe, pair.judge)))
    found.sort(key=lambda item: (item.where.span.file, item.where.span.start))
    sources = tuple(reading.file.source for reading in readings)
    return Analysis(
        sources, file, graph, limited(found), runs, legal, recipe, dict(parameters or {}), imported, pair.judge, reader
    )


def _second(recipe: Recipe, judge: Analysis | None) -> Judge | None:
    """Return the discriminator as sums of memory take it, None where the recipe names none."""
    if recipe.discriminator is None:
        return None
    return Judge() if judge is None else Judge(judge.graph, judge.legal)


def _shown(graph: Graph | None) -> Meaning | None:
    """Return what the one input means that has no default; None where there is not one, or nothing is said."""
    needed = [] if graph is None else [tensor for tensor in graph.inputs if tensor.default is None]
    return needed[0].meaning if len(needed) == 1 else None


def _can_be_found(path: str, reader: Reader | None) -> bool:
    """Tell whether there is a place to look in: the network of a text without a folder is whole without its judge."""
    return reader is not None and not (isinstance(reader, Shelf) and (ROOT, path) not in reader.ways)


@dataclass(frozen=True, slots=True)
class _Pair:
    """The second network that a recipe names, its files for keeping, and why it cannot judge the first."""

    judge: Analysis | None = None
    files: Shelf = field(default_factory=Shelf)
    wrong: "Wrong | None" = None


def _pair(recipe: Recipe, graph: Graph | None, reader: Reader | None) -> _Pair:
    """Find, analyse and judge the discriminator of a recipe. graph: the first network, None where it has errors."""
    from convdsl.discriminator import Wrong, find, misgiven  # only a spec with a discriminator needs it

    path, given = recipe.discriminator or "", recipe.discriminator_model
    found = find(path, reader)
    if isinstance(found, Wrong):
        return _Pair(wrong=found)
    judge = _analyze(found.source, given.keywords if given is not None else None, found.reader, alone=True)
    files = found.shelf(path, judge.imported)
    wrong = misgiven(judge.file, found.source.name, given) or _broken(judge, given) or _unfit(recipe, graph, judge)
    return _Pair(None if wrong else judge, files, wrong)


def _broken(judge: Analysis, given: Named | None) -> "Wrong | None":
    from convdsl.discriminator import blamed, broken

    wrong = broken(judge.graph, judge.diagnostics, judge.sources)
    if wrong is None or given is None or not given.keywords:
        return wrong
    alone = _analyze(judge.source, None, judge.reader, alone=True)
    return blamed(wrong, given, judge.source.name) if alone.ok else wrong


def _unfit(recipe: Recipe, graph: Graph | None, judge: Analysis) -> "Wrong | None":
    from convdsl.discriminator import unfit

    word = adversarial(recipe.loss)
    if graph is None or judge.graph is None:
        return None
    return unfit(graph, judge.graph, judge.legal, recipe.crop, logits=word is not None and word.kind == "bce")


def with_recipe(analysis: Analysis, recipe: Recipe) -> Analysis:
    """Return an analysis without errors with another recipe; its discriminator is found and judged as by `analyze`.

    Raises MistakeError where the two networks cannot be trained against each other.
    """
    pair, path = _Pair(), recipe.discriminator
    same = (path, recipe.discriminator_model) == (analysis.recipe.discriminator, analysis.recipe.discriminator_model)
    if path is not None and same and analysis.judge is not None:
        pair = _Pair(analysis.judge, wrong=_unfit(recipe, analysis.graph, analysis.judge))
    elif path is not None:
        with collector_paused():
            pair = _pair(recipe, analysis.graph, analysis.reader)
    if pair.wrong is not None:
        raise MistakeError(pair.wrong.message, notes=pair.wrong.notes, way_out=pair.wrong.way_out)
    return replace(analysis, recipe=recipe, judge=pair.judge, imported=_both(analysis.imported, pair.files))


def _both(first: Shelf, second: Shelf) -> Shelf:
    return Shelf({**first.sources, **second.sources}, {**first.ways, **second.ways})


# mistakes that leave the layers and their sizes as they are
_APART = frozenset(
    {
        *(codes.MISSING_HEADER, codes.DEAD_NODE, codes.UNUSED_INPUT, codes.NO_OUTPUT, codes.PROMISE),
        codes.HOLE_AMBIGUOUS,
        *(codes.KEY_CLASH, codes.KEY_INVALID, codes.COLOR_CHANNELS, codes.MEANING),
    }
)
_KNOWN = _APART - {codes.HOLE_AMBIGUOUS}  # a layer of several solutions stands with a guess
