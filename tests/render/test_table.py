"""The table of `show`: numbers come from the page on networks or from arithmetic in the test."""

import pytest

from convdsl.api import show
from convdsl.mistake import MistakeError
from convdsl.ops.conv2d import Conv2d
from convdsl.ops.max_pool2d import MaxPool2d
from convdsl.render.cells import cells
from convdsl.render.table import keys, table
from tests.render.networks import Draft, conv_block, network6


def test_table_of_network6_has_aligned_columns_and_the_published_totals():
    rows = table(network6().network(), width=140).splitlines()
    header = rows[0]
    assert header.split() == [
        "name",
        "layer",
        "channels",
        "kernel",
        "stride",
        "padding",
        "dilation",
        "output",
        "parameters",
    ]
    conv4 = next(row for row in rows if row.startswith("conv4 "))
    assert conv4.split("  ")[0] == "conv4"
    for name, value in (
        ("layer", "Conv2d"),
        ("channels", "128 → 256"),
        ("kernel", "4×4"),
        ("stride", "2"),
        ("dilation", "1"),
        ("output", "[N, 256, H / 16, W / 16]"),
    ):
        assert conv4[header.index(name) :].startswith(value)
    assert conv4.endswith(f"{128 * 256 * 16 + 256:,}")
    assert conv4.index("524,544") + len("524,544") == len(header)
    # 3,643,514 * 4 / 2^20 = 13.899
    assert "3,643,514 parameters (13.90 MiB)" in rows[-2]
    assert rows[-1] == "runs at H % 16 == 0, H >= 16; W % 16 == 0, W >= 16"


def test_table_with_sizes_has_numbers_and_macs():
    text = table(network6().network(), sizes={"H": 256, "W": 256}, width=160)
    assert "[1, 256, 16, 16]" in text
    # conv1: 128 * 128 positions, 32 channels, 1 * 4 * 4 taps
    assert f"{128 * 128 * 32 * 16:,}" in text
    assert "1,656,094,720 MACs at H = 256, W = 256" in text


def test_table_when_the_spec_fixes_all_sizes_counts_macs_without_being_asked():
    draft = Draft()
    draft.output("y", draft.call(Conv2d(2, (3, 3)), draft.input("x", 1, 8, 8)))
    # 6 * 6 positions, 2 channels, 9 taps
    assert f" {6 * 6 * 2 * 9} MACs" in table(draft.network())


def test_table_when_the_terminal_is_narrow_fits_it():
    for width in (60, 80, 100, 120):
        rows = table(network6().network(), sizes={"H": 256, "W": 256}, width=width).splitlines()[:-2]
        assert max(map(cells, rows)) <= max(width, 70)
    assert "4×4 p3 d2" in table(network6().network(), width=80)


def test_table_when_no_layer_is_dilated_has_no_such_column():
    draft = Draft()
    draft.output("y", draft.call(Conv2d(2, (3, 3)), draft.input("x", 1)))
    header = table(draft.network()).splitlines()[0].split()
    assert "dilation" not in header
    assert "kernel" in header


def test_table_when_layers_are_in_a_block_indents_them_under_their_sum():
    draft = Draft()
    x = draft.input("x", 3)
    outer = draft.open("e1", "Down")
    x = conv_block(draft, x, "conv", 8)
    draft.close(outer)
    draft.output("y", draft.call(MaxPool2d((2, 2)), x, name="pool"))
    rows = table(draft.network()).splitlines()
    block = rows.index(next(row for row in rows if row.startswith("e1")))
    # 3 * 8 * 9 weights and 8 biases; a norm of 8 channels has 16
    assert rows[block].split()[:2] == ["e1", "Down"]
    assert rows[block].endswith(str(216 + 8 + 16))
    assert rows[block + 1].startswith("  conv ")
    assert rows[block + 2].startswith("  conv_bn")
    assert rows[block + 4].startswith("pool")


