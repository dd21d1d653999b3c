"""The corner cases of sizes, one by one, as PyTorch decides them, and the sentences that say so."""

from math import exp, inf, log

import pytest
import torch
from torch import nn

from convdsl.argument import Invalid
from convdsl.compiled import build
from convdsl.op import AnyAtLeast, AtLeast, Divides, Equal, Interval, NotLess, ProductEquals
from convdsl.shape import Product, shape_of
from convdsl.sizes import Size
from convdsl.testing import plans

from .making import make

H, W = Size("H"), Size("W")
INF = inf


def refusal(name: str, *arguments: object, on: tuple[object, ...] = (), **keywords: object) -> Invalid:
    """Make the operator, apply it to shapes, and return what it says."""
    with pytest.raises(Invalid) as caught:
        make(name, *arguments, **keywords).shapes(*on)
    return caught.value


def test_conv_with_a_kernel_larger_than_its_input_is_refused_with_both_numbers() -> None:
    said = refusal("Conv2d", 8, 5, on=(shape_of("N", 3, 4, 9),))
    assert (said.argument, said.code) == ("kernel_size", "E216")
    assert said.message == "a window of 5 pixels does not fit into a height of 4"


def test_conv_with_padding_larger_than_its_kernel_is_taken() -> None:
    # k1 p5 on 2: 2 + 10 - 1 + 1 = 12
    assert make("Conv2d", 1, 1, padding=5).shape(shape_of(1, 1, 2, 2)) == shape_of(1, 1, 12, 12)


@pytest.mark.parametrize(("name", "value"), [("padding", -1), ("stride", 0), ("kernel_size", 0), ("dilation", 0)])
def test_conv_with_a_number_out_of_range_is_refused(name: str, value: int) -> None:
    with pytest.raises(ValueError, match="expected at least"):
        make("Conv2d", 8, **{"kernel_size": 3, name: value})


def test_same_with_an_even_window_puts_the_odd_pixel_at_the_far_side() -> None:
    op = make("Conv2d", 1, 4, padding="same")
    assert op.shape(shape_of("N", 1, "H", "W")) == shape_of("N", 1, "H", "W")
    assert op.axes(shape_of("N", 1, "H", "W"))[0].start == 0.5  # taps at -1, 0, 1, 2


def test_same_with_a_stride_is_refused_and_offers_the_number() -> None:
    said = refusal("Conv2d", 8, 3, stride=2, padding="same")
    assert (said.argument, said.code, said.help) == ("padding", "E212", "give the number: padding=1")


def test_groups_that_do_not_divide_are_refused_with_those_that_do() -> None:
    said = refusal("Conv2d", 8, 3, groups=4, on=(shape_of("N", 30, 9, 9),))
    assert (said.argument, said.code) == ("groups", "E209")
    assert said.message == "30 input channels do not split into 4 groups"
    assert said.help == "groups must divide 30: 1, 2, 3, 5, 6, 10, 15 or 30"


def test_groups_that_do_not_divide_the_outputs_are_refused_before_any_input_is_known() -> None:
    assert refusal("Conv2d", 8, 3, groups=3).message == "8 output channels do not split into 3 groups"


def test_in_channels_when_wrong_is_refused() -> None:
    said = refusal("Conv2d", 8, 3, in_channels=64, on=(shape_of("N", 3, 9, 9),))
    assert (said.argument, said.code) == ("in_channels", "E205")
    assert said.message == "the input has 3 channels, not 64"


@pytest.mark.parametrize(
    ("stride", "dilation", "extra", "taken"), [(2, 1, 2, False), (1, 1, 1, False), (1, 2, 1, True)]
)
def test_output_padding_below_stride_or_dilation_only(stride: int, dilation: int, extra: int, taken: bool) -> None:
    arguments = {"stride": stride, "dilation": dilation, "output_padding": extra}
    if taken:
        make("ConvTranspose2d", 8, 2, **arguments)
    else:
        said = refusal("ConvTranspose2d", 8, 2, **arguments)
        assert (said.argument, said.code) == ("output_padding", "E211")


def test_pool_padding_over_half_the_undilated_kernel_is_refused() -> None:
    said = refusal("MaxPool2d", 3, padding=2, dilation=2)
    assert (said.argument, said.code) == ("padding", "E210")
    assert said.message == "a padding of 2 is more than half of the kernel_size 3"


