"""The shape of a value: batch, channels, and the exact sizes of the other axes.

Channels are ints as soon as anything depends on them; a flattened map has a product of sizes on its channel axis.
"""

from collections.abc import Mapping
from functools import cached_property

from convdsl.record import dataclass
from convdsl.sizes import Size, constant


@dataclass(frozen=True, slots=True)
class Product:
    """A size that is a product: coefficient * f(H) * g(W); at least one factor is not constant."""

    coefficient: int
    factors: tuple[Size, ...]

    def at(self, sizes: Mapping[str, int]) -> int:
        """Evaluate for given values of the symbols."""
        total = self.coefficient
        for factor in self.factors:
            total *= _number(factor, sizes)
        return total

    def __str__(self) -> str:
        parts = [f"({f})" if " " in str(f) else str(f) for f in self.factors]
        return " * ".join(([str(self.coefficient)] if self.coefficient != 1 else []) + parts)


Axis = Size | Product


def product(coefficient: int, factors: tuple[Axis, ...]) -> Axis:
    """Multiply sizes; constants are folded, and a single factor with coefficient 1 stays a size."""
    sizes: list[Size] = []
    for factor in factors:
        if isinstance(factor, Product):
            coefficient *= factor.coefficient
            sizes.extend(factor.factors)
        elif factor.value is not None:
            coefficient *= factor.value
        else:
            sizes.append(factor)
    if not sizes:
        return constant(coefficient)
    if len(sizes) == 1:
        return sizes[0].then(coefficient, 0, 1)
    return Product(coefficient, tuple(sorted(sizes, key=repr)))


def _number(size: Size, sizes: Mapping[str, int]) -> int:
    name = size.symbol
    return size.at(sizes[name] if name is not None else 0)


@dataclass(frozen=True)
class Shape:
    """The axes of a tensor: (N, C, spatial axes ...), each exact.

    axes[0] is the batch (the symbol N, or a constant), axes[1] the channels.
    """

    axes: tuple[Axis, ...]

    @property
    def rank(self) -> int:
        """The number of axes, batch and channels included."""
        return len(self.axes)

    @property
    def spatial(self) -> tuple[Axis, ...]:
        """The axes after batch and channels."""
        return self.axes[2:]

    @cached_property
    def channels(self) -> int:
        """The number of channels.

        Raises ValueError where it is not a number (the shape is a flattened map of free size).
        """
        axis = self.axes[1]
        if isinstance(axis, Size) and axis.value is not None:
            return axis.value
        raise ValueError(f"the number of channels is not fixed: {axis}")

    @cached_property
    def has_channels(self) -> bool:
        """Tell whether the number of channels is a number."""
        axis = self.axes[1]
        return isinstance(axis, Size) and axis.value is not None

    @cached_property
    def is_concrete(self) -> bool:
        """Tell whether every axis is a number."""
        return all(isinstance(axis, Size) and axis.value is not None for axis in self.axes)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return all axes as ints.

        Raises ValueError where one is symbolic.
        """
        out = []
        for axis in self.axes:
            if not isinstance(axis, Size) or axis.value is None:
                raise ValueError(f"not a number: {axis}")
            out.append(axis.value)
        return tuple(out)

    def with_channels(self, channels: Axis | int) -> "Shape":
        """Replace the channel axis."""
        axis = constant(channels) if isinstance(channels, int) else channels
        return Shape((self.axes[0], axis, *self.axes[2:]))

    def with_spatial(self, *spatial: Axis) -> "Shape":
        """Replace all axes after the channels."""
        return Shape((self.axes[0], self.axes[1], *spatial))

    def with_axis(self, index: int, axis: Axis) -> "Shape":
        """Replace one axis; index >= 0."""
        return Shape((*self.axes[:index], axis, *self.axes[index + 1 :]))

    def at(self, sizes: Mapping[str, int]) -> "Shape":
        """Put numbers in for the symbols, that of the batch included (1 where it is not given)."""
        values = {"N": 1, **sizes}
        batch = self.axes[0].symbol if isinstance(self.axes[0], Size) else None
        if batch is not None:
            values.setdefault(batch, 1)
        return Shape(tuple(constant(a.at(values) if isinstance(a, Product) else _number(a, values)) for a in self.axes))

    def __str__(self) -> str:
        return "[" + ", ".join(str(axis) for axis in self.axes) + "]"


@dataclass(frozen=True)
class Places(Shape):
    """The shape of the places where a max pool found its maxima: whole numbers, which only MaxUnpool reads.

    image: the spatial axes of the pool's input, in which the places count.
    """

    image: tuple[Axis, ...] = ()


def shape_of(*axes: int | str | Axis) -> Shape:
    """Make a shape from numbers, symbol names and axes: shape_of("N", 3, "H", "W")."""
    return Shape(tuple(a if isinstance(a, Size | Product) else Size(a) for a in axes))
