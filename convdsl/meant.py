"""What was meant by a setting that a `train` section does not have: other programs call the same things otherwise.

Words in, a way out; it reads no values and judges none.
"""

from collections.abc import Iterable, Mapping, Sequence

from convdsl.argument import BOOL, INT_EXPECTED, Parameter, signature
from convdsl.calls import show
from convdsl.nearest import nearest

# what other programs call it
_ALSO = {
    "amp": "precision",
    "augment": "flip",
    "augmentation": "flip",
    "criterion": "loss",
    "dtype": "precision",
    "gradient_clipping": "clip",
    "image_size": "crop",
    "img_size": "crop",
    "iterations": "steps",
    "learning_rate": "lr",
    "max_grad_norm": "clip",
    "objective": "loss",
    "patch_size": "crop",
    "resize": "sizes",
    "save_every": "checkpoint_every",
    "wd": "weight_decay",
}
_FLAGS = {
    "device": "--device cuda",
    "out": "--out DIR",
    "output": "--out DIR",
    "photos": "--photos DIR",
    "samples": "--samples N",
    "tensorboard": "--tensorboard",
    "threads": "--threads N",
    "val": "--val DIR",
    "validation": "--val DIR",
    "workers": "--workers N",
    "num_workers": "--workers N",
}

_BOOLS = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}


def setting_meant(name: str, known: Sequence[str], kinds: Mapping[str, Sequence[type]]) -> str:
    """Say how to write what `name` probably is; all settings where nothing is like it.

    known: the settings. kinds: what those settings take that are calls, those that are likely first.
    """
    if name in _FLAGS:
        return f"it is no part of a recipe: give `{_FLAGS[name]}` to `convdsl train`"
    meant = _ALSO.get(name, name)
    for setting, choices in kinds.items():
        for kind in choices:
            if any(parameter.name == meant for parameter in signature(kind)):
                return f"it is an argument: `{setting} = {kind.__name__}({meant}=…)`"
    if meant not in known:
        parts = name.split("_")
        meant = next((one for one in known if one in parts), None) or nearest(name, known) or ""
    return f"did you mean `{meant}`" if meant else f"there are {', '.join(f'`{word}`' for word in known)}"


def type_meant(name: str, known: Iterable[str]) -> str | None:
    """Return the loss, optimizer or schedule that `name` probably is; PyTorch says `L1Loss` and `MultiStepLR`."""
    kinds = tuple(known)
    bare = name.removesuffix("Loss").removesuffix("LR")
    also = {"L2": "MSE", "CosineAnnealing": "Cosine", "Step": "MultiStep"}.get(bare, bare)
    return also if also in kinds else nearest(name, kinds)


def value_meant(parameter: Parameter, value: object, expected: str) -> tuple[str, str]:
    """Say that a value cannot be, and what the parameter is or how to write the value."""
    if parameter.kind is BOOL and (word := _BOOLS.get(str(value).lower())) is not None:
        return f"`{parameter.name}` is {show(value)}: {expected}", f"write `{parameter.name} = {word}`"
    if expected == INT_EXPECTED and isinstance(value, float) and value.is_integer():  # it must not look like an int
        way = f"write it as a whole number: `{int(value)}`" if abs(value) < 2**53 else ""
        return f"`{parameter.name}` is {value!r}: {expected}", way or f"`{parameter.name}`: {parameter.doc}"
    return f"`{parameter.name}` is {show(value)}: {expected}", f"`{parameter.name}`: {parameter.doc}"
