"""What Python programs call, and what the command line is made of: one function for each thing that convdsl does.

Every function takes a spec as a path, as text (a string with a newline in it), as the `Analysis` that `load` gives, or
as what a program wrote with the builder.
A text cannot import other files, for it lies in no folder. Keywords that a function does not know are parameters of
the model; one that is called as an option is given by `load` (docs/notebook.md).
PyTorch is imported by `train`, `evaluate` and `colorize` only, when they are called. What becomes of a spec
in PyTorch, `emit`, `build` and `export`, is in `compiled.py`, pictures are in `drawing.py`.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from convdsl.analysis.accepted import Accepted
from convdsl.diagnostics import Diagnostic
from convdsl.files import read_spec, write_new
from convdsl.folder import Folder
from convdsl.graph.graph import Graph
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis, analyze
from convdsl.render.facts import Network
from convdsl.render.footprint import Footprint
from convdsl.settings import override
from convdsl.source import Source
from convdsl.spec_error import SpecError
from convdsl.syntax.limits import MAX_BYTES
from convdsl.syntax.parse import is_yaml
from convdsl.view import Size, footprint_of, network_of, sizes_of, smallest, with_batch

if TYPE_CHECKING:
    from convdsl.train.classify import Classified
    from convdsl.train.evaluate import Evaluation
    from convdsl.train.loop import Outcome
    from convdsl.train.predict import Coloured

Place = str | os.PathLike[str]


@runtime_checkable
class Written(Protocol):
    """A spec that a program wrote."""

    def analysis(self, parameters: Mapping[str, object] | None = None) -> Analysis:
        """Find out all that can be known of it."""


Spec = Place | Analysis | Written


def load(spec: Spec, **parameters: object) -> Analysis:
    """Read a spec and find out all that can be known of it; mistakes are in `diagnostics`, not raised.

    parameters: values for the model's parameters: `load("colorizer.cdsl", width=64)`.
    Raises SpecError where there is nothing to read: no such file, not text, not UTF-8.
    """
    if isinstance(spec, Analysis):
        return analyze(spec.source, parameters, reader=spec.imported) if parameters else spec
    if isinstance(spec, Written):
        return spec.analysis(parameters)
    if isinstance(spec, str) and "\n" in spec:
        return analyze(Source("<text>", spec), parameters)
    source, unread = read_spec(os.fspath(spec))
    if any(found.is_error for found in unread):
        raise SpecError(unread, (source,))
    return analyze(source, parameters, reader=Folder(os.fspath(spec)))


def check(spec: Spec, **parameters: object) -> tuple[Diagnostic, ...]:
    """Return every finding about a spec, the linter's among them; none means that there is nothing to say.

    Raises SpecError where there is nothing to read.
    """
    from convdsl.review import review

    return review(load(spec, **parameters))


def fmt(spec: Place | Analysis) -> str:
    """Return a spec in its canonical form, comments and all: YAML for a `.yaml` path, else text. Nothing is written.

    Raises SpecError where it cannot be read; other mistakes do not matter.
    """
    from convdsl.authoring.format import formatted

    source = _source_of(spec)
    result = formatted(source)
    if result.text is None:
        raise SpecError(result.diagnostics, (source,))
    return result.text


def convert(spec: Place | Analysis, to: str) -> str:
    """Return a spec in the spelling `to`, "text" or "yaml", in its canonical form, comments and all.

    Raises SpecError where it cannot be read, MistakeError where there is no such spelling.
    """
    from convdsl.authoring.convert import converted

    names = {"text": "<converted>.cdsl", "yaml": "<converted>.yaml"}
    if to not in names:
        raise MistakeError(f"there is no spelling `{to}`", way_out='say to="text" or to="yaml"')
    source = _source_of(spec)
    result = converted(source, names[to])
    if result.text is None:
        raise SpecError(result.diagnostics, (source,))
    return result.text


def show(
    spec: Spec,
    size: Size | None = None,
    *,
    keys: bool = False,
    batch: int | None = None,
    dtype: str | None = None,
    depth: int | None = None,
    columns: int = 100,
    colour: bool = False,
    bars: bool = False,
    ascii: bool = False,
    **parameters: object,
) -> str:
    """Return the table of layers as text, or the list of weights with `keys`.

    size: the input's height and width, "256x256", (256, 256) or {"H": 256, "W": 256}: shapes become numbers, and
    multiply-accumulates and memory are counted. batch: images at once, 1 if not given. dtype: the type of weights and
    values, "float32", "float64", "float16" or "bfloat16". depth: levels of blocks and groups that are opened, None for
    all. columns: cells of the terminal. bars: draw skips in the margin, and bars beside parameters and MACs. ascii: use
    no other characters. parameters: the model's own: `show("net.cdsl", width=64)`.
    Raises SpecError where the spec has no network that could be shown, MistakeError for a size that it does not accept.
    """
    from convdsl.render import table

    given = {"size": size is not None, "keys": keys, "batch": batch is not None, "dtype": dtype is not None}
    given |= {"depth": depth is not None, "columns": columns != 100, "colour": colour, "bars": bars, "ascii": ascii}
    network = network_of(configured(spec, parameters, "show", given))
    if keys:
        return table.keys(network)
    sizes, memory = _asked(network, size, batch, dtype)
    return table.table(
        network, sizes=sizes, memory=memory, width=columns, depth=depth, colour=colour, bars=bars, ascii=ascii
    )


def _asked(
    network: Network, size: Size | None, batch: int | None, dtype: str | None
) -> tuple[Mapping[str, int] | None, Footprint | None]:
    """Return the values of the symbols, that of the batch among them where one is given, and the memory at them."""
    memory, sizes = footprint_of(network, size, batch, dtype), sizes_of(network, size)
    if batch is not None:
        sizes = with_batch(network, sizes or {}, batch)
    return sizes, memory


def closeup(spec: Spec, layer: str, size: Size | None = None) -> str:
    """Return one layer as text: the formulas of its sizes with the numbers put in, and what sharing weights saves.

    layer: its name as `show` prints it. size: as for `show`; without it the smallest that the network accepts.
    Raises SpecError where the spec has no network, MistakeError for an unknown layer or a size that is not accepted.
    """
    from convdsl.render import closeup as near
    from convdsl.render.naming import layer_named

    network = network_of(load(spec))
    sizes = sizes_of(network, size) or smallest(network.legal)
    if sizes is None:
        raise MistakeError("the network runs at no size", way_out="see what `check` says of it")
    return near.closeup(network, layer_named(network, layer).name, sizes)


def report(
    spec: Spec, size: Size | None = None, *, batch: int | None = None, dtype: str | None = None
) -> dict[str, object]:
    """Return what `show --format json` prints: version 1 of a contract for other programs (docs/show.schema.json).

    size, batch, dtype: as for `show`.
    Raises what `show` raises.
    """
    from convdsl.render import json_report

    network = network_of(load(spec))
    return json_report.report(network, *_asked(network, size, batch, dtype))


def expand(spec: Spec, path: Place | None = None, *, to: str | None = None, force: bool = False) -> str:
    """Return the spec of the same network without blocks, loops, ifs, defaults and parameters, one layer a line.

    Keys, sizes and hash are the same, and each line says in a comment where it comes from. path: also write it. to:
    "text" or "yaml", in place of the spelling of `path`, or of the spec.
    Raises SpecError where the spec has an error, MistakeError where the file exists and `force` is false, or where the
    network is too large for a spec.
    """
    from convdsl.authoring.canonical import canonical
    from convdsl.lower.expand import expand as flat

    analysis, graph, _ = runnable(spec)
    kind = to or ("yaml" if is_yaml(Source(os.fspath(path), "") if path else analysis.source) else "text")
    if kind not in ("text", "yaml"):
        raise MistakeError(f"there is no spelling `{kind}`", way_out="the two are `text` and `yaml`")
    tree = canonical(flat(graph, analysis.file, analysis.sources))
    if kind == "yaml":
        from convdsl.authoring.print_yaml import print_yaml

        text = print_yaml(tree)
    else:
        from convdsl.authoring.print_text import print_text

        text = print_text(tree)
    if len(text) > MAX_BYTES:
        message = f"the expanded spec would have {len(text):,} characters, and no spec may have more than {MAX_BYTES:,}"
        raise MistakeError(message, way_out="expand a smaller one of its kind: `--param depth=2`")
    return written(text, path, force)


def train(
    spec: Spec,
    photos: Place | Iterable[Place],
    out: Place,
    *,
    resume: bool = False,
    force: bool = False,
    device: str = "cpu",
    val: Place | Iterable[Place] = (),
    samples: int = 4,
    tensorboard: bool = False,
    workers: int = 0,
    **settings: object,
) -> "Outcome":
    """Train a network on photographs; checkpoints and a record of the run go to the folder `out`.

    photos: folders or files. resume: go on with the run that `out` holds; force: begin again over it. val: photographs
    to measure at each checkpoint, samples: how many to draw; tensorboard: write files for it too. workers: processes
    that read photographs, in a program below `if __name__ == "__main__":`. settings: in place of the spec's `train`
    section, `steps=100, seed=1`, or `**{"optimizer.lr": 1e-3}`.
    Raises SpecError where the spec has an error, MistakeError for everything else that can be mended.
    """
    from convdsl.train.checkpoint import with_kept
    from convdsl.train.device import prepare
    from convdsl.train.loop import train as run
    from convdsl.train.observe import Watching
    from convdsl.train.run import make_job

    analysis = with_kept(load(spec), Path(out)) if resume else load(spec)
    analysis.require_runnable()
    job = make_job(analysis, override(analysis.recipe, settings), analysis.parameters)
    watching = Watching(_paths(val), samples=samples, tensorboard=tensorboard)
    return run(
        job,
        _paths(photos),
        Path(out),
        resume=resume,
        force=force,
        device=prepare(device),
        workers=workers,
        watching=watching,
    )


def evaluate(
    checkpoint: Place,
    photos: Place | Iterable[Place],
    *,
    size: int | None = None,
    hint_points: int = 0,
    temperature: float | None = None,
    card: bool = False,
) -> "Evaluation | Classified":
    """Measure a trained network on photographs, beside gray and the training photographs' mean colour; a classifier on
    folders of photographs by class, beside the commonest class.

    checkpoint: the `out` of `train`, or one checkpoint in it. size: side of the squares that are compared, in pixels;
    if not given 96, and for classifiers and autoencoders the crop of training. hint_points: patches of true colour that
    a network that takes hints is given of each photograph. temperature: at which colours are taken of bins, in place of
    the recipe's. card: write what is found into the run's model card too. Raises MistakeError where there is no
    checkpoint or photograph, the network takes no hints or makes no bins, or the card is not one that convdsl wrote.
    """
    from convdsl.train.measure import measure
    from convdsl.train.run import open_trained

    trained = open_trained(Path(checkpoint))
    found = measure(trained, _paths(photos), side=size, hint_points=hint_points, temperature=temperature)
    if card:
        from convdsl.train.complete import complete

        complete(trained, found)
    return found


def colorize(
    checkpoint: Place,
    photos: Place | Iterable[Place],
    out: Place | None = None,
    *,
    size: int | Literal["full"] | None = None,
    tile: bool | int = False,
    suffix: str = "",
    format: str | None = None,
    quality: int = 95,
    depth: int = 8,
    compare: bool = False,
    hints: Place | None = None,
    hint: Iterable[str] = (),
    temperature: float | None = None,
    recursive: bool = True,
    force: bool = False,
    skip_existing: bool = False,
    device: str = "cpu",
) -> "Coloured":
    """Colour photographs at their full resolution; their own lightness is kept (docs/colorizing.md).

    checkpoint: the `out` of `train`, one checkpoint in it, or an ONNX file of `export`. photos: files, folders and
    patterns such as "photos/**/*.jpg". out: a folder, or the name of one file; None with a `suffix` puts each result
    beside its photograph. size: short side that the network sees, in pixels; "full" for the photograph as it is. tile:
    show it in tiles, of that many pixels if it is a number. format: "png", "jpeg", "webp" or "tiff" in place of the
    photograph's; quality: of JPEG and WebP. depth: bits of a channel, 8, or 16 with "png". compare: also write gray,
    result and original side by side. hints: a picture of one photograph's size, transparent where it gives no colour.
    hint: colours at pixels, "120,40,#a03020". temperature: at which colours are taken of bins. skip_existing: leave
    alone what has a result. Raises MistakeError, as where a file would be overwritten and `force` is false.
    """
    from convdsl.colourist import open_colourist
    from convdsl.train.device import prepare
    from convdsl.train.hints import read_hints
    from convdsl.train.places import Naming
    from convdsl.train.predict import Wish, colorize_files

    wish = Wish(
        Naming(None if out is None else Path(out), suffix, format or "", compare),
        short=None if size == "full" else size,
        full=size == "full",
        tiled=tile is not False,
        side=0 if tile is True else int(tile),
        quality=quality,
        depth=depth,
        recursive=recursive,
        force=force,
        skip_existing=skip_existing,
        hints=read_hints(None if hints is None else Path(hints), tuple(hint)),
        temperature=temperature,
    )
    return colorize_files(open_colourist(Path(checkpoint), device=prepare(device)), _paths(photos), wish)


def _source_of(spec: Place | Analysis) -> Source:
    if isinstance(spec, Analysis):
        return spec.source
    if isinstance(spec, str) and "\n" in spec:
        return Source("<text>", spec)
    source, unread = read_spec(os.fspath(spec))
    if any(found.is_error for found in unread):
        raise SpecError(unread, (source,))
    return source


def _paths(places: Place | Iterable[Place]) -> tuple[Path, ...]:
    return (Path(places),) if isinstance(places, str | os.PathLike) else tuple(map(Path, places))


def configured(spec: Spec, parameters: Mapping[str, object], function: str, options: Mapping[str, bool]) -> Analysis:
    """Read a spec with parameters that a function was given as keywords.

    options: those of the function, and whether each was given.
    Raises MistakeError where an option that was given is a parameter of the model too, and nobody can tell which is
    meant; with an Analysis, whose parameters have their values, it is the option.
    """
    analysis = load(spec, **parameters)
    if isinstance(spec, Analysis) or analysis.graph is None:
        return analysis
    for name, was_given in options.items():
        if was_given and name in analysis.graph.parameters:
            message = f"`{name}` is an option of `{function}` and a parameter of the model `{analysis.graph.model}`"
            way_out = f"give the parameter by `load`: `{function}(load(spec, {name}=...))`; keywords beside are options"
            raise MistakeError(message, way_out=way_out)
    return analysis


def runnable(
    spec: Spec,
    parameters: Mapping[str, object] | None = None,
    function: str = "",
    options: Mapping[str, bool] | None = None,
) -> tuple[Analysis, Graph, Accepted]:
    """Return a network that can be run, with its graph and the sizes at which it is right.

    parameters, function, options: as for `configured`. Raises SpecError where the spec has an error.
    """
    analysis = configured(spec, parameters or {}, function, options or {}).require_runnable()
    assert analysis.graph is not None and analysis.legal is not None  # without a model there is an error
    return analysis, analysis.graph, analysis.legal


def written(product: str, path: Place | None, force: bool) -> str:
    """Write what a function returns to a path, if there is one, and return it.

    Raises MistakeError where another file stands there and `force` is false.
    """
    if path is not None:
        write_new(os.fspath(path), product, force=force)
    return product
