"""The arithmetic of a window as data: what each output reads is what torch's gradients say it reads."""

from xml.etree import ElementTree

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from convdsl.render.arithmetic import arithmetic, line
from convdsl.render.plates import KINDS, SIDES, TALLEST, WIDEST, Cell, Drawing, Face, Sheet, compose
from convdsl.render.plates_svg import paint
from convdsl.render.window import Window
from convdsl.shape import shape_of
from tests.ops.making import make

sizes = st.integers(1, 12)
kernels = st.integers(1, 5)
steps = st.integers(1, 4)


def gradients(x: torch.Tensor, y: torch.Tensor) -> list[set[int]]:
    """Return, for each number of y, the numbers of x that it depends on."""
    rows = [torch.autograd.grad(one, x, retain_graph=True)[0].flatten() for one in y.flatten()]
    return [set(row.nonzero().flatten().tolist()) for row in rows]


def reads(window: Window, size: int) -> list[set[int]]:
    """Return the cells of the input itself that each output reads, counted from its first."""
    axis = line(window, size)
    number = {cell: index for index, cell in enumerate(i for i, kind in enumerate(axis.kinds) if kind == "value")}
    return [{number[cell] for cell in taps if cell in number} for taps in axis.reads]


@given(sizes, kernels, steps, st.integers(0, 4), steps)
def test_line_of_a_convolution_reads_what_torch_reads(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    assume(size + 2 * padding > dilation * (kernel - 1))
    x = torch.ones(1, 1, size, requires_grad=True)
    y = torch.nn.functional.conv1d(x, torch.ones(1, 1, kernel), None, stride, padding, dilation)
    assert reads(Window(kernel, stride, padding, dilation, None), size) == gradients(x, y)


@given(sizes, kernels, steps, st.integers(0, 6), steps, st.integers(0, 3))
def test_line_of_a_transposed_convolution_reads_what_torch_reads(
    size: int, kernel: int, stride: int, padding: int, dilation: int, extra: int
) -> None:
    assume(extra < max(stride, dilation))
    assume((size - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1 >= 1)
    x = torch.ones(1, 1, size, requires_grad=True)
    y = torch.nn.functional.conv_transpose1d(
        x, torch.ones(1, 1, kernel), None, stride, padding, extra, dilation=dilation
    )
    assert reads(Window(kernel, stride, padding, dilation, extra), size) == gradients(x, y)


@given(sizes, kernels, steps, st.integers(0, 2))
def test_line_of_a_pool_that_reaches_over_the_edge_reads_what_torch_reads(
    size: int, kernel: int, stride: int, padding: int
) -> None:
    assume(padding <= kernel // 2 and size + 2 * padding >= kernel)
    x = torch.ones(1, 1, size, requires_grad=True)
    y = torch.nn.functional.avg_pool1d(x, kernel, stride, padding, ceil_mode=True)
    assert reads(Window(kernel, stride, padding, 1, None, ceil=True), size) == gradients(x, y)


def cells(drawing: Drawing, plate: int) -> list[Cell]:
    return list(drawing.plates[plate].face.cells)


def test_arithmetic_of_a_step_that_does_not_divide_marks_the_last_row_and_column_as_unread() -> None:
    found = arithmetic(make("Conv2d", 1, 3, stride=2, padding=1), [shape_of(1, 1, 6, 6)], "conv")
    assert found is not None
    before, after = cells(found, 0), cells(found, 1)
    # 6 + 2 * 1 = 8 cells a side; windows begin at 0, 2 and 4 and end at 6 of 0..7: row and column 7 are left over
    assert [i for i, cell in enumerate(before) if cell.kind == "unread"] == [
        i for i in range(64) if i // 8 == 7 or i % 8 == 7
    ]
    assert [i for i, cell in enumerate(before) if cell.groups == (1,)] == [0, 1, 2, 8, 9, 10, 16, 17, 18]
    assert [i for i, cell in enumerate(after) if cell.groups] == [0, 8]
    assert found.words[-1].text == "(6 + 2 * 1 - 1 * (3 - 1) - 1) // 2 + 1 = 3"


def test_arithmetic_of_a_transposed_window_counts_what_each_output_is_a_sum_of() -> None:
    x = shape_of(1, 1, 3, 3)
    found = arithmetic(make("ConvTranspose2d", 1, 3, stride=2, padding=1, output_padding=1), [x], "up")
    assert found is not None
    ones = torch.ones(1, 1, 3, 3)
    sums = torch.nn.functional.conv_transpose2d(ones, ones, stride=2, padding=1, output_padding=1)
    assert [int(cell.mark) for cell in cells(found, 1)] == sums.flatten().tolist()
    # 3 cells, 2 zeros between, 3 - 1 - 1 = 1 of padding on both sides, 1 of output_padding: 8 a side
    assert [cell.kind for cell in cells(found, 0)[8:16]] == [
        *("added", "value", "zero", "value", "zero", "value", "added", "edge")
    ]


def test_arithmetic_of_an_even_window_that_keeps_the_size_pads_the_far_side() -> None:
    found = arithmetic(make("Conv1d", 1, 4, padding="same"), [shape_of(1, 1, 5)], "same")
    assert found is not None
    # torch pads (4 - 1) // 2 = 1 before and 2 after
    assert [cell.kind for cell in cells(found, 0)] == ["added", *["value"] * 5, "added", "added"]


@pytest.mark.parametrize(
    ("name", "arguments", "shape"),
    [
        ("ReLU", (), (1, 1, 4, 4)),
        ("AdaptiveAvgPool2d", (2,), (1, 1, 5, 5)),
        ("Unfold", (2,), (1, 1, 4, 4)),
        ("Conv2d", (1, 3), (1, 1, 64, 64)),
    ],
)
def test_arithmetic_where_no_window_slides_or_too_many_cells_are_there_is_none(
    name: str, arguments: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    assert arithmetic(make(name, *arguments), [shape_of(*shape)], "none") is None


def test_compose_takes_the_largest_cells_that_fit_and_stays_inside() -> None:
    def drawing(side: int) -> Drawing:
        sheet = Sheet("x", ((Face(side, (Cell(),) * side**2),),))
        return compose("t", [[sheet], [sheet]])

    assert drawing(3).plates[0].side == SIDES[0]
    for side in (8, 20, 40):
        plates = drawing(side).plates
        assert all(plate.x + side * plate.side <= WIDEST + 40 for plate in plates)
        assert sum(side * plate.side for plate in plates[:1]) <= TALLEST


def test_paint_escapes_names_and_says_every_kind_in_words() -> None:
    every = [Cell(kind) for kind in KINDS]
    sheet = Sheet("<x> & \x00", ((Face(len(every), tuple(every)),),), ('"row"',))
    text = paint(compose("<script>", [[sheet]], ["a < b"], ["first & last"]))
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{space}title") == "<script>"
    words = [one.text for one in root.iter(f"{space}text")]
    assert {text for text in KINDS.values() if text} <= set(words)
    assert {"<x> & \ufffd", '"row"', "a < b", "first & last"} <= set(words)
    assert paint(compose("<script>", [[sheet]], ["a < b"], ["first & last"])) == text
