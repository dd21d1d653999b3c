"""I502 param-skew."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject

HEAVY = "pool before it, or make do with fewer numbers"
BUSY = "let it see a smaller map, or fewer channels"


@final
class ParameterSkew(Rule):
    """One layer has most of the parameters and does next to none of the work, or the reverse.

    What: of a network with a million parameters or more, one layer has over half of the parameters and does under a
    twentieth of the multiply-accumulates; or the reverse.

    Why: such a layer decides how large the file is, or how long a run takes, and nothing else does. It is the first to
    look at where the network is too large or too slow: of VGG16's 138 million parameters, 103 million are in the dense
    layer behind the flatten, with 1 in 150 of the work.

    Fix: pool before a dense layer; let the other kind see the picture at half the size, or with fewer channels.

    Source: arithmetic; Simonyan & Zisserman 2014, table 2 (arXiv:1409.1556).
    """

    code = Code("I502", "param-skew", Severity.INFO)
    short_tells = True
    thresholds = MappingProxyType({"most": 0.5, "least": 0.05, "parameters": 1_000_000})
    bad = (
        """
model Heavy {
  input x: [N, 3, 64, 64]
  Conv2d(64, 3, padding=1) -> ReLU()
  Conv2d(64, 3, padding=1) -> ReLU()
  MaxPool2d(8)
  Flatten()
  Linear(256)  # I502
  ReLU()
  scores = Linear(10)
  output scores: [N, 10]
}
""",
        """
block Stem(width: int) {
  Conv2d(width, 7, padding=3)  # I502
  ReLU()
}

model Busy {
  input x: [N, 3, H, W] where H % 32 == 0, W % 32 == 0
  Stem(64)
  MaxPool2d(32)
  repeat 2 {
    Conv2d(320, 3, padding=1) -> ReLU()
  }
  y = Conv2d(10, 1)
  output y: [N, 10, H // 32, W // 32]
}
""",
    )
    good = (
        """
model Small {
  input x: [N, 3, 64, 64]
  Conv2d(64, 3, padding=1) -> ReLU()
  MaxPool2d(8)
  Flatten()
  Linear(64) -> ReLU()
  scores = Linear(10)
  output scores: [N, 10]
}
""",
        """
model Even {
  input x: [N, 256, H, W]
  Conv2d(256, 3, padding=1) -> ReLU()
  Conv2d(256, 3, padding=1) -> ReLU()
  y = Conv2d(10, 1)
  output y: [N, 10, H, W]
}
""",
        """
model Alone {
  input x: [N, 128, H, W]
  y = Conv2d(1024, 3, padding=1)
  output y: [N, 1024, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if not subject.size:
            return
        parameters, macs = subject.total(subject.parameters), subject.total(subject.macs)
        if parameters < self.threshold(subject, "parameters") or not macs:
            return
        most, least = self.threshold(subject, "most"), self.threshold(subject, "least")
        shares = [
            (_of(node, subject.parameters) / parameters, _of(node, subject.macs) / macs, node)
            for node, _ in subject.layers
        ]
        heavy = [one for one in shares if one[0] > most and one[1] < least]
        # beside a heavy layer every other one seems light
        busy = [] if heavy else [one for one in shares if one[1] > most and one[0] < least]
        for found, way in ((heavy, HEAVY), (busy, BUSY)):
            yield from (self._finding(subject, node, weighs, works, way) for weighs, works, node in found)

    def _finding(self, subject: Subject, node: Node, weighs: float, works: float, way: str) -> Diagnostic:
        works_at = " x ".join(map(str, subject.at_size(subject.graph.inputs[0].shape)[2:]))
        return subject.finding(
            self.code,
            node,
            f"`{type(node.op).__name__}` has {weighs:.0%} of the parameters and does {works:.1%} of the work",
            notes=(
                f"{_of(node, subject.parameters):,} of {subject.total(subject.parameters):,} parameters",
                f"{_of(node, subject.macs):,} of {subject.total(subject.macs):,} multiply-accumulates at {works_at}",
            ),
            helps=(Help(way),),
        )


def _of(node: Node, numbers: Mapping[int, int]) -> int:
    return numbers.get(node.index, 0)