def test_table_when_a_name_hides_control_characters_shows_them():
    draft = Draft()
    x = draft.input("x\x1b[2J", 1)
    draft.output("y", draft.call(Conv2d(1, (1, 1)), x, name="bad\u202e"))
    text = table(draft.network())
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_table_when_a_shape_is_unknown_marks_it():
    draft = Draft()
    draft.output("y", draft.call(Conv2d(1, (3, 3)), draft.input("x", 1), name="c"))
    draft.graph.nodes[-1].shapes = None
    row = next(row for row in table(draft.network(), sizes={"H": 4, "W": 4}).splitlines() if row.startswith("c"))
    assert "?" in row


def test_keys_lists_every_tensor_of_the_state():
    lines = keys(network6().network()).splitlines()
    assert len(lines) == 67  # the page on networks
    assert lines[0].split() == ["conv1.weight", "32×1×4×4", "512"]
    assert lines[4].split() == ["conv1_bn.running_mean", "32", "32", "buffer"]
    assert lines[6].split() == ["conv1_bn.num_batches_tracked", "scalar", "1", "buffer"]


def test_lists_of_axes_parts_and_sides_are_not_written_as_extents() -> None:
    spec = """convdsl 1
model A {
  input x: [N, 8, H, W]
  a, b = Split((3, 5))
  Concat(b, a)
  Filter2d([[1, 2, 3], [1, 2, 3]])
  Pad((1, 2, 0, 3))
  y = Mean((2, 3))
  output y: [N, 8]
}
"""
    shown = show(spec)
    for call in ("Split((3, 5))", "Filter2d(2×3 numbers)", "Pad((1, 2, 0, 3))", "Mean((2, 3))"):
        assert call in shown


NESTED = """convdsl 1
block Twice(channels: int) {
  repeat 2 {
    Conv2d(channels, 3, padding=1) -> ReLU()
  }
}
model M {
  input x: [N, 3, H, W]
  layer spare = { Conv2d(7, 1, in_channels=5) }
  a = Twice(8)
  b = { Twice(16) -> Tanh() }
  flat = AdaptiveAvgPool2d(1) -> Flatten()
  z = Linear(4) -> Mul(110)
  output z: [N, 4]
}
"""


def test_table_when_not_opened_has_a_row_for_each_block_with_what_goes_in_and_comes_out() -> None:
    rows = show(NESTED, depth=0, width=200).splitlines()
    assert [row.split()[0] for row in rows[2:-3]] == ["x", "a", "b", "flat", "z", "z_2", "spare.0"]
    # 3 * 8 * 9 + 8 = 224 and 8 * 8 * 9 + 8 = 584; two convolutions of 3 x 3 see 5 pixels
    assert rows[3].split() == ["a", "Twice", "3", "→", "8", "[N,", "8,", "H,", "W]", str(224 + 584), "5"]
    assert rows[4].split()[:4] == ["b", "8", "→", "16"]
    assert rows[4].endswith("9")


def test_table_when_opened_one_level_shows_the_layers_of_blocks_and_the_blocks_in_them_as_one_row() -> None:
    rows = show(NESTED, depth=1, width=200).splitlines()
    names = [row.split()[0] for row in rows[2:-3]]
    assert names == ["x", "a", "0", "1", "2", "3", "b", "0", "1", "flat", "0", "1", "z", "z_2", "spare.0"]
    assert show(NESTED, depth=2) == show(NESTED)


def test_table_without_sizes_has_no_column_of_macs_for_the_dense_layers_alone() -> None:
    assert "MACs" not in show(NESTED).splitlines()[0]
    assert "MACs" in show(NESTED, (8, 8)).splitlines()[0]


def test_table_of_a_layer_that_is_never_applied_has_no_shape_however_narrow_the_terminal() -> None:
    for width in (60, 100, 200):
        row = next(row for row in show(NESTED, (8, 8), width=width).splitlines() if row.startswith("spare.0"))
        assert row.split()[-3:] == ["not", "applied", str(5 * 7 + 7)]


