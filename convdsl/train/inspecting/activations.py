"""The activation maps of a layer for a photograph: what every channel says, as numbers.

Shape legend: C channels of the layer, H and W cells of its maps (1 and 1 for a layer without height and width).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.render.cells import visible
from convdsl.train.inspecting.palette import number_text, share_text
from convdsl.train.inspecting.seeing import Seen, see
from convdsl.train.inspecting.subject import Subject
from convdsl.train.inspecting.text import aligned, listed

MOST = 64  # maps that are drawn where nobody says which


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of a layer in numbers; zeros: the share of values that are exactly 0."""

    number: int
    low: float
    mean: float
    high: float
    zeros: float

    @property
    def dead(self) -> bool:
        """Whether it is 0 everywhere."""
        return self.zeros == 1


@dataclass(frozen=True, slots=True)
class Maps:
    """What a layer says of a photograph.

    values: (C, H, W). flat: the layer has channels and neither height nor width. channels: all of them; drawn: the
    numbers of those that are shown. names: of the channels, where they are classes.
    """

    subject: str
    layer: str
    call: str
    seen: Seen
    values: Tensor
    flat: bool
    channels: tuple[Channel, ...]
    drawn: tuple[int, ...]
    names: tuple[str, ...] = ()

    @property
    def dead(self) -> tuple[int, ...]:
        """The numbers of the channels that are 0 everywhere."""
        return tuple(channel.number for channel in self.channels if channel.dead)

    @property
    def left_out(self) -> int:
        """How many channels are not shown."""
        return len(self.channels) - len(self.drawn)

    def name(self, channel: int) -> str:
        """Return what a channel is called: its class, or its number."""
        return visible(self.names[channel]) if self.names else str(channel)


def activations(
    subject: Subject,
    layer: str,
    photo: Path,
    *,
    short: int | None = None,
    channels: Sequence[int] = (),
    most: int = MOST,
) -> Maps:
    """Run a photograph through the network up to a layer; "" is the network's output.

    short: pixels of the photograph's short side at least, None for that of the training. channels: those to be shown,
    otherwise the first `most`. Raises MistakeError where there is no such layer or channel, or the file is no
    photograph.
    """
    value = subject.value_named(layer)
    seen = see(subject, photo, short)
    with torch.no_grad():
        out = subject.up_to(value)(seen.tensor)[0].double()
    shape = subject.network.graph.shape(value)
    if shape is None or shape.rank not in (2, 3, 4) or out.dim() != shape.rank - 1:
        raise MistakeError(f"`{visible(layer)}` gives {shape}, and maps are looked at as [N, C, H, W]")
    values = out.reshape(out.shape[0], -1 if out.dim() > 1 else 1, out.shape[2] if out.dim() > 2 else 1)
    values = values if out.dim() == 3 else values.transpose(1, 2)
    count = len(values)
    wrong = [number for number in channels if not 0 <= number < count]
    if wrong:
        name = visible(subject.node(value).name)
        raise MistakeError(f"`{name}` has no channel {wrong[0]}", way_out=f"they are numbered from 0 to {count - 1}")
    is_end = value == subject.output and len(subject.classes) == count
    return Maps(
        subject.told,
        subject.node(value).name,
        subject.call(value),
        seen,
        values,
        out.dim() == 1,
        tuple(_channel(number, map_HW) for number, map_HW in enumerate(values)),
        tuple(dict.fromkeys(channels)) or tuple(range(min(most, count))),
        tuple(subject.classes) if is_end else (),
    )


def _channel(number: int, map_HW: Tensor) -> Channel:
    zeros = float((map_HW == 0).double().mean())
    return Channel(number, float(map_HW.min()), float(map_HW.mean()), float(map_HW.max()), zeros)


def sentences(maps: Maps) -> tuple[str, ...]:
    """Say what is not seen at once: channels without a sign of life, and those that are left out."""
    count, dead = len(maps.channels), maps.dead
    out = []
    if dead and len(dead) == count:
        out.append("Every channel is dead on this photograph: 0 everywhere")
    elif dead:
        said = "channels are" if len(dead) > 1 else "channel is"
        out.append(f"{len(dead)} of {count} {said} dead on this photograph, 0 everywhere: {listed(dead)}")
    if maps.left_out:
        left = "1 is" if maps.left_out == 1 else f"{maps.left_out} are"
        out.append(f"{len(maps.drawn)} of {count} channels are shown; {left} left out (--channels, --most)")
    return tuple(out)


def table(maps: Maps) -> tuple[str, ...]:
    """Print the channels that are shown, a line each."""
    size = "" if maps.flat else f", maps of {maps.values.shape[1]}×{maps.values.shape[2]}"
    rows = [_head(maps), *(_row(maps, maps.channels[number]) for number in maps.drawn)]
    head = (f"{visible(maps.layer)} = {maps.call}, {len(maps.channels)} channels{size}", maps.subject)
    return (*head, f"{maps.seen.name}: {maps.seen.said}", "", *aligned(rows), "", *sentences(maps))


def _head(maps: Maps) -> tuple[str, ...]:
    first = "class" if maps.names else "channel"
    return (first, "value", "") if maps.flat else (first, "min", "mean", "max", "zeros", "")


def _row(maps: Maps, one: Channel) -> tuple[str, ...]:
    dead = "dead" if one.dead else ""
    if maps.flat:
        return (maps.name(one.number), number_text(one.mean), dead)
    numbers = map(number_text, (one.low, one.mean, one.high))
    return (maps.name(one.number), *numbers, share_text(one.zeros), dead)


def to_data(maps: Maps) -> dict[str, Any]:
    """Turn the numbers into JSON's types."""
    height, width = maps.values.shape[1:]
    return {
        "version": 1,
        "kind": "activations",
        "network": maps.subject,
        "layer": maps.layer,
        "photo": maps.seen.name,
        "seen": {"height": maps.seen.pixels.shape[0], "width": maps.seen.pixels.shape[1], "how": maps.seen.said},
        "height": None if maps.flat else height,
        "width": None if maps.flat else width,
        "channels": [
            {
                "channel": one.number,
                "name": maps.names[one.number] if maps.names else None,
                "min": one.low,
                "mean": one.mean,
                "max": one.high,
                "zeros": one.zeros,
                "dead": one.dead,
            }
            for one in maps.channels
        ],
        "drawn": list(maps.drawn),
    }
