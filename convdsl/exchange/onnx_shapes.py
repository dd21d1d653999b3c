"""ONNX operators without weights that join values, or change their axes and sizes."""

from collections.abc import Callable, Mapping

import numpy as np

from convdsl.exchange.length import Length, Tensor
from convdsl.exchange.onnx_node import Array, OnnxNode, call, put, word
from convdsl.exchange.operators import Mismatch
from convdsl.exchange.work import Work, single


def _join(work: Work, node: OnnxNode) -> object:
    sides = [float(side) if isinstance(side, np.ndarray) and side.size == 1 else side for side in node.inputs]
    if any(isinstance(side, np.ndarray) for side in sides):
        raise Mismatch(
            "it joins a value and a constant with many numbers", "`Rescaling` multiplies and shifts channels"
        )
    return call(work, node.operator.lower(), *sides)


def _concat(work: Work, node: OnnxNode) -> object:
    return call(work, "cat", node.inputs, node.attributes["axis"])


def _pad(work: Work, node: OnnxNode) -> object:
    pads = node.numbers("pads", 1) or ()
    axes = len(pads) // 2
    if any(pads[:2]) or any(pads[axes : axes + 2]):
        raise Mismatch("it pads the batch or the channels")
    sides = [side for at in reversed(range(2, axes)) for side in (_int(pads[at]), _int(pads[axes + at]))]
    mode = node.attributes.get("mode", b"constant")
    mode = mode.decode() if isinstance(mode, bytes) else mode
    torch_mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}[str(mode)]
    value = node.array(2)
    number = float(value) if value is not None and value.size else 0.0
    return call(work, "pad", node.inputs[0], sides, torch_mode, *([number] if torch_mode == "constant" else []))


def _resize(work: Work, node: OnnxNode) -> object:
    mode, how = word(node, "mode", "nearest"), word(node, "coordinate_transformation_mode", "half_pixel")
    rank = work.shape(node.inputs[0]).rank
    linear = {3: "linear", 4: "bilinear", 5: "trilinear"}.get(rank, "linear")
    mine = {"nearest": "nearest", "linear": linear, "cubic": "bicubic"}[mode]
    corners = how == "align_corners"
    if mode == "nearest" and (how != "asymmetric" or word(node, "nearest_mode", "round_prefer_floor") != "floor"):
        scales = node.array(2)
        if scales is None or any(float(scale) != int(scale) for scale in scales):
            raise Mismatch(f"it picks pixels by `{how}`, and PyTorch by `asymmetric`, rounding down")
    told = {"mode": mine, **({"align_corners": corners} if mode != "nearest" and corners else {})}
    target = node.get(3)
    if target is not None:
        sizes = target.tolist() if isinstance(target, np.ndarray) else target
        assert isinstance(sizes, list | tuple)
        return call(work, "interpolate", node.inputs[0], tuple(sizes[2:]), **told)
    scales = node.array(2)
    assert scales is not None
    factors = tuple(int(s) if float(s).is_integer() else float(s) for s in scales[2:])
    return call(work, "interpolate", node.inputs[0], None, single(factors), **told)


def _reshape(work: Work, node: OnnxNode) -> object:
    target = node.get(1)
    if not isinstance(target, np.ndarray | list | tuple):
        raise Mismatch("it reshapes to what is no list of sizes")
    mine = work.lengths(node.inputs[0])
    wanted = target.tolist() if isinstance(target, np.ndarray) else target
    sizes = [mine[at] if size == 0 and at < len(mine) else size for at, size in enumerate(wanted)]
    return call(work, "view", node.inputs[0], tuple(sizes))


def _flatten(work: Work, node: OnnxNode) -> object:
    if node.attributes.get("axis", 1) != 1:
        raise Mismatch("it merges the batch with other axes")
    return node.inputs[0] if work.shape(node.inputs[0]).rank == 2 else put(work, "Flatten", {}, node.inputs[0])


def _slice(work: Work, node: OnnxNode) -> object:
    starts, ends = node.numbers("starts", 1) or (), node.numbers("ends", 2) or ()
    axes, steps = node.numbers("axes", 3) or tuple(range(len(starts))), node.numbers("steps", 4) or (1,) * len(starts)
    rank = work.shape(node.inputs[0]).rank
    cuts = [slice(None)] * rank
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        is_open = not isinstance(end, Length) and int(end) > 2**30
        cuts[int(axis) % rank] = slice(_int(start), None if is_open else _int(end), _int(step))
    return call(work, "getitem", node.inputs[0], tuple(cuts))


def _int(value: object) -> object:
    return int(value) if isinstance(value, int | np.integer) else value


def _split(work: Work, node: OnnxNode) -> object:
    sizes = node.numbers("split", 1)
    axis = node.attributes.get("axis", 0)
    if sizes is None:
        return call(work, "chunk", node.inputs[0], node.attributes.get("num_outputs", 2), axis)
    return call(work, "split", node.inputs[0], single(tuple(map(int, sizes))), axis)


def _mean(work: Work, node: OnnxNode) -> object:
    axes = node.numbers("axes", 1)
    keep = bool(node.attributes.get("keepdims", 1))
    dims = None if axes is None else tuple(map(int, axes))
    return call(work, "mean", node.inputs[0], dims, keep)


def _blocks(work: Work, node: OnnxNode) -> object:
    size = node.attributes["blocksize"]
    if node.operator == "SpaceToDepth":
        raise Mismatch("it orders channels otherwise than PixelUnshuffle")
    if word(node, "mode", "DCR") != "CRD":
        raise Mismatch("it orders channels by depth first, and PixelShuffle by column", "export with mode CRD")
    return put(work, "PixelShuffle", {"upscale_factor": size}, node.inputs[0])


def _scalar(array: Array | None) -> object:
    return None if array is None or array.size != 1 else array.item()


def _squeezed(work: Work, node: OnnxNode) -> object:
    axes = node.numbers("axes", 1) or ()
    out: object = node.inputs[0]
    if node.operator == "Squeeze":
        return call(work, "squeeze", out, tuple(map(int, axes)))
    for axis in sorted(map(int, axes)):
        out = call(work, "unsqueeze", out, axis)
    return out


NODES: Mapping[str, Callable[[Work, OnnxNode], object]] = {
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _join),
    "Neg": lambda work, node: call(work, "neg", node.inputs[0]),
    "Pow": lambda work, node: call(work, "pow", node.inputs[0], _scalar(node.array(1))),
    "Concat": _concat,
    "Pad": _pad,
    "Resize": _resize,
    "Reshape": _reshape,
    "Expand": lambda work, node: Tensor(work.value(node.inputs[0]), expanded=True),
    "Flatten": _flatten,
    "Slice": _slice,
    "Split": _split,
    "ReduceMean": _mean,
    "DepthToSpace": _blocks,
    "SpaceToDepth": _blocks,
    "Transpose": lambda work, node: call(work, "permute", node.inputs[0], tuple(node.numbers("perm", 99) or ())),
    **dict.fromkeys(("Squeeze", "Unsqueeze"), _squeezed),
    **dict.fromkeys(("Identity", "Cast"), lambda work, node: node.inputs[0]),
}
