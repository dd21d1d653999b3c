"""The layers as a program calls them: `from convdsl.layers import Conv2d`, `Conv2d(64, 3, padding=1)`.

A layer is found in the catalogue when it is asked for; `layers.pyi`, made from the catalogue by
`python -m convdsl.builder.stub`, tells editors and type checkers their arguments.
"""

from convdsl.builder.layer import LayerType
from convdsl.builder.refusal import refuse
from convdsl.ops import catalogue


def __getattr__(name: str) -> object:
    if name == "__all__":
        return list(catalogue.names())
    if not name[:1].isupper():
        raise AttributeError(f"module 'convdsl.layers' has no attribute {name!r}")
    if catalogue.find(name) is None:
        near = catalogue.suggest(name)
        raise refuse(f"there is no layer `{name}`", f"write `{near}`" if near else "see `convdsl.layers.__all__`")
    made = LayerType(name)
    globals()[name] = made
    return made


def __dir__() -> list[str]:
    return list(catalogue.names())
