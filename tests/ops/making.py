"""Make one of our operators by its name, as a spec does."""

from convdsl.op import Op
from convdsl.ops import catalogue
from convdsl.testing.example import made


def make(name: str, *positional: object, **keywords: object) -> Op:
    """Bind arguments and let the operator check them.

    Raises Invalid or ValueError.
    """
    cls = catalogue.find(name)
    assert cls is not None, name
    return made(cls, *positional, **keywords)
