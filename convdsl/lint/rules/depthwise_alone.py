"""W505 depthwise-alone."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.linear import is_learned
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Alone:
    """A depthwise convolution whose channels have not been mixed since; bent: whether something nonlinear followed."""

    conv: Node
    bent: bool = False


@final
class DepthwiseAlone(Rule):
    """Depthwise convolutions follow each other, and no layer mixes their channels.

    What: between a depthwise convolution (as many groups as channels, more than one) and the next one every layer keeps
    the channels apart, and one of them is nonlinear; or from the inputs to an output nothing mixes the channels. Two
    depthwise windows in a row without anything nonlinear between them are one larger window, and not meant; nor is a
    depthwise window at the end of a network whose channels were mixed before.

    Why: each channel is worked on by itself, by one window: 8 layers of it are 8 layers of a network with one channel.
    What an edge in one channel says about another is never asked.

    Fix: a pointwise convolution behind it: `Conv2d(64, 3, padding=1, groups=64) -> Conv2d(64, 1)`.

    Source: Howard et al. 2017, section 3.1: a depthwise convolution does not combine channels, an additional 1 x 1
    layer has to (arXiv:1704.04861).
    """

    code = Code("W505", "depthwise-alone", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Stack {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> ReLU()
  Conv2d(8, 3, padding=1, groups=8)  # W505
  BatchNorm2d() -> ReLU()
  Conv2d(8, 3, padding=1, groups=8)
  BatchNorm2d() -> ReLU()
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
""",
        """
block Depthwise {
  input x: [N, C, H, W]
  Conv2d(C, 3, padding=1, groups=C)  # W505
  ReLU()
}

model Never {
  input rgb: [N, 3, H, W]
  Depthwise() -> Depthwise() -> Depthwise()
  y = Mul(2)
  output y: [N, 3, H, W]
}
""",
        """
model Sum {
  input rgb: [N, 3, H, W]
  a = Conv2d(3, 3, padding=1, groups=3)  # W505
  same = rgb
  c = Conv2d(3, 5, padding=2, groups=3)  # W505
  b = ReLU()
  a + b
  y = Conv2d(3, 3, padding=1, groups=3)  # W505
  output y: [N, 3, H, W]
}
""",
    )
    good = (
        """
model Separable {
  input x: [N, 3, H, W]
  Conv2d(3, 3, padding=1, groups=3) -> Conv2d(8, 1) -> ReLU()
  Conv2d(8, 3, padding=1, groups=8) -> ReLU() -> Conv2d(16, 1, groups=2) -> ReLU()
  y = Conv2d(16, 3, padding=1, groups=16)
  output y: [N, 16, H, W]
}
""",
        """
model Large {
  input x: [N, 8, H, W]
  Conv2d(8, 5, padding=2, groups=8) -> Conv2d(8, 7, padding=9, dilation=3, groups=8)
  Conv2d(8, 1) -> ReLU()
  y = Conv2d(8, 3, padding=1)
  output y: [N, 8, H, W]
}
""",
        """
model Gray {
  input gray: [N, 1, H, W]
  Conv2d(1, 3, padding=1, groups=1) -> ReLU()
  y = Conv2d(1, 3, padding=1, groups=1)
  output y: [N, 1, H, W]
}
""",
        """
model Beside {
  input x: [N, 8, H, W]
  a = Conv2d(8, 3, padding=1, groups=8) -> ReLU()
  b = Conv2d(8, 1)
  a + b
  y = Conv2d(8, 3, padding=1, groups=8)
  output y: [N, 8, H, W]
}
""",
        """
model Fixed {
  input rgb: [N, 3, H, W]
  y = AvgPool2d(2)
  output y: [N, 3, H // 2, W // 2]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        states: list[Alone | None] = []
        apart: list[bool] = []  # whether channels were never mixed since the inputs
        next_ones: dict[int, Node] = {}
        for node in subject.nodes:
            known = [states[value.node] for value in node.inputs]
            state = known[0] if known and all(one is not None for one in known) else None
            keeps = subject.traits(node).groups is None
            apart.append(keeps and all(apart[value.node] for value in node.inputs))
            if not keeps:
                state = None
            elif is_depthwise(subject, node):
                if state is not None and state.bent:
                    next_ones.setdefault(state.conv.index, node)
                state = Alone(node)
            elif state is not None and not subject.traits(node).affine:
                state = Alone(state.conv, True)
            states.append(state)
        ends = [output.value.node for output in subject.graph.outputs if apart[output.value.node]]
        never = {node.index for node in subject.walk([subject.nodes[index] for index in ends])}
        for node, _ in subject.layers:
            if node.index in next_ones:
                yield self._finding(subject, node, next_ones[node.index])
            elif node.index in never and is_depthwise(subject, node):
                yield self._finding(subject, node, None)

    def _finding(self, subject: Subject, node: Node, following: Node | None) -> Diagnostic:
        name, channels = type(node.op).__name__, subject.output(node).channels
        until = (
            "up to the output" if following is None else f"before the next depthwise `{type(following.op).__name__}`"
        )
        labels = () if following is None or following.span == node.span else (subject.place(following, "the next"),)
        return subject.finding(
            self.code,
            node,
            f"the {channels:,} channels of the depthwise `{name}` are not mixed {until}",
            argument="groups",
            labels=labels,
            helps=(Help(f"mix them by a pointwise convolution behind it: `{name}({channels}, 1)`"),),
        )


def is_depthwise(subject: Subject, node: Node) -> bool:
    """Tell whether a layer that keeps channels apart is a convolution of several."""
    return is_learned(subject, node) and subject.inputs(node)[0].channels > 1
