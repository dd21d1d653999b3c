"""Whether tensors fit a network, by names and shapes alone: what is missing, what is too much, what has another shape.

Knows neither files nor PyTorch, so that a report on a checkpoint of many gigabytes costs nothing.
"""

from collections.abc import Iterable, Mapping
from math import prod

from convdsl.nearest import nearest
from convdsl.record import dataclass

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]

COUNTER = "num_batches_tracked"  # of a norm; checkpoints from before PyTorch 0.4.1, and those of Keras, have none


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A tensor that has the right name and another shape."""

    name: str
    found: Shape
    wanted: Shape

    @property
    def reason(self) -> str:
        """Say what the two shapes have in common, "" where nothing tells."""
        if self.found == self.wanted[::-1]:
            return "the axes are in the opposite order"
        if sorted(self.found) == sorted(self.wanted):
            return "the axes are in another order"
        if prod(self.found) == prod(self.wanted):
            return "as many numbers, in another shape"
        if len(self.found) != len(self.wanted):
            return f"{len(self.found)} axes and not {len(self.wanted)}"
        differing = [axis for axis, (a, b) in enumerate(zip(self.found, self.wanted, strict=True)) if a != b]
        return f"axis {differing[0]} differs" if len(differing) == 1 else ""


@dataclass(frozen=True, slots=True)
class Fit:
    """How the tensors of a file (`found`) fit those of a network (`wanted`); in the order of either.

    fitting: names with the right shape. missing: of the network, not in the file. unexpected: the other way round.
    counters: those of norms, where the file has none at all: they are 0, as PyTorch sets them for files of old.
    """

    found: Shapes
    wanted: Shapes
    fitting: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    mismatched: tuple[Mismatch, ...]
    counters: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether every tensor has its place and every place its tensor."""
        return not (self.missing or self.unexpected or self.mismatched)

    def near_missing(self, name: str) -> str | None:
        """Return the unexpected tensor that a missing one is most like: of its shape, else of a like name."""
        return _near(name, self.wanted[name], self.unexpected, self.found)

    def near_unexpected(self, name: str) -> str | None:
        """Return the missing tensor that an unexpected one is most like: of its shape, else of a like name."""
        return _near(name, self.found[name], self.missing, self.wanted)


def fit(found: Shapes, wanted: Shapes) -> Fit:
    """Compare the tensors of a file with those of a network."""
    absent = [name for name in wanted if name not in found]
    has_counters = any(name.rpartition(".")[2] == COUNTER for name in found)
    counters = () if has_counters else tuple(name for name in absent if name.rpartition(".")[2] == COUNTER)
    return Fit(
        found=found,
        wanted=wanted,
        fitting=tuple(name for name, shape in wanted.items() if found.get(name) == shape),
        missing=tuple(name for name in absent if name not in counters),
        unexpected=tuple(name for name in found if name not in wanted),
        mismatched=tuple(
            Mismatch(name, found[name], shape) for name, shape in wanted.items() if found.get(name, shape) != shape
        ),
        counters=counters,
    )


def prefix_rule(found: Shapes, wanted: Shapes) -> tuple[str, int]:
    """Return the row of a rename table by which the most tensors fit, and how many then do; "" if no prefix helps.

    What programs put in front of every name (`module.`, `_orig_mod.`, `model.`) is taken away, or put there.

    >>> prefix_rule({"module.conv.bias": (8,)}, {"conv.bias": (8,)})
    ('module.* -> *', 1)
    """
    best, rule = sum(found.get(name) == shape for name, shape in wanted.items()), ""
    for prefix in _prefixes(found):
        count = sum(wanted.get(name.removeprefix(prefix)) == shape for name, shape in _starting(found, prefix))
        if count > best:
            best, rule = count, f"{prefix}* -> *"
    for prefix in _prefixes(wanted):
        count = sum(wanted.get(prefix + name) == shape for name, shape in found.items())
        if count > best:
            best, rule = count, f"* -> {prefix}*"
    return rule, best


def _starting(shapes: Shapes, prefix: str) -> Iterable[tuple[str, Shape]]:
    return ((name, shape) for name, shape in shapes.items() if name.startswith(prefix))


MOST_PREFIXES = 20


def _prefixes(names: Iterable[str]) -> list[str]:
    """Return the beginnings that names have: their first parts, and what all of them share, each with its dot."""
    every = list(names)
    if not every:
        return []
    out = dict.fromkeys(name.partition(".")[0] + "." for name in every if "." in name)
    first, last = min(every), max(every)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    shared = first[:same]
    at = shared.find(".")
    while at >= 0 and len(out) < 2 * MOST_PREFIXES:
        out[shared[: at + 1]] = None
        at = shared.find(".", at + 1)
    plain = [prefix for prefix in out if not set(prefix) & set(_SIGNS)]
    return sorted(plain, key=len)[: 2 * MOST_PREFIXES]


_SIGNS = '*{}"'  # have a meaning in a rename table


def _near(name: str, shape: Shape, others: Iterable[str], shapes: Shapes) -> str | None:
    leaf = name.rpartition(".")[2]
    same = [other for other in others if shapes[other] == shape]
    alike = [other for other in same if other.rpartition(".")[2] == leaf]
    if len(alike) == 1:
        return alike[0]
    return nearest(name, alike) or nearest(name, same) or nearest(name, others)
