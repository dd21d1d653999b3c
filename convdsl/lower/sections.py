"""The levels of an imported network: which layers stand together under one name, as the calls and the keys say.

A section is what becomes a group, a block's body or a body without a name. It comes from a module that calls others,
or from the names of weights alone: `features.0` and `features.2` make a section `features`.
"""

from collections.abc import Iterator, Sequence

from convdsl.graph.graph import Node, Value
from convdsl.lower.draft import Draft, Frame
from convdsl.record import dataclass, field


@dataclass(slots=True, eq=False)
class Section:
    """One level. path: what its weights' names begin with, without the last dot; name: its part of it, "0" or "conv".

    kind: the class of the module, "" where it is no class of its own.
    """

    path: str
    name: str
    kind: str
    items: "list[Section | Node]" = field(default_factory=list)
    parent: "Section | None" = None

    def nodes(self) -> Iterator[Node]:
        """Walk the layers inside, in order."""
        for item in self.items:
            if isinstance(item, Section):
                yield from item.nodes()
            else:
                yield item

    def chain(self) -> "list[Section]":
        """Return the sections from the model's down to this one."""
        return [self] if self.parent is None else [*self.parent.chain(), self]


@dataclass(frozen=True, slots=True)
class _Part:
    """A layer or section on its way into one: its name relative to the level, with dots, "" for none."""

    name: str
    item: Section | Node


def sections(made: Draft) -> Section:
    """Return the model's section."""
    nodes = [node for node in made.graph.nodes if node.op is not None]
    calls: dict[str, set[int]] = {}
    for node in nodes:
        for frame in made.frames[node.index]:
            calls.setdefault(frame.path, set()).add(frame.call)
    # the layers of a module that is called twice are shared, each by itself
    ways = {
        node.index: tuple(frame for frame in made.frames[node.index] if len(calls[frame.path]) == 1) for node in nodes
    }
    root = Section("", "", made.graph.model)
    root.items = _grouped(_nested(nodes, ways, 0, ""), "")
    _adopt(root)
    return root


def _nested(nodes: Sequence[Node], ways: dict[int, tuple[Frame, ...]], depth: int, path: str) -> list[_Part]:
    out: list[_Part] = []
    at = 0
    while at < len(nodes):
        way = ways[nodes[at].index]
        if len(way) <= depth:
            out.append(_Part(_relative(nodes[at].key, path), nodes[at]))
            at += 1
            continue
        end = at
        while end < len(nodes) and ways[nodes[end].index][depth : depth + 1] == (way[depth],):
            end += 1
        frame = way[depth]
        inside = _nested(nodes[at:end], ways, depth + 1, frame.path)
        section = Section(frame.path, "", frame.kind, _grouped(inside, frame.path))
        out.append(_Part(_relative(frame.path, path), section))
        at = end
    return out


def _relative(key: str | None, path: str) -> str:
    if key is None:
        return ""
    return key if not path else key.removeprefix(f"{path}.") if key.startswith(f"{path}.") else ""


def _grouped(parts: Sequence[_Part], path: str) -> list[Section | Node]:
    """Make sections of the dots that are left in names: of a run whose names begin alike, if there is one run only."""
    runs: dict[str, tuple[int, int]] = {}
    for at, part in enumerate(parts):
        first, dot, _ = part.name.partition(".")
        if dot:
            start, _ = runs.get(first, (at, at))
            runs[first] = (start, at)
    out: list[Section | Node] = []
    at = 0
    while at < len(parts):
        part = parts[at]
        first, dot, _ = part.name.partition(".")
        if dot and runs[first][0] == at:
            end = runs[first][1]
            names = {other.name.partition(".")[0] for other in parts[at : end + 1]} - {""}
            if names == {first} and all("." in other.name for other in parts[at : end + 1] if other.name):
                inner = f"{path}.{first}".lstrip(".")
                trimmed = [_Part(other.name.partition(".")[2], other.item) for other in parts[at : end + 1]]
                out.append(Section(inner, first, "", _grouped(trimmed, inner)))
                at = end + 1
                continue
        if isinstance(part.item, Section):
            part.item.name = part.name
        out.append(part.item)
        at += 1
    return out


def _adopt(section: Section) -> None:
    for item in section.items:
        if isinstance(item, Section):
            item.parent = section
            _adopt(item)


def result_of(section: Section) -> Value | None:
    """Return the value that a section leaves, None where its last layer has several."""
    last = section.items[-1]
    if isinstance(last, Section):
        return result_of(last)
    return Value(last.index) if len(last.shapes or ()) == 1 else None
