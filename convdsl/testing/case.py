"""An operator on inputs of certain sizes: what a law is held to."""

from convdsl.op import Op
from convdsl.record import dataclass
from convdsl.shape import Shape, shape_of


@dataclass(frozen=True, slots=True)
class Case:
    """An operator, the numbers of its inputs' axes, and which of them are free symbols in the symbolic reading."""

    op: Op
    inputs: tuple[tuple[int, ...], ...]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The inputs with numbers throughout."""
        return tuple(shape_of(*numbers) for numbers in self.inputs)

    @property
    def symbolic(self) -> tuple[Shape, ...]:
        """The inputs with a symbol for each spatial axis, the same in all inputs of equal size."""
        return tuple(
            shape_of(
                "N" if numbers[0] == self.inputs[0][0] else numbers[0], numbers[1], *_symbols(numbers, self.inputs[0])
            )
            for numbers in self.inputs
        )

    @property
    def sizes(self) -> dict[str, int]:
        """What the symbols stand for."""
        first = self.inputs[0]
        return {"N": first[0], **dict(zip(("D", "H", "W")[-len(first[2:]) :], first[2:], strict=False))}


def _symbols(numbers: tuple[int, ...], first: tuple[int, ...]) -> list[int | str]:
    names = ("D", "H", "W")[-len(first[2:]) :] if first[2:] else ()
    return [
        names[i] if i < len(names) and i + 2 < len(first) and first[i + 2] == size else size
        for i, size in enumerate(numbers[2:])
    ]
