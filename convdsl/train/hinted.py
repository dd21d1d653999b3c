"""A network at work with a person's hints beside the photograph: cut as the photograph is, for tiles and for sizes."""

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor
from torch.nn import functional

from convdsl.train.colouring import Colourist, More, View
from convdsl.train.hints import Given, require_hints


def hinted(colourist: Colourist, given: Given) -> Colourist:
    """Give a network hints for the one photograph that it is to colour.

    Raises MistakeError where it takes none; the photograph's size is looked at when it is coloured.
    """
    require_hints(colourist.job)

    def more(height: int, width: int) -> More:
        known: dict[tuple[int, int], Mapping[str, Tensor]] = {}  # of the one size at which it is seen

        def cut(view: View) -> Mapping[str, Tensor]:
            size = view.height, view.width
            if size not in known:
                known[size] = given.inputs(colourist.job, (height, width), size)
            return {name: _part(value, view) for name, value in known[size].items()}

        return cut

    return replace(colourist, more=more)


def _part(whole_NCHW: Tensor, view: View) -> Tensor:
    """Cut out what a view shows; beyond the photograph, where it is mirrored, nothing is given."""
    below, right = max(0, view.bottom - view.height), max(0, view.right - view.width)
    wide = functional.pad(whole_NCHW, (0, right, 0, below)) if below or right else whole_NCHW
    return wide[:, :, view.top : view.bottom, view.left : view.right]
