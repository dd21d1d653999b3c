"""Losses, optimizers and schedules. Made by `python -m convdsl.builder.stub`."""

from collections.abc import Sequence
from typing import Literal

from convdsl.builder.line import Call

def MSE() -> Call:
    """Mean of the squared error."""

def L1() -> Call:
    """Mean of the absolute error."""

def SmoothL1(
    beta: float = 1.0,
) -> Call:
    """Squared below `beta`, absolute above, divided by beta below: torch.nn.SmoothL1Loss.

    beta: where the square turns into a line, in units of the output tensor
    """

def Huber(
    delta: float = 1.0,
) -> Call:
    """SmoothL1 times delta: torch.nn.HuberLoss.

    delta: where the square turns into a line, in units of the output tensor
    """

def CrossEntropy(
    label_smoothing: float = 0.0,
) -> Call:
    """Scores (logits) against the right class: torch.nn.CrossEntropyLoss, which has the softmax in it.

    label_smoothing: share of the truth that is spread over all classes
    """

def Adversarial(
    kind: Literal["bce", "lsgan"] = "bce",
) -> Call:
    """How far the `discriminator` is from taking the result for a photograph (arXiv:1406.2661); it learns besides.

    kind: of both networks' losses: bce on logits, or lsgan, squares (arXiv:1611.04076)
    """

def RebalancedCrossEntropy(
    uniform: float = 0.5,
    sigma: float = 5.0,
    nearest: int = 5,
) -> Call:
    """Scores of ab bins against the true colour, rare colours counting more (arXiv:1603.08511, section 2).

    uniform: 1: all colours count the same; near 0: as rare as they are in the photographs
    sigma: Gaussian that spreads a colour over its bins, in units of ab
    nearest: bins that a colour is spread over
    """

def Adam(
    lr: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    weight_decay: float = 0.0,
) -> Call:
    """Kingma & Ba 2015 (arXiv:1412.6980); decay is added to the gradient.

    lr: learning rate
    beta1: decay of the gradient's mean
    beta2: decay of the squared gradient's mean
    eps: added to the root, which may be 0
    weight_decay: L2 penalty
    """

def AdamW(
    lr: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    weight_decay: float = 0.01,
) -> Call:
    """Loshchilov & Hutter 2019 (arXiv:1711.05101); decay acts on the weights alone.

    lr: learning rate
    beta1: decay of the gradient's mean
    beta2: decay of the squared gradient's mean
    eps: added to the root, which may be 0
    weight_decay: share of the weight lost a step, times lr
    """

def SGD(
    lr: float = 0.001,
    momentum: float = 0.0,
    nesterov: bool = False,
    weight_decay: float = 0.0,
) -> Call:
    """Stochastic gradient descent, with momentum if asked for.

    lr: learning rate
    momentum: share of the last step that is kept
    nesterov: look ahead along the momentum
    weight_decay: L2 penalty
    """

def Constant(
    warmup: int = 0,
) -> Call:
    """The learning rate stays, after a linear warm-up.

    warmup: steps from 0 up to the learning rate
    """

def Cosine(
    warmup: int = 0,
    floor: float = 0.0,
) -> Call:
    """Half a cosine from the learning rate to `floor` times it, after a linear warm-up (arXiv:1608.03983).

    warmup: steps from 0 up to the learning rate
    floor: the last learning rate, as a share of the first
    """

def OneCycle(
    rise: float = 0.3,
    start: float = 0.04,
    floor: float = 4e-06,
) -> Call:
    """Cosine up to the learning rate and down again (arXiv:1708.07120), as torch's OneCycleLR.

    rise: share of the steps that go up
    start: the first learning rate, as a share of the highest
    floor: the last learning rate, as a share of the highest
    """

def MultiStep(
    milestones: Sequence[int],
    gamma: float = 0.1,
    warmup: int = 0,
) -> Call:
    """The learning rate is multiplied by `gamma` at each milestone, after a linear warm-up.

    milestones: steps at which it drops
    gamma: factor
    warmup: steps from 0 up to the learning rate
    """
