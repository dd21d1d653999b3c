"""From calls of PyTorch's functions, tensor methods and signs to layers of a draft.

Most functions are found by their operator's name (`operators.py`), their arguments by the names that PyTorch's own
signature gives them. Those whose meaning depends on shapes have files of their own.
"""

from collections.abc import Mapping

from convdsl.argument import BOOL, signature
from convdsl.exchange import joins, resizing, slices, views
from convdsl.exchange.length import Tensor, Weight
from convdsl.exchange.operators import Mismatch, make, operator_named
from convdsl.exchange.work import Call, Work, bind

# what gives the same numbers
_SAME = frozenset(
    ("contiguous", "clone", "detach", "float", "type_as", "to", "alias", "_to_copy", "requires_grad_", "lift_fresh")
)
_SPECIAL = {**joins.FUNCTIONS, **slices.FUNCTIONS, **views.FUNCTIONS, **resizing.FUNCTIONS}


def apply(work: Work, call: Call) -> object:
    """Return what a call gives: tensors, lengths, numbers.

    Raises Mismatch where it has no counterpart, Invalid where the operator refuses it.
    """
    if call.name in _SAME:
        return call.args[0]
    special = _SPECIAL.get(call.name)
    return _by_name(work, call) if special is None else special(work, call)


def _by_name(work: Work, call: Call) -> object:
    """Find the operator by the function's name, and bind what was given by PyTorch's names."""
    bound = bind(call)
    tensors = [name for name, value in bound.items() if isinstance(value, Tensor)]
    if not tensors:
        raise Mismatch("it makes a tensor of its own")
    first = bound[tensors[0]]
    operator = operator_named(call.name.rstrip("_"), work.shape(first).rank)
    if operator is None or len(tensors) > 1:
        raise Mismatch("no layer does this", "write it in layers that there are, or leave it out")
    declared = {parameter.name: parameter for parameter in signature(operator)}
    weights = {name: value for name, value in bound.items() if isinstance(value, Weight)}
    given: dict[str, object] = {
        name: work.number(value) for name, value in bound.items() if name in declared and name not in weights
    }
    key = None
    if weights or "weight" in bound:
        key = _key_of(weights)
        given |= _from_weights(operator.__name__, bound, weights)
    if "bias" in declared and declared["bias"].kind is BOOL:
        given["bias"] = bound.get("bias") is not None or "weight" not in weights
    return work.add(make(operator, given), work.value(first), key=key, frames=call.frames)


def _from_weights(operator: str, bound: Mapping[str, object], weights: Mapping[str, Weight]) -> Mapping[str, object]:
    """Read off the weights what a module would have been told; `affine` is whether there are any."""
    weight = weights.get("weight")
    given: dict[str, object] = {"affine": weight is not None, "elementwise_affine": weight is not None}
    given["track_running_stats"] = bound.get("running_mean") is not None
    if weight is None:
        return given
    shape = tuple(weight.tensor.shape)
    given["num_parameters"] = shape[0]
    if len(shape) > 1:
        groups = bound.get("groups", 1)
        transposed = operator.startswith("ConvTranspose")
        given["out_channels"] = shape[1] * groups if transposed and isinstance(groups, int) else shape[0]
        given |= {"out_features": shape[0], "kernel_size": shape[2:]}
    return given


def _key_of(weights: Mapping[str, Weight]) -> str | None:
    """Return the prefix that a layer's tensors share: `conv1` of `conv1.weight` and `conv1.bias`."""
    prefixes = set()
    for name, weight in weights.items():
        prefix, dot, last = weight.name.rpartition(".")
        if not dot or last != name:
            raise Mismatch(f"it takes `{weight.name}` for its {name}, and a layer's {name} is called `{name}`")
        prefixes.add(prefix)
    if len(prefixes) > 1:
        raise Mismatch(f"its tensors are of several modules: {', '.join(sorted(prefixes))}")
    return prefixes.pop() if prefixes else None
