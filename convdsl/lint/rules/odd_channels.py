"""I503 channels-mod-8."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.linear import is_learned
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject

STEP = 8  # numbers of 16 bits that a tensor core takes at once: 16 bytes
NAMED = 6  # layers that are named


@final
class OddChannels(Rule):
    """Much of the work is done in numbers of channels that are no multiple of 8.

    What: layers that do a tenth or more of the multiply-accumulates make channels whose number is no multiple of 8, and
    another layer with weights reads them. What leaves the network or enters it is not judged, for its channels are
    given; nor is a network that does under 100 million multiply-accumulates, which takes no time anywhere.

    Why: tensor cores take 16-bit numbers by eights. 30 channels are computed as 32, or without tensor cores.

    Fix: the next multiple of 8. It costs a graphics card nothing, and the network can do more.

    Source: NVIDIA, Deep Learning Performance Documentation, Convolutional Layers User's Guide, on channels in and out.
    """

    code = Code("I503", "channels-mod-8", Severity.INFO)
    short_tells = True
    thresholds = MappingProxyType({"share": 0.1, "work": 100_000_000})
    bad = (
        """
model Net {
  input x: [N, 3, H, W]
  Conv2d(30, 3, padding=1)  # I503
  ReLU()
  Conv2d(30, 3, padding=1) -> ReLU()
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
block Double(width: int) {
  repeat 2 {
    Conv2d(width, 3, padding=1)  # I503
    ReLU()
  }
}

model Net {
  input x: [N, 3, H, W]
  Conv2d(32, 3, padding=1) -> ReLU()
  Double(20)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
    )
    good = (
        """
model Eights {
  input x: [N, 3, H, W]
  Conv2d(24, 3, padding=1) -> ReLU()
  y = Conv2d(2, 3, padding=1) -> Tanh()
  output y: [N, 2, H, W]
}
""",
        """
model Little {
  input x: [N, 3, H, W]
  Conv2d(128, 3, padding=1) -> ReLU()
  Conv2d(128, 3, padding=1) -> ReLU()
  Conv2d(30, 1) -> ReLU()
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
""",
        """
model Quick {
  input x: [N, 3, H, W]
  Conv2d(10, 3, padding=1) -> ReLU()
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model Given {
  input x: [N, 30, H, W]
  y = Conv2d(30, 3, padding=1)
  output y: [N, 30, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if not subject.size:
            return
        made = self._made(subject)
        odd = [node for node, _ in subject.layers if node.index in made and made[node.index] % STEP]
        work = subject.total({node.index: subject.macs[node.index] for node in odd})
        total = subject.total(subject.macs)
        if total >= self.threshold(subject, "work") and work >= self.threshold(subject, "share") * total:
            yield self._finding(subject, odd, made, work / total)

    def _made(self, subject: Subject) -> Mapping[int, int]:
        """Return the channels of each layer with weights that another one reads, by the layer's index."""
        read = [False] * len(subject.nodes)  # whether a layer with weights reads what a node makes, as it is or changed
        made: dict[int, int] = {}
        for node, _ in reversed(subject.layers):
            mixes = is_learned(subject, node)
            width = _width(subject, node)
            if mixes and read[node.index] and width is not None:
                made[node.index] = width
            for value in node.inputs:
                read[value.node] |= mixes or read[node.index]
        return made

    def _finding(self, subject: Subject, odd: list[Node], made: Mapping[int, int], share: float) -> Diagnostic:
        first = odd[0]
        told = ", ".join(f"`{node.name}` {made[node.index]}" for node in odd[:NAMED])
        more = f" and {len(odd) - NAMED:,} more" if len(odd) > NAMED else ""
        channels = made[first.index]
        return subject.finding(
            self.code,
            first,
            f"{share:.0%} of the work makes channels whose number is no multiple of {STEP}",
            argument=subject.width(first),
            label=f"{channels} channels: {channels // STEP * STEP + STEP} take as long on tensor cores",
            notes=(f"so in {told}{more}",),
            helps=(Help(f"make it a multiple of {STEP}: {channels // STEP * STEP + STEP} in place of {channels}"),),
        )


def _width(subject: Subject, node: Node) -> int | None:
    """Return how many numbers a layer is said to make, on whatever axis, or its channels; None where neither is."""
    said = subject.argument(node, subject.width(node))
    channels = subject.output(node)
    return said if isinstance(said, int) else channels.channels if channels.has_channels else None