def test_table_of_a_join_with_a_number_tells_the_number_and_where_it_stands() -> None:
    spec = NESTED.replace("-> Mul(110)", "-> Mul(110)\n  one = 1 - z").replace("output z", "output one")
    rows = {row.split()[0]: row.split()[1:3] for row in show(spec).splitlines()[2:-3]}
    assert rows["one"] == ["Sub(1,", "…)"]
    assert rows["z_2"][0] == "Mul(110)"


def test_table_when_a_promise_is_broken_at_all_sizes_says_so() -> None:
    assert show(NESTED.replace("z: [N, 4]", "z: [N, 5]")).splitlines()[-1] == "runs at H >= 1; W >= 1"
    spec = "convdsl 1\nmodel M {\n  input x: [N, 1, H, W]\n  y = ZeroPad2d(1)\n  output y: [N, 1, H, W]\n}\n"
    assert show(spec).splitlines()[-1] == "at no size does it run and keep what is promised"


def test_table_writes_the_weights_in_the_unit_that_fits() -> None:
    """A 1 x 1 convolution of c channels has c * c + c weights of 4 bytes."""
    spec = "convdsl 1\nmodel M {\n  input x: [N, C, H, W]\n  y = Conv2d(C, 1)\n  output y: [N, C, H, W]\n}\n"
    for channels, text in ((1, "8 B"), (63, "15.75 KiB"), (1023, "4.00 MiB"), (16_384, "1.00 GiB")):
        assert f"parameters ({text})" in show(spec.replace("C,", f"{channels},").replace("(C", f"({channels}"))


def test_memory_column_tells_what_each_layer_takes_and_totals_the_most_of_a_run_and_a_step() -> None:
    spec = """convdsl 1
model A {
  input x: [N, 1, H, W]
  body = Conv2d(8, 3, padding=1) -> ReLU()
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
train {
  optimizer = SGD()
}
"""
    shown = show(spec, "32x32", batch=4, dtype="bfloat16", width=160)
    rows = {row.split()[0]: row.split() for row in shown.splitlines() if row}
    # planes of 4 images of 32 * 32 pixels of 2 bytes: 8 KiB; ReLU works in place
    assert " ".join(rows["x"][-2:]) == "8.00 KiB"
    assert "64.00 KiB" in " ".join(rows["0"])
    assert "KiB" not in " ".join(rows["1"])
    assert "64.00 KiB" in " ".join(rows["body"])
    assert "16.00 KiB" in " ".join(rows["y"])
    assert "[4, 8, 32, 32]" in shown
    # 80 + 18 weights of 2 bytes
    assert "98 parameters (196 B)" in shown
    # x 8 and the map 64, and then y 16 besides
    assert "memory for 4 images in bfloat16: to run, weights aside, 88.00 KiB of values at most" in shown
    # x and the map are kept; y and the gradients before and behind ReLU live besides when most is taken: 16 + 64 + 64
    assert "196 B gradients + 72.00 KiB kept for the backward pass + 144.00 KiB in passing" in shown
    assert "KiB" not in show(spec, width=160)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"batch": 2}, "`--batch` says nothing without a size"),
        ({"dtype": "float16"}, "`--dtype` says nothing without a size"),
        ({"size": 32, "batch": 0}, "a batch of 0 has no images"),
        ({"size": 32, "dtype": "int8"}, "`int8` is no type"),
    ],
)
def test_memory_that_cannot_be_counted_is_a_mistake(asked: dict, word: str) -> None:
    spec = "convdsl 1\nmodel A {\n  input x: [N, 1, H, W]\n  y = Conv2d(2, 1)\n  output y: [N, 2, H, W]\n}\n"
    with pytest.raises(MistakeError, match=word):
        show(spec, **asked)


def test_batch_that_the_spec_fixes_is_not_another_one() -> None:
    spec = "convdsl 1\nmodel A {\n  input x: [4, 1, H, W]\n  y = Conv2d(2, 1)\n  output y: [4, 2, H, W]\n}\n"
    with pytest.raises(MistakeError, match="the spec fixes the batch to 4"):
        show(spec, 32, batch=2)
