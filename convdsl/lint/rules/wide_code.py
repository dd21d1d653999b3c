"""I512 wide-code."""

from collections.abc import Iterator
from math import prod
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import InputTensor, Node, OutputTensor
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class WideCode(Rule):
    """An autoencoder has no place that is narrower than the picture, so it may learn to copy.

    What: an output has the shape and the meaning of an input, and no layer that all that was learned has to pass makes
    fewer numbers than the picture has.

    Why: the best answer is then the picture itself, and it says nothing about pictures: the code is a copy. It is no
    fault where something else keeps the network from copying: noise on the input, a picture in parts, a prior on the
    code.

    Fix: fewer channels at the narrowest place, or one more step down.

    Source: Goodfellow, Bengio & Courville 2016, "Deep Learning", section 14.1 and 14.2, on codes that are not smaller.
    """

    code = Code("I512", "wide-code", Severity.INFO)
    short_tells = True
    bad = (
        """
model Copies {
  input gray: [N, 1, H, W] means L / 100 where H % 4 == 0, W % 4 == 0
  Conv2d(16, 4, stride=4)  # I512
  y = ConvTranspose2d(1, 4, stride=4)
  output y: [N, 1, H, W] means L / 100
}
""",
        """
block Encoder(width: int) {
  Conv2d(2 * width, 4, stride=2, padding=1) -> ReLU()
  Conv2d(4 * width, 4, stride=2, padding=1)  # I512
}

model Wide {
  input photo: [N, 3, H, W] means RGB where H % 4 == 0, W % 4 == 0
  Encoder(24)
  ConvTranspose2d(96, 4, stride=4) -> ReLU()
  y = Conv2d(3, 1)
  output y: [N, 3, H, W] means RGB
}
""",
    )
    good = (
        """
model Narrow {
  input gray: [N, 1, H, W] means L / 100 where H % 4 == 0, W % 4 == 0
  Conv2d(15, 4, stride=4)
  y = ConvTranspose2d(1, 4, stride=4)
  output y: [N, 1, H, W] means L / 100
}
""",
        """
model Colorizer {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(16, 3, padding=1) -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Larger {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(16, 3, padding=1) -> ReLU()
  y = ConvTranspose2d(1, 2, stride=2)
  output y: [N, 1, 2 * H, 2 * W] means L / 100
}
""",
        """
model Hinted {
  input gray: [N, 1, H, W] means L / 100
  input hint: [N, 2, H, W] = 0 means ab / 110
  Concat(gray, hint)
  Conv2d(16, 3, padding=1) -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Unsaid {
  input x: [N, 1, H, W]
  Conv2d(16, 3, padding=1) -> ReLU()
  y = Conv2d(1, 3, padding=1)
  output y: [N, 1, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for output in subject.graph.outputs if subject.size else ():
            pictures = (one for one in subject.graph.inputs if one.default is None)  # hints are mostly not given
            twin = next((one for one in pictures if _is_twin(subject, one, output)), None)
            if twin is None:
                continue
            inside = [node for node in subject.nodes[: output.value.node] if node.index in subject.waists]
            learned = [node for node in inside if subject.learned[node.index]]
            code = min(learned, key=lambda node: prod(subject.at_size(subject.output(node))), default=None)
            if code is not None and prod(subject.at_size(subject.output(code))) >= prod(subject.at_size(twin.shape)):
                yield self._finding(subject, code, twin, output)

    def _finding(self, subject: Subject, code: Node, twin: InputTensor, output: OutputTensor) -> Diagnostic:
        held, given = subject.at_size(subject.output(code)), subject.at_size(twin.shape)
        return subject.finding(
            self.code,
            code,
            f"`{output.name}` may be a copy of `{twin.name}`: no place holds fewer numbers",
            label="the narrowest place",
            notes=(f"{_product(held)} here, {_product(given)} in the picture",),
            helps=(Help("fewer channels here, or one more step down, where it is to learn more than a copy"),),
        )


def _is_twin(subject: Subject, tensor: InputTensor, output: OutputTensor) -> bool:
    """Tell whether an output says what an input says: the same meaning, in the same shape."""
    same = output.meaning is not None and output.meaning.kind == "colour" and output.meaning == tensor.meaning
    return same and subject.at_size(subject.shape(output.value)) == subject.at_size(tensor.shape)


def _product(shape: tuple[int, ...]) -> str:
    return f"{' x '.join(map(str, shape[1:]))} = {prod(shape[1:]):,}"
