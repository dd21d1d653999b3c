"""The size that a person asks about: `350x525`, `256` or `H=256,W=128`, as values of a network's size symbols."""

import re
from collections.abc import Mapping, Sequence

from convdsl.graph.graph import Graph
from convdsl.mistake import MistakeError
from convdsl.sizes import Size

Given = tuple[int, ...] | Mapping[str, int]  # numbers for the axes of the first input, or values of symbols


def read_size(text: str) -> Given:
    """Read a size as it is written on a command line.

    Raises MistakeError where it is none.
    """
    if "=" in text:
        pairs = [pair.partition("=") for pair in text.split(",")]
        names = [name.strip() for name, _, _ in pairs]
        if all(_NUMBER.fullmatch(value.strip()) for _, _, value in pairs) and all(map(str.isidentifier, names)):
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise MistakeError(f"`{text}` gives `{twice}` twice", way_out="give it once")
            return {name: int(value) for name, (_, _, value) in zip(names, pairs, strict=True)}
    else:
        parts = re.split("[x×,]", text.lower())
        if all(_NUMBER.fullmatch(part.strip()) for part in parts):
            return tuple(map(int, parts))
    raise MistakeError(f"`{text}` is no size", way_out="write height x width in pixels, `256x256`, or `H=256,W=128`")


_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


def sizes_at(graph: Graph, symbols: Sequence[str], given: Given) -> dict[str, int]:
    """Return the value of every size symbol of a network.

    symbols: all that need one. Numbers go to the spatial axes of the first input, height first; one number goes to all
    of them. Raises MistakeError where a symbol is left open or the network has no such size.
    """
    sizes = dict(given) if isinstance(given, Mapping) else _by_axis(graph, given)
    unknown = [symbol for symbol in sizes if symbol not in symbols]
    missing = [symbol for symbol in symbols if symbol not in sizes]
    if unknown:
        way_out = f"its sizes: {', '.join(symbols)}" if symbols else "all of its sizes are fixed"
        raise MistakeError(f"the network has no size `{unknown[0]}`", way_out=way_out)
    if missing:
        way_out = f"give all: `{','.join(f'{symbol}=64' for symbol in symbols)}`"
        raise MistakeError(f"the size of `{missing[0]}` is open", way_out=way_out)
    return sizes


def _by_axis(graph: Graph, numbers: tuple[int, ...]) -> dict[str, int]:
    """Give numbers to the symbols of the first input's spatial axes, in order."""
    first = graph.inputs[0]
    axes = [axis for axis in first.shape.spatial if isinstance(axis, Size)]
    if len(numbers) == 1:
        numbers *= len(axes)
    if len(numbers) != len(axes):
        many, has = len(numbers), len(axes)
        message = f"{many} number{_s(many)} given, and the input `{first.name}` {first.shape} has {has} size{_s(has)}"
        way_out = f"give {has}, or name them: `H=256,W=128`" if has else "it has nothing that could be given"
        raise MistakeError(message, way_out=way_out)
    out: dict[str, int] = {}
    for axis, number in zip(axes, numbers, strict=True):
        wanted = axis.value if axis.symbol is None else out.setdefault(axis.symbol, number)
        if wanted != number:
            fixed = "fixed" if axis.symbol is None else f"one size, `{axis.symbol}`, on two axes"
            message = f"the size {number} does not fit the input `{first.name}` {first.shape}: it is {fixed}"
            raise MistakeError(message, way_out=f"give {wanted} there")
    return out


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def size_text(graph: Graph, sizes: Mapping[str, int]) -> str:
    """Print sizes as they may be asked for: `352x528` where the first input's axes are all there is, else by name."""
    axes = [axis.symbol for axis in graph.inputs[0].shape.spatial if isinstance(axis, Size) and not axis.chain]
    if axes and None not in axes and len(set(axes)) == len(axes) and set(axes) == set(sizes):
        return "x".join(str(sizes[symbol]) for symbol in axes if symbol is not None)
    return ",".join(f"{symbol}={number}" for symbol, number in sizes.items())
