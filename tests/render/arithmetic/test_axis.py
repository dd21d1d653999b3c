"""A window along one axis: what each output reads is what torch's gradients say it reads."""

import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convdsl.render.arithmetic.axis import WIDE, cut, lay
from convdsl.render.window import Window

sizes = st.integers(1, 12)
kernels = st.integers(1, 5)
steps = st.integers(1, 4)


def gradients(x: torch.Tensor, y: torch.Tensor) -> list[set[int]]:
    """Return, for each number of y, the numbers of x that it depends on."""
    rows = [torch.autograd.grad(one, x, retain_graph=True)[0].flatten() for one in y.flatten()]
    return [set(row.nonzero().flatten().tolist()) for row in rows]


def reads(window: Window, size: int) -> list[set[int]]:
    """Return the cells of the input itself that each output reads, counted from its first."""
    axis = lay(window, size)
    number = {cell: index for index, cell in enumerate(i for i, kind in enumerate(axis.kinds) if kind == "value")}
    return [{number[cell] for cell in taps if cell in number} for taps in axis.reads]


@settings(deadline=None)
@given(sizes, kernels, steps, st.integers(0, 4), steps)
def test_line_of_a_convolution_reads_what_torch_reads(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    assume(size + 2 * padding > dilation * (kernel - 1))
    x = torch.ones(1, 1, size, requires_grad=True)
    y = torch.nn.functional.conv1d(x, torch.ones(1, 1, kernel), None, stride, padding, dilation)
    assert reads(Window(kernel, stride, padding, dilation, None), size) == gradients(x, y)


@settings(deadline=None)
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


@settings(deadline=None)
@given(sizes, kernels, steps, st.integers(0, 2))
def test_line_of_a_pool_that_reaches_over_the_edge_reads_what_torch_reads(
    size: int, kernel: int, stride: int, padding: int
) -> None:
    assume(padding <= kernel // 2 and size + 2 * padding >= kernel)
    x = torch.ones(1, 1, size, requires_grad=True)
    y = torch.nn.functional.avg_pool1d(x, kernel, stride, padding, ceil_mode=True)
    assert reads(Window(kernel, stride, padding, 1, None, ceil=True), size) == gradients(x, y)


def test_lay_of_a_step_that_does_not_divide_leaves_the_last_cell_unread() -> None:
    axis = lay(Window(3, 2, 1, 1, None), 6)
    # 6 + 2 * 1 = 8 cells: windows begin at 0, 2 and 4 and end at 6 of 0..7
    assert axis.times == (1, 1, 2, 1, 2, 1, 1, 0)
    assert axis.rest == 1


def test_lay_of_a_transposed_window_puts_zeros_between_and_an_edge_behind() -> None:
    # 3 cells, 2 zeros between, 3 - 1 - 1 = 1 of padding on both sides, 1 of output_padding: 8
    kinds = lay(Window(3, 2, 1, 1, 1), 3).kinds
    assert kinds == ("added", "value", "zero", "value", "zero", "value", "added", "edge")


def test_lay_of_an_even_window_that_keeps_the_size_pads_the_far_side() -> None:
    # torch pads (4 - 1) // 2 = 1 before and 2 after
    axis = lay(Window(4, 1, 1, 1, None, odd=True), 5)
    assert axis.kinds == ("added", *["value"] * 5, "added", "added")


axes = st.builds(
    lambda size, kernel, stride, padding, dilation, extra: (
        size,
        Window(kernel, stride, padding, dilation, None if extra is None else min(extra, max(stride, dilation) - 1)),
    ),
    *(st.integers(1, 200), st.integers(1, 30), steps, st.integers(0, 20), steps),
    st.none() | st.integers(0, 2),
)


@settings(deadline=None)
@given(axes, st.integers(4, 26))
def test_cut_draws_the_ends_the_steps_and_what_they_read(case: tuple[int, Window], room: int) -> None:
    size, window = case
    assume(window.steps(size)[2] >= 1)
    axis = lay(window, size)
    found = cut(axis, room)
    cells, outputs = set(found.cells), set(found.outputs)
    assert list(found.cells) == sorted(cells) and list(found.outputs) == sorted(outputs)
    assert {0, len(axis.kinds) - 1} <= cells <= set(range(len(axis.kinds)))
    assert {0, axis.count - 1} <= set(found.steps) <= outputs <= set(range(axis.count))
    for step in found.steps:
        taps = axis.reads[step]
        assert {taps[0], taps[-1]} <= cells
        assert len(taps) > WIDE or set(taps) <= cells
    if len(axis.kinds) <= room and axis.count <= room:
        assert len(cells) == len(axis.kinds) and len(outputs) == axis.count


@settings(deadline=None)
@given(axes, st.integers(4, 26), st.data())
def test_cut_draws_an_output_that_is_asked_for(case: tuple[int, Window], room: int, data: st.DataObject) -> None:
    size, window = case
    assume(window.steps(size)[2] >= 1)
    axis = lay(window, size)
    shown = data.draw(st.integers(0, axis.count - 1))
    found = cut(axis, room, shown)
    assert shown in found.outputs
    assert {axis.reads[shown][0], axis.reads[shown][-1]} <= set(found.cells)
