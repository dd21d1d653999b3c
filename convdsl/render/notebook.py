"""What a notebook shows of a network: the table as text, the drawing beside it (IPython's `_repr_mimebundle_`).

The ids of a drawing begin with a sum over its contents, so that two in a page do not take each other's.
Source: https://ipython.readthedocs.io/en/stable/config/integrating.html
"""

from collections.abc import Iterable, Sequence

from convdsl.diagnostics import Diagnostic
from convdsl.render.facts import Network
from convdsl.render.message import message
from convdsl.render.svg import svg
from convdsl.render.table import table
from convdsl.source import Source

Bundle = dict[str, str]  # by media type

MOST_DRAWN = 1000  # layers; a larger drawing is of no use in a page and takes long


def network_bundle(network: Network) -> Bundle:
    """Return the table, with the errors below it, and the drawing; a broken network is shown as far as it goes."""
    errors = messages((found for found in network.diagnostics if found.is_error), network.sources)
    out = {"text/plain": "\n\n".join([table(network), *errors])}
    if len(network.graph.nodes) <= MOST_DRAWN:
        out["image/svg+xml"] = svg(network)
    return out


def messages(diagnostics: Iterable[Diagnostic], sources: Sequence[Source]) -> list[str]:
    """Return each finding as a terminal shows it."""
    return [message(found, sources) for found in diagnostics]
