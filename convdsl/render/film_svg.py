"""Paint a film as an SVG that moves: style sheet rules, no script.

Where a reader asks for less motion, and in viewers that know no animation, the first frame stands still.
"""

from collections.abc import Iterator

from convdsl.render.canvas_svg import paint_items, paint_lines
from convdsl.render.film import Film, Part
from convdsl.render.theme import Theme


def paint_film(film: Film, theme: Theme, prefix: str | None = None) -> str:
    """Turn a film into SVG text that ends with a newline; prefix: begins every id, as in paint_canvas."""
    return paint_lines(film.canvas, list(_body(film, theme)), theme, prefix)


def _body(film: Film, theme: Theme) -> Iterator[str]:
    moving = {(part.first, part.end): None for part in film.parts if (part.first, part.end) != (0, film.frames)}
    yield "<style>"
    for first, end in moving:
        yield _rule(film, first, end)
    names = ",".join(f".\0f{first}-{end}" for first, end in moving)
    if names:
        yield f"@media (prefers-reduced-motion:reduce){{{names}{{animation:none}}}}"
    yield "</style>"
    for part in film.parts:
        yield from _part(film, part, theme)


def _rule(film: Film, first: int, end: int) -> str:
    """Write when a part is seen: it appears and vanishes at once, at whole hundredths of a percent."""
    whole = film.milliseconds
    start, stop = (film.starts(frame) * 10000 // whole for frame in (first, end))
    keys = {0: "hidden" if start else "visible", start: "visible", stop: "hidden" if stop < 10000 else "visible"}
    steps = "".join(f"{at / 100:.2f}%{{visibility:{word}}}" for at, word in sorted(keys.items()))
    still = "visible" if first == 0 else "hidden"
    name = f"\0f{first}-{end}"
    return (
        f".{name}{{visibility:{still};animation:{name} {whole / 1000:.1f}s step-end infinite}}"
        f"@keyframes {name}{{{steps}}}"
    )


def _part(film: Film, part: Part, theme: Theme) -> Iterator[str]:
    lines = paint_items(part.items, theme)
    if (part.first, part.end) == (0, film.frames):
        yield from lines
        return
    yield f'<g class="\0f{part.first}-{part.end}">'
    yield from lines
    yield "</g>"
