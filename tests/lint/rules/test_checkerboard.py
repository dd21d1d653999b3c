"""The even windows that W301 offers: PyTorch gives the same sizes with them, and every pixel as many taps."""

from itertools import product

import torch
from torch import nn

from convdsl.lint.rules.checkerboard import Checkerboard
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.testing.rule_laws import edited, found_by

# with some padding there is always room for the larger window: output_padding < stride, so it loses at most one a side
CASES = [
    (kernel, stride, padding, extra, dilation)
    for kernel, stride, padding, extra, dilation in product((3, 5, 7), (2, 4), (1, 2), (0, 1, 3), (1, 3))
    if extra < max(stride, dilation) and kernel > stride
]


def written(layer: nn.ConvTranspose1d, length: int) -> Source:
    """Write PyTorch's layer as a spec whose output promises PyTorch's size."""
    (stride,) = layer.stride
    more = layer(torch.zeros(1, 1, length)).shape[2] - stride * length
    names = ("stride", "padding", "output_padding", "dilation")
    arguments = ", ".join(f"{name}={getattr(layer, name)[0]}" for name in names)
    lines = (
        "convdsl 1",
        "model Up {",
        "  input x: [N, 1, L]",
        f"  y = ConvTranspose1d(1, {layer.kernel_size[0]}, {arguments})",
        f"  output y: [N, 1, {stride} * L + {more}]",
        "}",
    )
    return Source("up.cdsl", "\n".join(lines) + "\n")


def test_even_window_when_offered_keeps_every_size_and_paints_evenly() -> None:
    for kernel, stride, padding, extra, dilation in CASES:
        source = written(nn.ConvTranspose1d(1, 1, kernel, stride, padding, extra, dilation=dilation), 20)
        (finding,) = found_by(Checkerboard(), analyze(source))
        better = analyze(edited(source, finding.helps[0].edits))
        assert better.ok, source.text  # the output is still what PyTorch gave
        assert found_by(Checkerboard(), better) == []
        assert better.graph is not None
        (call,) = (
            node.op.call(better.graph.nodes[0].shapes[0]) for node in better.graph.nodes if node.op and node.shapes
        )
        layer = nn.ConvTranspose1d(**{**dict(call.arguments), "bias": False})
        nn.init.ones_(layer.weight)
        painted = layer(torch.ones(1, 1, 200))[0, 0]
        reach = dilation * 2 * kernel  # pixels at either end that a tap may miss
        inside = painted[reach:-reach]
        assert len(inside) > 2 * stride
        assert inside.min() == inside.max(), source.text
