"""The second network of adversarial training: where its spec is found, and whether it can judge what the first makes.

Found as imports are, by the same reader with the same limits. Static: it knows graphs, and nothing of torch.
"""

from collections.abc import Iterable, Iterator

from convdsl import codes
from convdsl.analysis.accepted import Accepted
from convdsl.analysis.picture_size import takes
from convdsl.calls import Named, show
from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.graph.graph import Graph, InputTensor, OutputTensor
from convdsl.graph.imports import path_problem
from convdsl.graph.library import ROOT, Reader, Refusal, Shelf
from convdsl.graph.targets import KINDS
from convdsl.meaning import Meaning
from convdsl.nearest import nearest
from convdsl.record import dataclass, replace
from convdsl.source import Source, Span
from convdsl.syntax import tree

SHOWN = (("L",), ("a", "b"), ("L", "a", "b"), ("R", "G", "B"))  # what photographs can be shown as
MODEL = "discriminator_model"  # the setting that gives parameters of the second spec's model
FEW = 3  # mistakes of the second spec that are told with the first


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why two networks cannot be trained against each other.

    better: the path or the name that was probably meant, "" if none. setting: in which it is told. argument: of the
    call there, "" for the call itself. at_name: it is told at the name of either, else at its value.
    """

    message: str
    way_out: str
    notes: tuple[str, ...] = ()
    better: str = ""
    setting: str = "discriminator"
    argument: str = ""
    at_name: bool = False

    def at(self, section: tree.Train, source: Source) -> Diagnostic:
        """Tell it where the section names the second spec, or its model."""
        value = next(setting.value for setting in section.settings if setting.name == self.setting)
        place = self._place(value)
        edits: tuple[Edit, ...] = ()
        if self.better and self.at_name:
            edits = (Edit(place, self.better),)
        elif self.better and isinstance(value, tree.String) and value.value in source.excerpt(place):
            edits = (Edit(place, source.excerpt(place).replace(value.value, self.better)),)
        way = Help(self.way_out, edits)
        return Diagnostic(codes.INVALID_SETTING, self.message, Label(place), notes=self.notes, helps=(way,))

    def _place(self, value: tree.Expr) -> Span:
        if not isinstance(value, tree.Call):
            return value.span
        for argument in value.arguments:
            if self.argument and argument.name == self.argument:
                return argument.name_span if self.at_name else argument.value.span
        return value.name_span if self.at_name else value.span


class Beside:
    """Finds what a second spec imports, through the reader of the first."""

    def __init__(self, reader: Reader, name: str) -> None:
        """Bind to the first spec's reader, and to the name of the second for it."""
        self._reader, self._name = reader, name

    def resolve(self, path: str, importer: str) -> str | Refusal:
        """Return the name of the file that a path, written in the file `importer`, leads to."""
        found = self._reader.resolve(path, importer or self._name)
        if found == ROOT:
            way = "put the blocks that both need into a file of their own, and import them from there"
            return Refusal("a discriminator cannot import the spec that names it", way)
        return ROOT if found == self._name else found

    def read(self, name: str) -> Source | Refusal:
        """Return the text of a file."""
        return self._reader.read(name)


@dataclass(frozen=True, slots=True)
class Found:
    """The second spec's text, its name for the reader of the first, and what finds its imports."""

    name: str
    source: Source
    reader: Beside

    def shelf(self, path: str, inner: Shelf) -> Shelf:
        """Return its files for keeping, as the first spec's reader knows them; path: as the setting says it."""
        sources = {self.name: self.source, **inner.sources}
        ways = {(importer or self.name, written): name or self.name for (importer, written), name in inner.ways.items()}
        return Shelf(sources, {(ROOT, path): self.name, **ways})


def find(path: str, reader: Reader | None) -> Found | Wrong:
    """Find and read the spec that the setting `discriminator` names, from the folder of the spec that says it."""
    beside = 'name a spec beside this one: `discriminator = "judge.cdsl"`'
    if not path.strip():
        return Wrong("`discriminator` names no file", beside)
    refused = path_problem(path)
    if refused is not None:
        return Wrong(refused.message, beside, better=refused.better)
    if reader is None:
        message = f"this spec is a text without a folder, so `{path}` cannot be found"
        return Wrong(message, "load it from a file beside its discriminator")
    name = reader.resolve(path, ROOT)
    if name == ROOT:
        return Wrong("the spec names itself as its discriminator", beside)
    source = name if isinstance(name, Refusal) else reader.read(name)
    if isinstance(name, Refusal) or isinstance(source, Refusal):
        refusal = name if isinstance(name, Refusal) else source
        assert isinstance(refusal, Refusal)
        return Wrong(refusal.message, refusal.way_out, better=refusal.better)
    return Found(name, source, Beside(reader, name))


