"""The losses, optimizers and schedules of a `train` section: `Net.train(loss=SmoothL1(beta=0.1))`.

`recipes.pyi`, made by `python -m convdsl.builder.stub`, tells editors and type checkers their arguments.
"""

from convdsl.builder.layer import LayerType
from convdsl.builder.refusal import refuse
from convdsl.recipe import CHOICES

_NAMES = tuple(kind.__name__ for kinds in CHOICES.values() for kind in kinds)


def __getattr__(name: str) -> object:
    if name == "__all__":
        return list(_NAMES)
    if not name[:1].isupper():
        raise AttributeError(f"module 'convdsl.recipes' has no attribute {name!r}")
    if name not in _NAMES:
        raise refuse(f"there is no loss, optimizer or schedule `{name}`", f"write one of {', '.join(_NAMES)}")
    made = LayerType(name)
    globals()[name] = made
    return made


def __dir__() -> list[str]:
    return list(_NAMES)
