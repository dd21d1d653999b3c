"""convdsl: convolutional networks that are proved right before PyTorch is imported, drawn, compiled and trained.

>>> import convdsl
>>> network = convdsl.load("specs/demo.cdsl")
>>> network.ok
True

This is the face: it hands names on when they are asked for, so that importing it costs nothing.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from convdsl.version import VERSION

if TYPE_CHECKING:
    from convdsl.api import (
        check,
        closeup,
        colorize,
        convert,
        evaluate,
        expand,
        fmt,
        load,
        show,
        train,
    )
    from convdsl.builder.block import block
    from convdsl.builder.body import Body
    from convdsl.builder.expression import expr
    from convdsl.builder.layer import Layer, imported
    from convdsl.builder.model import Model, library, model
    from convdsl.comparison import Comparison, diff
    from convdsl.compiled import build, emit, export
    from convdsl.drawing import draw
    from convdsl.importing import from_onnx, from_pytorch
    from convdsl.inspection import activations, effective_field, kernels, translation
    from convdsl.mistake import MistakeError
    from convdsl.pipeline import Analysis
    from convdsl.runs import compare
    from convdsl.spec_error import SpecError
    from convdsl.weights import load_weights

__version__ = VERSION

__all__ = [
    "Analysis",
    "Body",
    "Comparison",
    "Layer",
    "MistakeError",
    "Model",
    "SpecError",
    "__version__",
    "activations",
    "block",
    "build",
    "check",
    "closeup",
    "colorize",
    "compare",
    "convert",
    "diff",
    "draw",
    "effective_field",
    "emit",
    "evaluate",
    "expand",
    "export",
    "expr",
    "fmt",
    "from_onnx",
    "from_pytorch",
    "imported",
    "kernels",
    "library",
    "load",
    "load_weights",
    "model",
    "show",
    "train",
    "translation",
]

_HOMES = {
    "Analysis": "convdsl.pipeline",
    "Body": "convdsl.builder.body",
    "Comparison": "convdsl.comparison",
    "Layer": "convdsl.builder.layer",
    "MistakeError": "convdsl.mistake",
    "Model": "convdsl.builder.model",
    "SpecError": "convdsl.spec_error",
    "activations": "convdsl.inspection",
    "build": "convdsl.compiled",
    "compare": "convdsl.runs",
    "effective_field": "convdsl.inspection",
    "emit": "convdsl.compiled",
    "export": "convdsl.compiled",
    "block": "convdsl.builder.block",
    "diff": "convdsl.comparison",
    "draw": "convdsl.drawing",
    "expr": "convdsl.builder.expression",
    "from_onnx": "convdsl.importing",
    "from_pytorch": "convdsl.importing",
    "imported": "convdsl.builder.layer",
    "kernels": "convdsl.inspection",
    "library": "convdsl.builder.model",
    "load_weights": "convdsl.weights",
    "model": "convdsl.builder.model",
    "translation": "convdsl.inspection",
}


def __getattr__(name: str) -> object:
    """Import a name of the face at its first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'convdsl' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOMES.get(name, "convdsl.api")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


class _Face(ModuleType):
    """Keeps `train` the function: the first import of a file in the folder of that name would put the folder there."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face
