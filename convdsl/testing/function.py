"""Whether two specs are the same function: their outputs in PyTorch, with equal weights."""

import torch
from torch import nn

from convdsl.compiled import build
from convdsl.lint.rule import Rule
from convdsl.pipeline import Analysis, analyze
from convdsl.testing.rule_laws import edited, offers, spec


def check_safe_edits(rule: Rule, at: int, spelling: str) -> None:
    """Edits that a rule calls safe leave the function as it was."""
    source = spec(rule.bad[at], spelling)
    for _, help_ in offers(rule, source):
        if help_.safe:
            same_function(analyze(source), analyze(edited(source, help_.edits)))


def same_function(before: Analysis, after: Analysis) -> None:
    """Compare outputs with equal weights: while training; in evaluation too where no weight was taken away.

    (A bias that a norm takes away is in the norm's running mean as well, so networks with remembered means differ.)
    Raises AssertionError where they differ.
    """
    old, new = build(before, seed=1).double(), build(after, seed=2).double()
    assert before.graph is not None
    assert before.legal is not None
    left = _weighted(old)
    taken_away = 0
    for kind, tensors in _weighted(new):
        twins = (at for at, (other, theirs) in enumerate(left) if other is kind and _is_part(tensors, theirs))
        _, theirs = left.pop(next(twins))
        taken_away += len(theirs) - len(tensors)
        for name, tensor in tensors.items():
            tensor.data.copy_(theirs[name].data)
    sizes = {**before.legal.nearest(dict.fromkeys(before.legal.axes, 16))[0], "N": 3}
    generator = torch.Generator().manual_seed(4)
    shapes = [tensor.shape.at(sizes).numbers for tensor in before.graph.inputs]
    inputs = [torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in shapes]
    for training in (True,) if left or taken_away else (True, False):
        outputs = []
        for module in (old, new):
            module.train(training)
            torch.manual_seed(0)
            result = module(*(x.clone() for x in inputs))
            outputs.append(result if isinstance(result, tuple) else (result,))
        for one, other in zip(*outputs, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)


_Weighted = tuple[type[nn.Module], dict[str, nn.Parameter]]


def _weighted(module: nn.Module) -> list[_Weighted]:
    """List the modules that own parameters, in order."""
    each = ((type(part), dict(part.named_parameters(recurse=False))) for part in module.modules())
    return [(kind, tensors) for kind, tensors in each if tensors]


def _is_part(tensors: dict[str, nn.Parameter], others: dict[str, nn.Parameter]) -> bool:
    """Tell whether all tensors of one layer have one of their name and shape in another."""
    return all(name in others and others[name].shape == tensor.shape for name, tensor in tensors.items())
