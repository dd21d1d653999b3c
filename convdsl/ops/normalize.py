"""What BatchNorm1d, BatchNorm2d and BatchNorm3d share."""

from convdsl.op import Guard, Module, Op, Weights, channels_of
from convdsl.ops.channels import require_channels
from convdsl.ops.plan import arguments
from convdsl.shape import Shape


class Batched(Op):
    """Batch normalisation over any number of spatial axes; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "norm"

    eps: float
    momentum: float | None
    affine: bool
    track_running_stats: bool
    num_features: int | None

    def shape(self, *inputs: Shape) -> Shape:
        require_channels("num_features", self.num_features, channels_of(inputs[0]))
        return inputs[0]

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        return ()

    def weights(self, *inputs: Shape) -> Weights:
        channels = channels_of(inputs[0])
        return {"weight": (channels,), "bias": (channels,)} if self.affine else {}

    def buffers(self, *inputs: Shape) -> Weights:
        if not self.track_running_stats:
            return {}
        channels = channels_of(inputs[0])
        return {"running_mean": (channels,), "running_var": (channels,), "num_batches_tracked": ()}

    def call(self, *inputs: Shape) -> Module:
        leading = (("num_features", channels_of(inputs[0])),)
        return Module(f"torch.nn.{type(self).__name__}", arguments(self, "num_features", leading=leading))
