"""Painted pictures made small for a page: looks that come again and again become classes, ids that nothing uses go.

It reads what canvas_svg.py writes: attributes in double quotes, in which no string from a spec stands unescaped.
"""

import re
from collections.abc import Iterable

_ELEMENT = re.compile(r'<(path|text|polygon|circle|rect)((?: [a-z-]+="[^"<>]*")+)(/?)>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_GROUP = re.compile(r'<g id="([^"]*)">')
_LOOKS = (
    *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin"),
    *("font-size", "font-weight", "text-anchor"),
)


class Looks:
    """The classes of all pictures of a page."""

    def __init__(self) -> None:
        self._classes: dict[str, str] = {}

    def compact(self, svg: str, used: Iterable[str]) -> str:
        """Return a picture with classes in place of looks; used: the ids of groups that are kept."""
        kept = frozenset(used)
        svg = _GROUP.sub(lambda found: found[0] if found[1] in kept else "<g>", svg)
        return _ELEMENT.sub(self._element, svg)

    def sheet(self) -> str:
        """Return the rules of all classes so far."""
        return "\n".join(f".{name}{{{look}}}" for look, name in self._classes.items())

    def _element(self, found: re.Match[str]) -> str:
        places, looks = [], []
        for name, value in _ATTRIBUTE.findall(found[2]):
            if name in _LOOKS:
                looks.append(f"{name}:{value}{'px' if name == 'font-size' else ''}")
            else:
                places.append(f' {name}="{value}"')
        look = ";".join(looks)
        if not look:
            return found[0]
        name = self._classes.setdefault(look, f"k{len(self._classes)}")
        return f'<{found[1]}{"".join(places)} class="{name}"{found[3]}>'
