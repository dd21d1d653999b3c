"""W415 narrow-relu."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node, Value
from convdsl.lint.edits import Edits, set_argument
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.op import Interval

WIDE = 16  # channels that the way out offers; 2 ** -16 of the pixels then begin with nothing


@final
class NarrowReLU(Rule):
    """All that was learned passes a ReLU of very few channels.

    What: an activation that cuts off what is below zero (pointwise, f(f(x)) = f(x), never negative: ReLU, ReLU6) has
    three channels or fewer, the layer before it reads more than it makes, nothing learned goes past it, and layers with
    weights are still to come.

    Why: where all its channels are below zero, nothing is left and no gradient comes back. With C channels that is true
    of 1 pixel in 2^C before training, and one large step can make it all of them: of the map of 2 channels before the
    last layer of a colorizer, 99.9 % were zero after training with a high learning rate.

    Fix: give the layer before it more channels, `ConvTranspose2d(16, 4, stride=2, padding=1)`; or end in that layer,
    without the activation and what is behind.

    Source: Lu, Shin, Su & Karniadakis 2019, "Dying ReLU and Initialization" (arXiv:1903.06733).
    Source: Sandler et al. 2018, MobileNetV2, section 3.2: ReLU loses what it cuts off in few channels
    (arXiv:1801.04381).
    """

    code = Code("W415", "narrow-relu", Severity.WARNING)
    short_tells = True
    thresholds = MappingProxyType({"channels": 3})
    bad = (
        """
model Colorizer {
  input gray: [N, 1, H, W]
  Conv2d(32, 3, padding=1) -> ReLU()
  Conv2d(2, 3, padding=1)
  few = ReLU()  # W415
  Concat(few, gray)
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W]
}
""",
        """
block Stage(channels: int) {
  Conv2d(channels, 3, padding=1) -> ReLU6()  # W415
}

model Net {
  input x: [N, 8, H, W]
  Stage(3)
  y = Conv2d(8, 1)
  output y: [N, 8, H, W]
}
""",
    )
    good = (
        """
model Wide {
  input x: [N, 8, H, W]
  Conv2d(4, 3, padding=1) -> ReLU()
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
""",
        """
model Grows {
  input x: [N, 1, H, W]
  Conv2d(3, 3, padding=1) -> ReLU()
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
""",
        """
model Leaky {
  input x: [N, 8, H, W]
  Conv2d(2, 3, padding=1) -> LeakyReLU(0.1)
  Conv2d(2, 3, padding=1) -> Sigmoid()
  Conv2d(2, 3, padding=1) -> Hardtanh()
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
""",
        """
model PassedBy {
  input x: [N, 8, H, W]
  wide = Conv2d(16, 3, padding=1)
  few = Conv2d(2, 3, padding=1) -> ReLU()
  Concat(few, wide)
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
""",
        """
model Last {
  input x: [N, 8, H, W]
  y = Conv2d(2, 3, padding=1) -> ReLU()
  output y: [N, 2, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if not subject.size:
            return
        origins: list[Node] = []  # of every node: itself, or what is behind the activations and norms that it ends in
        for node in subject.nodes:
            traits = subject.traits(node)
            passes = bool(node.inputs) and (traits.pointwise or bool(traits.statistics))
            origins.append(origins[node.inputs[0].node] if passes else node)
            if node.index not in subject.waists or not self._is_few(subject, node):
                continue
            maker = origins[node.index]
            to_come = subject.learned[node.index] and subject.weights_ahead[node.index]
            if (
                to_come
                and maker.inputs
                and _channels(subject, maker.inputs[0]) > _channels(subject, Value(maker.index))
            ):
                yield self._finding(subject, node, maker)

    def _is_few(self, subject: Subject, node: Node) -> bool:
        """Tell whether a layer cuts off what is below zero, in few channels."""
        traits = subject.traits(node)
        cuts = node.op is not None and traits.pointwise and traits.idempotent and node.op.values(Interval()).low >= 0
        return cuts and _made(subject, node) <= self.threshold(subject, "channels")

    def _finding(self, subject: Subject, node: Node, maker: Node) -> Diagnostic:
        channels, came = _made(subject, node), _channels(subject, maker.inputs[0])
        words = "1 channel" if channels == 1 else f"{channels} channels"
        return subject.finding(
            self.code,
            node,
            f"all that was learned passes `{type(node.op).__name__}` in {words}, and only what is above zero",
            labels=(subject.place(maker, f"{came} channels come in, {channels} leave"),),
            notes=(
                f"half of each channel is below zero before training: 1 place in {2**channels} is left with nothing",
            ),
            helps=(Help(f"let the layer before it make more channels, such as {WIDE}", _wider(subject, maker)),),
        )


def _channels(subject: Subject, value: Value) -> int:
    return subject.at_size(subject.shape(value))[1]


def _made(subject: Subject, node: Node) -> int:
    return _channels(subject, Value(node.index))


def _wider(subject: Subject, maker: Node) -> Edits:
    name = subject.width(maker)
    written = subject.written(maker, name)
    if written is None or not subject.sources[0].excerpt(written.value.span).isdigit():
        return ()  # a parameter of a block says it
    return set_argument(subject, maker, name, WIDE)
