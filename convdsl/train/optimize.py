"""From the words of a recipe to torch: the optimizer, and the learning rate of each step."""

import math
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import Parameter

from convdsl import optimization as words

FEW = 4  # milestones that are told of


def optimizer(word: words.Optimizer, parameters: Iterable[Parameter]) -> torch.optim.Optimizer:
    """Make the optimizer; fused, which is one pass over the weights and deterministic."""
    match word:
        case words.SGD():
            return torch.optim.SGD(
                parameters,
                lr=word.lr,
                momentum=word.momentum,
                nesterov=word.nesterov,
                weight_decay=word.weight_decay,
                fused=True,
            )
        case words.Adam() | words.AdamW():
            kind = torch.optim.AdamW if isinstance(word, words.AdamW) else torch.optim.Adam
            betas = (word.beta1, word.beta2)
            return kind(parameters, lr=word.lr, betas=betas, eps=word.eps, weight_decay=word.weight_decay, fused=True)


def remembered(optimizer: torch.optim.Optimizer, network: nn.Module) -> dict[str, Tensor]:
    """Give the tensors that an optimizer keeps of a network's weights, by "<parameter's name>/<tensor>"."""
    return {
        f"{name}/{key}": value
        for name, parameter in network.named_parameters()
        for key, value in optimizer.state[parameter].items()
        if isinstance(value, Tensor)
    }


def remember(optimizer: torch.optim.Optimizer, network: nn.Module, held: Mapping[str, Tensor]) -> None:
    """Put back what `remembered` gave, in the memory layout that the weights have here: fused optimizers rely on it."""
    parameters = dict(network.named_parameters())
    for key, value in held.items():
        name, _, what = key.rpartition("/")
        parameter = parameters[name]
        same = value.shape == parameter.shape
        room = torch.empty_like(parameter) if same else torch.empty_like(value, device=parameter.device)
        optimizer.state[parameter][what] = room.detach().copy_(value)


def learning_rate(word: words.Schedule, peak: float, step: int, steps: int) -> float:
    """Give the learning rate of step `step` (from 0) of `steps`; a function of its arguments alone."""
    match word:
        case words.Constant(warmup=warmup):
            return peak * _warm(step, warmup)
        case words.MultiStep(milestones=milestones, gamma=gamma, warmup=warmup):
            return peak * _warm(step, warmup) * gamma ** sum(step >= milestone for milestone in milestones)
        case words.Cosine(warmup=warmup, floor=floor):
            return peak * _warm(step, warmup) * _between(1.0, floor, (step - warmup) / max(1, steps - warmup))
        case words.OneCycle(rise=rise, start=start, floor=floor):
            top = rise * steps - 1  # as torch.optim.lr_scheduler.OneCycleLR counts
            if step <= top:
                return peak * _between(start, 1.0, step / top if top > 0 else 1.0)
            return peak * _between(1.0, floor, (step - top) / max(1.0, steps - 1 - top))


def unreached(word: words.Schedule, steps: int) -> str:
    """Say what of a schedule lies beyond the last of so many steps; "" where nothing does."""
    warmup = 0 if isinstance(word, words.OneCycle) else word.warmup
    if warmup >= steps:
        return f"the warm-up takes {warmup:,} steps, and there are {steps:,}: the rate never gets to its peak"
    late = [mark for mark in word.milestones if mark >= steps] if isinstance(word, words.MultiStep) else []
    if late:
        marks = f"milestone{'' if len(late) == 1 else 's'} {', '.join(map(str, late[:FEW]))}"
        more = f" and {len(late) - FEW} more" if len(late) > FEW else ""
        lie = "lies" if len(late) == 1 else "lie"
        return f"the {marks}{more} of the learning rate {lie} beyond the last of {steps:,} steps"
    return ""


def _warm(step: int, warmup: int) -> float:
    return min(1.0, (step + 1) / (warmup + 1))


def _between(first: float, last: float, share: float) -> float:
    """Go from `first` to `last` along half a cosine; share is clamped to 0..1."""
    share = min(1.0, max(0.0, share))
    return last + (first - last) * (1.0 + math.cos(math.pi * share)) / 2.0
