"""Names that count become loops; whatever else reads a name keeps it."""

import pytest
import torch
from torch import nn

import convdsl
from convdsl.lower.counted import counted


def body(*lines: str) -> str:
    return "\n".join(("model M {", *(f"  {line}" for line in lines), "}"))


@pytest.mark.parametrize(
    ("lines", "loop"),
    [
        (("c1 = A(8)", "c2 = A(8)", "c3 = A(8)"), ("for i in range(3) {", '  A(8) as "c{i + 1}"', "}")),
        (("a_0 = A()", "a_1 = A()", "a_2 = A()"), ("for i in range(3) {", '  A() as "a_{i}"', "}")),
        (
            ("c3 = A(8)", "ReLU()", "c4 = A(8)", "ReLU()", "c5 = A(8)", "ReLU()", "c6 = A(9)", "ReLU()"),
            ("for i in range(3) {", '  A(8) as "c{i + 3}"', "  ReLU()", "}", "c6 = A(9)", "ReLU()"),
        ),
    ],
)
def test_names_that_count_become_a_loop(lines: tuple[str, ...], loop: tuple[str, ...]) -> None:
    assert counted(body(*lines)) == body(*loop)


@pytest.mark.parametrize(
    "lines",
    [
        ("c1 = A(8)", "c2 = A(8)"),  # two are no loop
        ("c1 = A(8)", "c2 = A(8)", "c4 = A(8)"),  # they do not count
        ("c1 = A(8)", "c2 = A(9)", "c3 = A(8)"),  # nor are they alike
        ("c1 = A(8)", "c2 = A(8)", "c3 = A(8)", "Add(c2, c3)"),  # a loop's name is that turn's
        ("c08 = A(8)", "c09 = A(8)", "c10 = A(8)"),  # i is written without zeros
        ("c1 = x", "c2 = x", "c3 = x"),
        ("c1 = A() -> B()", "c2 = A() -> B()", "c3 = A() -> B()"),  # groups of two layers
        ("ReLU()", "ReLU()", "ReLU()"),
        ("c1 = A(i)", "c2 = A(i)", "c3 = A(i)"),
    ],
)
def test_names_that_a_loop_would_lose_stay(lines: tuple[str, ...]) -> None:
    assert counted(body(*lines)) == body(*lines)


class Counting(nn.Module):
    """Layers by numbered attributes, one of them read again."""

    def __init__(self) -> None:
        super().__init__()
        for at in range(1, 6):
            setattr(self, f"conv{at}", nn.Conv2d(4, 4, 3, padding=1))
            setattr(self, f"bn{at}", nn.BatchNorm2d(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = x
        for at in range(1, 6):
            x = torch.relu(getattr(self, f"bn{at}")(getattr(self, f"conv{at}")(x)))
            kept = x if at == 5 else kept
        return x + kept


def test_module_with_numbered_attributes_comes_in_as_a_loop_with_the_same_keys() -> None:
    module = Counting().eval()
    text = convdsl.from_pytorch(module, (1, 4, 8, 8)).source.text
    assert 'Conv2d(4, 3, padding=1) as "conv{i + 1}" -> BatchNorm2d() as "bn{i + 1}" -> ReLU()' in text
    again = convdsl.build(text, weights=module.state_dict()).eval()
    x = torch.rand(1, 4, 6, 7)
    assert torch.equal(again(x), module(x))
