"""A network that is looked into: with the weights of a run, or with fresh ones where it was never trained."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from convdsl.analysis.picture_size import takes
from convdsl.graph.graph import Node, Value
from convdsl.lower.build import build
from convdsl.lower.cut import cut
from convdsl.lower.hierarchy import Refused
from convdsl.meaning import Meaning
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis
from convdsl.record import dataclass
from convdsl.render.cells import visible
from convdsl.render.facts import Network
from convdsl.render.naming import layer_named, names
from convdsl.sizes import Size
from convdsl.train.checkpoint import analysis_of
from convdsl.train.job import Job
from convdsl.train.run import open_trained

ANYTHING = Meaning("colour", ("L",), (1.0,), (0.0,))  # in place of a meaning that nobody says, for what sees noise


@dataclass(frozen=True, slots=True)
class Subject:
    """A network and its module, in evaluation mode.

    steps: how long it was trained, None where it was not trained here. weights: the file that they come from, "" for
    those of a run and fresh ones. classes: their names, where they are known. sees_photos: whether the spec says what
    the input means.
    """

    network: Network
    job: Job
    module: nn.Module
    steps: int | None = None
    classes: Sequence[str] = ()
    weights: str = ""
    sees_photos: bool = True

    @property
    def told(self) -> str:
        """Name it: `Network6 after 30 steps of training`."""
        return f"{visible(self.network.graph.model)} {self.state}"

    @property
    def state(self) -> str:
        """Say where the weights come from: `after 30 steps of training`."""
        if self.steps is not None:
            return f"after {self.steps:,} step{'s' if self.steps != 1 else ''} of training"
        if self.weights:
            return f"with the weights of {visible(self.weights)}"
        return f"with fresh weights (seed {self.job.recipe.seed})"

    @property
    def output(self) -> Value:
        """What the network says at its end."""
        return self.network.graph.outputs[0].value

    @property
    def fixed_size(self) -> tuple[int, int] | None:
        """Height and width of the one size that the network takes, None where it takes several."""
        tensor = next(tensor for tensor in self.network.graph.inputs if tensor.default is None)
        sides = [axis.value for axis in tensor.shape.spatial if isinstance(axis, Size)]
        numbers = [side for side in sides if side is not None]
        return (numbers[0], numbers[1]) if len(numbers) == 2 else None

    def value_named(self, name: str) -> Value:
        """Return the value of a layer by its full name, of a block's last layer by the block's; of the network's output
        for "", its name and `output`.

        Raises MistakeError where there is no such layer.
        """
        known = names(self.network)
        if name in {"", "output", self.network.graph.outputs[0].name} - set(known):
            return self.output
        inside = [layer for layer in known if layer.startswith(f"{name}.")]
        return Value(layer_named(self.network, inside[-1] if inside and name not in known else name).index)

    def node(self, value: Value) -> Node:
        """Return the layer that makes a value."""
        return self.network.graph.nodes[value.node]

    def call(self, value: Value) -> str:
        """Return what the spec says of the layer that makes a value, on one line."""
        node = self.node(value)
        text = self.network.sources[node.span.file].text[node.span.start : node.span.end]
        first = " (its first value)" if node.shapes is not None and len(node.shapes) > 1 else ""
        return visible(" ".join(text.split())) + first

    def up_to(self, value: Value) -> nn.Module:
        """Make the module that gives a value of the network, with the same weights."""
        module = build(cut(self.network.graph, value), seed=0)
        module.load_state_dict(self.module.state_dict())
        return module.eval()


def open_run(place: Path, analysis: Analysis | None = None) -> Subject:
    """Open the newest checkpoint of a run, or a named one.

    analysis: of the spec that it should belong to. Raises MistakeError where there is none, or it is another network's.
    """
    trained = open_trained(place, analysis)
    known = analysis if analysis is not None else analysis_of(trained.checkpoint)
    state, facts = trained.checkpoint.state, trained.checkpoint.facts
    return Subject(known.network(), trained.job, trained.network, state.step, facts.classes)


def open_spec(analysis: Analysis, module: nn.Module | None = None, weights: str = "") -> Subject:
    """Open a network that was not trained here, with the weights with which its training would begin, or with those of
    a module; weights: the file that these are from.

    Nothing need be known of what comes out, and photographs only need to know what goes in. Raises SpecError where the
    spec has errors, MistakeError where it has not one input of height and width.
    """
    graph, legal = analysis.require_runnable().graph, analysis.legal
    assert graph is not None and legal is not None  # it can be run
    needed = [tensor for tensor in graph.inputs if tensor.default is None]
    if len(needed) != 1 or len(needed[0].shape.spatial) != 2:
        inputs = ", ".join(f"`{visible(tensor.name)}: {tensor.shape}`" for tensor in needed)
        message = f"one input with height and width is looked at, and `{visible(graph.model)}` has {inputs}"
        raise MistakeError(message, way_out="give the others a default: `input hint: [N, 2, H, W] = 0`")
    shape, meaning = needed[0].shape, needed[0].meaning
    job = Job(
        build=lambda: build(graph),
        source=meaning or ANYTHING,
        target=Meaning("classes"),  # what comes out is not turned into a picture
        legal=lambda height, width: takes(shape, legal, height, width),
        accepted="; ".join(legal.text()),
        spec=analysis.source.text,
        architecture=analysis.architecture_hash,
        recipe=analysis.recipe,
    )
    try:
        made = job.fresh() if module is None else module
    except Refused as refusal:  # too large for this machine, or a name that no module can have
        raise MistakeError(refusal.message, way_out="look at a smaller one: `--param width=8`") from refusal
    return Subject(analysis.network(), job, made.eval(), weights=weights, sees_photos=meaning is not None)
