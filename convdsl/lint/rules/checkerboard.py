"""W301 checkerboard."""

from collections.abc import Iterator, Mapping
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import Edits, remove_argument, set_argument, spell
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.lint.taps import residues
from convdsl.ops.window import axis_name
from convdsl.traits import Window


@final
class Checkerboard(Rule):
    """A transposed convolution paints some pixels with more taps than others.

    What: along an axis of stride s > 1 an output pixel sums the taps t with t * dilation = phase (mod s). Their number
    is the same at every phase if and only if the dilation and s have no common factor and s divides the kernel_size.

    Why: with random weights the pixels of one phase vary more than those of another, and the network has to learn away
    a pattern of period s that it begins with; much of it stays in the picture.

    Fix: a kernel_size that the stride divides, `ConvTranspose2d(c, 4, stride=2, padding=1)` in place of 3; or enlarge
    first and convolve then: `Upsample(scale_factor=2)`, `Conv2d(c, 3, padding=1)`.

    Source: Odena, Dumoulin & Olah, "Deconvolution and checkerboard artifacts", Distill 2016.
    """

    code = Code("W301", "checkerboard", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Up {
  input x: [N, 8, H, W]
  y = ConvTranspose2d(4, 3, stride=2, padding=1, output_padding=1)  # W301
  output y: [N, 4, 2 * H, 2 * W]
}
""",
        """
model Wide {
  input x: [N, 8, H, W]
  y = ConvTranspose2d(4, (4, 5), stride=2, padding=(1, 2), output_padding=(0, 1))  # W301
  output y: [N, 4, 2 * H, 2 * W]
}
""",
    )
    good = (
        """
model Up {
  input x: [N, 8, H, W]
  y = ConvTranspose2d(4, 4, stride=2, padding=1)
  output y: [N, 4, 2 * H, 2 * W]
}
""",
        """
model Same {
  input x: [N, 8, H, W]
  y = ConvTranspose2d(4, 3, padding=1)
  output y: [N, 4, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for case in subject.cases:
            windows = subject.windows(case.nodes[0])
            uneven = [axis for axis, window in enumerate(windows) if window.paints and is_uneven(window)]
            if uneven:
                yield from (self._finding(subject, node, windows, uneven) for node in case.nodes)

    def _finding(self, subject: Subject, node: Node, windows: tuple[Window, ...], uneven: list[int]) -> Diagnostic:
        window = windows[uneven[0]]
        counts = painted(window)
        axis = axis_name(len(windows), uneven[0])
        return subject.finding(
            self.code,
            node,
            f"`{type(node.op).__name__}` paints in {axis} with {min(counts)} and {max(counts)} taps in turn",
            argument="kernel_size",
            label=f"{window.kernel_size} over a stride of {window.stride}",
            notes=(f"taps at output pixels 0 to {window.stride - 1}, and so on: {', '.join(map(str, counts))}",),
            helps=(
                _even(subject, node, windows, uneven),
                Help("or enlarge first, `Upsample(scale_factor=…)`, and convolve then"),
            ),
        )


def painted(window: Window) -> list[int]:
    """Count the taps that reach an output pixel of each phase: #{t < k : t * d = phase mod s}."""
    counts = [0] * window.stride
    for tap in range(window.kernel_size):
        counts[tap * window.dilation % window.stride] += 1
    return counts


def is_uneven(window: Window) -> bool:
    """Tell whether phases differ, and none is left out (that is W302's)."""
    return window.kernel_size % window.stride > 0 and residues(window) == window.stride


def _even(subject: Subject, node: Node, windows: tuple[Window, ...], uneven: list[int]) -> Help:
    """Offer the next larger windows that paint evenly, with margins that keep every size as it is.

    An axis comes out K + output_padding - 2 * padding larger than its steps, K = dilation * (kernel_size - 1) + 1: what
    K gains, padding takes away on both sides, and output_padding evens out an odd rest.
    """
    kernels = [window.kernel_size for window in windows]
    paddings = [window.before for window in windows]
    extras: list[int] = list(getattr(node.op, "output_padding", ()))
    for axis in uneven:
        window = windows[axis]
        kernels[axis] = even_kernel(window)
        gained = window.dilation * (kernels[axis] - window.kernel_size) - extras[axis]
        extras[axis] = gained % 2
        paddings[axis] += (gained + extras[axis]) // 2
    new = {"kernel_size": tuple(kernels), "padding": tuple(paddings), "output_padding": tuple(extras)}
    if min(paddings) < 0:
        return Help(f"a kernel_size that the stride divides, {spell(new['kernel_size'])}")
    said = ", ".join(f"{name}={spell(value)}" for name, value in new.items() if any(value))
    return Help(f"let the stride divide the window: `{said}` gives the same sizes", _edits(subject, node, new))


def _edits(subject: Subject, node: Node, new: Mapping[str, tuple[int, ...]]) -> Edits:
    """Set the arguments that change; one that comes to its default, 0, is taken away."""
    out: Edits = ()
    for name, value in new.items():
        if value != getattr(node.op, name):
            removed = () if any(value) else remove_argument(subject, node, name)
            out += removed or set_argument(subject, node, name, value)
    return out


def even_kernel(window: Window) -> int:
    """Return the next larger kernel_size that the stride divides."""
    return -(-window.kernel_size // window.stride) * window.stride
