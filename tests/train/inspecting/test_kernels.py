"""The windows before and after: which numbers, from where, and the norms of what changed."""

import pytest
import torch
from torch.nn import functional

from convdsl.mistake import MistakeError
from convdsl.record import replace
from convdsl.render.canvas import Picture, flat
from convdsl.train.inspecting.kernels import Kernels, kernels, to_data
from convdsl.train.inspecting.kernels_canvas import canvas
from convdsl.train.inspecting.subject import Subject
from tests.render.canvas_faults import faults
from tests.train.inspecting.setting import put, subject

OUTPUT = "ab: [N, 2, H, W] means ab / 110"
RGB = "input photo: [N, 3, H, W] means RGB"


def trained(network: Subject) -> Subject:
    return replace(network, steps=7)


def test_kernels_at_the_start_are_the_fresh_weights_of_the_seed() -> None:
    network = trained(subject("conv = Conv2d(4, 3, padding=1)", "ab = Conv2d(2, 1)", output=OUTPUT))
    put(network, "conv.weight", 0.5)
    found = kernels(network, "conv")
    fresh = network.job.fresh().state_dict()["conv.weight"].double()
    torch.testing.assert_close(found.before, fresh)
    assert found.after is not None and bool((found.after == 0.5).all())
    for row, (before, after, change) in enumerate(found.norms()):
        wanted = (fresh[row].norm(), 0.5 * 9**0.5, (0.5 - fresh[row]).norm())  # nine weights of 0.5
        assert (before, after, change) == pytest.approx([float(number) for number in wanted])


