"""W413 no-act-net."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.lint.linear import is_factorised, is_learned, is_linear, pairs
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class NoActivation(Rule):
    """The whole network is linear.

    What: every output is an affine function of the inputs, in evaluation, and some layer with weights reads another
    one. Not meant is one layer that was taken apart into factors (as in W404), such as a linear autoencoder.

    Why: however many layers there are, they say what one layer could say: a picture's edges, means and differences,
    but no "if". More layers and more training change nothing of that.

    Fix: an activation behind every layer with weights but the last: `Conv2d(64, 3, padding=1) -> ReLU()`.

    Source: arithmetic: B(Ax + a) + b = (BA)x + (Ba + b).
    Source: Leshno et al. 1993, "Multilayer feedforward networks with a nonpolynomial activation function can
    approximate any function", Neural Networks 6.
    """

    code = Code("W413", "no-act-net", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Linear {
  input x: [N, 1, H, W]
  Conv2d(8, 3, padding=1) -> BatchNorm2d()
  Dropout2d(0.1)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]  # W413
}
""",
        """
block Same(width: int) {
  input x: [N, C, H, W]
  y = Conv2d(width, 3, padding=1)
  y + x
}

model Residual {
  input x: [N, 8, H, W]
  repeat 3 {
    Same(8)
  }
  y = Mul(2)
  output y: [N, 8, H, W]  # W413
}
""",
    )
    good = (
        """
model Bent {
  input x: [N, 1, H, W]
  Conv2d(8, 3, padding=1) -> ReLU()
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model One {
  input x: [N, 1, H, W]
  y = Conv2d(8, 3, padding=1)
  output y: [N, 8, H, W]
}
""",
        """
model Sum {
  input x: [N, 1, H, W]
  a = Conv2d(8, 3, padding=1)
  b = x -> Conv2d(8, 5, padding=2)
  y = a + b
  output y: [N, 8, H, W]
}
""",
        """
model Code {
  input x: [N, 784]
  Linear(32)
  y = Linear(784)
  output y: [N, 784]
}
""",
        """
model Either {
  input x: [N, 1, H, W]
  a = Conv2d(8, 3, padding=1)
  y = Conv2d(2, 3, padding=1)
  z = a -> Sigmoid()
  output y: [N, 2, H, W]
  output z: [N, 8, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if not subject.size or not is_linear(subject):
            return
        pair = next((pair for pair in pairs(subject) if not is_factorised(subject, pair)), None)
        if pair is None:
            return
        count = sum(is_learned(subject, node) for node, _ in subject.layers)
        output = subject.graph.outputs[0]
        yield Diagnostic(
            self.code,
            f"`{subject.graph.model}` is linear: nothing bends between its {count:,} layers with weights",
            Label(output.declaration.span, "one linear map of the input"),
            (subject.place(pair.first, "is read"), subject.place(pair.second, "reads it, linearly")),
            helps=(Help("put an activation behind each but the last: `Conv2d(64, 3, padding=1) -> ReLU()`"),),
            severity=self.code.severity,
        )