def misgiven(file: tree.File, name: str, given: Named | None) -> Wrong | None:
    """Say why the model of the second spec cannot be given these values, None where it can.

    file: the second spec, called `name`. given: the model with its parameters, as the first spec names it.
    """
    model = next((item for item in file.items if isinstance(item, tree.Model)), None)
    return None if model is None else next(_misgiven(model, name, given), None)


def _misgiven(model: tree.Model, name: str, given: Named | None) -> Iterator[Wrong]:
    setting = "discriminator" if given is None else MODEL
    known = {parameter.name: parameter for parameter in model.parameters}
    whose = f"the discriminator's model `{model.name}`"
    if given is not None and given.name != model.name:
        message = f"the discriminator `{name}` has the model `{model.name}`, and no `{given.name}`"
        way = f"name it: `{MODEL} = {show(replace(given, name=model.name))}`"
        yield Wrong(message, way, better=model.name, setting=MODEL, at_name=True)
    for key, value in given.keywords.items() if given is not None else ():
        if key not in known:
            near = nearest(key, known)
            way = f"did you mean `{near}`" if near is not None else f"its parameters: {', '.join(known) or 'none'}"
            message = f"{whose} has no parameter `{key}`"
            yield Wrong(message, way, better=near or "", setting=MODEL, argument=key, at_name=True)
        elif not _is(known[key].kind, value):
            message = f"`{key}` of {whose} is {known[key].kind}, found {show(value)}"
            way = f"write a value of the kind `{known[key].kind}`"
            if known[key].kind == "layer":
                way = "a layer can be given in its own spec only: as the default there"
            yield Wrong(message, way, setting=MODEL, argument=key)
    for parameter in model.parameters:
        if parameter.default is None and (given is None or parameter.name not in given.keywords):
            message = f"{whose} needs `{parameter.name}: {parameter.kind}`"
            yield Wrong(message, f"give it: `{MODEL} = {model.name}({parameter.name}=…)`", setting=setting)


def _is(kind: str, value: object) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    return isinstance(value, int | float) if kind == "float" else isinstance(value, KINDS.get(kind, object))


def blamed(wrong: Wrong, given: Named, file: str) -> Wrong:
    """Tell the mistakes of a second spec that it has with these parameters only where they are given."""
    way = f"`convdsl check {file} {' '.join(f'--param {key}={show(value)}' for key, value in given.keywords.items())}`"
    message = wrong.message.replace(f"`{file}`", f"`{file}` as `{show(given)}`")
    return replace(wrong, message=message, way_out=f"{way} shows more", setting=MODEL)


def broken(graph: Graph | None, diagnostics: Iterable[Diagnostic], sources: tuple[Source, ...]) -> Wrong | None:
    """Say what is wrong with the second spec itself, None if nothing is; sources: its own first."""
    file = sources[0].name
    errors = [item for item in diagnostics if item.is_error]
    if not errors and graph is not None:
        return None
    if not errors:
        return Wrong(f"the discriminator `{file}` has no model", "name a spec that has one")
    notes = tuple(_place(item, sources) for item in errors[:FEW])
    more = (f"and {len(errors) - FEW} more",) if len(errors) > FEW else ()
    count = "an error" if len(errors) == 1 else f"{len(errors)} errors"
    return Wrong(f"the discriminator `{file}` has {count}", f"`convdsl check {file}` shows more", (*notes, *more))


def _place(item: Diagnostic, sources: tuple[Source, ...]) -> str:
    source = sources[item.where.span.file]
    return f"{source.name}:{source.position(item.where.span.start).line}: {item.message}"


def unfit(made: Graph, judge: Graph, legal: Accepted | None, crop: int, *, logits: bool) -> Wrong | None:
    """Say why `judge` cannot tell photographs from what `made` makes, None where it can.

    Both without errors; legal: the judge's sizes. crop: of training, in pixels. logits: the loss has the sigmoid in it.
    """
    return next(_faults(made, judge, legal, crop, logits), None)


