"""What SpectralNorm and WeightNorm share: a layer whose weight is made of other tensors each time it is used."""

from abc import abstractmethod

from convdsl.argument import Invalid
from convdsl.op import Guard, Interval, Module, Op, Reading, Weights
from convdsl.ops.plan import Arguments
from convdsl.record import replace
from convdsl.saved import Kept, Saved
from convdsl.shape import Shape
from convdsl.traits import Traits, Window


class Wrapped(Op):
    """A layer of torch.nn with a parametrised weight; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "conv"

    layer: Op
    dim: int | None
    legacy: bool

    @abstractmethod
    def parts(self, weight: tuple[int, ...]) -> tuple[Weights, Weights]:
        """Return what stands in the weight's place: what is trained, and buffers."""

    @abstractmethod
    def wrapper(self) -> tuple[str, Arguments]:
        """Return torch's function and its arguments."""

    def check(self) -> None:
        layer = type(self.layer)
        if isinstance(self.layer, Wrapped) or self.layer.category not in ("conv", "dense"):
            raise Invalid(
                "layer", f"`{layer.__name__}` has no weight to be normalised", "wrap a convolution or a dense layer"
            )
        try:
            self.layer.check()
        except Invalid as refusal:
            raise Invalid("layer", refusal.message, refusal.help, refusal.code) from None

    def shape(self, *inputs: Shape) -> Shape:
        layer, x = self.layer, inputs[0]
        if layer.rank is not None and x.rank != layer.rank:
            said = f"`{type(layer).__name__}` takes {layer.rank} axes, and the input has {x.rank}: {x}"
            raise Invalid("layer", said, "Unflatten or Flatten it first", "E117")
        try:
            out = layer.shape(*inputs)
            weight = layer.weights(*inputs).get("weight", ())
        except Invalid as refusal:
            raise Invalid("layer", refusal.message, refusal.help, refusal.code) from None
        if not weight:
            raise Invalid("layer", f"`{type(layer).__name__}` has no weight to be normalised", "wrap a convolution")
        if self.dim is not None and self.dim >= len(weight):
            raise Invalid("dim", f"the weight has {len(weight)} axes, there is no axis {self.dim}", "count from 0")
        return out

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        return self.layer.guards(*inputs)

    def _parts(self, inputs: tuple[Shape, ...]) -> tuple[Weights, Weights]:
        weights = self.layer.weights(*inputs)
        trained, buffers = self.parts(weights["weight"])
        rest = {name: shape for name, shape in weights.items() if name != "weight"}
        return {**rest, **trained}, buffers

    def weights(self, *inputs: Shape) -> Weights:
        return self._parts(inputs)[0]

    def buffers(self, *inputs: Shape) -> Weights:
        return self._parts(inputs)[1]

    def macs(self, *inputs: Shape) -> int:
        return self.layer.macs(*inputs)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return self.layer.axes(*inputs)

    def values(self, *inputs: Interval) -> Interval:
        return self.layer.values(*inputs)

    def windows(self) -> tuple[Window, ...]:
        return self.layer.windows()

    def traits(self, *inputs: Shape) -> Traits:
        return self.layer.traits(*inputs)

    @abstractmethod
    def normalised(self, weight: tuple[int, ...]) -> tuple[int, ...]:
        """Return the lengths of the tensors that are kept of the making of the weight, itself included."""

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        inner = self.layer.saved(learns, *inputs)
        made = self.normalised(self.layer.weights(*inputs)["weight"])
        return replace(inner, others=(*inner.others, *map(Kept, made)))

    def call(self, *inputs: Shape) -> Module:
        plan = self.layer.call(*inputs)
        assert isinstance(plan, Module)
        return replace(plan, wrapper=self.wrapper())
