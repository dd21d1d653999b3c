"""What MaxUnpool1d, MaxUnpool2d and MaxUnpool3d share."""

from collections.abc import Iterator

from convdsl.argument import Invalid
from convdsl.op import CallPlan, Equal, Expression, Guard, Interval, Module, NotLess, Op, Reading, sizes
from convdsl.ops.agreement import require_equal
from convdsl.ops.plan import Arguments, arguments, written
from convdsl.ops.transposed import transposed_map
from convdsl.ops.window import axis_name
from convdsl.saved import Saved
from convdsl.shape import Places, Product, Shape
from convdsl.sizes import Size
from convdsl.traits import Traits

LIKE = "a value of the size that was pooled, where the pool's steps did not divide it"


class Unpooling(Op):
    """The reverse of a max pool; the fields are declared by the subclasses. Inputs: maxima, places, and `like`."""

    __slots__ = ()
    category = "pool"
    keeps = Saved(inputs=(1,))
    takes = (2, 3)
    reads_places = True

    kernel_size: tuple[int, ...]
    stride: tuple[int, ...] | None
    padding: tuple[int, ...]
    like: int | None

    @property
    def steps(self) -> tuple[int, ...]:
        """The stride, which is the window's size where it is not given."""
        return self.kernel_size if self.stride is None else self.stride

    def _usual(self, x: Shape) -> Iterator[Size]:
        """Yield the sizes that come back where nothing says more."""
        for i, size in enumerate(sizes(x, "kernel_size")):
            yield size.then(self.steps[i], self.kernel_size[i] - self.steps[i] - 2 * self.padding[i])

    def shape(self, *inputs: Shape) -> Shape:
        return self._unpool(inputs)[0]

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        return self._unpool(inputs)[1]

    def _unpool(self, inputs: tuple[Shape, ...]) -> tuple[Shape, tuple[Guard, ...]]:
        x, places = inputs[:2]
        if isinstance(x, Places) or (self.like is None and len(inputs) > 2):
            raise Invalid("", "the maxima come first, then their places", f"such as (y, places) -> {self._name}(2)")
        found = [
            require_equal(one, other, index, x.rank, "the maxima and places of one pool have one shape")
            for index, (one, other) in enumerate(zip(x.axes, places.axes, strict=True))
        ]
        out = tuple(self._usual(x))
        for i, size in enumerate(out):
            if self.like is None and size.value is not None and size.value < 1:
                axis = axis_name(len(out), i)
                raise Invalid("padding", f"nothing comes back of a {axis} of {x.spatial[i]}", "lower padding", "E216")
        if self.like is not None:
            wanted = sizes(inputs[self.like], "like")
            if len(wanted) != len(out):
                raise Invalid("like", f"the values have {x.rank} and {inputs[self.like].rank} axes", "", "E204")
            for i, (size, goal) in enumerate(zip(out, wanted, strict=True)):
                found += self._near(i, size, goal)
            out = wanted
        if isinstance(places, Places):
            for i, (size, image) in enumerate(zip(out, places.image, strict=True)):
                found.append(self._same_image(i, size, image))
        return x.with_spatial(*out), tuple(guard for guard in found if guard is not None)

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _near(self, index: int, size: Size, goal: Size) -> tuple[Guard, ...]:
        """Return what must hold for the size of `like` to be one that could have been pooled to this."""
        step, axis = self.steps[index], axis_name(len(self.kernel_size), index)
        if size.value is not None and goal.value is not None:
            if abs(size.value - goal.value) >= step:
                raise Invalid(
                    "like",
                    f"a {axis} of {goal.value} is not within {step - 1} of {size.value}, which comes back",
                    "give the value that was pooled",
                    "E204",
                )
            return ()
        return (
            NotLess(size.then(1, step - 1), goal, index + 2),
            NotLess(goal.then(1, step - 1), size, index + 2),
        )

    def _same_image(self, index: int, size: Size, image: Size | Product) -> Guard | None:
        """Return what must hold for the places to count in the image that comes back."""
        if isinstance(image, Product) or size == image:
            return None
        if size.value is not None and image.value is not None:
            axis = axis_name(len(self.kernel_size), index)
            raise Invalid(
                "like" if self.like is not None else "",
                f"a {axis} of {image.value} was pooled, and {size.value} comes back: the places would be wrong",
                "give the value that was pooled: like=x",
                "E204",
            )
        return Equal(size, image, index + 2)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        # a maximum comes back somewhere in its window, so a pixel is made of the windows that it lies in
        windows = zip(self.kernel_size, self.steps, self.padding, strict=True)
        return tuple(transposed_map(kernel, step, 1, padding) for kernel, step, padding in windows)

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0].hull(Interval(0.0, 0.0))

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(groups=None)

    def call(self, *inputs: Shape) -> CallPlan:
        told: Arguments = arguments(self, "like", defaults={"stride": self.kernel_size})
        function = f"F.max_unpool{len(self.kernel_size)}d"
        if self.like is None:
            return Module(f"torch.nn.{self._name}", told, f"{function}({{0}}, {{1}}{written(told, 1)})")
        numbers = f"{self.kernel_size}, {self.steps}, {self.padding}"  # pairs, as PyTorch's own hints want
        return Expression(f"{function}({{0}}, {{1}}, {numbers}, {{{self.like}}}.shape[2:])")
