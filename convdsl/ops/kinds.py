"""Kinds of arguments that fit any number of axes: one number for all of them, or one for each."""

from convdsl.argument import FLOAT, INT, Kind, optional


def _per_axis(name: str, item: Kind, example: str, *, spreads: bool = True) -> Kind:
    def read(value: object) -> object:
        if isinstance(value, tuple) and value:
            return tuple(item.read(part) for part in value)
        try:
            return item.read(value)
        except ValueError:
            raise ValueError(f"expected {name}, such as {example}") from None

    return Kind(name, read, (), spreads)


def _some(name: str, length: int) -> Kind:
    """Allow one int for all axes, or `length` ints of which some may be none."""
    part = optional(INT)

    def read(value: object) -> object:
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return (value,) * length
        if isinstance(value, tuple) and len(value) == length:
            return tuple(part.read(item) for item in value)
        raise ValueError(f"expected {name}, such as {'7 or (7, none)' if length == 2 else '7 or (7, 7, none)'}")

    return Kind(name, read)


def _sides(axes: int) -> Kind:
    """Allow one int for all sides, or two for each axis."""
    name = f"int or ({', '.join(['int'] * (2 * axes))})"

    def read(value: object) -> object:
        if isinstance(value, tuple) and len(value) == 2 * axes:
            return tuple(INT.read(item) for item in value)
        if isinstance(value, int) and not isinstance(value, bool):
            return (value,) * (2 * axes)
        raise ValueError(f"expected {name}")

    return Kind(name, read)


def _one_or_more(value: object) -> object:
    if isinstance(value, tuple) and value:
        return tuple(INT.read(item) for item in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    raise ValueError("expected an int or a list of ints, such as 96 or (96, 8, 8)")


def _numbers(value: object) -> object:
    if isinstance(value, tuple) and value:
        return tuple(FLOAT.read(item) for item in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (float(value),)
    raise ValueError("expected a number or a list of numbers, such as 2 or (4, 4.5, 4.25)")


NUMBERS = Kind("number or a list of numbers", _numbers)
ONE_OR_MORE = Kind("int or a list of ints", _one_or_more)
INT_PER_AXIS = _per_axis("int or (int, ...)", INT, "64 or (64, 96)")
INT_OR_LIST = _per_axis("int or (int, ...)", INT, "1 or (2, 3)", spreads=False)
NUMBER_PER_AXIS = _per_axis("number or (number, ...)", FLOAT, "2 or (2, 1.5)")
SOME_OF_2 = _some("int or (int or none, int or none)", 2)
SOME_OF_3 = _some("int or (int or none, int or none, int or none)", 3)
SIDES_OF_1, SIDES_OF_2, SIDES_OF_3 = _sides(1), _sides(2), _sides(3)
