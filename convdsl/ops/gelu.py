"""GELU."""

from math import erf, pi, sqrt, tanh
from typing import final

from convdsl.argument import Kind, arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import Pointwise, dipped
from convdsl.ops.plan import arguments
from convdsl.record import dataclass
from convdsl.shape import Shape


def _formula(value: object) -> object:
    if value is None or value == "none":  # the language's `none` is PyTorch's word here
        return "none"
    if value == "tanh":
        return value
    raise ValueError("expected none or tanh")


_FORMULA = Kind("none | tanh", _formula, ("none", "tanh"))
_BOTTOM = -0.7517915246935645  # where the derivative is 0
_BOTTOM_WITH_TANH = -0.7524614220710162


def _with_tanh(x: float) -> float:
    # 1e100 is beyond what matters, and its cube is still a float
    cube = max(min(x, 1e100), -1e100) ** 3
    return 0.5 * x * (1.0 + tanh(sqrt(2.0 / pi) * (x + 0.044715 * cube)))


@final
@dataclass(frozen=True, slots=True)
class GELU(Pointwise):
    """Multiply each number by the share of a normal distribution that lies below it.

    `approximate=tanh` is a cheaper formula, with errors below 0.001. Its least value is -0.17, at -0.75.

    Source: PyTorch, torch.nn.GELU; Hendrycks & Gimpel 2016 (arXiv:1606.08415).
    Formula: x / 2 * (1 + erf(x / sqrt(2)))
    Example: [N, 8, 32, 32] -> GELU() -> [N, 8, 32, 32]
    """

    approximate: str = arg("the formula: none is the exact one", default="none", kind=_FORMULA)

    def values(self, *inputs: Interval) -> Interval:
        if self.approximate == "tanh":
            return dipped(_with_tanh, _BOTTOM_WITH_TANH, inputs[0])
        return dipped(lambda x: x * 0.5 * (1.0 + erf(x / sqrt(2.0))), _BOTTOM, inputs[0])

    def call(self, *inputs: Shape) -> Module:
        told = arguments(self)
        formula = ", approximate='tanh'" if told else ""
        return Module("torch.nn.GELU", told, f"F.gelu({{0}}{formula})")
