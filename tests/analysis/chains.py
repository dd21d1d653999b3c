"""Random small networks of one axis and one channel, as a spec and as PyTorch sees it, every learned weight 1.

A max pool reads what an average pool reads, and stands as one. `influence` is then the exact weight of each input
place in each output place: zero means that it is not read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import torch
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from convdsl.graph.elaborate import elaborate
from convdsl.graph.graph import Graph
from convdsl.source import Source
from convdsl.syntax.parse import parse

torch.set_num_threads(1)
LENGTH = 192
Run = Callable[[Tensor], Tensor]
Layer = tuple[str, Fraction, Run]  # as the spec says it, input cells per output, in PyTorch


@dataclass
class Net:
    """lines: the spec's body; values: by name, the weights [LENGTH inputs, 1, outputs] of the value."""

    lines: list[str] = field(default_factory=list)
    values: dict[str, Tensor] = field(
        default_factory=lambda: {"x": torch.eye(LENGTH, dtype=torch.float64).view(LENGTH, 1, LENGTH)}, repr=False
    )

    def add(self, line: str, value: Tensor) -> str:
        name = f"v{len(self.values)}"
        self.lines.append(f"  {name} = {line}")
        self.values[name] = value
        return name

    def graph(self) -> Graph:
        body = "\n".join(self.lines)
        text = f"convdsl 1\nmodel M {{\n  input x: [N, 1, {LENGTH}]\n{body}\n  output {[*self.values][-1]}\n}}\n"
        graph, mistakes = elaborate(parse(Source("net.cdsl", text)).file)
        assert graph is not None
        assert {m.code.id for m in mistakes} <= {"E126", "E104", "E105"}, (text, mistakes)
        return graph


def ones(kernel: int) -> Tensor:
    return torch.ones(1, 1, kernel, dtype=torch.float64)


@st.composite
def convolution(draw: st.DrawFn) -> Layer:
    k, d = draw(st.integers(1, 4)), draw(st.sampled_from([1, 1, 2, 3]))
    if draw(st.booleans()):
        left = d * (k - 1) // 2
        right = d * (k - 1) - left
        return (
            f"Conv1d(1, {k}, dilation={d}, padding=same)",
            Fraction(1),
            lambda x: functional.conv1d(functional.pad(x, (left, right)), ones(k), dilation=d),
        )
    s, p = draw(st.integers(1, 3)), draw(st.integers(0, 3))
    return (
        f"Conv1d(1, {k}, stride={s}, padding={p}, dilation={d})",
        Fraction(s),
        lambda x: functional.conv1d(x, ones(k), stride=s, padding=p, dilation=d),
    )


@st.composite
def transposed(draw: st.DrawFn) -> Layer:
    k, s, d = draw(st.integers(1, 5)), draw(st.integers(1, 3)), draw(st.sampled_from([1, 1, 1, 2, 3]))
    p, more = draw(st.integers(0, 2)), draw(st.integers(0, max(s, d) - 1))
    return (
        f"ConvTranspose1d(1, {k}, stride={s}, padding={p}, output_padding={more}, dilation={d})",
        Fraction(1, s),
        lambda x: functional.conv_transpose1d(x, ones(k), stride=s, padding=p, output_padding=more, dilation=d),
    )


@st.composite
def pool(draw: st.DrawFn) -> Layer:
    k, s = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    p = draw(st.integers(0, k // 2))
    kind = draw(st.sampled_from(["MaxPool1d", "AvgPool1d"]))
    return f"{kind}({k}, stride={s}, padding={p})", Fraction(s), lambda x: functional.avg_pool1d(x, k, s, p)


@st.composite
def upsample(draw: st.DrawFn) -> Layer:
    factor = draw(st.sampled_from([2, 3, 1.5, 0.5]))
    mode = draw(st.sampled_from(["nearest", "nearest-exact", "linear"]))
    jump = 1 / Fraction(factor)
    line = f'Upsample(scale_factor={factor}, mode="{mode}")'
    return line, jump, lambda x: functional.interpolate(x, None, factor, mode)


@st.composite
def cut(draw: st.DrawFn) -> Layer:
    left, right, step = draw(st.integers(0, 2)), draw(st.integers(0, 2)), draw(st.integers(1, 3))
    return draw(
        st.sampled_from(
            [
                (f"Pad(({left}, {right}))", Fraction(1), lambda x: functional.pad(x, (left, right))),
                (
                    f"Crop(left={left}, right={right + 1})",
                    Fraction(1),
                    lambda x: x[:, :, left : x.shape[2] - right - 1],
                ),
                (f"Slice({left}, step={step})", Fraction(step), lambda x: x[:, :, left::step]),
            ]
        )
    )


LAYERS = st.one_of(convolution(), transposed(), pool(), upsample(), cut())


@st.composite
def networks(draw: st.DrawFn, joins: bool = True) -> Net:
    """Make a chain, or with joins a small graph that adds values of one step after cutting them to one length."""
    net, jumps = Net(), {"x": Fraction(1)}
    last = "x"
    for _ in range(draw(st.integers(1, 6))):
        line, step, run = draw(LAYERS)
        source = draw(st.sampled_from([last, *jumps])) if joins else last
        if net.values[source].shape[2] < 12:
            break
        value = run(net.values[source])
        if not 8 <= value.shape[2] <= 4 * LENGTH:
            continue
        last = net.add(f"{source} -> {line}", value)
        jumps[last] = jumps[source] * step
        same = [name for name in jumps if name != last and jumps[name] == jumps[last]]
        if joins and same and draw(st.booleans()):
            jump = jumps[last]
            last = _join(net, last, draw(st.sampled_from(same)))
            jumps[last] = jump
    return net


def _join(net: Net, one: str, other: str) -> str:
    length = min(net.values[one].shape[2], net.values[other].shape[2])
    names = []
    for name in (one, other):
        more = net.values[name].shape[2] - length
        names.append(net.add(f"{name} -> Crop(right={more})", net.values[name][:, :, :length]) if more else name)
    return net.add(f"Add({names[0]}, {names[1]})", net.values[names[0]] + net.values[names[1]])
