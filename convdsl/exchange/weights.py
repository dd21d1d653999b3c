"""Weights from a checkpoint for a network: which part, under which names, and whether all of them fit.

Nothing is guessed in silence: each step that was taken (a part chosen, a name changed, a counter set) is in what comes
back, and without a request to the contrary all tensors have to fit.
"""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from convdsl.exchange.keras_notes import keras_notes
from convdsl.exchange.stored import Stored, Tensors, shapes
from convdsl.graph.graph import Graph
from convdsl.lower.fitting import Fit, Shapes, fit, prefix_rule
from convdsl.lower.flattening import flattened
from convdsl.lower.keys import state_keys
from convdsl.lower.lineup import Lineup, counters, line_up
from convdsl.lower.renaming import Renamed, Row, rename
from convdsl.mistake import MistakeError
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Match:
    """A checkpoint beside a network.

    part: the one that was taken. names: old -> new, of every tensor that was not left out. tensors: by their new names,
    in PyTorch's layout; those that fit no place among them. offer: a row of a rename table by which more would fit, ""
    if none is known. lineup: where names were asked for by order and shape.
    """

    stored: Stored
    part: str
    names: Mapping[str, str]
    left_out: tuple[str, ...]
    idle: tuple[Row, ...]
    tensors: Tensors
    fit: Fit
    notes: tuple[str, ...]
    offer: str = ""
    offered: int = 0  # tensors that would fit then
    in_order: bool = False  # whether both have the same layers in the same order, whatever they are called
    lineup: Lineup | None = None

    @property
    def ok(self) -> bool:
        """Tell whether everything fits, and no name was left to chance."""
        return self.fit.ok

    def state(self, fresh: Tensors | None = None) -> dict[str, Tensor]:
        """Return the tensors of the network, in its order. fresh: in place of those that the file lacks.

        Norms' counters that the file lacks are 0. Raises MistakeError where one is missing.
        """
        out: dict[str, Tensor] = {}
        fitting = set(self.fit.fitting)
        for name in self.fit.wanted:
            if name in fitting:
                out[name] = self.tensors[name].detach()
            elif name in self.fit.counters:
                out[name] = torch.zeros((), dtype=torch.int64)
            elif fresh is not None:
                out[name] = fresh[name].detach()
            else:
                raise MistakeError(f"`{name}` is not in `{self.stored.path}`", way_out="load it with `--partial`")
        return out


def match_graph(
    stored: Stored, graph: Graph, *, part: str = "", rows: tuple[Row, ...] = (), by: str = "names"
) -> Match:
    """Match a checkpoint with a network. by: "names", or "shape" for order and shape; the rest as for `match`.

    Raises MistakeError.
    """
    found = match(stored, state_keys(graph), part=part, rows=rows, by=by)
    if not stored.keras:
        return found
    tensors, moved = dict(found.tensors), []
    for name, axes in flattened(graph).items():
        if name in found.fit.fitting:
            tensors[name] = channels_first(tensors[name], axes)
            moved.append(f"`{name}`: its columns are brought from the order (rows, columns, channels) to PyTorch's")
    notes = (*found.notes, *moved, *keras_notes(graph, found.fit.fitting))
    return replace(found, tensors=tensors, notes=notes)


def match(stored: Stored, wanted: Shapes, *, part: str = "", rows: tuple[Row, ...] = (), by: str = "names") -> Match:
    """Match a checkpoint with names and shapes. part: of the checkpoint, "" to find it; rows: of a rename table.

    Raises MistakeError where there is no such part, no telling which, or two tensors would have one name.
    """
    chosen, notes = _choose(stored, wanted, part, rows)
    original = stored.parts[chosen]
    renamed = rename(original, rows)
    current = {new: original[old] for old, new in renamed.names.items()}
    names: Mapping[str, str] = renamed.names
    lineup: Lineup | None = None
    if by == "shape":
        lineup = line_up(shapes(current), wanted, ordered=stored.ordered)
        then = {**lineup.names, **counters(current, lineup.names)}
        # what is left over never fits by its name alone: in a shifted numbering that name is another layer's
        names = {old: then.get(new, f"{new} (not paired)") for old, new in names.items()}
    tensors = {new: original[old] for old, new in names.items()}
    compared = fit(shapes(tensors), wanted)
    offer, offered, in_order = "", 0, False
    if not compared.ok and by == "names":
        offer, most = prefix_rule(shapes(tensors), wanted)
        offered = most if offer else 0
        in_order = most < len(wanted) and line_up(shapes(tensors), wanted, ordered=stored.ordered).whole
    return Match(
        stored=stored,
        part=chosen,
        names=names,
        left_out=renamed.left_out,
        idle=renamed.idle,
        tensors=tensors,
        fit=compared,
        notes=(*stored.notes, *notes),
        offer=offer,
        offered=offered,
        in_order=in_order,
        lineup=lineup,
    )


def channels_first(weight: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Bring a dense layer's columns from the order (rows, columns, channels) to (channels, rows, columns).

    weight: (out, channels * rows * columns). axes: (channels, rows, columns).
    """
    channels, *spatial = axes
    by_place = weight.reshape(weight.shape[0], *spatial, channels)
    return by_place.movedim(-1, 1).reshape(weight.shape[0], -1)


def _choose(stored: Stored, wanted: Shapes, part: str, rows: tuple[Row, ...]) -> tuple[str, tuple[str, ...]]:
    """Choose the part: the one that is named, the only one, or the only one of which the most tensors fit."""
    if not stored.parts:
        beside = f": it holds {', '.join(f'`{name}`' for name in stored.others[:10])}" if stored.others else ""
        raise MistakeError(f"`{stored.path}` holds no named tensors{beside}", way_out="give a file of weights")
    if part:
        stored.part(part)
        return part, ()
    if stored.usual:
        beside = ", ".join(f"`{name}`" for name in stored.parts if name != stored.usual)
        other = f"; `--part` takes {beside} instead" if beside else ""
        return stored.usual, (f"the part `{stored.usual}` is taken{other}",) if beside else ()
    if len(stored.parts) == 1:
        (only,) = stored.parts
        return only, (f"the tensors lie in `{only}`, which is taken{_beside(stored)}",) if only else ()
    counts = {name: _fitting(tensors, wanted, rows) for name, tensors in stored.parts.items()}
    most = max(counts.values())
    best = [name for name, count in counts.items() if count == most]
    if most == 0 or len(best) > 1:
        listed = tuple(
            f"part `{name}`: {len(stored.parts[name])} tensors, {count} of them fit" for name, count in counts.items()
        )
        way_out = f"say which: `--part {next((name for name in best if name), best[0])}`"
        raise MistakeError(f"`{stored.path}` has {len(counts)} parts with tensors", notes=listed[:20], way_out=way_out)
    return best[0], (f"the part `{best[0] or '(top)'}` is taken, of which {most} tensors fit{_beside(stored)}",)


def _beside(stored: Stored) -> str:
    return f"; beside it: {', '.join(f'`{name}`' for name in stored.others[:10])}" if stored.others else ""


def _fitting(tensors: Tensors, wanted: Shapes, rows: tuple[Row, ...]) -> int:
    """Count the tensors of a part that fit, at best behind a prefix."""
    renamed: Renamed = rename(tensors, rows)
    return prefix_rule({new: tuple(tensors[old].shape) for old, new in renamed.names.items()}, wanted)[1]