def _faults(made: Graph, judge: Graph, legal: Accepted | None, crop: int, logits: bool) -> Iterator[Wrong]:
    source, target = _ends(made)
    shown, scores = _ends(judge)
    if shown is None or scores is None:
        inputs = sum(tensor.default is None for tensor in judge.inputs)
        message = f"the discriminator `{judge.model}` has {inputs} inputs to fill and {len(judge.outputs)} outputs"
        yield Wrong(message, "a discriminator has one picture in and its scores out")
        return
    if shown.meaning is None:
        message = f"nothing says what the discriminator's input `{shown.name}` means"
        yield Wrong(message, f"write it in its spec: `input {shown.name}: {shown.shape} means RGB`")
        return
    if shown.meaning.kind != "colour" or shown.meaning.channels not in SHOWN:
        message = f"the discriminator's input means {shown.meaning}, which is no picture"
        yield Wrong(message, "L, ab, Lab and RGB can be shown, each in this order")
        return
    if scores.meaning is not None:
        message = f"the discriminator's output means {scores.meaning}, and the scores of a discriminator mean nothing"
        yield Wrong(message, "name a network that judges; `specs/patchgan.cdsl` is one")
    if logits and _ends_in_sigmoid(judge, scores):
        message = 'the discriminator ends in `Sigmoid`, and `Adversarial(kind="bce")` has the sigmoid in it'
        yield Wrong(message, 'remove it from the discriminator, or take `Adversarial(kind="lsgan")`')
    yield from _sizes(shown, legal, crop)
    if source is None or target is None or source.meaning is None or target.meaning is None:
        return  # of a network that cannot be trained at all other findings tell
    yield from _sees(source.meaning, target.meaning, shown.meaning)


def _ends(graph: Graph) -> tuple[InputTensor | None, OutputTensor | None]:
    """Return the one input that is to be filled and the one output; None where there is not one."""
    needed = [tensor for tensor in graph.inputs if tensor.default is None]
    return (needed[0] if len(needed) == 1 else None), (graph.outputs[0] if len(graph.outputs) == 1 else None)


def _ends_in_sigmoid(judge: Graph, scores: OutputTensor) -> bool:
    op = judge.nodes[scores.value.node].op
    return op is not None and type(op).__name__ == "Sigmoid"


def _sizes(shown: InputTensor, legal: Accepted | None, crop: int) -> Iterator[Wrong]:
    if len(shown.shape.spatial) != 2:
        message = f"the discriminator's input has the axes {shown.shape}, and a picture has height and width"
        yield Wrong(message, "declare [N, C, H, W] in its spec")
        return
    if takes(shown.shape, legal, crop, crop):
        return
    near = next((side for side in _sides(crop) if takes(shown.shape, legal, side, side)), None)
    accepted = "; ".join(legal.text()) if legal is not None else ""
    yield Wrong(
        f"the discriminator does not take crops of {crop} x {crop} px",
        "it takes no square near" if near is None else f"it takes crops of {near} x {near} px: `crop = {near}`",
        (f"accepted by it: {accepted or f'{shown.shape}'}",),
    )


def _sides(crop: int) -> Iterator[int]:
    """Give the sides around `crop`, the nearest first, the larger of two."""
    for far in range(1, 1024):
        yield crop + far
        if crop > far:
            yield crop - far


def _sees(source: Meaning, target: Meaning, shown: Meaning) -> Iterator[Wrong]:
    """Refuse a judge that sees nothing of what the network makes, for the lightness is the photograph's own."""
    if target.kind != "colour":
        message = f"`Adversarial` judges pictures, and the output means {target}"
        usual = "RebalancedCrossEntropy" if target.is_bins else "CrossEntropy"
        yield Wrong(message, f"train it without: `loss = {usual}()`")
        return
    makes = {"L", "a", "b"}
    if target.channels in (("L",), ("a", "b")):
        makes = set(target.channels)
    elif source.channels == ("L",):
        makes = {"a", "b"}  # L of the result is the one that the network saw
    if shown.channels != ("R", "G", "B") and not makes & set(shown.channels):
        message = f"the discriminator sees {shown}, and the network makes {', '.join(sorted(makes))} only"
        yield Wrong(message, "let the discriminator's input mean Lab or RGB")
