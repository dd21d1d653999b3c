"""What a rule may ask of a network and of the spec that it was written in, and how it makes a finding."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import final

from convdsl.analysis.accepted import Accepted
from convdsl.argument import OPERANDS, signature
from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.graph.graph import Graph, Node
from convdsl.lint.numbers import Numbers
from convdsl.lint.sites import Site, sites
from convdsl.recipe import Recipe
from convdsl.source import Source, Span
from convdsl.syntax import tree


@final
class Subject(Numbers):
    """A network whose shapes are all known, with the spec that it was written in.

    accepted: the sizes at which PyTorch runs it; legal: those of them where every promise holds. recipe: of the
    `train` section, None where the spec has none. numbers: thresholds that the project overrides, by rule and name.
    settled, growing: what is known of turns that were left out, see lint/short.py.
    """

    settled = growing = True

    def __init__(
        self,
        graph: Graph,
        accepted: Accepted,
        legal: Accepted,
        recipe: Recipe | None,
        file: tree.File,
        sources: Sequence[Source],
        numbers: Mapping[str, Mapping[str, float]] | None = None,
        times: Sequence[int] | None = None,
    ) -> None:
        super().__init__(graph, accepted, legal, recipe, times)
        self.file, self.sources = file, tuple(sources)
        self.numbers = numbers or {}

    @cached_property
    def _sites(self) -> Mapping[Span, Site]:
        return sites(self.file)

    def site(self, node: Node) -> Site | None:
        """Return where a layer's call stands; None for arithmetic, for a layer that was handed over, in other files."""
        site = self._sites.get(node.span)
        return site if site is not None and site.call.callee == type(node.op).__name__ else None

    def written(self, node: Node, argument: str) -> tree.Argument | None:
        """Return an argument of a layer as it is written in its call; None where it is not written there."""
        site = self.site(node)
        if site is None:
            return None
        assert node.op is not None  # else it has no call
        parameters = signature(type(node.op))
        names = [parameter.name for parameter in parameters]
        if any(parameter.kind is OPERANDS for parameter in parameters):
            names = []  # what has no name is a value that is joined
        for position, one in enumerate(site.call.arguments):
            if (one.name or (names[position] if position < len(names) else "")) == argument:
                return one
        return None

    def width(self, node: Node) -> str:
        """Return the name of the argument that says how many channels or numbers a layer makes; "" if it has none."""
        names = () if node.op is None else (parameter.name for parameter in signature(type(node.op)))
        return next((name for name in names if name.startswith("out_")), "")

    @cached_property
    def _twins(self) -> Mapping[Span, list[Node]]:
        found: dict[Span, list[Node]] = {}
        for node, _ in self.layers:
            found.setdefault(node.span, []).append(node)
        return found

    def twins(self, node: Node) -> Sequence[Node]:
        """Return all layers that were made by the same call in the text, by loops and blocks: a fix edits them all."""
        return self.at(node.span)

    def at(self, span: Span) -> Sequence[Node]:
        """Return all layers that a call in the text made."""
        return self._twins.get(span, ())

    def setting(self, name: str) -> Span:
        """Return where a setting of the `train` section is written; the section itself where it is not said there."""
        section = next(item for item in self.file.items if isinstance(item, tree.Train))
        return next((setting.span for setting in section.settings if setting.name == name), section.span)

    def is_set(self, name: str) -> bool:
        """Tell whether the `train` section says a setting."""
        sections = (item for item in self.file.items if isinstance(item, tree.Train))
        return any(setting.name == name for section in sections for setting in section.settings)

    @cached_property
    def named(self) -> Mapping[str, Node]:
        """The nodes by name."""
        return {node.name: node for node in self.graph.nodes}

    def finding(
        self,
        code: Code,
        node: Node,
        message: str,
        *,
        label: str = "",
        argument: str = "",
        labels: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        helps: tuple[Help, ...] = (),
        severity: Severity | None = None,
    ) -> Diagnostic:
        """Make a finding about a layer, marked at its call, or at one of its arguments where that is written.

        label: a few words under the mark. labels: other places. The block call around the layer is added by itself.
        """
        one = self.written(node, argument) if argument else None
        span = node.span if one is None else one.span
        if node.trail and all(other.span != node.trail[0] for other in labels):
            labels = (*labels, Label(node.trail[0], "in this call"))
        return Diagnostic(
            code, message, Label(span, label), labels, notes, helps, severity or code.severity, (node.name,)
        )

    def place(self, node: Node, text: str) -> Label:
        """Point at another layer."""
        return Label(node.span, text)
