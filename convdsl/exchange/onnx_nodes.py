"""From ONNX's operators to layers of a draft: windows, norms and dense layers, which own weights, and activations.

Source: ONNX operators, opsets 11 to 22.
"""

from collections.abc import Callable, Mapping

import numpy as np

from convdsl.exchange import onnx_shapes
from convdsl.exchange.length import Tensor
from convdsl.exchange.onnx_node import Array, OnnxNode, call, put
from convdsl.exchange.operators import Mismatch
from convdsl.exchange.work import Work, single


def layer(work: Work, node: OnnxNode) -> object:
    """Return what a node gives.

    Raises Mismatch where no layer does it, Invalid where the operator refuses it.
    """
    special = _SPECIAL.get(node.operator)
    if special is None:
        raise Mismatch("no layer does this", "write it in layers that there are, or leave it out")
    return special(work, node)


def _owner(work: Work, operator: str, given: Mapping[str, object], whole: object, key: str | None) -> object:
    """Append a layer of a key; no weights, no key."""
    made = put(work, operator, given, whole)
    if isinstance(made, Tensor) and key is not None:
        node = work.draft.graph.nodes[made.value.node]
        node.key, node.name = key, key
        work.draft.keys.add(key)
    return made


# ---------------------------------------------------------------------- windows


def _window(node: OnnxNode, axes: int) -> tuple[dict[str, object], tuple[int, ...]]:
    """Return the arguments of a sliding window, and the pads that a layer cannot take for itself."""
    for name in ("auto_pad",):
        if node.attributes.get(name, b"NOTSET") not in (b"NOTSET", b"VALID", "NOTSET", "VALID"):
            raise Mismatch(
                f"its padding is `{node.attributes[name]!r}`, which depends on the size", "export fixed pads"
            )
    given: dict[str, object] = {}
    for mine, theirs in (("stride", "strides"), ("dilation", "dilations")):
        numbers = node.numbers(theirs, 99)
        if numbers is not None and set(numbers) != {1}:
            given[mine] = single(numbers)
    pads = node.numbers("pads", 99) or (0,) * 2 * axes
    begins, ends = pads[:axes], pads[axes:]
    if begins == ends:
        if any(begins):
            given["padding"] = single(begins)
        return given, ()
    return given, tuple(side for pair in zip(reversed(begins), reversed(ends), strict=True) for side in pair)


def _convolution(work: Work, node: OnnxNode) -> object:
    weight, bias = node.array(1), node.array(2)
    assert weight is not None
    axes = weight.ndim - 2
    given, margins = _window(node, axes)
    groups = node.attributes.get("group", 1)
    assert isinstance(groups, int)
    is_transposed = node.operator == "ConvTranspose"
    out = weight.shape[1] * groups if is_transposed else weight.shape[0]
    given |= {"out_channels": out, "kernel_size": single(weight.shape[2:]), "groups": groups, "bias": bias is not None}
    extra = node.numbers("output_padding", 99)
    if extra is not None and any(extra):
        given["output_padding"] = single(extra)
    if node.attributes.get("output_shape") is not None or (is_transposed and margins):
        raise Mismatch("its output is cut unevenly", "a transposed convolution pads both sides alike")
    whole = call(work, "pad", node.inputs[0], margins) if margins else node.inputs[0]
    weights = {"weight": weight, **({} if bias is None else {"bias": bias})}
    key = node.keep(node.names[1], weights)
    return _owner(work, f"{'ConvTranspose' if is_transposed else 'Conv'}{axes}d", given, whole, key)


