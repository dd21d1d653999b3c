"""W106 shadowed-default."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.graph.bind import LayerValue
from convdsl.graph.graph import Shadow
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class ShadowedDefault(Rule):
    """A block takes its own default, and the caller has another value by the same name.

    What: a call leaves a block's parameter at its default, a parameter or a loop's variable of the caller has the same
    name, and its value is another one.

    Why: a block sees its own parameters only, so the caller's value stops at the call. `--param width=64` then widens
    some of the layers, and the others stay as they are.

    Fix: hand it on, `Down(width=width)`; or give the parameter a name of its own.

    Source: the language, rule 7: a block sees only its parameters and inputs.
    """

    code = Code("W106", "shadowed-default", Severity.WARNING)
    bad = (
        """
block Down(width: int = 16) {
  Conv2d(width, 3, padding=1) -> ReLU()
}

model Net(width: int = 32) {
  input x: [N, 3, H, W]
  Down()  # W106
  y = Conv2d(width, 3, padding=1)
  output y: [N, width, H, W]
}
""",
        """
block Inner(norm: layer = BatchNorm2d(), slope: float = 0.2) {
  norm() -> LeakyReLU(slope)
}

block Outer(channels: int, norm: layer = InstanceNorm2d(), slope: float = 0.2) {
  Conv2d(channels, 3, padding=1, bias=false)
  Inner(slope=slope)  # W106
}

model Net {
  input x: [N, 3, H, W]
  Outer(8)
  y = Outer(16)
  output y: [N, 16, H, W]
}
""",
        """
block Dilated(dilation: int = 1) {
  Conv2d(8, 3, padding=dilation, dilation=dilation) -> ReLU()
}

model Net {
  input x: [N, 8, H, W]
  for dilation in [1, 2, 4] {
    Dilated()  # W106
  }
  y = Conv2d(8, 1)
  output y: [N, 8, H, W]
}
""",
    )
    good = (
        """
block Down(width: int = 16) {
  Conv2d(width, 3, padding=1) -> ReLU()
}

model Net(width: int = 32) {
  input x: [N, 3, H, W]
  Down(width)
  Down(width=8)
  default Down(width=4)
  y = Down()
  output y: [N, 4, H, W]
}
""",
        """
block Down(width: int = 16, norm: layer = GroupNorm(4)) {
  Conv2d(width, 3, padding=1) -> norm() -> ReLU()
}

model Same(width: int = 16, norm: layer = GroupNorm(4)) {
  input x: [N, 3, H, W]
  y = Down()
  output y: [N, width, H, W]
}
""",
        """
block Body(width: int = 16) {
  Conv2d(width, 3, padding=1) -> ReLU()
}

block Around(width: int, inside: layer) {
  inside()
  Conv2d(width, 1)
}

model HandedOver {
  input x: [N, 3, H, W]
  y = Around(32, Body())
  output y: [N, 32, H, W]
}
""",
        """
block Down(channels: int = 16) {
  Conv2d(channels, 3, padding=1) -> ReLU()
}

model OtherNames(width: int = 32) {
  input x: [N, 3, H, W]
  Down()
  y = Conv2d(width, 1)
  output y: [N, width, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for shadow in subject.graph.shadows.values():
            yield self._finding(shadow)

    def _finding(self, shadow: Shadow) -> Diagnostic:
        name = shadow.parameter
        return Diagnostic(
            self.code,
            f"`{shadow.block}` takes its own `{name}`, {_text(shadow.value)}, not the {_text(shadow.outer)} of "
            f"`{shadow.caller}`",
            Label(shadow.span, f"without `{name}`"),
            (Label(shadow.default, "the default"),),
            helps=(Help(f"hand it on: `{shadow.block}({name}={name})`, or give one of the two another name"),),
            severity=self.code.severity,
        )


def _text(value: object) -> str:
    if isinstance(value, LayerValue):
        return f"`{value.name}`"
    return str(value).lower() if isinstance(value, bool) else str(value)
