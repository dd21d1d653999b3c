"""How often cells are read, against an unfolded tensor of indices, and against gradients."""

import pytest
import torch

from convdsl.render.arithmetic.coverage import coverage, coverage_words, uneven
from convdsl.render.arithmetic.sheets import view
from tests.render.arithmetic.layers import Call, calls, said, slide


def written(call: Call) -> list[int]:
    """Return the counts as they are drawn, of a layer that is not cropped."""
    return [int(cell.mark) for cell in coverage(view(slide(call))).cells]


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"),
    [((3, 3), 1, 0, 1), ((3, 3), 2, 1, 1), ((2, 3), 2, 0, 1), ((3, 3), 1, 2, 2), ((1, 1), 2, 0, 1)],
)
def test_coverage_of_a_convolution_counts_what_unfold_reads(
    kernel: tuple[int, int], stride: int, padding: int, dilation: int
) -> None:
    numbers = torch.arange(1, 43, dtype=torch.float64).reshape(1, 1, 6, 7)  # 0 is the padding
    read = torch.nn.functional.unfold(numbers, kernel, dilation, padding, stride).flatten().long()
    wanted = torch.bincount(read, minlength=43)[1:].tolist()
    keywords = {"stride": stride, "padding": padding, "dilation": dilation}
    assert written(("Conv2d", (1, kernel), keywords, (1, 1, 6, 7))) == wanted


WHOLE = [call for call in calls() if "Pool" in call[0] and len(call[3]) == 4 and call[3][2] < 20]  # not cropped


@pytest.mark.parametrize("call", WHOLE, ids=said)
def test_coverage_of_a_pool_counts_how_often_its_mean_reads(call: Call) -> None:
    found = slide(call)
    numbers = torch.zeros(found.before[2:], dtype=torch.float64, requires_grad=True)
    if call[0].startswith("Adaptive"):  # both kinds have the same windows
        pooled = torch.nn.functional.adaptive_avg_pool2d(numbers[None, None], found.after[2:])
        masks = [torch.autograd.grad(one, numbers, retain_graph=True)[0] > 0 for one in pooled.flatten()]
        assert written(call) == torch.stack(masks).sum(0).flatten().tolist()
        return
    kernel, told = [axis.window.kernel for axis in found.axes], found.told
    padded = torch.nn.functional.pad(numbers, (20, 20, 20, 20))
    total = torch.zeros((), dtype=torch.float64)
    for row in range(found.after[2]):
        for column in range(found.after[3]):
            top, left = (
                at * axis.window.stride - axis.window.padding + 20
                for at, axis in zip((row, column), found.axes, strict=True)
            )
            d = told.get("dilation", (1, 1))
            read = padded[top : top + d[0] * kernel[0] : d[0], left : left + d[1] * kernel[1] : d[1]]
            total = total + read[: kernel[0], : kernel[1]].sum()
    total.backward()
    assert numbers.grad is not None
    assert written(call) == numbers.grad.flatten().long().tolist()


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "extra", "is_uneven"),
    [(3, 2, 1, 1, True), (4, 2, 1, 0, False), (2, 2, 0, 0, False), (5, 3, 1, 0, True), (3, 1, 1, 0, False)],
)
def test_coverage_of_a_transposed_convolution_counts_what_it_sums(
    kernel: int, stride: int, padding: int, extra: int, is_uneven: bool
) -> None:
    ones, window = torch.ones(1, 1, 3, 3), torch.ones(1, 1, kernel, kernel)
    sums = torch.nn.functional.conv_transpose2d(ones, window, None, stride, padding, extra)
    call: Call = (
        "ConvTranspose2d",
        (1, kernel),
        {"stride": stride, "padding": padding, "output_padding": extra},
        (1, 1, 3, 3),
    )
    assert written(call) == sums.flatten().long().tolist()
    # Odena et al.: a window that the stride does not divide overlaps unevenly
    assert uneven(slide(call).axes[0]) == is_uneven
    assert ("checkerboard" in coverage_words(view(slide(call)))) == is_uneven


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular", "zeros"])
def test_coverage_of_a_convolution_counts_what_its_padding_copies(mode: str) -> None:
    module = torch.nn.Conv2d(1, 1, 3, padding=2, padding_mode=mode, bias=False)
    torch.nn.init.ones_(module.weight)
    numbers = torch.zeros(1, 1, 4, 5, requires_grad=True)
    module(numbers).sum().backward()
    assert numbers.grad is not None
    call: Call = ("Conv2d", (1, 3), {"padding": 2, "padding_mode": mode}, (1, 1, 4, 5))
    assert written(call) == numbers.grad.flatten().long().tolist()


def test_coverage_words_speak_of_the_whole_map() -> None:
    # 3 x 3 with padding 1: a corner is in 2 * 2 windows, the middle in 9
    call: Call = ("Conv2d", (1, 3), {"padding": 1}, (1, 1, 256, 256))
    assert coverage_words(view(slide(call))) == "Each cell of the input is read 4 to 9 times"
    assert coverage_words(view(slide(("MaxPool2d", (2,), {}, (1, 1, 8, 8))))) == "Each cell of the input is read 1 time"