def _pool(work: Work, node: OnnxNode) -> object:
    kernel = node.numbers("kernel_shape", 99)
    assert kernel is not None
    given, margins = _window(node, len(kernel))
    name = {"MaxPool": "MaxPool", "AveragePool": "AvgPool", "LpPool": "LPPool"}[node.operator]
    given["kernel_size"] = single(kernel)
    given.setdefault("stride", 1)  # where PyTorch's default is the window
    if node.attributes.get("ceil_mode"):
        given["ceil_mode"] = True
    if name == "AvgPool" and "padding" in given:
        given["count_include_pad"] = bool(node.attributes.get("count_include_pad", 0))
    if name == "LPPool":
        given["norm_type"] = node.attributes.get("p", 2)
    whole = node.inputs[0]
    if margins and name == "AvgPool" and not node.attributes.get("count_include_pad", 0):
        raise Mismatch("its padding differs from side to side, and does not count", "pad before the pool")
    if margins:
        value = float("-inf") if name == "MaxPool" else 0.0
        whole = call(work, "pad", whole, margins, "constant", value)
    return put(work, f"{name}{len(kernel)}d", given, whole)


def _global_pool(work: Work, node: OnnxNode) -> object:
    axes = work.shape(node.inputs[0]).rank - 2
    kind = "Avg" if node.operator == "GlobalAveragePool" else "Max"
    return put(work, f"Adaptive{kind}Pool{axes}d", {"output_size": 1}, node.inputs[0])


# ------------------------------------------------------------ norms, dense layers


def _batch_norm(work: Work, node: OnnxNode) -> object:
    names = ("weight", "bias", "running_mean", "running_var")
    arrays = {name: array for name, array in zip(names, map(node.array, range(1, 5)), strict=True) if array is not None}
    momentum = node.attributes.get("momentum", 0.9)
    assert isinstance(momentum, float)
    given = {"eps": _round(node.attributes.get("epsilon", 1e-5)), "momentum": _round(1 - momentum)}
    key = node.keep(node.names[1], {**arrays, "num_batches_tracked": np.array(0, dtype=np.int64)})
    return _owner(work, f"BatchNorm{max(1, work.shape(node.inputs[0]).rank - 2)}d", given, node.inputs[0], key)


def _instance_norm(work: Work, node: OnnxNode) -> object:
    weight, bias = node.array(1), node.array(2)
    assert weight is not None and bias is not None
    given: dict[str, object] = {"eps": _round(node.attributes.get("epsilon", 1e-5))}
    key = None
    if not (np.all(weight == 1) and np.all(bias == 0)):
        given["affine"] = True
        key = node.keep(node.names[1], {"weight": weight, "bias": bias})
    return _owner(work, f"InstanceNorm{work.shape(node.inputs[0]).rank - 2}d", given, node.inputs[0], key)


def _layer_norm(work: Work, node: OnnxNode) -> object:
    weight, bias = node.array(1), node.array(2)
    assert weight is not None
    eps = _round(node.attributes.get("epsilon", 1e-5))
    given = {"normalized_shape": weight.shape, "eps": eps, "bias": bias is not None}
    key = node.keep(node.names[1], {"weight": weight, **({} if bias is None else {"bias": bias})})
    return _owner(work, "LayerNorm", given, node.inputs[0], key)


def _gemm(work: Work, node: OnnxNode) -> object:
    if node.attributes.get("alpha", 1.0) != 1 or node.attributes.get("beta", 1.0) != 1 or node.attributes.get("transA"):
        raise Mismatch("it scales or turns what a dense layer takes as it is")
    weight = node.array(1)
    assert weight is not None
    return _dense(work, node, weight if node.attributes.get("transB") else weight.T, node.array(2))


def _matmul(work: Work, node: OnnxNode) -> object:
    weight = node.array(1)
    if weight is None or weight.ndim != 2:
        raise Mismatch("it multiplies two values by each other", "a dense layer has a weight of its own")
    return _dense(work, node, weight.T, None)


