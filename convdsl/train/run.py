"""From a checked spec or a checkpoint to training, evaluating and colouring: what commands and Python programs call."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from torch import nn

from convdsl.analysis import judged
from convdsl.analysis.picture_size import takes
from convdsl.bins import COUNT
from convdsl.graph.graph import Graph, InputTensor
from convdsl.lower.build import build
from convdsl.lower.hierarchy import Refused
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis, with_recipe
from convdsl.recipe import Recipe
from convdsl.record import dataclass
from convdsl.settings import unsuited
from convdsl.shape import Shape
from convdsl.sizes import constant
from convdsl.train import checkpoint
from convdsl.train.adversary import Judge
from convdsl.train.checkpoint import Checkpoint, analysis_of
from convdsl.train.job import HintInputs, Job


@dataclass(frozen=True, slots=True)
class Trained:
    """A network with the weights of a checkpoint, ready for use, and where it comes from."""

    job: Job
    network: nn.Module
    checkpoint: Checkpoint


def made(graph: Graph) -> nn.Module:
    """Make the network of a graph, with fresh weights.

    Raises MistakeError where that cannot be, as where its weights do not fit into memory.
    """
    try:
        return build(graph)
    except Refused as refusal:
        raise MistakeError(refusal.message, way_out="take a smaller one, as by `--param width=8`") from refusal


def make_job(
    analysis: Analysis,
    recipe: Recipe | None = None,
    parameters: Mapping[str, object] | None = None,
    *,
    judged: bool = True,
) -> Job:
    """Take from a spec what training needs.

    recipe: in place of the spec's own. parameters: those that the analysis was made with, to be stored in checkpoints.
    judged: with the discriminator that the recipe names, which a trained network needs no more. Raises SpecError where
    the spec has errors, MistakeError where it cannot be trained on photographs.
    """
    analysis.require_runnable()
    graph, legal = analysis.graph, analysis.legal
    if graph is None or legal is None:
        raise MistakeError("the file has no model", way_out="add one: `model Name { … }`")
    needed = [tensor for tensor in graph.inputs if tensor.default is None]
    if len(needed) != 1 or len(graph.outputs) != 1:
        message = f"`{graph.model}` has {len(needed)} inputs to fill and {len(graph.outputs)} outputs"
        raise MistakeError(message, way_out="one picture in and one picture out can be trained on photographs")
    if graph.inputs[0] is not needed[0]:
        message = f"the picture `{needed[0].name}` stands behind the input `{graph.inputs[0].name}`"
        raise MistakeError(message, way_out=f"write `input {needed[0].name}: …` before all others")
    source, target = needed[0].meaning, graph.outputs[0].meaning
    made_shape = graph.shape(graph.outputs[0].value)
    for side, name, meaning, shape in (
        ("input", needed[0].name, source, needed[0].shape),
        ("output", graph.outputs[0].name, target, made_shape),
    ):
        if meaning is None:
            message = f"nothing says what the {side} `{name}` means, so no photograph can be turned into it"
            way_out = f"say it in the line of the spec: `{side} {name}: … means {_likely(shape)}`"
            raise MistakeError(message, way_out=way_out)
    assert source is not None
    assert target is not None
    chosen = analysis.recipe if recipe is None else recipe
    analysis = with_recipe(analysis, chosen) if judged else analysis
    wrong = unsuited(target, chosen.loss)
    if wrong is not None:
        raise MistakeError(wrong[0], way_out=wrong[1])
    scores = 0
    if target.kind == "classes":
        value = graph.outputs[0].value
        shapes = graph.nodes[value.node].shapes
        known = shapes is not None and len(shapes[value.output].axes) == 2 and shapes[value.output].has_channels
        scores = shapes[value.output].channels if shapes is not None and known else 0
        if not scores:
            message = f"the output `{graph.outputs[0].name}` means classes and is no [N, classes]"
            raise MistakeError(message, way_out="end with `Flatten()` and `Linear(classes)`: one score a class")
    if target.kind != "classes" and made_shape is not None and len(made_shape.axes) != 4:
        message = f"the output `{graph.outputs[0].name}` is {made_shape}, and a picture has height and width"
        raise MistakeError(message, way_out="let it come out as [N, C, H, W]")
    return Job(
        build=lambda: made(graph),
        source=source,
        target=target,
        legal=_legal(graph, analysis),
        accepted="; ".join(legal.text()),
        spec=analysis.source.text,
        architecture=analysis.architecture_hash,
        recipe=chosen,
        parameters=dict(parameters or {}),
        file=Path(analysis.source.name).name,
        imported=analysis.imported,
        classes=scores,
        judge=_judge(analysis.judge) if judged else None,
        hints=_hint_inputs(graph, needed[0]),
        graph=graph,
    )


def _likely(shape: Shape | None) -> str:
    """Guess what a tensor of a shape means, from how many channels it has."""
    if shape is not None and len(shape.axes) == 2:
        return "classes"
    channels = shape.channels if shape is not None and shape.has_channels else 0
    return {1: "L / 100", 2: "ab / 110", 3: "RGB", COUNT: "ab_bins"}.get(channels, "…")


def _hint_inputs(graph: Graph, picture: InputTensor) -> HintInputs | None:
    """Find the inputs for colours that a person gives: of the picture's size, 0 where nothing is given; one means ab,
    and the other, of one channel, means nothing.
    """

    def likely(channels: int) -> list[InputTensor]:
        axes = (picture.shape.axes[0], constant(channels), *picture.shape.axes[2:])
        return [tensor for tensor in graph.inputs if tensor.default == 0 and tensor.shape.axes == axes]

    hints = [tensor for tensor in likely(2) if tensor.meaning is not None and tensor.meaning.channels == ("a", "b")]
    masks = [tensor for tensor in likely(1) if tensor.meaning is None]
    if len(hints) != 1 or hints[0].meaning is None:
        return None
    return HintInputs(hints[0].name, masks[0].name if len(masks) == 1 else "", hints[0].meaning)


def _judge(analysis: Analysis | None) -> Judge | None:
    """Take from a discriminator's spec what training needs."""
    if analysis is None:
        return None
    graph = analysis.graph
    assert graph is not None
    meaning = next(tensor.meaning for tensor in graph.inputs if tensor.default is None)
    assert meaning is not None
    return Judge(lambda: made(graph), meaning, analysis.architecture_hash, judged.Judge(graph, analysis.legal))


