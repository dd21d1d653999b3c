"""A network that is looked into: with the weights of a run, or with fresh ones where it was never trained."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from convdsl.graph.graph import Node, Value
from convdsl.lower.build import build
from convdsl.lower.cut import cut
from convdsl.pipeline import Analysis
from convdsl.record import dataclass
from convdsl.render.cells import visible
from convdsl.render.facts import Network
from convdsl.render.naming import layer_named, names
from convdsl.sizes import Size
from convdsl.train.checkpoint import analysis_of
from convdsl.train.job import Job
from convdsl.train.run import make_job, open_trained


@dataclass(frozen=True, slots=True)
class Subject:
    """A network and its module, in evaluation mode.

    steps: how long it was trained, None for fresh weights. classes: their names, where they are known.
    """

    network: Network
    job: Job
    module: nn.Module
    steps: int | None = None
    classes: Sequence[str] = ()

    @property
    def told(self) -> str:
        """Name it: `Network6 after 30 steps of training`."""
        name = visible(self.network.graph.model)
        if self.steps is None:
            return f"{name} with fresh weights (seed {self.job.recipe.seed})"
        return f"{name} after {self.steps:,} step{'s' if self.steps != 1 else ''} of training"

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
        span = self.node(value).span
        return visible(" ".join(self.network.sources[span.file].text[span.start : span.end].split()))

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


def open_spec(analysis: Analysis) -> Subject:
    """Open a network that was never trained, with the weights with which its training would begin.

    Raises SpecError where the spec has errors, MistakeError where no photograph can be turned into its input.
    """
    job = make_job(analysis, parameters=analysis.parameters)
    return Subject(analysis.network(), job, job.fresh().eval())
