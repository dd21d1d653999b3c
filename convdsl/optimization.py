"""The losses, optimizers and schedules that a recipe may name: plain data, as `torch.nn` and `torch.optim` define them.

Declared by `arg` as operators are; `train/optimize.py` makes the torch objects.
"""

from convdsl.argument import INTS, arg, one_of
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class MSE:
    """Mean of the squared error."""


@dataclass(frozen=True, slots=True)
class L1:
    """Mean of the absolute error."""


@dataclass(frozen=True, slots=True)
class SmoothL1:
    """Squared below `beta`, absolute above, divided by beta below: torch.nn.SmoothL1Loss."""

    beta: float = arg("where the square turns into a line, in units of the output tensor", default=1.0, min=1e-9)


@dataclass(frozen=True, slots=True)
class Huber:
    """SmoothL1 times delta: torch.nn.HuberLoss."""

    delta: float = arg("where the square turns into a line, in units of the output tensor", default=1.0, min=1e-9)


@dataclass(frozen=True, slots=True)
class CrossEntropy:
    """Scores (logits) against the right class: torch.nn.CrossEntropyLoss, which has the softmax in it."""

    label_smoothing: float = arg("share of the truth that is spread over all classes", default=0.0, min=0, max=1)


@dataclass(frozen=True, slots=True)
class Adversarial:
    """How far the `discriminator` is from taking the result for a photograph (arXiv:1406.2661); it learns besides."""

    kind: str = arg(
        "of both networks' losses: bce on logits, or lsgan, squares (arXiv:1611.04076)",
        default="bce",
        kind=one_of("bce", "lsgan"),
    )


@dataclass(frozen=True, slots=True)
class RebalancedCrossEntropy:
    """Scores of ab bins against the true colour, rare colours counting more (arXiv:1603.08511, section 2)."""

    uniform: float = arg(
        "1: all colours count the same; near 0: as rare as they are in the photographs", default=0.5, min=1e-6, max=1
    )
    sigma: float = arg("Gaussian that spreads a colour over its bins, in units of ab", default=5.0, min=1e-3)
    nearest: int = arg("bins that a colour is spread over", default=5, min=1, max=313)


@dataclass(frozen=True, slots=True)
class Adam:
    """Kingma & Ba 2015 (arXiv:1412.6980); decay is added to the gradient."""

    lr: float = arg("learning rate", default=1e-3, min=0)
    beta1: float = arg("decay of the gradient's mean", default=0.9, min=0, max=0.9999999)
    beta2: float = arg("decay of the squared gradient's mean", default=0.999, min=0, max=0.9999999)
    eps: float = arg("added to the root, which may be 0", default=1e-8, min=1e-20)
    weight_decay: float = arg("L2 penalty", default=0.0, min=0)

    @property
    def remembered(self) -> int:
        """How many numbers it remembers of each weight: the mean of the gradient, and of its square."""
        return 2


@dataclass(frozen=True, slots=True)
class AdamW:
    """Loshchilov & Hutter 2019 (arXiv:1711.05101); decay acts on the weights alone."""

    lr: float = arg("learning rate", default=1e-3, min=0)
    beta1: float = arg("decay of the gradient's mean", default=0.9, min=0, max=0.9999999)
    beta2: float = arg("decay of the squared gradient's mean", default=0.999, min=0, max=0.9999999)
    eps: float = arg("added to the root, which may be 0", default=1e-8, min=1e-20)
    weight_decay: float = arg("share of the weight lost a step, times lr", default=1e-2, min=0)

    @property
    def remembered(self) -> int:
        """How many numbers it remembers of each weight: the mean of the gradient, and of its square."""
        return 2


@dataclass(frozen=True, slots=True)
class SGD:
    """Stochastic gradient descent, with momentum if asked for."""

    lr: float = arg("learning rate", default=1e-3, min=0)
    momentum: float = arg("share of the last step that is kept", default=0.0, min=0, max=0.9999999)
    nesterov: bool = arg("look ahead along the momentum", default=False)
    weight_decay: float = arg("L2 penalty", default=0.0, min=0)

    @property
    def remembered(self) -> int:
        """How many numbers it remembers of each weight: the last step, if it has momentum."""
        return 1 if self.momentum else 0


@dataclass(frozen=True, slots=True)
class Constant:
    """The learning rate stays, after a linear warm-up."""

    warmup: int = arg("steps from 0 up to the learning rate", default=0, min=0)


@dataclass(frozen=True, slots=True)
class Cosine:
    """Half a cosine from the learning rate to `floor` times it, after a linear warm-up (arXiv:1608.03983)."""

    warmup: int = arg("steps from 0 up to the learning rate", default=0, min=0)
    floor: float = arg("the last learning rate, as a share of the first", default=0.0, min=0, max=1)


@dataclass(frozen=True, slots=True)
class OneCycle:
    """Cosine up to the learning rate and down again (arXiv:1708.07120), as torch's OneCycleLR."""

    rise: float = arg("share of the steps that go up", default=0.3, min=0, max=1)
    start: float = arg("the first learning rate, as a share of the highest", default=0.04, min=0, max=1)
    floor: float = arg("the last learning rate, as a share of the highest", default=4e-6, min=0, max=1)


@dataclass(frozen=True, slots=True)
class MultiStep:
    """The learning rate is multiplied by `gamma` at each milestone, after a linear warm-up."""

    milestones: tuple[int, ...] = arg("steps at which it drops", kind=INTS, min=1)
    gamma: float = arg("factor", default=0.1, min=0, max=1)
    warmup: int = arg("steps from 0 up to the learning rate", default=0, min=0)


Loss = MSE | L1 | SmoothL1 | Huber | CrossEntropy | Adversarial | RebalancedCrossEntropy


@dataclass(frozen=True, slots=True)
class Term:
    """One loss of a sum, and what it is multiplied by: at least 0."""

    weight: float
    loss: Loss


@dataclass(frozen=True, slots=True)
class Sum:
    """Losses that are made small together: `100 * L1() + 0.5 * MSE()`."""

    terms: tuple[Term, ...]


def terms_of(loss: Loss | Sum) -> tuple[Term, ...]:
    """Return the terms of a sum; a loss alone is one term that counts once."""
    return loss.terms if isinstance(loss, Sum) else (Term(1.0, loss),)


def adversarial(loss: Loss | Sum) -> Adversarial | None:
    """Return the term that a discriminator is needed for, None where there is none."""
    return next((one.loss for one in terms_of(loss) if isinstance(one.loss, Adversarial)), None)


Optimizer = Adam | AdamW | SGD
Schedule = Constant | Cosine | OneCycle | MultiStep
LOSSES: tuple[type, ...] = (MSE, L1, SmoothL1, Huber, CrossEntropy, Adversarial, RebalancedCrossEntropy)
OPTIMIZERS: tuple[type, ...] = (Adam, AdamW, SGD)
SCHEDULES: tuple[type, ...] = (Constant, Cosine, OneCycle, MultiStep)