def _legal(graph: Graph, analysis: Analysis) -> Callable[[int, int], bool]:
    """Make the question whether the network runs at (height, width), of the one input that has no default."""
    shape = next(tensor.shape for tensor in graph.inputs if tensor.default is None)
    if len(shape.spatial) != 2:
        raise MistakeError(
            f"the input has the axes {shape}, and a photograph has height and width", way_out="declare [N, C, H, W]"
        )
    return lambda height, width: takes(shape, analysis.legal, height, width)


def open_trained(place: Path, analysis: Analysis | None = None) -> Trained:
    """Load the newest checkpoint of a folder (or a named one) and build its network with its weights.

    analysis: of the spec that it should belong to; otherwise the spec in the checkpoint is used. Raises MistakeError
    where there is no whole checkpoint, or it holds another network.
    """
    loaded = checkpoint.load(place)
    facts = loaded.facts
    if analysis is None:
        analysis = analysis_of(loaded)
    texts = {name: source.text for name, source in analysis.imported.sources.items()}
    checkpoint.require_architecture(loaded, analysis.source.text, analysis.architecture_hash, texts)
    job = make_job(analysis, facts.recipe, facts.parameters, judged=False)
    job = replace(job, source=facts.source, target=facts.target)
    network = job.fresh()
    weights = dict(loaded.state.weights)
    missing = network.state_dict().keys() ^ weights.keys()
    if missing:
        message = f"`{loaded.path}` does not hold the weights of this network: `{min(missing)}` is on one side only"
        raise MistakeError(message, way_out="train again with this version of convdsl")
    network.load_state_dict(weights)
    network.eval()
    return Trained(job, network, loaded)
