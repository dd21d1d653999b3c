"""What a file of code cannot say of a network, in the spec's own lines: for the docstring of what `emit` prints.

`import` reads them there, in the docstring of any class or its file, so that a spec comes back as it went.
"""

from collections.abc import Iterator

from convdsl.authoring.print_expression import expression
from convdsl.graph.graph import Graph
from convdsl.lower.literals import meant, number, settled
from convdsl.lower.steps import Step
from convdsl.op import Module
from convdsl.record import dataclass

WITHOUT_MODULE = "Layers without a module: "


@dataclass(frozen=True, slots=True)
class Declared:
    """What a docstring says. inputs, outputs: the lines behind `input` and `output`, by name, in order.

    functions: the keys of the layers that are functions in the code, in their order.
    """

    inputs: dict[str, str]
    outputs: dict[str, str]
    functions: tuple[str, ...]


NOTHING_DECLARED = Declared({}, {}, ())


def declared(graph: Graph) -> Iterator[str]:
    """Yield the lines `input …` and `output …` of a network, parameters' values put in."""
    parameters = graph.parameters
    for tensor in graph.inputs:
        said = tensor.declaration
        default = "" if tensor.default is None else f" = {expression(number(tensor.default))}"
        means = "" if said.means is None else f" means {expression(meant(said.means, parameters))}"
        where = f" where {', '.join(map(expression, tensor.where))}" if tensor.where else ""
        yield f"input {tensor.name}: {tensor.shape}{default}{means}{where}"
    for output in graph.outputs:
        axes = ", ".join(expression(settled(axis, parameters)) for axis in output.declaration.shape.axes)
        result = output.declaration
        means = "" if result.means is None else f" means {expression(meant(result.means, parameters))}"
        yield f"output {output.name}: [{axes}]{means}"


def functions(steps: tuple[Step, ...]) -> str:
    """Return the line that names the layers which are functions in the code, "" where there is none."""
    keys = [step.node.key or "-" for step in steps if isinstance(step.plan, Module) and step.leaf is None]
    return WITHOUT_MODULE + ", ".join(keys) if keys else ""


def read_declared(text: str) -> Declared:
    """Find these lines in a docstring; a line goes on until the next that begins with a word of its own."""
    found: list[str] = []
    for line in text.splitlines():
        words = line.strip()
        if words.startswith(("input ", "output ", WITHOUT_MODULE)):
            found.append(words)
        elif not words or words.partition(":")[0] in ("Sizes", "Parameters") or not found:
            found.append("")
        elif found[-1]:
            found[-1] += f" {words}"
    tensors: dict[str, dict[str, str]] = {"input": {}, "output": {}}
    keys: tuple[str, ...] = ()
    for line in found:
        kind, _, rest = line.partition(" ")
        name, colon, said = rest.partition(":")
        if line.startswith(WITHOUT_MODULE):
            keys = tuple(key.strip() for key in line.removeprefix(WITHOUT_MODULE).split(","))
        elif kind in tensors and colon and name.isidentifier() and said.strip().startswith("["):
            tensors[kind][name] = said.strip()
    return Declared(tensors["input"], tensors["output"], keys)
