"""What a network takes of memory at one size, as tables and reports tell it: layers, a run, a step of training."""

from collections.abc import Mapping

from convdsl.analysis import judged, memory
from convdsl.analysis.cost import Parts
from convdsl.analysis.layout import lay_out
from convdsl.record import dataclass
from convdsl.render.facts import Network, bytes_text

NAMED = 2  # layers that are named for the most that a run takes


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes at one size, for one batch and type of number.

    width: of a number. layers: of the values that each node makes in memory of their own, by its index: views and
    layers that work in place make none. run: the most that values take at one time without gradients. training: a step.
    """

    batch: int
    dtype: str
    width: int
    optimizer: str
    layers: Mapping[int, int]
    run: Parts
    training: memory.Training


def footprint(network: Network, sizes: Mapping[str, int], batch: int, dtype: str) -> Footprint | None:
    """Count the memory of a network; None where a shape is unknown.

    sizes: a value for each symbol, that of the batch too. dtype: of weights and values, a word of `memory.WIDTHS`.
    """
    graph, width = network.graph, memory.WIDTHS[dtype]
    if any(node.shapes is None for node in graph.nodes):
        return None
    layout = lay_out(graph, sizes, width, training=False)
    layers: dict[int, int] = {}
    for maker, size in zip(layout.makers, layout.bytes, strict=True):
        layers[maker] = layers.get(maker, 0) + size
    return Footprint(
        batch,
        dtype,
        width,
        type(network.optimizer).__name__,
        layers,
        memory.inference(graph, sizes, width),
        judged.training(graph, network.judge, sizes, width, network.optimizer.remembered),
    )


def training_line(step: memory.Training, optimizer: str) -> str:
    """Print the most that a step of training takes, and what it is made of."""
    terms = {
        "parameters": step.parameters,
        "buffers": step.buffers,
        "gradients": step.gradients,
        f"{optimizer} state": step.optimizer,
        "kept for the backward pass": step.saved,
        "in passing": step.passing,
        "discriminator": step.discriminator,
    }
    told = " + ".join(f"{bytes_text(count)} {term}" for term, count in terms.items() if count)
    more = f"; {judged.UNCOUNTED}" if step.discriminator is None else ""
    return f"{bytes_text(step.total)} = {told}{more}"
