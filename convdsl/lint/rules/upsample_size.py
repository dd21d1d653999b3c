"""W219 upsample-size."""

from collections.abc import Iterator
from typing import final

from convdsl.argument import signature
from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import call_text, replace_call, spell
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.lint.wiring import Case
from convdsl.op import Op


@final
class UpsampleSize(Rule):
    """A number that was meant as a factor is taken as a size.

    What: a layer that takes a `size` or a `scale_factor` is given a size, without writing the argument's name, that is
    smaller than what it reads along every axis, at the size that is trained at, or near 256 pixels.

    Why: the first parameter of torch.nn.Upsample is the size of the output, and `Upsample(4)` makes 4 x 4 pixels of
    any picture. Who wants that has an AdaptiveAvgPool2d; the layer is named after enlarging.

    Fix: `Upsample(scale_factor=4)`; or write `Upsample(size=4)` where that is what is meant.

    Source: PyTorch, torch.nn.Upsample.
    """

    code = Code("W219", "upsample-size", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Net {
  input x: [N, 8, H, W]
  Upsample(4)  # W219
  AdaptiveAvgPool2d(1)
  y = Conv2d(2, 1)
  output y: [N, 2, 1, 1]
}
""",
        """
block Up(factor: int) {
  Upsample(factor)  # W219
  Conv2d(8, 3, padding=1)
}

model Small {
  input x: [N, 8, 16, 16]
  y = Up(2)
  output y: [N, 8, 2, 2]
}
""",
    )
    good = (
        """
model Named {
  input x: [N, 8, H, W]
  Upsample(size=4)
  y = Upsample(scale_factor=2)
  output y: [N, 8, 8, 8]
}
""",
        """
model Larger {
  input x: [N, 8, 16, 2]
  y = Upsample(4)
  output y: [N, 8, 4, 4]
}
""",
        """
model Pool {
  input x: [N, 8, H, W]
  y = AdaptiveAvgPool2d(4)
  output y: [N, 8, 4, 4]
}
""",
    )

    def suspects(self, subject: Subject) -> bool:
        return any(_shrinks(subject, case) for case in subject.cases if subject.size)

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for case in subject.cases if subject.size else ():
            if _shrinks(subject, case):
                before = subject.at_size(case.shapes[0])[2:]
                yield from (self._finding(subject, node, before) for node in case.nodes if _unnamed(subject, node))

    def _finding(self, subject: Subject, node: Node, before: tuple[int, ...]) -> Diagnostic:
        after = subject.at_size(subject.output(node))[2:]
        assert node.op is not None
        name, told = type(node.op).__name__, given(node.op)
        size = told.pop("size")
        factor = {"scale_factor": size, **told}
        edits = () if node.trail else replace_call(subject, node, name, factor)
        return subject.finding(
            self.code,
            node,
            f"`{name}({spell(size)})` makes {_pixels(after)} pixels of {_pixels(before)}: its first argument is the "
            "size of the output",
            argument="size",
            label="a size, not a factor",
            helps=(
                Help(f"to enlarge: `{call_text(type(node.op), factor)}`", edits),
                Help(f"if that size is meant, say so: `{call_text(type(node.op), {'size': size, **told})}`"),
            ),
        )


def _shrinks(subject: Subject, case: Case) -> bool:
    """Tell whether an operator of a size or a factor makes fewer pixels than it reads, along every axis."""
    if {"size", "scale_factor"} - {parameter.name for parameter in signature(type(case.op))}:
        return False
    before, after = (subject.at_size(shape)[2:] for shape in (case.shapes[0], subject.output(case.nodes[0])))
    return all(made < read for read, made in zip(before, after, strict=True))


def _unnamed(subject: Subject, node: Node) -> bool:
    written = subject.written(node, "size")
    return written is not None and written.name is None


def given(op: Op) -> dict[str, object]:
    """Return the arguments of an operator that differ from their defaults."""
    values = ((parameter, getattr(op, parameter.name)) for parameter in signature(type(op)))
    return {parameter.name: value for parameter, value in values if parameter.required or value != parameter.default}


def _pixels(sizes: tuple[int, ...]) -> str:
    return " x ".join(map(str, sizes))
