"""At which sizes a picture counts where nobody has said one, and what the whole network costs there."""

from collections.abc import Mapping

from convdsl.analysis.memory import WIDTHS
from convdsl.record import dataclass
from convdsl.render.facts import Layer, Network, layers
from convdsl.render.footprint import Footprint, footprint
from convdsl.render.wish import Wish
from convdsl.sizes import Size

SIDE = 256  # pixels, if the network runs there, else the size nearest to it


@dataclass(frozen=True, slots=True)
class Counted:
    """A network in numbers.

    sizes: of each symbol, the batch among them; None where it runs at no size. layers: as facts.py gives them. memory:
    None where it is not known. at: the sizes in words, `H = W = 256, 1 image, float32`.
    """

    sizes: Mapping[str, int] | None
    layers: list[Layer]
    memory: Footprint | None
    at: str

    @property
    def parameters(self) -> int:
        """The trained numbers of the whole network."""
        return sum(layer.parameters for layer in self.layers)

    def macs(self, network: Network) -> int | None:
        """Return the multiply-accumulates of one run; None where those of a layer are not known."""
        costs = [layer.macs for layer in self.layers[: len(network.graph.nodes)]]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if len(known) == len(costs) else None


def usual(network: Network) -> dict[str, int] | None:
    """Return the accepted sizes nearest to SIDE x SIDE, empty where the spec fixes them; None where there is none."""
    legal = network.legal
    wanted = dict.fromkeys(legal.axes, SIDE)
    if legal.contains(wanted):
        return wanted
    return next((sizes for sizes in legal.nearest(wanted) if legal.contains(sizes)), None)


def counted(network: Network, wish: Wish) -> Counted:
    """Count a network at the sizes of a wish, or at the usual ones."""
    dtype = wish.dtype if wish.dtype in WIDTHS else "float32"
    sizes = dict(wish.sizes) if wish.sizes is not None else usual(network)
    batch = _batch(network)
    words = "" if sizes is None else _words({name: size for name, size in sizes.items() if name != batch})
    if sizes is not None and batch is not None:
        sizes = {batch: wish.batch, **sizes}
    images = sizes.get(batch, 1) if sizes is not None and batch is not None else _fixed_batch(network)
    memory = None if sizes is None else footprint(network, sizes, images, dtype)
    told = [words, "1 image" if images == 1 else f"{images:,} images", dtype]
    at = "at no size" if sizes is None else ", ".join(word for word in told if word)
    return Counted(sizes, layers(network.graph, sizes), memory, at)


def _batch(network: Network) -> str | None:
    """Return the symbol of the batch, None where the spec fixes it."""
    axis = network.graph.inputs[0].shape.axes[0] if network.graph.inputs else None
    return axis.symbol if isinstance(axis, Size) else None


def _fixed_batch(network: Network) -> int:
    axis = network.graph.inputs[0].shape.axes[0] if network.graph.inputs else None
    return axis.value or 1 if isinstance(axis, Size) else 1


def _words(sizes: Mapping[str, int]) -> str:
    if len(set(sizes.values())) == 1:
        return f"{' = '.join(sizes)} = {next(iter(sizes.values())):,}"
    return ", ".join(f"{name} = {size:,}" for name, size in sizes.items())
