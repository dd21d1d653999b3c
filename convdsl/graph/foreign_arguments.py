"""Names of arguments in Keras, TensorFlow and old habits, and what they are called by PyTorch and here."""

from collections.abc import Collection

from convdsl.diagnostics import Help
from convdsl.graph.problem import suggestion
from convdsl.source import Span

_MEANT: dict[str, tuple[str, ...]] = {
    "filters": ("out_channels",),
    "channels": ("out_channels", "num_channels"),
    "units": ("out_features",),
    "kernel": ("kernel_size",),
    "pool_size": ("kernel_size",),
    "size": ("kernel_size", "scale_factor", "output_size"),
    "strides": ("stride",),
    "pad": ("padding",),
    "dilation_rate": ("dilation",),
    "use_bias": ("bias",),
    "rate": ("p",),
    "alpha": ("negative_slope",),
    "slope": ("negative_slope",),
    "epsilon": ("eps",),
    "axis": ("dim",),
    "scale": ("scale_factor",),
    "factor": ("scale_factor",),
    "interpolation": ("mode",),
}
_LAYERS = {"activation": "-> ReLU()", "batch_norm": "-> BatchNorm2d()", "norm": "-> BatchNorm2d()"}


def foreign_argument(word: str, known: Collection[str], place: Span | None) -> Help | None:
    """Suggest the name that a parameter has here, or the layer that stands for it; None for an unknown word."""
    for better in _MEANT.get(word, ()):
        if better in known:
            return suggestion(better, word, place)
    if word in _LAYERS:
        return Help(f"it is a layer of its own: `{_LAYERS[word]}`")
    return None
