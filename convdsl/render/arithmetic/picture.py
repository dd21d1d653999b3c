"""Style C, the arithmetic of one layer: a window that slides, or the dot products of a dense layer."""

from convdsl.mistake import MistakeError
from convdsl.render.arithmetic.animation import animation, level
from convdsl.render.arithmetic.dense import Dense
from convdsl.render.arithmetic.neurons import column, neurons
from convdsl.render.arithmetic.sheets import view
from convdsl.render.arithmetic.slide import Place
from convdsl.render.arithmetic.still import still
from convdsl.render.arithmetic.subject import subject
from convdsl.render.canvas import Canvas
from convdsl.render.facts import Network
from convdsl.render.film import film
from convdsl.render.film_gif import film_gif
from convdsl.render.film_svg import paint_film
from convdsl.render.theme import Theme
from convdsl.render.wish import Wish

MOVING = 11  # cells of an axis at most, where a window moves over all that are drawn


def canvas(network: Network, wish: Wish) -> Canvas:
    """Draw the layer that `wish.layer` names, or the first that can be drawn.

    Raises MistakeError where there is no such layer, nothing to draw, or no such output.
    """
    found = subject(network, wish)
    if isinstance(found.drawn, Dense):
        count = found.drawn.after[-1]
        outputs = [_asked(wish.step, (count,))[0]] if wish.step else sorted({0, count - 1})
        return neurons(found.drawn, found.heading, outputs, values=wish.values)
    step = _asked(wish.step, found.drawn.after[2:]) if wish.step else ()
    seen = view(found.drawn, numbers=wish.values, shown=step)
    return still(seen, found.heading, [step] if step else seen.steps())


def frames(network: Network, wish: Wish) -> list[Canvas]:
    """Draw a layer's steps one by one, `wish.frames` at most, as canvases of one size.

    Raises what `canvas` raises.
    """
    found = subject(network, wish)
    if isinstance(found.drawn, Dense):
        count = found.drawn.after[-1]
        each = column(count).drawn[: max(wish.frames, 1)]
        return level([neurons(found.drawn, found.heading, [output], values=wish.values) for output in each])
    return animation(view(found.drawn, numbers=wish.values, room=MOVING), found.heading, wish.frames)


def animated(network: Network, wish: Wish, theme: Theme) -> str:
    """Draw a layer's steps as one SVG that moves, by style sheet rules alone.

    Raises what `canvas` raises.
    """
    return paint_film(film(frames(network, wish)), theme)


def gif(network: Network, wish: Wish, theme: Theme) -> bytes:
    """Draw a layer's steps as a GIF.

    Raises what `canvas` raises, and MistakeError where Pillow or resvg-py is missing.
    """
    return film_gif(frames(network, wish), theme)


def _asked(step: Place, sizes: Place) -> Place:
    """Check a place of the output.

    Raises MistakeError where there is no such place.
    """
    if len(step) != len(sizes) or any(not 0 <= at < size for at, size in zip(step, sizes, strict=True)):
        said = ",".join(map(str, step))
        ends = ",".join(str(size - 1) for size in sizes)
        raise MistakeError(f"the output has no cell {said}", way_out=f"the last one is {ends}")
    return step
