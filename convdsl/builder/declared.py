"""A declared layer: weights that stand once and are applied more than once."""

from typing import Literal

from convdsl.builder.layer import HeldLayer
from convdsl.builder.line import Line, line_of
from convdsl.builder.piece import Roots
from convdsl.builder.refusal import refuse
from convdsl.builder.writer import Opening, Writer
from convdsl.syntax import tree


class DeclaredLayer(HeldLayer):
    """`layer head = Conv2d(36, 3)`: written at once if its layers are given, else at the end of its `with`."""

    __slots__ = ("__opening",)

    def __init__(self, writer: Writer, name: str, layers: Line | None) -> None:
        super().__init__(name, Roots((writer.scope,)), declared=True)
        if layers is not None:
            chain = line_of(layers)
            if not isinstance(chain.source, tree.Call) or chain.promise is not None:
                raise refuse(
                    "a declared layer holds layer calls, and no value flows into it here",
                    "values enter where it is applied: `m(m.x >> head())`",
                )
            writer.write(tree.LayerDeclaration(name, (chain.source, *chain.calls)), chain.roots)
            return

        def close(body: tree.Body) -> None:
            writer.write(tree.LayerDeclaration(name, (), body), Roots())

        self.__opening = Opening(writer, close, self, what="layer")

    def __enter__(self) -> "DeclaredLayer":
        """Open its body."""
        return self.__opening.__enter__()

    def __exit__(self, kind: object, *rest: object) -> Literal[False]:
        """Close its body."""
        return self.__opening.__exit__(kind, *rest)
