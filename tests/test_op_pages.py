"""What the pages of layers say beyond the docstrings: formulas, what is refused, and what is read."""

import math
import re
from pathlib import Path

import pytest
import torch

from convdsl.analysis.effective import arguments
from convdsl.ops import catalogue
from docs import op_refusals, reading
from docs.op_example import analysis, layer, page
from docs.op_formulas import formulas
from docs.op_pictures import picture
from docs.op_refusals import refusals


@pytest.mark.parametrize(
    ("name", "what", "formula"),
    [
        # torch.nn.Conv2d, "Variables": (out_channels, in_channels / groups, kernel_size[0], kernel_size[1])
        ("Conv2d", "`weight`", "`out_channels * (C // groups) * kernel_size[0] * kernel_size[1]`"),
        # torch.nn.ConvTranspose2d: (in_channels, out_channels / groups, kernel_size[0], kernel_size[1])
        ("ConvTranspose2d", "`weight`", "`C * (out_channels // groups) * kernel_size[0] * kernel_size[1]`"),
        # torch.nn.Linear: (out_features, in_features)
        ("Linear", "`weight`", "`out_features * C`"),
        ("Linear", "MACs", "numbers of the output, times `C`"),
        # torch.nn.MultiheadAttention: three projections, stacked
        ("MultiheadAttention", "weight `in_proj_bias`", "`3 * embed_dim`"),
        # torch.nn.LayerNorm: weight of normalized_shape
        ("LayerNorm", "`weight`", "`normalized_shape`"),
        # torch.nn.PixelShuffle, "Shape": C / r², H * r, W * r
        ("PixelShuffle", "output", "`[N, C // upscale_factor², H * upscale_factor, W * upscale_factor]`"),
        # torch.nn.ReflectionPad1d, "Shape": W + padding_left + padding_right
        ("ReflectionPad1d", "output", "`[N, C, L + padding[0] + padding[1]]`"),
        # torch.nn.AvgPool2d, "Shape": (H + 2 * padding - kernel_size) / stride + 1; torch.nn.LPPool2d: without padding
        ("AvgPool2d", "size", "`(size + 2 * padding - kernel_size) // stride + 1`"),
        ("LPPool2d", "size", "`(size - kernel_size) // stride + 1`"),
        # torch.nn.AvgPool2d: windows that would start in the right padded region are ignored
        (
            "AvgPool2d",
            "size with `ceil_mode`",
            "`ceil((size + 2 * padding - kernel_size) / stride) + 1`, less 1 where the last window would begin behind "
            "the image",
        ),
        # torch.nn.Upsample, "Shape": floor(H * scale_factor)
        ("Upsample", "output", "`[N, C, H * scale_factor, W * scale_factor]`"),
        ("Concat", "output", "`[N, C of a + C of b, H of a, W of a]`"),
    ],
)
def test_formula_of_a_layer_is_pytorchs(name: str, what: str, formula: str) -> None:
    assert dict(formulas(page(name)))[what] == formula


@pytest.mark.parametrize("name", catalogue.names())
def test_formula_of_a_size_names_parameters_of_the_layer_only(name: str) -> None:
    one = page(name)
    op = layer(analysis(one)).op
    assert op is not None
    known = {"size", "ceil", *arguments(op)}
    known |= {"kernel_size"} if "kernel" in known else set()  # of rows that are written out
    told = [formula.split("`")[1] for what, formula in formulas(one) if what.startswith("size")]
    assert not {word for text in told for word in re.findall("[a-z_]+", text)} - known


ROOT = Path(__file__).parent.parent
POINTWISE = [name for name in catalogue.names() if page(name).op.category == "activation"]


@pytest.mark.parametrize("name", [name for name in POINTWISE if not re.search(r" of | half", page(name).formula)])
def test_formula_of_an_activation_gives_torchs_numbers(name: str) -> None:
    example = page(name)
    graph = analysis(example).graph
    assert graph is not None
    run = reading.prepare(graph, 1, training=False, initial=True)
    xs = torch.linspace(-8, 8, 8 * 32 * 32, dtype=torch.float64)
    found = run.forward([xs.reshape(run.shapes[0])])[0].flatten().tolist()
    op = layer(analysis(example)).op
    # torch.nn.PReLU begins with a slope of 1 / 4; torch.nn.RReLU takes the middle of 1 / 8 and 1 / 3 in evaluation
    names = {**vars(math), **arguments(op), "weight": 0.25, "slope": (1 / 8 + 1 / 3) / 2}
    wanted = [eval(example.formula, names, {"x": x}) for x in xs[::32].tolist()]
    assert found[::32] == pytest.approx(wanted, rel=1e-4, abs=1e-9)


