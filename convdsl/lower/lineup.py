"""Names by order and shape: which layer of a checkpoint is which of the network, where only one answer is possible.

A layer is compared as a whole: the shapes of its weights, bias and statistics together. If both sides have the same
layers in the same order, that is the answer; else a layer whose like occurs once on each side is paired, and the others
are ambiguous. Names are never used to choose, for a shifted numbering makes wrong ones fit.
"""

from collections.abc import Iterable, Mapping

from convdsl.lower.fitting import COUNTER, Shape, Shapes
from convdsl.record import dataclass

Layer = tuple[str, ...]  # the names of one layer's tensors, in their order
_LEAVES = ("in_proj_weight", "in_proj_bias", "weight", "bias", "running_mean", "running_var")  # in PyTorch's order


@dataclass(frozen=True, slots=True)
class Lineup:
    """The names that are certain, old -> new; and groups of layers of one kind whose order is not known.

    ambiguous: (layers of the file, layers of the network), by the prefixes of their names. in_order: both sides have
    the same layers in the same order.
    """

    names: Mapping[str, str]
    ambiguous: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    in_order: bool

    @property
    def whole(self) -> bool:
        """Tell whether every layer has its twin."""
        return bool(self.names) and not self.ambiguous


def line_up(found: Shapes, wanted: Shapes, *, ordered: bool) -> Lineup:
    """Pair the tensors of a file with those of a network. ordered: the file keeps the order of layers."""
    theirs, ours = layers(found), layers(wanted)
    kinds_found, kinds_wanted = [_kind(one, found) for one in theirs], [_kind(one, wanted) for one in ours]
    names: dict[str, str] = {}
    if ordered and kinds_found == kinds_wanted:
        for old, new in zip(theirs, ours, strict=True):
            names.update(_paired(old, new))
        if _leaves_agree(names):
            return Lineup(names, (), in_order=True)
        names = {}
    ambiguous: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    sides: dict[tuple[Shape, ...], tuple[list[Layer], list[Layer]]] = {}
    for side, (every, kinds) in enumerate(((theirs, kinds_found), (ours, kinds_wanted))):
        for layer, kind in zip(every, kinds, strict=True):
            sides.setdefault(kind, ([], []))[side].append(layer)
    for left, right in sides.values():
        pairs = _paired(left[0], right[0]) if len(left) == len(right) == 1 else {}
        if pairs and _leaves_agree(pairs):
            names.update(pairs)
        else:
            ambiguous.append((tuple(map(_prefix, left)), tuple(map(_prefix, right))))
    return Lineup(names, tuple(ambiguous), in_order=False)


def layers(shapes: Shapes) -> list[Layer]:
    """Group names that differ only behind their last dot, in the order of first ones; counters are left out."""
    groups: dict[str, list[str]] = {}
    for name in shapes:
        prefix, _, leaf = name.rpartition(".")
        if leaf != COUNTER:
            groups.setdefault(prefix, []).append(name)
    return [tuple(group) for group in groups.values()]


def _prefix(layer: Layer) -> str:
    return layer[0].rpartition(".")[0] or layer[0]


def _leaf(name: str) -> str:
    return name.rpartition(".")[2]


def _kind(layer: Layer, shapes: Shapes) -> tuple[Shape, ...]:
    """Return what two layers have in common that can be one: the shapes of their tensors.

    In PyTorch's order where the names are PyTorch's, else in that of the file.
    """
    known = all(_leaf(name) in _LEAVES for name in layer)
    in_order = sorted(layer, key=lambda name: _LEAVES.index(_leaf(name))) if known else layer
    return tuple(shapes[name] for name in in_order)


def _paired(old: Layer, new: Layer) -> dict[str, str]:
    if {_leaf(name) for name in old} == {_leaf(name) for name in new}:
        by_leaf = {_leaf(name): name for name in new}
        return {name: by_leaf[_leaf(name)] for name in old}
    return dict(zip(old, new, strict=True))


def _leaves_agree(names: Mapping[str, str]) -> bool:
    """Tell that no weight would become a bias, or the like."""
    return all(_leaf(old) == _leaf(new) or _leaf(old) not in _LEAVES for old, new in names.items())


def counters(found: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return the names of norms' counters, which follow the layer that they stand in."""
    prefixes = {old.rpartition(".")[0]: new.rpartition(".")[0] for old, new in names.items()}
    out = {}
    for name in found:
        prefix, _, leaf = name.rpartition(".")
        if leaf == COUNTER and prefix in prefixes:
            out[name] = f"{prefixes[prefix]}.{COUNTER}"
    return out
