"""W108 eager-signature."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.traits import Window


@final
class EagerSignature(Rule):
    """The channels that come in are given as if a layer had to be told.

    What: a convolution has as many output channels as come in and a window as wide as a number of channels, or a norm
    adds to the variance an eps of 1 or more: what `Conv2d(64, 128, 3)` and `BatchNorm2d(64)` mean here, where the
    number of channels that come in is not an argument.

    Why: a layer knows its input, as in PyTorch's lazy signatures, so the numbers have moved on by one place: 64 output
    channels, a window of 128 and a stride of 3; an eps of 64, which leaves next to nothing of the image.

    Fix: leave out the first number: `Conv2d(128, 3)`, `BatchNorm2d()`; to have it checked, `in_channels=64`.

    Source: PyTorch, torch.nn.LazyConv2d and torch.nn.LazyBatchNorm2d.
    """

    code = Code("W108", "eager-signature", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Net {
  input x: [N, 64, H, W]
  Conv2d(64, 128, 3)  # W108
  y = ConvTranspose2d(64, 32, 2)  # W108
  output y: [N, 64, 2 * ((H - 125) // 3) + 30, 2 * ((W - 125) // 3) + 30]
}
""",
        """
model Net {
  input x: [N, 3, H, W]
  Conv2d(16, 3, padding=1)
  y = BatchNorm2d(16)  # W108
  output y: [N, 16, H, W]
}
""",
    )
    good = (
        """
model Net {
  input x: [N, 16, H, W]
  Conv2d(16, 16, stride=16)
  Conv2d(16, 31, padding=15, groups=16) -> BatchNorm2d(eps=1e-3)
  y = Conv2d(32, 16, 3)
  output y: [N, 32, (H // 16 - 13) // 3, (W // 16 - 13) // 3]
}
""",
    )
    thresholds = MappingProxyType({"kernel_size": 16, "eps": 1})

    def suspects(self, subject: Subject) -> bool:
        nodes = [case.nodes[0] for case in subject.cases]
        return any(self._eps(subject, node) is not None or any(self._moved(subject, node)) for node in nodes)

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for case in subject.cases:
            eps = self._eps(subject, case.nodes[0])
            if eps is not None:
                yield from (self._norm(subject, node, eps) for node in case.nodes)
            for window in self._moved(subject, case.nodes[0]):
                told = [node for node in case.nodes if subject.written(node, "stride") is not None]
                yield from (self._convolution(subject, node, window) for node in told)

    def _eps(self, subject: Subject, node: Node) -> float | None:
        """Return an `eps` that is none."""
        eps = subject.argument(node, "eps")
        return eps if isinstance(eps, int | float) and eps >= self.threshold(subject, "eps") else None

    def _moved(self, subject: Subject, node: Node) -> Iterator[Window]:
        """Yield a square window of a convolution that looks like a number of channels, its stride like a window."""
        keeps = (
            subject.argument(node, "groups") == 1 and subject.inputs(node)[0].axes[1] == subject.output(node).axes[1]
        )
        windows = {(window.kernel_size, window.stride): window for window in subject.windows(node)}
        if keeps and len(windows) == 1:
            (window,) = windows.values()
            if 2 * window.stride <= window.kernel_size >= self.threshold(subject, "kernel_size"):
                yield window

    def _convolution(self, subject: Subject, node: Node, window: Window) -> Diagnostic:
        name, channels = type(node.op).__name__, subject.output(node).channels
        kernel, stride = window.kernel_size, window.stride
        return subject.finding(
            self.code,
            node,
            f"`{name}` makes {channels} channels with a window of {kernel} and a stride of {stride}",
            label=f"{channels} channels come in",
            helps=(Help(f"for {kernel} channels and a window of {stride} write `{name}({kernel}, {stride})`"),),
        )

    def _norm(self, subject: Subject, node: Node, eps: float) -> Diagnostic:
        name = type(node.op).__name__
        return subject.finding(
            self.code,
            node,
            f"`{name}` adds {eps:g} to the variance",
            argument="eps",
            label="this is `eps`",
            helps=(Help(f"it takes as many channels as come in: write `{name}()`"),),
        )