def test_formula_where_several_names_would_do_says_none() -> None:
    # Reshape((256, 4, 4)): the last two sizes are equal, and none can change alone
    assert "output" not in dict(formulas(page("Reshape")))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("MaxPool2d", "a padding of 2 is more than half of the kernel_size 2"),
        ("ConvTranspose2d", "an output_padding of 2 is not below the larger of stride 2 and dilation 1"),
        ("Conv2d", "3 input channels do not split into 2 groups"),
        ("Conv2d", "8 output channels do not split into 3 groups"),
        ("PixelUnshuffle", "a height of 32 does not split into squares of 3 x 3"),
        ("MaxUnpool2d", "a padding of 2 is more than half of the kernel_size 2"),
    ],
)
def test_refusals_of_a_layer_hold_the_relation(name: str, message: str) -> None:
    assert message in {refusal.message for refusal in refusals(page(name))}


@pytest.mark.parametrize("name", catalogue.names())
def test_refusals_of_a_layer_are_few_and_say_each_thing_once(name: str) -> None:
    found = refusals(page(name))
    messages = [op_refusals.alike(refusal.message) for refusal in found]
    assert len(messages) == len(set(messages)) <= 12
    assert all(refusal.way_out for refusal in found)


def run_of(name: str, *, training: bool = False) -> reading.Run:
    example = page(name)
    graph = analysis(example, example.drawn[0]).graph
    assert graph is not None
    return reading.prepare(graph, 2 if training else 1, training=training)


def test_copies_of_a_layer_that_moves_numbers_names_where_they_come_from() -> None:
    (found,) = reading.copies(run_of("PixelShuffle")) or ()
    # channel 0 holds the top left pixels of all squares: 3 x 3 input cells on every second of 6 x 6
    assert [found[i] for i in (0, 2, 4, 12)] == [(0, 0), (0, 1), (0, 2), (0, 3)]
    assert reading.copies(run_of("AdaptiveAvgPool2d")) is None
    assert reading.copies(run_of("AdaptiveMaxPool2d")) is None  # which number is the largest is no matter of places


def test_reads_of_a_norm_are_its_group_in_each_image() -> None:
    (cells,) = reading.reads(run_of("GroupNorm", training=True))
    # [2, 6, 2, 3] in 3 groups: 2 channels of 6 numbers, 12 in a row
    assert cells[0] == {(0, i) for i in range(12)}
    assert cells[-1] == {(0, i) for i in range(60, 72)}


def test_parts_of_a_dropout_of_channels_are_channels() -> None:
    # [2, 4, 3, 3]: 8 channels of 9
    assert reading.parts(run_of("Dropout2d", training=True)) == [i // 9 for i in range(72)]


def test_curve_of_a_function_that_jumps_has_a_gap() -> None:
    example = analysis(page("Hardshrink"))
    assert picture(example, layer(example), "").count("<polyline") == 3


@pytest.mark.parametrize(
    ("name", "captions"),
    [
        # [1, 5, 4] in 2 heads: 4 / 2 = 2 numbers a head
        ("MultiheadAttention", ["queries 5×2, head 1 of 2", "keys 5×2", "values 5×2", "shares 5×5"]),
        # [1, 4, 2, 3] with reduction 2: 2 * 3 = 6 pixels, 4 / 2 = 2 channels of queries, values keep 4
        ("SelfAttention2d", ["queries 6×2", "keys 6×2", "values 6×4", "shares 6×6"]),
    ],
)
def test_picture_of_attention_has_a_row_for_each_place(name: str, captions: list[str]) -> None:
    example = page(name)
    drawn = analysis(example, example.drawn[0])
    text = picture(drawn, layer(drawn), example.formula)
    assert [caption for caption in captions if f">{caption}</text>" in text] == captions


@pytest.mark.parametrize("name", catalogue.names())
def test_page_of_a_layer_has_every_part(name: str) -> None:
    text = (ROOT / f"docs/ops/{name}.md").read_text("utf-8")
    parts = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert parts == ["Parameters", "Formula", "Legal range", "Example", "In PyTorch"]
    assert f"](images/{name}.svg)" in text


def test_formula_of_a_shuffle_is_where_torch_puts_the_channels() -> None:
    channels, groups = 12, 3
    moved = torch.nn.ChannelShuffle(groups)(torch.arange(12.0).reshape(1, 12, 1, 1)).flatten().tolist()
    # the words of the page: channel c becomes channel c % (C // groups) * groups + c // (C // groups)
    where = [c % (channels // groups) * groups + c // (channels // groups) for c in range(channels)]
    assert [moved.index(c) for c in range(channels)] == where
