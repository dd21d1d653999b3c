"""Which operators there are. An operator's file is imported only when a spec names it.

An operator `LeakyReLU` lives in `leaky_relu.py`, a class under `@final`; so a listing of the folder is enough to find
it, and there is no list to maintain. Operators of other packages come through the entry points `convdsl.ops`, and are
looked for only when a name is not found here.
"""

import os
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from convdsl.mistake import MistakeError
from convdsl.nearest import nearest
from convdsl.op import Op

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "convdsl.ops"

_FOLDER = __file__.rpartition(os.sep)[0]
_MARK = "\n@final\n@dataclass(frozen=True, slots=True)\nclass "

# what other frameworks and common slips call an operator that is here; a way to write it, ready to be shown
_ELSEWHERE = {
    "attention": "MultiheadAttention",
    "averagepooling1d": "AvgPool1d",
    "averagepooling2d": "AvgPool2d",
    "averagepooling3d": "AvgPool3d",
    "avgpool": "AvgPool2d",
    "batchnorm": "BatchNorm2d",
    "batchnormalization": "BatchNorm2d",
    "blur": "Filter2d(binomial)",
    "bn": "BatchNorm2d",
    "cat": "Concat",
    "centercrop": "Crop",
    "col2im": "Fold",
    "concatenate": "Concat",
    "conv": "Conv2d",
    "conv1dtranspose": "ConvTranspose1d",
    "conv2dtranspose": "ConvTranspose2d",
    "conv3dtranspose": "ConvTranspose3d",
    "convolution2d": "Conv2d",
    "convtranspose": "ConvTranspose2d",
    "cropping2d": "Crop",
    "crossmaplrn2d": "LocalResponseNorm",
    "deconv": "ConvTranspose2d",
    "deconv2d": "ConvTranspose2d",
    "dense": "Linear",
    "depthtospace": "PixelShuffle",
    "depthwiseconv2d": "Conv2d(groups=channels)",
    "divide": "Div",
    "fc": "Linear",
    "fullyconnected": "Linear",
    "gaussianblur": "Filter2d(binomial)",
    "gemm": "Linear",
    "globalaveragepool": "AdaptiveAvgPool2d(1)",
    "globalaveragepooling1d": "AdaptiveAvgPool1d(1)",
    "globalaveragepooling2d": "AdaptiveAvgPool2d(1)",
    "globalaveragepooling3d": "AdaptiveAvgPool3d(1)",
    "globalavgpool2d": "AdaptiveAvgPool2d(1)",
    "globalmaxpool": "AdaptiveMaxPool2d(1)",
    "globalmaxpool2d": "AdaptiveMaxPool2d(1)",
    "globalmaxpooling2d": "AdaptiveMaxPool2d(1)",
    "groupnormalization": "GroupNorm",
    "im2col": "Unfold",
    "instancenorm": "InstanceNorm2d",
    "instancenormalization": "InstanceNorm2d",
    "interpolate": "Upsample",
    "layernormalization": "LayerNorm",
    "lrelu": "LeakyReLU",
    "lrn": "LocalResponseNorm",
    "maxpool": "MaxPool2d",
    "maxpooling1d": "MaxPool1d",
    "maxpooling2d": "MaxPool2d",
    "maxpooling3d": "MaxPool3d",
    "maxunpooling2d": "MaxUnpool2d",
    "merge": "Concat",
    "minus": "Sub",
    "multiply": "Mul",
    "normalize": "Rescaling",
    "plus": "Add",
    "reducemean": "Mean",
    "reflectpad": "Pad(mode=reflect)",
    "scale": "Rescaling",
    "sobel": "Filter2d(sobel_x)",
    "spacetodepth": "PixelUnshuffle",
    "spatialdropout2d": "Dropout2d",
    "subtract": "Sub",
    "swish": "SiLU",
    "thresholdedrelu": "Threshold",
    "times": "Mul",
    "transpose": "Permute",
    "transposedconv2d": "ConvTranspose2d",
    "unpool": "Upsample",
    "upsampling2d": "Upsample",
    "upsamplingbilinear2d": "Upsample(mode=bilinear)",
    "upsamplingnearest2d": "Upsample",
    "view": "Reshape",
    "zeropadding2d": "Pad",
}


@cache
def _files() -> Mapping[str, str]:
    """Map the files' names without underscores, which are the operators' names in lower case, to the files' names."""
    stems = (entry.name[:-3] for entry in os.scandir(_FOLDER) if entry.name.endswith(".py"))
    return {stem.replace("_", ""): stem for stem in stems}


@cache
def _own() -> tuple[str, ...]:
    """Read the operators' names out of the files, without importing them."""
    # only an unknown name needs it
    from pathlib import Path

    found = []
    for stem in _files().values():
        _, mark, rest = Path(_FOLDER, f"{stem}.py").read_text(encoding="utf-8").partition(_MARK)
        if mark:
            found.append(rest[: rest.index("(")])
    return tuple(found)


@cache
def _plugins() -> Mapping[str, "EntryPoint"]:
    """Find the operators of other packages, by name, without importing them."""
    # 15 ms, and needed only where a name is unknown
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP)}


@cache
def find(name: str) -> type[Op] | None:
    """Return the operator of that name, None where there is none.

    Raises MistakeError where another package says that it brings it, and does not.
    """
    own = find_own(name)
    return own if own is not None or name not in _plugins() else _loaded(_plugins()[name])


def _loaded(point: "EntryPoint") -> type[Op]:
    """Import an operator of another package."""
    package = f"the package `{point.dist.name}`" if point.dist is not None else "a package"
    way_out = f"install it anew, or remove it: its entry point is `{point.name} = {point.value}` of `{GROUP}`"
    try:
        found = point.load()
    except (ImportError, AttributeError) as error:
        raise MistakeError(f"{package} cannot give the layer `{point.name}`: {error}", way_out=way_out) from error
    if not (isinstance(found, type) and issubclass(found, Op) and found.__name__ == point.name):
        raise MistakeError(f"{package} gives no layer by the name of `{point.name}`", way_out=way_out)
    return found


def find_own(name: str) -> type[Op] | None:
    """Return the operator of that name among those of this package: cheap where the name is a block's."""
    stem = _files().get(name.lower())
    if stem is None:
        return None
    found = vars(import_module(f"convdsl.ops.{stem}")).get(name)
    is_op = isinstance(found, type) and issubclass(found, Op) and getattr(found, "__final__", False)
    return found if is_op else None


def names() -> tuple[str, ...]:
    """Return the names of all operators, in alphabetical order."""
    return tuple(sorted({*_own(), *_plugins()}, key=str.lower))


def suggest(name: str) -> str | None:
    """Return what was probably meant by an unknown name: an operator, perhaps with its arguments; None if unclear."""
    folded = name.lower().replace("_", "")
    known = {candidate.lower(): candidate for candidate in names()}
    if folded in known:
        return known[folded]
    if folded in _ELSEWHERE:
        return _ELSEWHERE[folded]
    near = nearest(folded, [*known, *_ELSEWHERE], 0.75)
    return None if near is None else known.get(near) or _ELSEWHERE[near]