def test_kernels_of_fresh_weights_have_nothing_to_compare() -> None:
    network = subject("ab = Conv2d(2, 3, padding=1)", output=OUTPUT)
    found = kernels(network, "ab")
    assert found.after is None and to_data(found)["after"] is None
    assert not list(faults(canvas(found)))


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_kernels_of_a_transposed_convolution_are_what_an_input_of_one_writes(groups: int) -> None:
    lines = (
        "a = Conv2d(4, 1)",
        f"up = ConvTranspose2d(8, 3, stride=3, groups={groups}, bias=false)",
        "ab = Conv2d(2, 1)",
    )
    network = subject(*lines, output="ab: [N, 2, 3 * H, 3 * W] means ab / 110")
    found = kernels(network, "up")
    assert found.before.shape == (8, 4 // groups, 3, 3)
    weight = network.module.state_dict()["up.weight"].double()
    for channel in range(4):
        x = torch.zeros(1, 4, 1, 1, dtype=torch.float64)
        x[0, channel] = 1
        written = functional.conv_transpose2d(x, weight, stride=3, groups=groups)[0]  # (8, 3, 3): each window as it is
        group, place = divmod(channel, 4 // groups)
        rows = slice(group * 8 // groups, (group + 1) * 8 // groups)
        torch.testing.assert_close(found.before[rows, place], written[rows])


@pytest.mark.parametrize(
    ("line", "source", "shape"),
    [
        ("conv = Conv2d(60, 3, padding=1)", "input gray: [N, 1, H, W] means L / 100", (60, 1, 3, 3)),
        ("conv = Conv2d(20, 7, padding=3)", RGB, (20, 3, 7, 7)),
        ("conv = Conv2d(30, (3, 1), padding=(1, 0), groups=3)", RGB, (30, 1, 3, 1)),
        ("conv = Conv2d(200, 1)", RGB, (200, 3, 1, 1)),
        ("conv = SpectralNorm(Conv2d(8, 11, padding=5))", RGB, (8, 3, 11, 11)),
    ],
)
def test_canvas_of_windows_of_all_kinds_has_no_fault(line: str, source: str, shape: tuple[int, ...]) -> None:
    network = trained(subject(line, "ab = Conv2d(2, 1)", source=source, output=OUTPUT))
    found = kernels(network, "conv")
    assert found.before.shape == shape
    drawn = canvas(found)
    assert not list(faults(drawn))
    assert found.coloured == (shape[1] == 3)


def test_canvas_of_a_deep_layer_has_rows_of_windows_and_says_what_is_left_out() -> None:
    network = trained(subject("Conv2d(20, 1)", "conv = Conv2d(30, 3, padding=1)", "ab = Conv2d(2, 1)", output=OUTPUT))
    drawn = canvas(kernels(network, "conv"))
    assert not list(faults(drawn))
    assert sum(isinstance(item, Picture) for item in flat(drawn.items)) == 3 * (12 * 8 + 1)
    assert "12 of 30 output channels and 8 of 20 input channels are shown" in drawn.description


@pytest.mark.parametrize(
    ("layer", "said"),
    [("norm", "has no window"), ("cnov", "there is no layer"), ("sobel", "has no window")],
)
def test_kernels_of_what_has_none_say_which_layers_have(layer: str, said: str) -> None:
    lines = ("sobel = Filter2d(sobel_x, padding=1)", "conv = Conv2d(4, 1)", "norm = BatchNorm2d()", "ab = Conv2d(2, 1)")
    with pytest.raises(MistakeError, match=said) as caught:
        kernels(subject(*lines, output=OUTPUT), layer)
    assert "conv" in str(caught.value.way_out)


def test_canvas_of_a_channel_that_there_is_not_says_so() -> None:
    found = kernels(subject("ab = Conv2d(2, 3, padding=1)", output=OUTPUT), "ab")
    with pytest.raises(MistakeError, match="no output channel 2"):
        canvas(found, (0, 2))


def test_kernels_of_a_dense_layer_behind_a_flattened_map_are_laid_on_the_map() -> None:
    lines = (
        "a = Conv2d(3, 1)",
        "Flatten()",
        "Dropout()",
        "code = Linear(5)",
        "back = Linear(2 * 6 * 4)",
        "y = Unflatten(1, (2, 6, 4))",
    )
    network = subject(*lines, source="input x: [N, 1, 6, 4] means L / 100", output="y: [N, 2, 6, 4] means ab")
    found = kernels(network, "code")
    assert found.before.shape == (5, 3, 6, 4)
    weight = network.module.state_dict()["code.weight"].double()
    x = torch.rand(1, 3, 6, 4, dtype=torch.float64)
    torch.testing.assert_close((found.before * x).sum(dim=(1, 2, 3)), functional.linear(x.flatten(1), weight)[0])
    assert not list(faults(canvas(trained_kernels(network, "code"))))
    assert kernels(network, "back").before.shape == (48, 5, 1, 1)  # behind a dense layer there is no map


def test_kernels_of_a_dense_layer_on_the_picture_itself_are_pictures() -> None:
    lines = ("Flatten()", "code = Linear(70)", "Linear(2 * 28 * 28)", "y = Unflatten(1, (2, 28, 28))")
    for source, coloured in (
        ("input x: [N, 1, 28, 28] means L / 100", False),
        ("input x: [N, 3, 28, 28] means RGB", True),
    ):
        found = trained_kernels(subject(*lines, source=source, output="y: [N, 2, 28, 28] means ab"), "code")
        assert found.before.shape[2:] == (28, 28) and found.coloured == coloured
        assert not list(faults(canvas(found)))


def trained_kernels(network: Subject, layer: str) -> Kernels:
    return kernels(trained(network), layer)


def test_kernels_of_a_dense_layer_behind_a_dense_layer_of_as_many_are_no_map() -> None:
    lines = ("Flatten()", "Linear(24)", "code = Linear(5)", "Linear(48)", "y = Unflatten(1, (2, 6, 4))")
    network = subject(*lines, source="input x: [N, 1, 6, 4] means L / 100", output="y: [N, 2, 6, 4] means ab")
    assert kernels(network, "code").before.shape == (5, 24, 1, 1)
