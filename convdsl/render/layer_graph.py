"""The style `graph`: cards in the order of the spec, skips in lanes of their own, blocks in frames."""

from convdsl.render.canvas import Canvas
from convdsl.render.facts import Network
from convdsl.render.layout import layout
from convdsl.render.scene import Scene
from convdsl.render.scene_canvas import canvas_of
from convdsl.render.wish import Wish


def canvas(network: Network, wish: Wish) -> Canvas:
    """Draw a network as a layer graph."""
    return canvas_of(scene(network, wish))


def scene(network: Network, wish: Wish) -> Scene:
    """Lay a network out as cards, edges, frames and words."""
    return layout(network, direction=wish.direction, folded=wish.folded, depth=wish.depth, collapse=wish.collapse)
