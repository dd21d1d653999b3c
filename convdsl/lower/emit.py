"""Print a network as a Python file of its own: PyTorch and nothing else, as a person would write it.

The same graph gives the same bytes. What is printed here is what `build` runs. No PyTorch is needed to print.
"""

import re
from collections.abc import Iterator, Mapping

from convdsl.analysis.accepted import Accepted
from convdsl.graph.graph import Graph, Node
from convdsl.lower.declare import attributes, declarations, needs_layers
from convdsl.lower.declared import declared, functions
from convdsl.lower.forward import body, signature_lines
from convdsl.lower.hierarchy import Refused
from convdsl.lower.keys import state_of
from convdsl.lower.library import HELPERS, helper_source
from convdsl.lower.names import class_name, prose
from convdsl.lower.simplify import Steps, steps_of
from convdsl.lower.steps import Program, steps
from convdsl.lower.text import Group, lines, wrapped
from convdsl.op import CallPlan, Expression
from convdsl.shape import Shape

_LAYERS = '''
class Layers(nn.Module):
    """Layers by name; the network's forward calls them."""

    def __init__(self, /, **layers: nn.Module) -> None:
        super().__init__()
        self._modules.update(layers)
'''


def emit(
    graph: Graph,
    source_name: str = "",
    *,
    legal: Accepted | None = None,
    folded: int = 0,
) -> str:
    """Print a graph as a stand-alone Python file.

    source_name: the spec's file, for the docstring. legal: the sizes at which the network is right, for the docstring,
    the comments, and to try it at the smallest ones when the file is run; None: not known, and it is not tried.
    folded: norms that went into the weights of the graph's layers, for the docstring.
    Raises Refused where the graph cannot become a module.
    """
    program = steps(graph)
    known = steps_of(legal)
    sizes = None if legal is None or legal.is_empty else legal.nearest(dict.fromkeys(legal.axes, 1))[0]
    name = class_name(graph.model)
    count = state_of(graph, program.modules).parameters
    out = [*_docstring(graph, program, name, source_name, legal, count, folded), ""]
    code = [*_helpers(program), *_layers(program), *_class(graph, program, known, name)]
    main = list(_main(graph, program, name, sizes))
    if any(re.search(r": Any\b", line) for line in code):
        out += ["from typing import Any", ""]
    out.append("import torch")
    if any(re.search(r"\bF\.", line) for line in code):
        out.append("import torch.nn.functional as F")
    out += ["from torch import Tensor, nn", "", f"PARAMETERS = {count:_}", "", *code, "", *main]
    return "\n".join(out) + "\n"


def _docstring(
    graph: Graph, program: Program, name: str, source_name: str, legal: Accepted | None, count: int, folded: int
) -> Iterator[str]:
    origin = f" from {prose(source_name)}" if source_name else ""
    yield from wrapped(f'"""{name}: a network in PyTorch, written by convdsl{origin}.'.split())
    yield ""
    for line in declared(graph):
        yield from wrapped(prose(line).split())
    if legal is not None and legal.axes:
        yield from wrapped(f"Sizes: {prose('; '.join(legal.text()))}".split())
    yield f"Parameters: {count:,}"
    yield from wrapped(prose(functions(program.steps)).split())
    if folded:
        norms = "1 norm is" if folded == 1 else f"{folded} norms are"
        yield f"Fused for evaluation: {norms} folded into the weights of the layers before."
    yield ""
    yield "forward drops every value after its last use, and overwrites what nothing else reads."
    yield "Run as a program, this file prints its layers and checks itself."
    yield '"""'


def _helpers(program: Program) -> Iterator[str]:
    """Yield the helpers that the layers call.

    Raises Refused where there is none of that name, or there are two.
    """
    found: dict[str, str] = {}
    plans: list[tuple[CallPlan, Node]] = [
        (step.plan, step.node) for step in program.steps if isinstance(step.plan, Expression)
    ]
    plans += [(leaf.plan, leaf.node) for leaf in program.modules.leaves()]
    for plan, node in plans:
        if plan.helper and plan.source != found.setdefault(plan.helper, plan.source):
            raise Refused(f"two operators bring a helper `{plan.helper}`, and they differ", node)
        if plan.helper and helper_source(plan) is None:
            raise Refused(f"there is no helper `{plan.helper}`; one of another package is named `package__name`", node)
    for helper in sorted(found):
        yield ""
        yield from (found[helper] or HELPERS[helper]).strip("\n").split("\n")
        yield ""


def _layers(program: Program) -> Iterator[str]:
    if needs_layers(program.modules):
        yield from _LAYERS.rstrip("\n").split("\n")
        yield ""


def _class(graph: Graph, program: Program, known: Steps, name: str) -> Iterator[str]:
    base = "nn.Sequential" if program.modules.is_sequential else "nn.Module"
    yield ""
    yield f"class {name}({base}):"
    if typed := list(attributes(program.modules)):
        yield from (*typed, "")
    if program.modules.children:
        yield "    def __init__(self) -> None:"
        yield from declarations(program.modules)
        yield ""
    yield from signature_lines(graph, program)
    yield from body(graph, program, known)
    yield ""


def _main(graph: Graph, program: Program, name: str, sizes: Mapping[str, int] | None) -> Iterator[str]:
    yield "def main() -> None:"
    yield '    """Print the layers, and check this file: its parameters and one forward pass."""'
    yield f"    net = {name}().eval()"
    yield "    for key, layer in net.named_modules():"
    yield "        if not list(layer.children()):"
    yield "            own = sum(weight.numel() for weight in layer.parameters())"
    yield '            print(f"{key:<24}{own:>14,}  {layer}")'
    yield "    count = sum(weight.numel() for weight in net.parameters())"
    yield "    if count != PARAMETERS:"
    yield '        raise SystemExit(f"{count:,} parameters, but {PARAMETERS:,} were expected")'
    said = "{count:,} parameters"
    if sizes is not None:
        yield "    with torch.no_grad():"
        zeros = tuple(("", f"torch.zeros{_numbers(item.shape, sizes)}") for item in graph.inputs)
        yield from lines(8, "result = ", Group("net(", zeros, ")"))
        single = len(graph.outputs) == 1
        yield f"    shapes = [list(y.shape) for y in {'(result,)' if single else 'result'}]"
        wanted = [_numbers(graph.shape(output.value), sizes) for output in graph.outputs]
        items = tuple(("", f"[{numbers[1:-1]}]") for numbers in wanted)
        yield from lines(4, "expected = ", Group("[", items, "]"))
        yield "    if shapes != expected:"
        yield '        raise SystemExit(f"output {shapes}, but {expected} was expected")'
        said += ", output {shapes}"
    yield f'    print(f"ok: {said}")'
    yield ""
    yield ""
    yield 'if __name__ == "__main__":'
    yield "    main()"


def _numbers(shape: Shape | None, sizes: Mapping[str, int]) -> str:
    assert shape is not None
    return "(" + ", ".join(str(number) for number in shape.at(sizes).numbers) + ")"
