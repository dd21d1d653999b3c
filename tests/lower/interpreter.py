"""Run a graph's layers one by one, nothing in place, every value kept: what lowering has to agree with."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from convdsl.graph.graph import Graph, Node, Value
from convdsl.op import CallPlan, Expression, Module
from convdsl.testing import plans


class Interpreter(nn.Module):
    """The network without a compiler; layers by their keys, applied through what operators say of PyTorch."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self.plans = {node.index: self._plan(node) for node in graph.nodes if node.op is not None}
        self.layers: dict[str, nn.Module] = {}
        for node in graph.nodes:
            plan = self.plans.get(node.index)
            if isinstance(plan, Module) and node.key is not None and node.key not in self.layers:
                arguments = {key: value for key, value in plan.arguments if key != "inplace"}
                self.layers[node.key] = getattr(nn, plan.target.removeprefix("torch.nn."))(**arguments)

    def _plan(self, node: Node) -> CallPlan:
        shapes = self.graph.input_shapes(node)
        assert node.op is not None and shapes is not None
        return node.op.call(*shapes)

    def take(self, state: Mapping[str, Tensor], training: bool) -> None:
        """Copy the weights of the other network, and take its mode."""
        for key, layer in self.layers.items():
            own = {name.removeprefix(f"{key}."): v.clone() for name, v in state.items() if name.startswith(f"{key}.")}
            layer.load_state_dict(own, strict=True)
            layer.train(training)
        self.training = training

    def weights(self) -> dict[str, Tensor]:
        """Return the trained tensors by their keys."""
        return {f"{key}.{name}": w for key, layer in self.layers.items() for name, w in layer.named_parameters()}

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        values = {Value(item.node): tensor for item, tensor in zip(self.graph.inputs, inputs, strict=True)}
        for node in self.graph.nodes:
            plan = self.plans.get(node.index)
            if plan is None:
                continue
            given = tuple(values[value] for value in node.inputs)
            if isinstance(plan, Expression):
                result = plans.expression(plan.template, given, self.training)
            elif node.key is None:
                result = plans.expression(plan.function, given, self.training)
            else:
                result = self.layers[node.key](*given)
            for index, tensor in enumerate(result if isinstance(result, tuple | list) else (result,)):
                assert isinstance(tensor, Tensor)
                values[Value(node.index, index)] = tensor
        return tuple(values[output.value] for output in self.graph.outputs)


def run_and_differentiate(network: nn.Module, inputs: list[Tensor]) -> tuple[tuple[Tensor, ...], list[Tensor | None]]:
    """Return the outputs, and the gradients of a fixed sum over them by the inputs."""
    torch.manual_seed(7)  # dropout draws
    leaves = [tensor.clone().requires_grad_() for tensor in inputs]
    given = [leaf * 1 for leaf in leaves]  # no leaves, so that nothing but this test notices if one is overwritten
    outputs = network(*given)
    assert all(torch.equal(a, b) for a, b in zip(given, leaves, strict=True))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    total = torch.stack([(y * torch.arange(y.numel()).reshape(y.shape).cos()).sum() for y in outputs]).sum()
    total.backward()
    return outputs, [leaf.grad for leaf in leaves]
