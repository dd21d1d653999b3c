"""Where a layer of an expanded network comes from, in words: `net.cdsl:4:3 in e1 = Double(16) (line 12), i = 2`."""

import re
from collections.abc import Sequence

from convdsl.graph.graph import Node
from convdsl.source import Source, Span

LONGEST = 48  # letters of a call that are quoted
_BOUND = re.compile(r"\s*(?:- )?((?:[\w\[\], ]+ =|[\w\[\], ]+:) )?(?:\{ ?)?")


class Origins:
    """The places of a network's layers; what is said of a line is found once, however many layers it makes."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._places: dict[Span, str] = {}
        self._calls: dict[Span, tuple[str, int]] = {}

    def of(self, node: Node) -> str:
        """Say the place of a layer, and the way to it: the calls from the inside out, each with its loops' turns."""
        places = (*node.trail, node.span)
        out, last, times = "", "", 1
        for index in range(len(places) - 1, -1, -1):
            span = places[index]
            turns = node.turns[index] if index < len(node.turns) else ()
            if not out:
                out = self._place(span)
            else:
                inner = places[index + 1]
                words, line = self._written(span)
                where = f"line {line}" if span.file == inner.file else f"{_name(self._sources, span.file)}:{line}"
                step = f" in {words} ({where})"
                times = times + 1 if step == last else 1
                if times > 1:  # a block within itself, by a layer parameter: the way down is not told step by step
                    out = out.removesuffix(_count(times - 1)) + _count(times)
                else:
                    out += step
                last = "" if turns else step
            out += "".join(f", {turn}" for turn in turns)
        return out

    def _place(self, span: Span) -> str:
        found = self._places.get(span)
        if found is None:
            at = self._sources[span.file].position(span.start)
            found = self._places[span] = f"{_name(self._sources, span.file)}:{at.line}:{at.column}"
        return found

    def _written(self, span: Span) -> tuple[str, int]:
        """Quote a call with the name that its line binds, in one line; the line's number."""
        found = self._calls.get(span)
        if found is None:
            source = self._sources[span.file]
            at = source.position(span.start)
            before = _BOUND.fullmatch(source.line(at.line)[: at.column - 1])
            bound = (before[1] or "") if before else ""
            words = " ".join(_plain(bound + source.excerpt(span)).split()).replace("( ", "(").replace(" )", ")")
            short = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
            found = self._calls[span] = short, at.line
        return found


def _count(times: int) -> str:
    return f" × {times}" if times > 1 else ""


def _name(sources: Sequence[Source], file: int) -> str:
    """Return a file's name from the folder of the spec on."""
    folder, slash, _ = sources[0].name.replace("\\", "/").rpartition("/")
    return _plain(sources[file].name.replace("\\", "/").removeprefix(folder + slash))


def _plain(text: str) -> str:
    """Return a text without the characters that a comment could not hold, or nobody could see."""
    return "".join(char if char.isprintable() else " " for char in text)
