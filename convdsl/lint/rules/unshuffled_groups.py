"""W506 grouped-no-shuffle."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.linear import is_learned
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class UnshuffledGroups(Rule):
    """Grouped convolutions follow each other with the same groups of channels.

    What: a convolution of several groups (not depthwise) reads another with as many groups through layers that keep
    the groups apart: activations, norms of a channel or of such groups, pools, depthwise convolutions; in a join all
    values are such.

    Why: group 1 never learns of group 2: they are as many narrow networks side by side, and only what comes later
    mixes them.

    Fix: `ChannelShuffle(4)` between them, or a pointwise convolution without groups.

    Source: X. Zhang et al. 2018, "ShuffleNet", section 3.1 (arXiv:1707.01083).
    """

    code = Code("W506", "grouped-no-shuffle", Severity.INFO)
    short_tells = True
    bad = (
        """
model Plain {
  input x: [N, 8, H, W]
  Conv2d(8, 3, padding=1, groups=4) -> BatchNorm2d() -> ReLU()
  y = Conv2d(16, 3, padding=1, groups=4)  # W506
  output y: [N, 16, H, W]
}
""",
        """
block Unit(groups: int) {
  input x: [N, C, H, W]
  Conv2d(C, 1, groups=groups)  # W506
  GroupNorm(4) -> ReLU()
  Conv2d(C, 3, padding=1, groups=C)
  MaxPool2d(2)
}

model Net {
  input x: [N, 8, H, W]
  Unit(2) -> Unit(2)
  y = Conv2d(2, 1)
  output y: [N, 2, H // 4, W // 4]
}
""",
        """
model Sum {
  input x: [N, 8, H, W]
  a = Conv2d(8, 3, padding=1, groups=2)
  b = x -> Conv2d(8, 1, groups=2)
  a + b
  y = Conv2d(8, 3, padding=1, groups=2)  # W506
  output y: [N, 8, H, W]
}
""",
    )
    good = (
        """
model Shuffled {
  input x: [N, 8, H, W]
  Conv2d(8, 3, padding=1, groups=4) -> ReLU() -> ChannelShuffle(4)
  Conv2d(8, 3, padding=1, groups=4) -> ReLU() -> Conv2d(8, 1)
  Conv2d(8, 3, padding=1, groups=4) -> ReLU() -> Conv2d(8, 3, padding=1, groups=2)
  Conv2d(8, 3, padding=1, groups=8) -> ReLU() -> Conv2d(8, 3, padding=1, groups=8)
  Conv2d(8, 3, padding=1, groups=4) -> GroupNorm(2) -> Conv2d(8, 3, padding=1, groups=4)
  y = Conv2d(8, 3, padding=1) -> ReLU() -> Conv2d(8, 3, padding=1)
  output y: [N, 8, H, W]
}
""",
        """
model Mixed {
  input x: [N, 8, H, W]
  a = Conv2d(8, 3, padding=1, groups=2)
  a + x
  b = Conv2d(8, 3, padding=1, groups=2)
  Concat(a, b)
  y = Conv2d(8, 3, padding=1, groups=2)
  output y: [N, 8, H, W]
}
""",
        """
model Cut {
  input x: [N, 8, H, W]
  Conv2d(8, 3, padding=1, groups=2)
  a, b = Chunk(2)
  y = a -> Conv2d(8, 3, padding=1, groups=2)
  z = b -> Conv2d(8, 3, padding=1)
  output y: [N, 8, H, W]
  output z: [N, 8, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        states: list[Node | None] = []  # the last grouped convolution whose groups are still apart
        for node in subject.nodes:
            known = [states[value.node] for value in node.inputs]
            groups = {subject.traits(one).groups for one in known if one is not None}
            state = known[0] if len(groups) == 1 and None not in known else None
            traits = subject.traits(node)
            if is_learned(subject, node) and traits.groups is not None:
                if state is not None and traits.groups == subject.traits(state).groups:
                    yield self._finding(subject, node, state, traits.groups)
                state = node if traits.groups > 1 else None
            elif state is not None and not _keeps(subject, node, subject.traits(state).groups or 1):
                state = None
            states.append(state)

    def _finding(self, subject: Subject, node: Node, before: Node, groups: int) -> Diagnostic:
        name = type(node.op).__name__
        labels = () if before.span == node.span else (subject.place(before, f"{groups} groups"),)
        return subject.finding(
            self.code,
            node,
            f"`{name}` reads the {groups} groups of channels that `{type(before.op).__name__}` has made, still apart",
            argument="groups",
            label="the same groups again",
            labels=labels,
            helps=(Help(f"shuffle the channels between them: `ChannelShuffle({groups})`"),),
        )


def _keeps(subject: Subject, node: Node, groups: int) -> bool:
    """Tell whether a layer keeps groups of channels apart, and in their order."""
    traits = subject.traits(node)
    if traits.rearranges and not traits.pointwise:
        return False
    apart = traits.groups is None or traits.groups % groups == 0
    return apart and subject.output(node).axes[1] == subject.inputs(node)[0].axes[1]
