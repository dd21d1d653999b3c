"""The numbers in pictures are those that PyTorch computes."""

import re
import warnings
from itertools import product
from math import prod

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convdsl.op import Expression, Module
from convdsl.render.arithmetic.dense import dense_of
from convdsl.render.arithmetic.numbers import Numbers, made_up, number_text
from convdsl.render.arithmetic.sheets import view
from convdsl.render.arithmetic.slide import Slide, slide_of
from convdsl.render.arithmetic.strip import sum_text
from convdsl.shape import shape_of
from tests.ops.making import make
from tests.render.arithmetic.layers import Call, calls, said, slide


def tensors(found: Slide) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """Return input, weight and bias as PyTorch takes them; what a picture leaves open is random."""
    numbers = Numbers(found)
    x = torch.zeros(found.before, dtype=torch.float64)
    for channel in range(numbers.channels):
        for place in product(*map(range, found.before[2:])):
            x[(0, channel, *place)] = numbers.input(channel, place)
    kernel = tuple(axis.window.kernel for axis in found.axes)
    outputs = found.after[1]
    if found.transposed:
        weight = torch.randn(found.before[1], outputs // found.groups, *kernel, dtype=torch.float64)
    else:
        weight = torch.randn(outputs, found.fanned, *kernel, dtype=torch.float64)
    for channel in range(found.fanned):
        for tap in product(*map(range, kernel)):
            place = (channel, 0, *tap) if found.transposed else (0, channel, *tap)
            weight[place] = float(numbers.weight(channel, tap))
    bias = None
    if found.told.get("bias"):
        bias = torch.randn(outputs, dtype=torch.float64)
        bias[0] = numbers.bias
    return x, weight, bias


def by_torch(call: Call, found: Slide) -> torch.Tensor:
    """Run the layer as its own plan says, with the weights of the picture."""
    name, arguments, keywords, shape = call
    x, weight, bias = tensors(found)
    plan = make(name, *arguments, **keywords).call(shape_of(*shape))
    assert isinstance(plan, Module) and not isinstance(plan, Expression)
    if plan.helper:  # Filter2d is a convolution of each channel by itself
        told = dict(plan.arguments)
        rows = torch.tensor(told.pop("kernel"), dtype=torch.float64)
        more = {key: value for key, value in told.items() if key in ("stride", "padding", "dilation")}
        return torch.nn.functional.conv2d(x, rows.expand(x.shape[1], 1, *rows.shape), None, groups=x.shape[1], **more)
    module = getattr(torch.nn, plan.target.rpartition(".")[2])(**dict(plan.arguments)).double()
    with torch.no_grad():
        if hasattr(module, "weight"):
            module.weight.copy_(weight)
            if bias is not None:
                module.bias.copy_(bias)
        with warnings.catch_warnings():  # of `same` with an even window torch says that it copies
            warnings.simplefilter("ignore")
            return module(x)


def agree(found: Slide, wanted: torch.Tensor) -> None:
    """Compare channel 0 in full where it is small, else at its corners and edges."""
    numbers, sizes = Numbers(found), found.after[2:]
    whole = prod(sizes) <= 200
    for place in product(*(range(size) if whole else sorted({0, 1, 2, size - 2, size - 1}) for size in sizes)):
        assert float(numbers.output(place)) == pytest.approx(float(wanted[(0, 0, *place)]), rel=1e-9, abs=1e-9), place


@pytest.mark.parametrize("call", list(calls()), ids=said)
def test_output_of_every_kind_of_layer_is_torchs(call: Call) -> None:
    found = slide(call)
    agree(found, by_torch(call, found))


small = st.integers(1, 4)


@settings(deadline=None)
@given(st.tuples(small, small), st.tuples(small, small), st.tuples(small, small), st.integers(0, 3), st.data())
def test_output_of_any_convolution_is_torchs(
    kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int], padding: int, data: st.DataObject
) -> None:
    size = data.draw(st.tuples(st.integers(1, 7), st.integers(1, 7)))
    assume(all(s + 2 * padding > d * (k - 1) for s, d, k in zip(size, dilation, kernel, strict=True)))
    groups, fanned = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 5))
    keywords = {"stride": stride, "dilation": dilation, "padding": padding, "groups": groups}
    call: Call = ("Conv2d", (groups, kernel), keywords, (1, groups * fanned, *size))
    agree(slide(call), by_torch(call, slide(call)))


