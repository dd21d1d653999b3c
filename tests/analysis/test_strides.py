"""Strides of views and what they allow, against PyTorch's own views."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from convdsl.analysis import memory
from convdsl.analysis.strides import lies, regrouped, strides_in_order
from convdsl.graph.graph import Graph
from convdsl.saved import Order
from tests.analysis.runs import Run
from tests.analysis.test_cost import graph_of


@st.composite
def views(draw: st.DrawFn) -> Tensor:
    """Make a tensor of few numbers, permuted and cut."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    view = torch.zeros(sizes).permute(draw(st.permutations(range(len(sizes)))))
    for axis, size in enumerate(view.shape):
        step = draw(st.sampled_from([1, 1, 2]))
        first = draw(st.integers(0, size - 1))
        index = [slice(None)] * view.dim()
        index[axis] = slice(first, None, step)
        view = view[tuple(index)]
    return view


@st.composite
def shapes_of(draw: st.DrawFn, count: int) -> tuple[int, ...]:
    """Split a number into factors, ones among them."""
    found: list[int] = []
    while count > 1:
        found.append(draw(st.sampled_from([d for d in range(2, count + 1) if count % d == 0])))
        count //= found[-1]
    for _ in range(draw(st.integers(0 if found else 1, 2))):
        found.insert(draw(st.integers(0, len(found))), 1)
    return tuple(found)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_view_has_the_strides_that_torch_gives_it_or_none_where_torch_copies(data: st.DataObject) -> None:
    view = data.draw(views())
    new = data.draw(shapes_of(view.numel()))
    ours = regrouped(tuple(view.shape), view.stride(), new)
    try:
        theirs: Tensor | None = view.view(new)
    except RuntimeError as refusal:
        assert "view size is not compatible" in str(refusal)
        theirs = None
    assert (ours is None) == (theirs is None)
    if ours is not None and theirs is not None:
        kept = [axis for axis, count in enumerate(new) if count > 1]  # the stride of a single number says nothing
        assert [ours[axis] for axis in kept] == [theirs.stride(axis) for axis in kept]


@settings(max_examples=200, deadline=None)
@given(views())
def test_view_is_in_order_where_torch_calls_it_contiguous(view: Tensor) -> None:
    shape = tuple(view.shape)
    assert lies(shape, view.stride(), Order.WHOLE) == view.is_contiguous()
    assert lies(shape, strides_in_order(shape), Order.WHOLE)
    if view.dim() == 4:
        either = view.is_contiguous() or view.is_contiguous(memory_format=torch.channels_last)
        assert lies(shape, view.stride(), Order.CHANNELS_LAST) == either


# ------------------------------------------------------------ whole networks


def network(layers: str) -> Graph:
    """Return a convolution to 16 channels and more layers; the output is promised as it comes out."""
    body = f"  y = Conv2d(16, 1) -> {layers}\n  output y"
    shapes = graph_of(body, "[N, 3, 12, 14]").nodes[-1].shapes
    assert shapes is not None
    return graph_of(f"{body}: {shapes[0]}", "[N, 3, 12, 14]")


VIEWS = (
    "Crop(left=1, top=2)",
    "Crop(top=2)",
    "Slice(step=2)",
    "Slice(8, 16, dim=1)",
    "Slice(4, 8, dim=2)",
    "Slice(2, 3, dim=2)",
    "Permute((0, 2, 3, 1))",
    "Permute((0, 3, 1, 2))",
)
READERS = (
    "GroupNorm(2)",
    "InstanceNorm2d()",
    "Linear(5)",
    "BatchNorm2d()",
    "Flatten(2) -> Linear(3)",
    "Flatten() -> Linear(3)",
    "Unflatten(1, (2, -1)) -> Crop(left=1) -> Linear(2)",
)


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("view", VIEWS)
def test_saved_of_views_is_what_a_run_keeps(view: str, batch: int) -> None:
    for reader in READERS:
        graph = network(f"{view} -> {reader}")
        assert memory.saved(graph, {"N": batch}).total == Run(graph, {"N": batch}).saved(), reader


def test_saved_of_a_crop_before_a_group_norm_is_the_copy_and_not_the_original() -> None:
    graph = graph_of(
        "  c = Conv2d(8, 1)\n  y = Crop(left=1, top=2) -> GroupNorm(4)\n  output y: [N, 8, 10, 13]", "[N, 8, 12, 14]"
    )
    # the image of 8 * 12 * 14 for the convolution's weights, a copy of 8 * 10 * 13, mean and deviation of 4 groups
    assert memory.saved(graph, {"N": 1}).total == 4 * (8 * 12 * 14 + 8 * 10 * 13 + 2 * 4) == 9568


def test_saved_of_channels_at_one_image_is_the_original_and_at_two_a_copy() -> None:
    graph = network("Slice(0, 8, dim=1) -> GroupNorm(2)")
    # 3 + 16 planes of 12 * 14 and 2 numbers of 2 groups; of two images the first halves do not lie side by side
    assert memory.saved(graph, {"N": 1}).total == 4 * ((3 + 16) * 168 + 4)
    assert memory.saved(graph, {"N": 2}).total == 4 * (2 * (3 + 8) * 168 + 8)
