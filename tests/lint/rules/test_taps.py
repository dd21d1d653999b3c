"""What windows meet (convdsl/lint/taps.py), against the gradients of PyTorch on CPU."""

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from convdsl.lint.taps import landings, residues, unread
from convdsl.traits import Window

SMALL = settings(max_examples=60, deadline=None, derandomize=True)
WINDOWS = st.builds(
    lambda k, s, d, p: Window(k, s, d, p, p),
    st.integers(1, 5),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(0, 5),
)


@SMALL
@given(WINDOWS, st.integers(1, 20))
def test_law_a_tap_lands_as_often_as_its_weight_gets_gradient(window: Window, size: int) -> None:
    assume(size + 2 * window.before >= window.extent)
    weight = torch.ones(1, 1, window.kernel_size, requires_grad=True)
    out = functional.conv1d(torch.ones(1, 1, size), weight, None, window.stride, window.before, window.dilation)
    (gradient,) = torch.autograd.grad(out.sum(), weight)  # of ones: how many windows read a one through this tap
    assert list(landings(window, size, out.shape[2])) == gradient.flatten().int().tolist()


@SMALL
@given(WINDOWS, st.integers(1, 8))
def test_law_a_tap_of_a_transposed_convolution_paints_as_often_as_its_weight_gets_gradient(
    window: Window, size: int
) -> None:
    out_size = (size - 1) * window.stride + window.extent - 2 * window.before
    assume(out_size >= 1)
    weight = torch.ones(1, 1, window.kernel_size, requires_grad=True)
    out = functional.conv_transpose1d(
        torch.ones(1, 1, size), weight, None, window.stride, window.before, 0, 1, window.dilation
    )
    (gradient,) = torch.autograd.grad(out.sum(), weight)
    assert list(landings(window, out_size, size)) == gradient.flatten().int().tolist()


@SMALL
@given(WINDOWS, st.integers(1, 30))
def test_law_pixels_behind_the_last_one_that_has_gradient_are_unread(window: Window, size: int) -> None:
    assume(size + 2 * window.before >= window.extent and window.before < window.extent)
    image = torch.ones(1, 1, size, requires_grad=True)
    weight = torch.ones(1, 1, window.kernel_size)
    out = functional.conv1d(image, weight, None, window.stride, window.before, window.dilation)
    # a window whose last tap is inside ends where that tap is; padding far larger than the map is another matter
    last = (out.shape[2] - 1) * window.stride - window.before + window.extent - 1
    assume(last >= 0)
    (gradient,) = torch.autograd.grad(out.sum(), image)
    read = [at for at, number in enumerate(gradient.flatten().tolist()) if number]
    assert unread(window, size, out.shape[2]) == (size - 1 - read[-1] if last < size else 0)


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation", "left_out"),
    [(1, 2, 1, 1), (2, 3, 1, 1), (3, 2, 2, 1), (3, 2, 1, 0), (3, 3, 2, 0), (4, 4, 2, 2)],
)
def test_residues_when_compared_with_gradients_are_the_phases_that_are_read(
    kernel: int, stride: int, dilation: int, left_out: int
) -> None:
    size = 20 * stride
    image = torch.ones(1, 1, size, requires_grad=True)
    out = functional.conv1d(image, torch.ones(1, 1, kernel), None, stride, 0, dilation)
    (gradient,) = torch.autograd.grad(out.sum(), image)
    inside = gradient.flatten()[8 * stride : 12 * stride].reshape(4, stride)  # four whole periods in the middle
    phases = (inside != 0).any(0).sum().item()
    assert residues(Window(kernel, stride, dilation)) == phases == stride - left_out