def _dense(work: Work, node: OnnxNode, weight: Array, bias: Array | None) -> object:
    shape = work.shape(node.inputs[0])
    given: dict[str, object] = {"out_features": weight.shape[0], "bias": bias is not None}
    if shape.rank == 2 and not shape.has_channels:
        given["in_features"] = weight.shape[1]
    weights = {"weight": np.ascontiguousarray(weight), **({} if bias is None else {"bias": bias})}
    return _owner(work, "Linear", given, node.inputs[0], node.keep(node.names[1], weights))


# ------------------------------------------------------------------- activations


def _prelu(work: Work, node: OnnxNode) -> object:
    slope = node.array(1)
    assert slope is not None
    key = node.keep(node.names[1], {"weight": slope.reshape(-1)})
    return _owner(work, "PReLU", {"num_parameters": slope.size}, node.inputs[0], key)


def _clip(work: Work, node: OnnxNode) -> object:
    low, high = (node.numbers(name, at) for at, name in ((1, "min"), (2, "max")))
    if low is None or high is None:
        if low is not None and low[0] == 0:
            return put(work, "ReLU", {}, node.inputs[0])
        raise Mismatch("it has one bound only", "Hardtanh has two")
    if (low[0], high[0]) == (0, 6):
        return put(work, "ReLU6", {}, node.inputs[0])
    return put(work, "Hardtanh", {"min_val": low[0], "max_val": high[0]}, node.inputs[0])


def _with(operator: str, **told: tuple[str, float]) -> Callable[[Work, OnnxNode], object]:
    """Make the reader of an activation: the operator's arguments, each with ONNX's name and default for it."""

    def read(work: Work, node: OnnxNode) -> object:
        given = {mine: _round(node.attributes.get(theirs, default)) for mine, (theirs, default) in told.items()}
        return put(work, operator, given, node.inputs[0])

    return read


def _round(value: object) -> object:
    """Return the number that was meant: ONNX keeps 32 bits of 0.01."""
    return float(f"{value:.7g}") if isinstance(value, float) else value


def _softmax(work: Work, node: OnnxNode) -> object:
    return put(work, node.operator, {"dim": node.attributes.get("axis", -1)}, node.inputs[0])


def _hard_sigmoid(work: Work, node: OnnxNode) -> object:
    slope = node.attributes.get("alpha", 0.2)
    if not isinstance(slope, float) or abs(slope - 1 / 6) > 1e-6:
        raise Mismatch("its slope is not PyTorch's 1/6")
    return put(work, "Hardsigmoid", {}, node.inputs[0])


def _gelu(work: Work, node: OnnxNode) -> object:
    how = node.attributes.get("approximate", b"none")
    return put(work, "GELU", {"approximate": how.decode() if isinstance(how, bytes) else how}, node.inputs[0])


_SPECIAL: Mapping[str, Callable[[Work, OnnxNode], object]] = {
    **onnx_shapes.NODES,
    **dict.fromkeys(("Conv", "ConvTranspose"), _convolution),
    **dict.fromkeys(("MaxPool", "AveragePool", "LpPool"), _pool),
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), _global_pool),
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _instance_norm,
    "LayerNormalization": _layer_norm,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "PRelu": _prelu,
    "Clip": _clip,
    "Relu": _with("ReLU"),
    "Sigmoid": _with("Sigmoid"),
    "Tanh": _with("Tanh"),
    "Selu": _with("SELU"),
    "Softsign": _with("Softsign"),
    "Mish": _with("Mish"),
    "HardSwish": _with("Hardswish"),
    "LeakyRelu": _with("LeakyReLU", negative_slope=("alpha", 0.01)),
    "Elu": _with("ELU", alpha=("alpha", 1.0)),
    "Softplus": _with("Softplus"),
    "Dropout": _with("Dropout", p=("ratio", 0.5)),
    "HardSigmoid": _hard_sigmoid,
    "Gelu": _gelu,
    "Softmax": _softmax,
    "LogSoftmax": lambda work, node: put(work, "LogSoftmax", {"dim": node.attributes.get("axis", -1)}, node.inputs[0]),
}
