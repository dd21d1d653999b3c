"""W217 float-scale."""

from collections.abc import Iterator
from fractions import Fraction
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.op import sizes
from convdsl.ops.upsample import exact, is_short
from convdsl.ops.window import axis_name
from convdsl.record import dataclass
from convdsl.sizes import Size

LARGEST = 4096  # pixels of the picture up to which sizes are tried
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Short:
    """The sizes at which PyTorch is a pixel short. axis: its word. at: of the map; pictures: of the symbol, if any."""

    axis: str
    symbol: str | None
    factor: Fraction
    at: int
    pictures: tuple[int, ...]


@final
class FloatScale(Rule):
    """A factor that floats cannot hold makes PyTorch's own layer a pixel short.

    What: the `scale_factor` is no sum of halves, and at a legal size up to 4096 the map's size times the factor is a
    whole number that PyTorch's floor(double(size) * double(factor)) misses by one.

    Why: 0.7 is stored as a little less than 7 / 10, so that 90 pixels come out as 62 and not 63. The sizes that are
    printed here are exact, and the code that `emit` writes asks for them by number; but the same network written with
    torch.nn.Upsample, as it may have been where its weights come from, is a pixel smaller there.

    Fix: a factor whose denominator is a power of two, such as 0.75, or a fixed `size`; or nothing, if the network was
    never anything else than this file.

    Source: IEEE 754 arithmetic; PyTorch, torch.nn.functional.interpolate.
    """

    code = Code("W217", "float-scale", Severity.INFO)
    short_tells = True
    bad = (
        """
model Net {
  input x: [N, 3, H, W]
  y = Upsample(scale_factor=0.7)  # W217
  output y: [N, 3, 7 * H // 10, 7 * W // 10]
}
""",
        """
block Larger {
  Upsample(scale_factor=(1, 2.3), mode=bilinear)  # W217
}

model Wide {
  input x: [N, 3, H, W]
  MaxPool2d(2)
  y = Larger()
  output y: [N, 3, H // 2, 23 * (W // 2) // 10]
}
""",
        """
model Fixed {
  input x: [N, 3, 90, 90]
  y = Upsample(scale_factor=0.7)  # W217
  output y: [N, 3, 63, 63]
}
""",
    )
    good = (
        """
model Halves {
  input x: [N, 3, H, W]
  y = Upsample(scale_factor=0.75)
  output y: [N, 3, 3 * H // 4, 3 * W // 4]
}
""",
        """
model NeverShort {
  input x: [N, 3, H, W]
  y = Upsample(scale_factor=0.6)
  output y: [N, 3, 3 * H // 5, 3 * W // 5]
}
""",
        """
model Promised {
  input x: [N, 3, H, W] where H % 10 == 5, W >= 2, W <= 80
  y = Upsample(scale_factor=0.7)
  output y: [N, 3, 7 * H // 10, 7 * W // 10]
}
""",
        """
model Fits {
  input x: [N, 3, 80, 80]
  y = Upsample(scale_factor=0.7)
  output y: [N, 3, 56, 56]
}
""",
        """
model Sized {
  input x: [N, 3, 90, 90]
  y = Upsample(size=63)
  output y: [N, 3, 63, 63]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for case in subject.cases:
            given = subject.argument(case.nodes[0], "scale_factor")
            axes = sizes(case.shapes[0]) if given is not None else ()
            factors = given if isinstance(given, tuple) else (given,) * len(axes)
            for at, (size, factor) in enumerate(zip(axes, factors, strict=True)):
                short = _short(subject, factor, size, axis_name(len(axes), at))
                if short is not None:
                    yield from (self._finding(subject, node, short) for node in case.nodes)

    def _finding(self, subject: Subject, node: Node, short: Short) -> Diagnostic:
        size = short.at
        right = size * short.factor.numerator // short.factor.denominator
        shown = ", ".join(map(str, short.pictures[:SHOWN])) + (" ..." if len(short.pictures) > SHOWN else "")
        return subject.finding(
            self.code,
            node,
            f"torch.nn.{type(node.op).__name__} makes {right - 1} of a {short.axis} of {size}, and not {right}",
            argument="scale_factor",
            label=f"{short.factor} does not fit into a float",
            notes=(f"so at {short.symbol} = {shown}",) if short.symbol is not None else (),
            helps=(Help("a factor whose denominator is a power of two, such as 0.75, or a fixed `size`"),),
        )


def _short(subject: Subject, factor: float, size: Size, word: str) -> Short | None:
    simple = exact(factor)
    if not is_short(simple):
        return None
    pictures = (0,) if size.symbol is None else subject.promised_sizes.axes[size.symbol].below(LARGEST + 1)
    found = [x for x in pictures if _misses(simple, factor, size.at(x))]
    if not found:
        return None
    return Short(word, size.symbol, simple, size.at(found[0]), tuple(found))


def _misses(simple: Fraction, factor: float, size: int) -> bool:
    return int(size * factor) != size * simple.numerator // simple.denominator
