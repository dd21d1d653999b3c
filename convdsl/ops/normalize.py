"""What the normalising layers share: running statistics, learned scales, and that one number has no variance."""

from typing import ClassVar

from convdsl.argument import Invalid
from convdsl.op import AnyAtLeast, AtLeast, Guard, Module, Op, Weights, channels_of, sizes
from convdsl.ops.channels import require_channels
from convdsl.ops.plan import arguments
from convdsl.saved import Kept, Order, Saved
from convdsl.shape import Axis, Shape
from convdsl.sizes import Size
from convdsl.traits import Traits

SHIFT = "whether the learned scale of `affine` comes with a learned shift"


class Batched(Op):
    """Batch or instance normalisation over any number of spatial axes; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "norm"
    counts_batch: ClassVar[bool] = False  # whether the images of a batch are normalised together

    eps: float
    momentum: float | None
    affine: bool
    track_running_stats: bool
    bias: bool
    num_features: int | None

    def check(self) -> None:
        check_eps(self.eps)

    def shape(self, *inputs: Shape) -> Shape:
        require_channels("num_features", self.num_features, channels_of(inputs[0]))
        self.guards(*inputs)
        return inputs[0]

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        # with remembered statistics evaluation needs no variance of the input's own
        if self.track_running_stats or (self.counts_batch and _is_several(inputs[0].axes[0])):
            return ()
        return require_several(inputs[0], f"{type(self).__name__}")

    def weights(self, *inputs: Shape) -> Weights:
        return scale_and_shift(channels_of(inputs[0]), self.affine, self.bias)

    def buffers(self, *inputs: Shape) -> Weights:
        if not self.track_running_stats:
            return {}
        channels = channels_of(inputs[0])
        return {"running_mean": (channels,), "running_var": (channels,), "num_batches_tracked": ()}

    def remembered_eps(self) -> float | None:
        return self.eps if self.track_running_stats else None

    def traits(self, *inputs: Shape) -> Traits:
        over = "batch" if self.counts_batch else "instance"
        return Traits(affine=self.track_running_stats, groups=None, statistics=over, removes_shift=True)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        """Keep the input with mean and deviation; an instance norm repeats its weight and what it remembers."""
        batch, channels = inputs[0].numbers[:2]
        if self.counts_batch:
            return Saved(inputs=(0,), others=(Kept(channels),) * 2)
        count = 2 + self.affine + 2 * self.track_running_stats
        return Saved(inputs=(0,), others=(Kept(batch * channels),) * count, order=Order.WHOLE)

    def scratch(self, *inputs: Shape) -> tuple[Kept, ...]:
        return () if self.track_running_stats else self.saved((True,), *inputs).others

    def call(self, *inputs: Shape) -> Module:
        leading = (("num_features", channels_of(inputs[0])),)
        return Module(f"torch.nn.{type(self).__name__}", arguments(self, "num_features", leading=leading))


def _is_several(axis: Axis) -> bool:
    return isinstance(axis, Size) and axis.value is not None and axis.value > 1


def scale_and_shift(channels: int, affine: bool, bias: bool) -> Weights:
    """Return the learned numbers of a norm: a scale for each channel and, unless left out, a shift."""
    if not affine:
        return {}
    return {"weight": (channels,), "bias": (channels,)} if bias else {"weight": (channels,)}


def check_eps(eps: float) -> None:
    """Refuse an eps of 0: a channel of equal numbers would be divided by 0, and PyTorch does not train with it.

    Raises Invalid.
    """
    if eps == 0:
        raise Invalid("eps", "an eps of 0 divides by 0 where all numbers of a channel are equal", "such as eps=1e-5")


def require_several(x: Shape, name: str) -> tuple[Guard, ...]:
    """Return what must hold for a channel of a single image to have more than one pixel.

    Raises Invalid where there is only one pixel at any size.
    """
    free = []
    for size in sizes(x):
        if size.value is None:
            free.append(size)
        elif size.value > 1:
            return ()
    if not free:
        raise Invalid(
            "",
            f"{name} needs more than one number in each channel, and an image of {x} has one: its variance is 0",
            "put it where the image is larger, or leave it out",
            "E214",
        )
    return (AtLeast(free[0], 2),) if len(free) == 1 else (AnyAtLeast(tuple(free), 2),)