def test_ceil_mode_on_one_pixel_depends_on_the_window() -> None:
    one = shape_of(1, 1, 1, 1)
    assert make("MaxPool2d", 2, ceil_mode=True).shape(one) == one  # k2 s2: one window over the edge
    assert refusal("MaxPool2d", 3, stride=2, ceil_mode=True, on=(one,)).code == "E216"


@pytest.mark.parametrize("kernel", [2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_ceil_mode_at_every_small_size_is_one_floor(kernel: int, stride: int, padding: int) -> None:
    if padding > kernel // 2:
        return
    op = make("MaxPool1d", kernel, stride=stride, padding=padding, ceil_mode=True)
    theirs = nn.MaxPool1d(kernel, stride, padding, ceil_mode=True)
    (size,) = op.shape(shape_of(1, 1, "L")).spatial
    for length in range(kernel, 40):
        assert size.at(length) == theirs(torch.zeros(1, 1, length)).shape[2]


def test_reflect_needs_more_than_its_padding_and_circular_as_much() -> None:
    x = shape_of("N", 1, "H", "W")
    assert make("Pad", 3, mode="reflect").guards(x) == (AtLeast(H, 4), AtLeast(W, 4))
    assert make("Pad", 3, mode="circular").guards(x) == (AtLeast(H, 3), AtLeast(W, 3))
    assert make("Pad", 3, mode="replicate").guards(x) == ()
    assert make("Conv2d", 1, 3, padding=2, padding_mode="reflect").guards(x) == (AtLeast(H, 3), AtLeast(W, 3))
    assert refusal("Pad", 3, mode="reflect", on=(shape_of("N", 1, 3, 9),)).code == "E213"


def test_pad_with_two_numbers_for_two_axes_is_not_guessed() -> None:
    said = refusal("Pad", (1, 2), on=(shape_of("N", 1, 8, 8),))
    assert said.argument == "padding"
    assert said.message == "2 numbers for 2 spatial axes, and 4 are needed"


def test_norms_of_a_single_value_are_refused() -> None:
    one = shape_of("N", 4, 1, 1)
    assert refusal("InstanceNorm2d", on=(one,)).code == "E214"
    assert refusal("GroupNorm", 4, on=(one,)).code == "E214"
    assert refusal("BatchNorm2d", track_running_stats=False, on=(one,)).code == "E214"
    assert make("GroupNorm", 2).shape(one) == one
    assert make("BatchNorm2d").shape(one) == one
    assert make("InstanceNorm2d", track_running_stats=True).shape(one) == one


def test_norms_of_a_free_axis_and_one_pixel_need_two() -> None:
    assert make("InstanceNorm2d").guards(shape_of("N", 4, "H", 1)) == (AtLeast(H, 2),)
    assert make("InstanceNorm2d").guards(shape_of("N", 4, "H", 2)) == ()


def test_norms_of_two_free_axes_need_two_pixels_along_one_of_them() -> None:
    assert make("InstanceNorm2d").guards(shape_of("N", 4, "H", "W")) == (AnyAtLeast((H, W), 2),)
    assert make("GroupNorm", 4).guards(shape_of("N", 4, "H", "W")) == (AnyAtLeast((H, W), 2),)


def test_add_of_one_against_many_is_refused_unless_asked_for() -> None:
    x, gate = shape_of("N", 8, "H", "W"), shape_of("N", 8, 1, 1)
    said = refusal("Mul", None, None, on=(x, gate))
    assert said.code == "E206"
    assert "broadcast=true" in said.help
    assert make("Mul", None, None, broadcast=True).shape(x, gate) == x
    assert make("Mul", None, None, broadcast=True).shape(gate, x) == x


def test_joins_of_numbers_that_differ_are_refused_with_both() -> None:
    said = refusal("Add", None, None, on=(shape_of("N", 8, 9, 9), shape_of("N", 6, 9, 9)))
    assert (said.code, said.message) == ("E205", "the inputs have 8 and 6 channels")
    assert said.help == "Conv2d(8, 1) on the narrower one gives it as many; Concat stacks them instead"
    said = refusal("Concat", None, None, on=(shape_of("N", 8, 9, 9), shape_of("N", 8, 9, 7)))
    assert (said.code, said.message) == ("E204", "the inputs differ in width: 9 and 7")


def test_joins_of_different_symbols_and_ranks_are_refused() -> None:
    swapped = shape_of("N", 8, "W", "H")
    assert refusal("Add", None, None, on=(shape_of("N", 8, "H", "W"), swapped)).code == "E204"
    assert refusal("Concat", None, None, on=(swapped, shape_of("N", 8))).code == "E204"


def test_joins_of_a_free_and_a_fixed_batch_are_refused() -> None:
    said = refusal("Concat", None, None, on=(shape_of("N", 8, "H", "W"), shape_of(2, 8, "H", "W")))
    assert (said.code, said.message) == ("E204", "the inputs differ in batch: N and 2")


def test_joins_of_one_symbol_prove_equality() -> None:
    x = shape_of("N", 8, "H", "W")
    half = make("MaxPool2d", 2).shape(x)
    back = make("ConvTranspose2d", 8, 2, stride=2).shape(half)
    doubled = H.then(1, 0, 2).then(2, 0)
    assert make("Concat").guards(back, x)[0] == Equal(doubled, H, 2)
    assert make("Concat").guards(x, x) == ()


def test_concat_along_the_height_adds_sizes() -> None:
    x = shape_of("N", 8, "H", "W")
    assert str(make("Concat", None, None, dim=2).shape(x, x)) == "[N, 8, 2 * H, W]"
    assert refusal("Concat", None, None, dim=2, on=(x, shape_of("N", 8, "W", "W"))).argument == "dim"


def test_dense_after_a_free_image_is_refused_with_three_ways_out() -> None:
    flat = make("Flatten").shape(shape_of("N", 512, "H", "W"))
    said = refusal("Linear", 10, on=(flat,))
    assert said.code == "E207"
    assert said.message == "the number of weights depends on the image's size: the input has 512 * H * W numbers"
    assert "AdaptiveAvgPool2d(1)" in said.help


def test_dense_after_a_free_image_with_in_features_finds_the_product() -> None:
    flat = make("Flatten").shape(shape_of("N", 512, "H", "W"))
    op = make("Linear", 10, in_features=25088)
    assert op.guards(flat) == (ProductEquals(Product(512, (H, W)), 25088),)
    assert op.weights(flat) == {"weight": (10, 25088), "bias": (10,)}


def test_dense_macs_count_all_rows() -> None:
    # (2, 10, 20) -> 30: 2 * 10 * 20 * 30
    assert make("Linear", 30).macs(shape_of(2, 10, 20)) == 12000


def test_transposed_macs_count_the_input_size() -> None:
    # N=2, 8 -> 16 channels, 10x10, k4 s2 p1: 2 * 10 * 10 * 8 * 16 * 16
    assert make("ConvTranspose2d", 16, 4, stride=2, padding=1).macs(shape_of(2, 8, 10, 10)) == 409_600
    assert make("Conv2d", 16, 3, padding=1).macs(shape_of(2, 8, 10, 10)) == 230_400


@pytest.mark.parametrize(
    ("factor", "ratio"),
    [(0.5, (1, 2)), (0.7, (7, 10)), (1 / 3, (1, 3)), (2, (2, 1)), (1.15, (23, 20)), (0.29, (29, 100))],
)
def test_upsample_by_a_decimal_is_exact(factor: float, ratio: tuple[int, int]) -> None:
    (size, _) = make("Upsample", scale_factor=factor).shape(shape_of("N", 1, "H", "W")).spatial
    p, q = ratio
    assert all(size.at(x) == p * x // q for x in range(1, 500))


@pytest.mark.parametrize(("factor", "size", "exact"), [(0.7, 90, 63), (0.29, 100, 29)])
def test_upsample_where_floats_fall_short_keeps_the_pixel(factor: float, size: int, exact: int) -> None:
    x = torch.zeros(1, 1, size, 4 * size)
    assert nn.Upsample(scale_factor=factor)(x).shape[2] == exact - 1
    plan = make("Upsample", scale_factor=factor).call(shape_of(*x.shape))
    assert plans.run(plan, (x,)).shape == (1, 1, exact, 4 * exact)


def test_upsample_by_halves_and_whole_numbers_stays_torchs_module() -> None:
    x = shape_of("N", 1, "H", "W")
    for factor in (2, 3, 0.5, 1.5, 0.75, 0.3, 1 / 3, 1.25):
        assert make("Upsample", scale_factor=factor).call(x).target == "torch.nn.Upsample"


def test_upsample_without_or_with_two_goals_is_refused() -> None:
    assert refusal("Upsample").help == "such as scale_factor=2"
    assert refusal("Upsample", size=3, scale_factor=2).argument == "size"
    assert refusal("Upsample", scale_factor=0).argument == "scale_factor"
    said = refusal("Upsample", scale_factor=2, mode="linear", on=(shape_of("N", 1, 4, 4),))
    assert (said.argument, said.help) == ("mode", "use mode=bilinear")


def test_crop_to_a_larger_value_is_refused_or_guarded() -> None:
    x, small = shape_of("N", 1, "H", "W"), shape_of("N", 1, 8, 8)
    op = make("Crop", None, like=1)
    assert op.guards(x, small) == (AtLeast(H, 8), AtLeast(W, 8))
    half = make("MaxPool2d", 2).shape(x)
    assert op.guards(x, half) == (NotLess(H, H.then(1, 0, 2), 2), NotLess(W, W.then(1, 0, 2), 3))
    said = refusal("Crop", None, like=1, on=(small, shape_of("N", 1, 9, 8)))
    assert (said.code, said.message) == ("E204", "a height of 8 cannot be cropped to 9")


def test_crop_and_resize_take_one_value_and_no_number() -> None:
    for name in ("Crop", "Resize"):
        assert refusal(name, None, 2).message == f"{name} does not say what the number 2 is for"
        assert refusal(name, None, None, like=2).message == f"{name} takes one value, and here are 2"


def test_slice_by_two_is_one_expression() -> None:
    x = shape_of("N", 3, "H", "W")
    op = make("Slice", step=2)
    assert op.call(x).template == "{0}[:, :, ::2, ::2]"
    assert str(op.shape(x)) == "[N, 3, (H + 1) // 2, (W + 1) // 2]"


def test_slice_of_the_channels_keeps_the_image() -> None:
    op = make("Slice", 1, dim=1)
    assert op.shape(shape_of("N", 3, "H", "W")) == shape_of("N", 2, "H", "W")
    assert op.call(shape_of("N", 3, "H", "W")).template == "{0}[:, 1:]"


def test_slice_outside_the_image_is_refused_where_python_clips() -> None:
    said = refusal("Slice", 0, 9, on=(shape_of("N", 3, 8, 8),))
    assert said.argument == "stop"
    assert make("Slice", 0, 9).guards(shape_of("N", 3, "H", 12)) == (AtLeast(H, 9),)


def test_chunk_of_a_free_axis_divides_evenly() -> None:
    x = shape_of("N", 4, "H", "W")
    op = make("Chunk", 2, dim=2)
    assert op.guards(x) == (Divides(H, 2),)
    assert op.shapes(x) == (shape_of("N", 4, H.then(1, 0, 2), "W"),) * 2


def test_chunk_into_more_parts_than_there_are_is_refused() -> None:
    said = refusal("Chunk", 4, on=(shape_of("N", 5, 8, 8),))  # ceil(5 / 4) = 2 channels each: three parts
    assert said.message == "5 in parts of 2 are 3 parts, not 4"


def test_unflatten_and_reshape_of_the_wrong_number_are_refused() -> None:
    said = refusal("Unflatten", 1, (8, 4), on=(shape_of("N", 30),))
    assert said.message == "30 numbers cannot become (8, 4), which has 32"
    assert refusal("Reshape", (-1, 7), on=(shape_of("N", 30),)).argument == "sizes"
    assert refusal("Reshape", (-1, -1), on=(shape_of("N", 30),)).argument == "sizes"


def test_max_pool_with_places_gives_two_values_and_unpool_takes_both() -> None:
    x = shape_of("N", 8, "H", "W")
    y, places = make("MaxPool2d", 2, return_indices=True).shapes(x)
    assert str(y) == str(places) == "[N, 8, H // 2, W // 2]"
    back = make("MaxUnpool2d", 2)
    doubled = H.then(1, 0, 2).then(2, 0)
    assert back.guards(y, places)[0] == Equal(doubled, H, 2)  # even sizes only: 5 -> 2 -> 4, as in PyTorch
    assert [back.shape(y, places).at({"H": n, "W": n}).numbers[2] for n in (4, 5)] == [4, 4]
    assert nn.MaxUnpool2d(2)(*nn.MaxPool2d(2, return_indices=True)(torch.zeros(1, 1, 5, 5))).shape == (1, 1, 4, 4)


def test_adaptive_and_fractional_pools_give_their_places_too() -> None:
    x = shape_of("N", 8, 8, 12)
    y, places = make("AdaptiveMaxPool2d", (4, 6), return_indices=True).shapes(x)
    assert make("MaxUnpool2d", 2).shape(y, places) == x
    y, places = make("FractionalMaxPool2d", 2, (4, 6), return_indices=True).shapes(x)
    assert make("MaxUnpool2d", 2).shape(y, places) == x
    said = refusal("MaxUnpool2d", 3, on=(y, places))
    assert said.message == "a height of 8 was pooled, and 12 comes back: the places would be wrong"


def test_unpool_of_an_odd_size_is_refused_and_like_gives_it_back() -> None:
    x = shape_of("N", 8, 5, 4)
    y, places = make("MaxPool2d", 2, return_indices=True).shapes(x)
    said = refusal("MaxUnpool2d", 2, on=(y, places))
    assert said.code == "E204"
    assert said.message == "a height of 5 was pooled, and 4 comes back: the places would be wrong"
    assert make("MaxUnpool2d", 2, like=2).shape(y, places, x) == x


def test_unpool_of_swapped_inputs_is_refused() -> None:
    y, places = make("MaxPool2d", 2, return_indices=True).shapes(shape_of("N", 8, 4, 4))
    assert refusal("MaxUnpool2d", 2, on=(places, y)).message == "the maxima come first, then their places"


@pytest.mark.parametrize("arguments", [{"padding": 1, "dilation": 3}, {"padding": 2, "dilation": 4, "stride": 1}])
def test_max_pool_whose_window_reads_padding_only_is_refused_exactly_there(arguments: dict[str, int]) -> None:
    # such a window gives minus infinity, and its way back writes outside PyTorch's memory
    kernel = 2 * arguments["padding"]
    theirs = nn.MaxPool1d(kernel, **arguments)
    op = make("MaxPool1d", kernel, **arguments)
    for size in range(1, 20):
        try:
            blind = bool(theirs(torch.zeros(1, 1, size)).isneginf().any())
        except RuntimeError:
            continue
        if blind:
            assert refusal("MaxPool1d", kernel, **arguments, on=(shape_of(1, 1, size),)).argument == "dilation"
        else:
            op.shape(shape_of(1, 1, size))


@pytest.mark.parametrize(
    ("name", "arguments", "keywords"),
    [
        ("MaxPool2d", (2,), {"padding": 1, "dilation": 10**12}),
        ("MaxPool2d", (10**12,), {"stride": 1, "padding": 10**11, "dilation": 10**12 - 1}),
        ("Conv2d", (8, 10**12), {"padding": "same"}),
        ("ConvTranspose2d", (8, 10**12), {"stride": 10**6, "dilation": 10**6 + 1}),
        ("AvgPool2d", (10**12,), {}),
        ("AdaptiveAvgPool2d", (10**12,), {}),
        ("PixelUnshuffle", (10**12,), {}),
        ("Unfold", (10**12,), {}),
        ("Upsample", (), {"scale_factor": 2.0**30}),
        ("LPPool2d", (1e-300, 3), {}),
        ("LPPool2d", (1e300, 3), {}),
        ("Softplus", (1e-300,), {}),
        ("ELU", (1e308,), {}),
        ("CELU", (1e-300,), {}),
        ("LocalResponseNorm", (10**12,), {"beta": 1e300}),
        ("Rescaling", (1e308, 1e308), {}),
        ("Pad", (10**15,), {"value": 1e308}),
        ("PadToMultiple", (10**15,), {}),
    ],
)
def test_arguments_of_any_size_are_decided_at_once(
    name: str, arguments: tuple[object, ...], keywords: dict[str, object]
) -> None:
    # a loop over 10**12 places would not end
    op, x = make(name, *arguments, **keywords), shape_of("N", 8, "H", "W")
    op.shapes(x)
    op.guards(x)
    op.axes(x)
    op.unusual(0)
    for low, high in ((-INF, INF), (-1.0, 1.0), (1e308, 1e308), (0.0, 0.0)):
        found = op.values(Interval(low, high))
        assert found.low <= found.high


def test_fold_of_any_size_is_decided_at_once() -> None:
    op = make("Fold", 10**12, 10**12, stride=10**6, padding=10**11)
    assert op.values(Interval(-1.0, 1.0)) == Interval(-(10.0**12), 10.0**12)  # 10**6 windows over each axis


def test_groups_that_do_not_divide_a_huge_number_are_refused_at_once() -> None:
    said = refusal("Conv2d", 10**18, 1, groups=7)
    assert said.help == "groups must divide 1000000000000000000: 1, 2, 4, 5, 8, 10, 16, 20 … 1000000000000000000"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 9])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
def test_average_pool_is_a_filter_of_equal_numbers_while_padding_counts(kernel: int, size: int) -> None:
    x = torch.rand(2, 3, size, size + 1, generator=torch.Generator().manual_seed(0))
    shape = shape_of(*x.shape)
    for stride in (1, 2, 3, 5):
        for padding in range(kernel // 2 + 1):
            mean = make("AvgPool2d", kernel, stride=stride, padding=padding)
            window = make("Filter2d", ((1 / kernel**2,) * kernel,) * kernel, stride=stride, padding=padding)
            if size + 2 * padding < kernel:
                for op in (mean, window):
                    with pytest.raises(Invalid):
                        op.shape(shape)
                continue
            assert mean.shape(shape) == window.shape(shape)
            assert mean.axes(shape) == window.axes(shape)
            torch.testing.assert_close(plans.run(mean.call(shape), (x,)), plans.run(window.call(shape), (x,)))


def test_filter_names_answer_to_edges_and_keep_flat_images() -> None:
    flat, ramp = torch.full((1, 2, 5, 5), 3.0), torch.arange(5.0).expand(1, 2, 5, 5)
    shape = shape_of(*flat.shape)

    def middle(name: str, x: torch.Tensor) -> float:
        return plans.run(make("Filter2d", name, padding=1).call(shape), (x,))[0, 0, 2, 2].item()

    assert [middle(name, flat) for name in ("box", "binomial", "sharpen")] == pytest.approx([3.0, 3.0, 3.0])
    assert [middle(name, flat) for name in ("sobel_x", "sobel_y", "laplacian")] == [0.0, 0.0, 0.0]
    assert middle("sobel_x", ramp) == 8.0  # 4 pairs of columns, 2 apart: (1 + 2 + 1) * 2
    assert middle("sobel_y", ramp) == 0.0
    assert middle("sobel_y", ramp.mT) == 8.0


def test_filter_has_a_buffer_and_no_weights() -> None:
    op, x = make("Filter2d", ((1, 2, 3),)), shape_of("N", 4, "H", "W")
    assert op.weights(x) == {}
    assert op.buffers(x) == {"kernel": (1, 3)}
    with pytest.raises(ValueError, match="all rows of one length"):
        make("Filter2d", ((1, 2), (3,)))
    with pytest.raises(ValueError, match="expected box, binomial"):
        make("Filter2d", "blur")


def test_attention_over_the_batch_is_refused() -> None:
    said = refusal("MultiheadAttention", 8, 2)
    assert (said.argument, said.help) == ("batch_first", "write batch_first=true")


@pytest.mark.parametrize("size", range(2, 20, 2))
def test_pad_on_one_side_is_what_keras_calls_same_with_a_stride(size: int) -> None:
    # TensorFlow's SAME: ceil(size / 2) places, max((places - 1) * 2 + 3 - size, 0) pixels added, the odd one after
    places = -(-size // 2)
    total = max((places - 1) * 2 + 3 - size, 0)
    assert (total // 2, total - total // 2) == (0, 1)
    padded = make("Pad", (0, 1, 0, 1)).shape(shape_of(1, 1, size, size))
    assert make("Conv2d", 1, 3, stride=2).shape(padded) == shape_of(1, 1, places, places)


def test_transposed_convolution_takes_numbers_and_zeros_only() -> None:
    with pytest.raises(ValueError, match="expected an int"):
        make("ConvTranspose2d", 8, 3, padding="same")
    with pytest.raises(ValueError, match="expected zeros"):
        make("ConvTranspose2d", 8, 3, padding_mode="reflect")


def test_transposed_convolution_of_which_nothing_is_left_is_refused() -> None:
    said = refusal("ConvTranspose2d", 8, 2, padding=1, on=(shape_of("N", 1, 1, 9),))
    # (1 - 1) * 1 - 2 + 2 = 0
    assert (said.argument, said.code) == ("padding", "E216")


def test_outputs_of_size_0_are_refused_even_where_torch_gives_an_empty_tensor() -> None:
    x = shape_of("N", 1, 2, 2)
    assert nn.ConstantPad2d(-1, 0.0)(torch.zeros(1, 1, 2, 2)).numel() == 0
    assert refusal("Pad", -1, on=(x,)).code == "E216"
    assert refusal("ConstantPad2d", -1, 0, on=(x,)).code == "E216"
    assert nn.AdaptiveAvgPool2d(0)(torch.zeros(1, 1, 2, 2)).numel() == 0
    with pytest.raises(ValueError, match="expected at least 1"):
        make("AdaptiveAvgPool2d", 0)
    for mode in ("nearest", "bilinear"):
        assert refusal("Upsample", scale_factor=0.25, mode=mode, on=(x,)).code == "E216"


def test_instance_norm_with_the_wrong_number_of_channels_is_refused_where_torch_only_warns() -> None:
    with pytest.warns(UserWarning, match="num_features"):
        nn.InstanceNorm2d(8)(torch.zeros(1, 3, 4, 4))
    said = refusal("InstanceNorm2d", num_features=8, on=(shape_of("N", 3, 4, 4),))
    assert (said.argument, said.code, said.message) == ("num_features", "E205", "the input has 3 channels, not 8")


def test_shuffles_that_do_not_divide_are_refused_with_a_number_that_does() -> None:
    said = refusal("PixelShuffle", 2, on=(shape_of("N", 6, 4, 4),))
    assert (said.code, said.help) == ("E215", "the channels must be a multiple of 4, such as 8")
    said = refusal("PixelUnshuffle", 2, on=(shape_of("N", 6, 4, 5),))
    assert said.message == "a width of 5 does not split into squares of 2 x 2"
    assert make("PixelUnshuffle", 2).guards(shape_of("N", 6, "H", 4)) == (Divides(H, 2),)


def test_pad_to_multiple_takes_any_size_and_crop_to_the_corner_gives_it_back() -> None:
    x = shape_of("N", 3, "H", "W")
    padded = make("PadToMultiple", 8).shape(x)
    assert make("PadToMultiple", 8).guards(x) == ()
    assert [padded.at({"H": n, "W": n}).numbers[2] for n in (1, 8, 9)] == [8, 8, 16]
    back = make("Crop", like=1, anchor="corner")
    assert back.shape(padded, x) == x
    image = torch.rand(1, 3, 5, 11)
    full = plans.run(make("PadToMultiple", 8).call(shape_of(*image.shape)), (image,))
    plan = back.call(shape_of(*full.shape), shape_of(*image.shape))
    assert torch.equal(plans.run(plan, (full, image)), image)


def test_softmax_over_the_batch_is_refused() -> None:
    assert refusal("Softmax", 0, on=(shape_of("N", 3, 8, 8),)).argument == "dim"


def test_a_channel_count_that_is_not_known_is_refused_with_a_way_out() -> None:
    flat = make("Flatten").shape(shape_of("N", 4, "L"))
    assert "fix the input's size" in refusal("BatchNorm1d", on=(flat,)).help


@pytest.mark.parametrize(
    ("name", "arguments", "given", "result"),
    [
        ("ReLU", {}, (-2.0, 3.0), (0.0, 3.0)),
        ("ReLU", {}, (-2.0, -1.0), (0.0, 0.0)),
        ("ReLU6", {}, (-2.0, 9.0), (0.0, 6.0)),
        ("LeakyReLU", {"negative_slope": 0.5}, (-2.0, 3.0), (-1.0, 3.0)),
        ("LeakyReLU", {"negative_slope": -1.0}, (-2.0, 1.0), (0.0, 2.0)),
        ("Sigmoid", {}, (float("-inf"), float("inf")), (0.0, 1.0)),
        ("Tanh", {}, (float("-inf"), float("inf")), (-1.0, 1.0)),
        ("Softmax", {"dim": 1}, (-9.0, 9.0), (0.0, 1.0)),
        ("ELU", {"alpha": 2.0}, (-INF, 3.0), (-2.0, 3.0)),
        ("ELU", {"alpha": -2.0}, (-INF, -1.0), (-2.0 * exp(-1.0) + 2.0, 2.0)),
        ("CELU", {"alpha": 2.0}, (-INF, 3.0), (-2.0, 3.0)),
        ("GELU", {}, (-INF, INF), (-0.16997120747990369, INF)),
        ("SiLU", {}, (-INF, 0.0), (-0.27846454276107379, 0.0)),
        ("Hardswish", {}, (-9.0, 9.0), (-0.375, 9.0)),
        ("Hardswish", {}, (-1.0, 1.0), (-1.0 * 2.0 / 6.0, 1.0 * 4.0 / 6.0)),
        ("Hardsigmoid", {}, (-INF, 0.0), (0.0, 0.5)),
        ("Hardtanh", {"min_val": -2.0}, (-INF, INF), (-2.0, 1.0)),
        ("Hardshrink", {}, (-0.5, 0.75), (0.0, 0.75)),
        ("Softshrink", {}, (-2.0, 0.25), (-1.5, 0.0)),
        ("Softsign", {}, (-INF, 1.0), (-1.0, 0.5)),
        ("Softplus", {}, (-INF, 30.0), (0.0, 30.0)),
        ("Softplus", {"threshold": 0.0}, (-INF, 0.0), (0.0, log(2.0))),
        ("LogSigmoid", {}, (-INF, INF), (-INF, 0.0)),
        ("Tanhshrink", {}, (0.0, INF), (0.0, INF)),
        ("Threshold", {"threshold": 1.0, "value": 5.0}, (0.0, 3.0), (1.0, 5.0)),
        ("RReLU", {"lower": 0.25, "upper": 0.5}, (-4.0, 1.0), (-2.0, 1.0)),
        ("PReLU", {}, (0.0, 1.0), (0.0, 1.0)),
        ("PReLU", {}, (-1.0, 1.0), (-INF, INF)),
        ("GLU", {"dim": 1}, (-2.0, 4.0), (-2.0 / (1 + exp(-4.0)), 4.0 / (1 + exp(-4.0)))),
        ("LogSoftmax", {"dim": 1}, (-9.0, 9.0), (-INF, 0.0)),
        ("Mul", {"operands": (None, 110.0)}, (-1.0, 1.0), (-110.0, 110.0)),
        ("Sub", {"operands": (1.0, None)}, (0.0, 3.0), (-2.0, 1.0)),
        ("Div", {"operands": (None, 2.0)}, (-4.0, 8.0), (-2.0, 4.0)),
        ("AvgPool2d", {"kernel_size": 3, "padding": 1}, (2.0, 3.0), (0.0, 3.0)),
        ("AvgPool2d", {"kernel_size": 3, "padding": 1, "count_include_pad": False}, (2.0, 3.0), (2.0, 3.0)),
        ("MaxPool2d", {"kernel_size": 3, "padding": 1}, (2.0, 3.0), (2.0, 3.0)),
        ("Pad", {"padding": 1, "value": 5.0}, (2.0, 3.0), (2.0, 5.0)),
        ("Upsample", {"scale_factor": 2, "mode": "bilinear"}, (2.0, 3.0), (2.0, 3.0)),
    ],
)
def test_values_of_known_functions_are_exact(
    name: str, arguments: dict[str, object], given: tuple[float, float], result: tuple[float, float]
) -> None:
    found = make(name, **arguments).values(Interval(*given))
    assert (found.low, found.high) == pytest.approx(result, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("SiLU", {}), ("Mish", {}), ("GELU", {}), ("GELU", {"approximate": "tanh"}), ("Hardswish", {})],
)
def test_values_of_functions_with_a_dip_end_where_torch_is_lowest(name: str, arguments: dict[str, object]) -> None:
    everywhere = torch.linspace(-3.0, 0.0, 300_001, dtype=torch.float64)
    lowest = getattr(nn, name)(**arguments)(everywhere).min().item()
    found = make(name, **arguments).values(Interval())
    assert found.low == pytest.approx(lowest, abs=1e-10)
    assert found.high == INF


def test_values_of_learned_layers_are_unbounded() -> None:
    for op in (make("Conv2d", 2, 1), make("BatchNorm2d"), make("Linear", 2)):
        assert op.values(Interval(0.0, 1.0)) == Interval()


def test_unpool_to_a_named_size_where_nothing_would_come_back_unnamed() -> None:
    """(1 - 1) * 4 - 2 * 2 + 4 = 0, and torch takes output_size=3: within one stride of 0."""
    maxima, places = torch.ones(1, 1, 1), torch.zeros(1, 1, 1, dtype=torch.int64)
    theirs = torch.nn.MaxUnpool1d(4, padding=2)(maxima, places, output_size=[1, 1, 3]).shape
    ours = make("MaxUnpool1d", 4, padding=2, like=2).shape(shape_of(1, 1, 1), shape_of(1, 1, 1), shape_of(1, 1, 3))
    assert tuple(theirs) == (1, 1, 3)
    assert ours == shape_of(1, 1, 3)


def test_local_response_norm_when_a_volume_is_permuted_runs_where_torch_refuses_the_view() -> None:
    text = """convdsl 1
model Net {
  input x: [N, 4, D, H, W]
  Permute((0, 1, 4, 3, 2))
  y = LocalResponseNorm(2)
  output y: [N, 4, W, H, D]
}
"""
    x = torch.randn(2, 4, 5, 6, 7)
    turned = x.permute(0, 1, 4, 3, 2)
    with pytest.raises(RuntimeError, match="view size"):
        nn.LocalResponseNorm(2)(turned)
    assert torch.equal(build(text)(x), nn.LocalResponseNorm(2)(turned.contiguous()))