@settings(deadline=None)
@given(st.tuples(small, small), st.tuples(small, small), st.tuples(small, small), st.integers(0, 3), st.data())
def test_output_of_any_transposed_convolution_is_torchs(
    kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int], padding: int, data: st.DataObject
) -> None:
    size = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    extra = data.draw(st.integers(0, max(0, min(max(s, d) for s, d in zip(stride, dilation, strict=True)) - 1)))
    grown = zip(size, stride, dilation, kernel, strict=True)
    assume(all((n - 1) * s - 2 * padding + d * (k - 1) + extra + 1 >= 1 for n, s, d, k in grown))
    keywords = {"stride": stride, "padding": padding, "output_padding": extra, "dilation": dilation}
    call: Call = ("ConvTranspose2d", (1, kernel), keywords, (1, 2, *size))
    agree(slide(call), by_torch(call, slide(call)))


@pytest.mark.parametrize(("count", "bias"), [(6, True), (6, False), (300, True)])
def test_output_of_a_dense_layer_is_torchs(count: int, bias: bool) -> None:
    found = dense_of(make("Linear", 4, bias=bias), [shape_of(1, count)])
    assert found is not None
    x = torch.tensor([float(found.input(index)) for index in range(count)])
    weight = torch.tensor([[float(found.weight(output, index)) for index in range(count)] for output in range(4)])
    added = torch.tensor([float(found.added(output)) for output in range(4)])
    wanted = torch.nn.functional.linear(x, weight, added if bias else None)
    assert [float(found.output(output)) for output in range(4)] == wanted.tolist()


def test_made_up_numbers_stay_within_their_ends_and_take_all_values() -> None:
    found = {made_up("input", row, column, low=-1, high=2) for row in range(8) for column in range(8)}
    assert found == {-1, 0, 1, 2}
    assert made_up("input", 3, 4, low=0, high=4) == made_up("input", 3, 4, low=0, high=4)


def test_number_text_is_short() -> None:
    ninth = Numbers(slide(("Filter2d", ("box",), {}, (1, 1, 4, 4)))).weight(0, (0, 0))
    assert number_text(ninth) == "1/9"
    assert [number_text(number) for number in (2.5, -3.0, 1 / 3, 7.0, -0.001)] == ["2.5", "−3", "0.33", "7", "0"]


def test_slide_where_no_window_slides_is_none() -> None:
    for name, arguments, shape in (
        ("ReLU", (), (1, 1, 4, 4)),
        ("Unfold", (2,), (1, 1, 4, 4)),
        ("Linear", (3,), (1, 4)),
    ):
        assert slide_of(make(name, *arguments), [shape_of(*shape)]) is None


@pytest.mark.parametrize(
    ("call", "step", "written"),
    [
        # torch: the mean of the two squares inside, times the three cells of the window
        (
            ("LPPool1d", (2, 3), {"ceil_mode": True, "stride": 2}, (1, 1, 8)),
            (3,),
            r"\(\(\d\^2 \+ \d\^2\) / 2 \* 3\)\^\(1/2\)",
        ),
        (("AvgPool2d", (3, 2), {"padding": 1, "ceil_mode": True}, (1, 1, 6, 6)), (3, 3), r"\(\d \+ 0 \+ 0 \+ 0\) / 4"),
        (
            ("AvgPool2d", (3, 2), {"padding": 1, "count_include_pad": False}, (1, 1, 6, 6)),
            (0, 0),
            r"(\S \+ ){3}\d\) / 4",
        ),
        (("MaxPool2d", (3, 2), {"padding": 1}, (1, 1, 6, 6)), (0, 0), r"max\(\d, \d, \d, \d\)"),
        (("ConvTranspose1d", (1, 3), {"stride": 2, "bias": False}, (1, 1, 3)), (1,), r"\d·\(?\S+\)?"),
    ],
)
def test_sum_text_writes_what_is_counted(call: Call, step: tuple[int, ...], written: str) -> None:
    text = sum_text(view(slide(call), numbers=True), step)
    assert re.search(f"^.*{written} = ", text), text
