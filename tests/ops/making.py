"""Make operators as a spec would: values are read by their kinds, defaults filled in, refusals raised."""

from convdsl.argument import OPERANDS, signature
from convdsl.op import Op
from convdsl.ops import catalogue


def make(name: str, *positional: object, **keywords: object) -> Op:
    """Bind arguments and let the operator check them.

    Raises Invalid or ValueError.
    """
    cls = catalogue.find(name)
    assert cls is not None, name
    parameters = {p.name: p for p in signature(cls)}
    values: dict[str, object] = {}
    if positional and next(iter(parameters.values())).kind is OPERANDS:
        values["operands"] = tuple(None if p is None else float(p) for p in positional)
        positional = ()
    ordered = [p.name for p in parameters.values() if not p.keyword_only]
    for key, value in [*zip(ordered, positional, strict=False), *keywords.items()]:
        values[key] = parameters[key].read(value)
    op = cls(**values)
    op.check()
    return op
