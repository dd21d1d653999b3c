"""The losses of a recipe as numbers: each one as torch defines it, and their sum.

A loss whose value needs more than prediction and truth is computed by whoever has the rest, and handed to `add_up`.
"""

from collections import Counter
from collections.abc import Callable, Mapping

from torch import Tensor
from torch.nn import functional

from convdsl import optimization as words
from convdsl.record import dataclass
from convdsl.train import quantised


@dataclass(frozen=True, slots=True)
class Total:
    """What is made small, a scalar, and the terms that it is the sum of, by their names: before they are weighted.

    parts is empty where the recipe names one loss and no sum.
    """

    loss: Tensor
    parts: Mapping[str, Tensor]


def measure(word: words.Loss, prediction: Tensor, target: Tensor, balance: Tensor | None = None) -> Tensor:
    """Compute the mean loss of a batch, in the prediction's precision.

    target: numbers, the indices of classes, or ab for scores of bins. balance: what each bin counts, 1 if none.
    """
    match word:
        case words.MSE():
            return functional.mse_loss(prediction, target)
        case words.L1():
            return functional.l1_loss(prediction, target)
        case words.SmoothL1(beta=beta):
            return functional.smooth_l1_loss(prediction, target, beta=beta)
        case words.Huber(delta=delta):
            return functional.huber_loss(prediction, target, delta=delta)
        case words.CrossEntropy(label_smoothing=share):
            return functional.cross_entropy(prediction, target, label_smoothing=share)
        case words.Adversarial():
            raise ValueError("the discriminator says how large an adversarial loss is")
        case words.RebalancedCrossEntropy():
            return quantised.cross_entropy(word, prediction, target, balance)


def add_up(loss: words.Loss | words.Sum, value: Callable[[words.Loss], Tensor]) -> Total:
    """Add the terms of a loss, each times its weight. value: computes one of them."""
    if not isinstance(loss, words.Sum):
        return Total(value(loss), {})
    parts = {name: value(term.loss) for name, term in zip(names(loss), loss.terms, strict=True)}
    weighted = [term.weight * part for term, part in zip(loss.terms, parts.values(), strict=True)]
    total = weighted[0]
    for one in weighted[1:]:
        total = total + one
    return Total(total, parts)


def names(loss: words.Sum) -> tuple[str, ...]:
    """Name the terms of a sum by their types; those of one type are numbered: `SmoothL1`, `SmoothL1 2`."""
    seen: Counter[str] = Counter()
    out = []
    for term in loss.terms:
        name = type(term.loss).__name__
        seen[name] += 1
        out.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return tuple(out)
