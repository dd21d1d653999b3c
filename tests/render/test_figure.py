"""The architecture figure: nothing overlaps, a U is found where there is one, and everything is drawn to scale."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.diagnostics import Code, Diagnostic, Severity
from convdsl.diagnostics import Label as Place
from convdsl.ops.add import Add
from convdsl.ops.concat import Concat
from convdsl.ops.conv2d import Conv2d
from convdsl.ops.conv_transpose2d import ConvTranspose2d
from convdsl.ops.relu import ReLU
from convdsl.pipeline import analyze
from convdsl.render.canvas import Canvas, Disc, Group, Label, Polygon, Rect, flat
from convdsl.render.figure.canvas import canvas
from convdsl.render.figure.scale import TALLEST, thickness
from convdsl.render.wish import Wish
from convdsl.source import Source
from tests.render.boxes import faults
from tests.render.geometry import rectangle
from tests.render.networks import Draft
from tests.render.test_layout import NETWORKS, drafts

SPECS = sorted(Path("specs").glob("**/*.cdsl"))
SIZES = {"H": 256, "W": 256}


def drawn(text: str, wish: Wish | None = None) -> Canvas:
    return canvas(analyze(Source("net.cdsl", text)).network(), wish or Wish())


def zoo(name: str, wish: Wish | None = None) -> Canvas:
    return drawn((Path("specs") / f"{name}.cdsl").read_text("utf-8"), wish)


def words(picture: Canvas) -> list[str]:
    return [item.text for item in flat(picture.items) if isinstance(item, Label)]


def group(picture: Canvas, about: str) -> Group:
    return next(item for item in picture.items if isinstance(item, Group) and item.about == about)


def front(part: Group) -> Rect:
    return next(item for item in part.items if isinstance(item, Rect))


def height(picture: Canvas, about: str) -> int:
    return front(group(picture, about)).height


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
@pytest.mark.parametrize("sizes", [None, SIZES], ids=["symbols", "numbers"])
def test_figure_of_a_network_of_the_zoo_has_no_fault(path: Path, sizes: Mapping[str, int] | None):
    network = analyze(Source(path.name, path.read_text("utf-8"))).network()
    picture = canvas(network, Wish(sizes=sizes if network.legal.contains(SIZES) else None))
    assert not list(faults(picture))
    assert picture.height <= 4 * picture.width


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("folded", [True, False])
def test_figure_of_a_known_kind_of_network_has_no_fault(name: str, folded: bool):
    assert not list(faults(canvas(NETWORKS[name].network(), Wish(folded=folded))))


@settings(deadline=None, max_examples=40)
@given(drafts(), st.booleans(), st.sampled_from([None, 0, 1]))
def test_law_figure_of_any_network_has_no_fault(draft: Draft, folded: bool, depth: int | None):
    assert not list(faults(canvas(draft.network(), Wish(folded=folded, depth=depth))))


@pytest.mark.slow
@settings(deadline=None, max_examples=1000)
@given(drafts(), st.booleans(), st.sampled_from([None, 0, 1]))
def test_law_figure_of_any_of_a_thousand_networks_has_no_fault(draft: Draft, folded: bool, depth: int | None):
    assert not list(faults(canvas(draft.network(), Wish(folded=folded, depth=depth))))


@st.composite
def ladders(draw: st.DrawFn) -> tuple[Draft, int]:
    """Draw a network that goes down and comes up again, with a skip at every level; return it and how often it halves.

    Levels hold several layers in blocks or none, skips are joined or added, some pass a layer of their own; there may
    be a second input at the top, and outputs at every level.
    """
    draft = Draft("Ladder")
    x = draft.input("x", 8)
    if draw(st.booleans()):
        both = draft.call(Concat((None, None)), x, draft.input("hint", 2), name="both")
        x = draft.call(Conv2d(8, (1, 1)), both)
    halvings = draw(st.integers(1, 5))
    skips = []

    def level(name: str) -> None:
        nonlocal x
        outer = draft.open(name, draw(st.sampled_from(["Double", "", "AVeryLongNameOfABlock"])))
        for turn in range(draw(st.integers(0, 3))):
            before = x
            x = draft.call(ReLU(), draft.call(Conv2d(8, (3, 3), padding=(1, 1)), x, name=f"conv{turn}"))
            if draw(st.booleans()):
                x = draft.call(Add((None, None)), x, draft.call(Conv2d(8, (1, 1)), before))
        draft.close(outer)

    for depth in range(halvings):
        level(f"e{depth}")
        skips.append(x)
        stride = draw(st.sampled_from([(2, 2), (2, 1)]))
        x = draft.call(Conv2d(8, stride, stride=stride), x, name=f"down{depth}")
        skips[-1] = (skips[-1], stride)
    level("bottom")
    for depth in reversed(range(halvings)):
        skip, stride = skips[depth]
        x = draft.call(ConvTranspose2d(8, stride, stride), x, name=draw(st.sampled_from(["", f"up{depth}"])))
        if draw(st.booleans()):
            skip = draft.call(Conv2d(8, (1, 1)), skip, name=f"beside{depth}")
        pair = (skip, x) if draw(st.booleans()) else (x, skip)
        if draw(st.booleans()):
            x = draft.call(Add((None, None)), *pair)
        else:
            x = draft.call(Conv2d(8, (1, 1)), draft.call(Concat((None, None)), *pair))
        level(f"d{depth}")
        if draw(st.booleans()):
            draft.output(f"side{depth}", x)
    draft.output("an_output_with_a_long_name" if draw(st.booleans()) else "y", x)
    return draft, halvings


@settings(deadline=None, max_examples=25)
@given(ladders(), st.booleans())
def test_law_figure_of_any_ladder_is_a_u_without_fault(ladder: tuple[Draft, int], folded: bool):
    draft, halvings = ladder
    picture = canvas(draft.network(), Wish(folded=folded))
    assert not list(faults(picture))
    assert f"in a U of {halvings + 1} resolutions" in picture.description


@pytest.mark.slow
@settings(deadline=None, max_examples=500)
@given(ladders(), st.booleans())
def test_law_figure_of_any_of_500_ladders_is_a_u_without_fault(ladder: tuple[Draft, int], folded: bool):
    draft, halvings = ladder
    picture = canvas(draft.network(), Wish(folded=folded))
    assert not list(faults(picture))
    assert f"in a U of {halvings + 1} resolutions" in picture.description


def test_faults_when_things_overlap_finds_them():
    picture = zoo("unet")
    labels = [item for item in picture.items if isinstance(item, Label)]
    lies = Label(labels[0].x, labels[0].y, "upon")
    assert any("overlap" in fault for fault in faults(replace(picture, items=(*picture.items, lies))))
    box = front(group(picture, "ab"))
    over = Label(box.x, box.y + 20, "within")
    assert any("lies on" in fault for fault in faults(replace(picture, items=(*picture.items, over))))
    assert any("leaves" in fault for fault in faults(replace(picture, width=picture.width // 2)))


# ---------------------------------------------------------------------- the U

# halvings on the way down: pools, slices and convolutions of stride 2, counted in the spec
US = {
    "unet": 2,  # e2, the pool behind it
    "unet2015": 4,  # one pool after each of enc[0] .. enc[3]
    "pix2pix": 8,  # 256 pixels to 1: the outermost, seven Levels with the innermost
    "zhang2017": 3,  # three slices
    "demo": 5,
    "seed/network3": 3,
    "seed/network4": 4,
    "seed/network5": 4,
    "seed/network6": 4,
}


@pytest.mark.parametrize(("name", "halvings"), US.items(), ids=US)
def test_figure_of_a_u_has_a_row_for_each_resolution(name: str, halvings: int):
    picture = zoo(name)
    assert f"in a U of {halvings + 1} resolutions" in picture.description
    middles = set()
    for item in picture.items:
        if isinstance(item, Group) and not item.id.startswith("output."):
            polygons = [rectangle(part) for part in item.items if isinstance(part, Rect | Polygon)]
            middles.add((min(box[1] for box in polygons) + max(box[3] for box in polygons)) // 2)
    rows = sorted(middles)
    # a volume of odd height is centred half a pixel off its axis
    assert sum(1 for one, other in zip([-9, *rows], rows, strict=False) if other - one > 1) == halvings + 1


STRIPS = ("vgg16", "resnet18", "patchgan", "zhang2016", "seed/autoencoder_conv", "seed/classifier", "seed/network2")


@pytest.mark.parametrize("name", STRIPS)
def test_figure_without_skips_over_coarser_layers_is_a_strip(name: str):
    assert "in a strip" in zoo(name).description


def test_skips_of_a_u_say_what_they_carry():
    # two levels: 16 channels at H x W, 32 at half of it
    assert {"16×H×W", "32×H/2×W/2"} <= set(words(zoo("unet")))
    assert {"16×256×256", "32×128×128"} <= set(words(zoo("unet", Wish(sizes=SIZES))))


def test_u_of_numbers_without_padding_is_found_by_its_strides():
    # unpadded convolutions lose 4 rows at each level: 44 -> 40 | 20 -> 16 | 8 -> 4, 8 -> 4, 8 -> 4
    text = """convdsl 1

block Double(width: int) {
  repeat 2 {
    Conv2d(width, 3) -> ReLU()
  }
}

model Small {
  input x: [N, 1, 44, 44]
  a = Double(8)
  MaxPool2d(2)
  b = Double(16)
  MaxPool2d(2)
  Double(32)
  up1 = ConvTranspose2d(16, 2, stride=2)
  skip1 = Crop(b, like=up1)
  Concat(skip1, up1)
  Double(16)
  up0 = ConvTranspose2d(8, 2, stride=2)
  skip0 = Crop(a, like=up0)
  Concat(skip0, up0)
  y = Double(8)
  output y: [N, 8, 4, 4]
}
"""
    picture = drawn(text)
    assert "in a U of 3 resolutions" in picture.description
    assert {"8×40×40", "16×16×16"} <= set(words(picture))


def test_u_beside_an_input_without_axes_is_found():
    text = """convdsl 1

model Conditional {
  input z: [N, 16]
  input x: [N, 3, 64, 64]
  e1 = x -> Conv2d(16, 3, padding=1)
  MaxPool2d(2)
  e2 = Conv2d(32, 3, padding=1)
  MaxPool2d(2)
  deep = Conv2d(64, 3, padding=1)
  code = z -> Linear(4096) -> Unflatten(1, [16, 16, 16])
  Concat(deep, code)
  Conv2d(64, 3, padding=1)
  u2 = ConvTranspose2d(32, 2, stride=2)
  Concat(u2, e2)
  u1 = ConvTranspose2d(16, 2, stride=2)
  Concat(u1, e1)
  y = Conv2d(3, 1)
  output y: [N, 3, 64, 64]
}
"""
    picture = drawn(text)
    assert not list(faults(picture))
    assert "in a U of 3 resolutions" in picture.description  # two pools
    assert {"16×64×64", "32×32×32"} <= set(words(picture))


# ------------------------------------------------------------------ the scale


def test_heights_are_to_scale():
    picture = zoo("unet", Wish(sizes=SIZES))
    # half the rows: 1 / sqrt(2) of the height; a quarter: half of it
    assert height(picture, "gray") == TALLEST == 124
    assert height(picture, "e2.0") == 88  # 124 * 0.7071 = 87.7
    assert height(picture, "2") == 62


def test_widths_grow_by_the_logarithm_of_the_channels():
    picture = zoo("unet")
    assert front(group(picture, "2")).width == thickness(32) == 17  # 5 + 2.4 * 5
    assert front(group(picture, "gray")).width == thickness(1) == 5


def test_dense_layers_are_bars():
    picture = zoo("seed/classifier")
    bars = [item for item in picture.items if isinstance(item, Group) and item.about == "scores"]
    assert len([part for part in bars[0].items if isinstance(part, Polygon)]) == 0
    assert front(bars[0]).width == 8
    assert front(bars[0]).height == 29  # 6 + 7 * log2(10) = 29.25


def test_key_says_how_sizes_become_pixels():
    assert "height, depth ∝ √ of rows, columns at H = W = 256" in words(zoo("unet"))


# ------------------------------------------------------- of every kind of spec

RESNET101 = """convdsl 1

block Bottleneck(channels: int, stride: int = 1) {
  input x: [N, C, H, W]
  Conv2d(channels, 1, bias=false) -> BatchNorm2d() -> ReLU()
  Conv2d(channels, 3, stride=stride, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  main = Conv2d(4 * channels, 1, bias=false) -> BatchNorm2d()
  if stride != 1 or C != 4 * channels {
    short = x -> Conv2d(4 * channels, 1, stride=stride, bias=false) -> BatchNorm2d()
  } else {
    short = x
  }
  main + short -> ReLU()
}

model ResNet101 {
  input image: [N, 3, H, W]
  Conv2d(64, 7, stride=2, padding=3, bias=false) -> BatchNorm2d() -> ReLU()
  MaxPool2d(3, stride=2, padding=1)
  repeat 3 {
    Bottleneck(64)
  }
  Bottleneck(128, stride=2)
  repeat 3 {
    Bottleneck(128)
  }
  Bottleneck(256, stride=2)
  repeat 22 {
    Bottleneck(256)
  }
  Bottleneck(512, stride=2)
  repeat 2 {
    Bottleneck(512)
  }
  AdaptiveAvgPool2d(1)
  Flatten()
  scores = Linear(1000)
  output scores: [N, 1000]
}
"""


def test_resnet101_is_a_compact_strip_with_counts():
    picture = drawn(RESNET101)
    assert not list(faults(picture))
    assert "in a strip" in picture.description
    assert picture.width < 1000
    assert "Bottleneck ×22" in words(picture)


def test_long_run_of_other_layers_is_said_in_numbers():
    lines = "\n".join(f"  Conv2d({8 + index}, 3, padding=1) -> ReLU()" for index in range(60))
    text = f"convdsl 1\n\nmodel Long {{\n  input x: [N, 1, H, W]\n{lines}\n  output x60: [N, 67, H, W]\n}}\n"
    picture = drawn(text.replace("  Conv2d(67", "  x60 = Conv2d(67"))
    assert not list(faults(picture))
    assert picture.width < 1500
    assert any("×59" in word or "59 layers" in word or "×60" in word for word in words(picture))


def test_skips_within_one_resolution_of_a_large_u_are_summed():
    # 30 levels, of which the first 4 halve: the 26 at the bottom are one stage
    draft = Draft("Large")
    x = draft.input("x", 8)
    skips = []
    for level in range(30):
        x = draft.call(Conv2d(8, (3, 3), padding=(1, 1)), x)
        skips.append(x)
        if level < 4:
            x = draft.call(Conv2d(8, (2, 2), stride=(2, 2)), x)
    for level in reversed(range(30)):
        if level < 4:
            x = draft.call(ConvTranspose2d(8, (2, 2), (2, 2)), x)
        x = draft.call(Concat((None, None)), x, skips[level])
        x = draft.call(Conv2d(8, (3, 3), padding=(1, 1)), x)
    draft.output("y", x)
    picture = canvas(draft.network(), Wish())
    assert not list(faults(picture))
    assert "in a U of 5 resolutions" in picture.description
    assert picture.width < 1500
    assert "79 layers" in words(picture)  # the convolution that comes down, 26 and 26 convolutions, 26 joins


def residual(blocks: int, *, in_scopes: bool) -> Draft:
    """Make a network of residual blocks of two convolutions and a sum, in blocks of the spec or without."""
    draft = Draft("Residual")
    x = draft.input("x", 8)
    for index in range(blocks):
        outer = draft.open(f"r{index}", "Block") if in_scopes else 0
        first = draft.call(ReLU(), draft.call(Conv2d(8, (3, 3), padding=(1, 1)), x, name=f"a{index}"))
        second = draft.call(Conv2d(8, (3, 3), padding=(1, 1)), first, name=f"b{index}")
        x = draft.call(Add((None, None)), second, x, name=f"s{index}")
        if in_scopes:
            draft.close(outer)
    draft.output("y", x)
    return draft


def test_residual_blocks_that_the_spec_does_not_name_are_found_and_counted():
    few = canvas(residual(5, in_scopes=False).network(), Wish())
    assert len(few.items) > 15  # each of their layers is shown
    many = canvas(residual(40, in_scopes=False).network(), Wish())
    assert {"a0 … s39 ×40", "3 layers"} <= set(words(many))  # two convolutions and a sum
    assert not [*faults(few), *faults(many)]


def test_huge_network_of_blocks_is_summed_by_its_blocks():
    # 750 cards are too many to be looked at one by one
    picture = canvas(residual(250, in_scopes=True).network(), Wish())
    assert not list(faults(picture))
    assert any(word.endswith("×250") for word in words(picture))


def test_layers_that_are_summed_are_all_counted():
    # 9 resolutions of 4 stages: pool and three blocks of 2 convolutions are 7 layers
    lines = []
    for index in range(9):
        lines += ["MaxPool2d(2)", f"Pair({8 + index}, 3)", f"Pair({9 + index}, 5)", f"Pair({8 + index}, 7)"]
    body = "\n".join(f"  {line}" for line in lines)
    text = (
        "convdsl 1\n\nblock Pair(width: int, size: int) {\n"
        "  Conv2d(width, size, padding=size // 2) -> ReLU()\n  Conv2d(width + 1, 1) -> ReLU()\n}\n\n"
        "model Deep {\n  input x: [N, 3, H, W] where H % 512 == 0, W % 512 == 0\n"
        f"{body}\n  y = Conv2d(1, 1)\n  output y: [N, 1, H / 512, W / 512]\n}}\n"
    )
    picture = drawn(text)
    assert not list(faults(picture))
    assert words(picture).count("7 layers") == 8  # the last is followed by one convolution more
    assert "8 layers" in words(picture)


def test_mistake_is_marked_at_its_layer():
    text = Path("specs/unet.cdsl").read_text("utf-8").replace("ConvTranspose2d(32, 2", "ConvTranspose2d(32, 3")
    picture = drawn(text)
    assert not list(faults(picture))
    marked = [
        item.about
        for item in picture.items
        if isinstance(item, Group) and any(isinstance(part, Disc) for part in item.items)
    ]
    assert marked == ["concat"]
    line = text[: text.index("Concat(u2")].count("\n") + 1
    assert any(word.startswith(f"net.cdsl:{line}: error[E204") for word in words(picture))
    assert "1 mistake is marked." in picture.description


BAD = sorted(Path("tests/bad").glob("*.cdsl"))


def test_figure_of_every_broken_spec_has_no_fault():
    assert len(BAD) > 100
    for path in BAD:
        analysis = analyze(Source(path.name, path.read_text("utf-8")))
        if analysis.graph is not None:
            picture = canvas(analysis.network(), Wish())
            assert not list(faults(picture)), path.name


def test_output_of_the_last_layer_stands_beside_it():
    text = Path("specs/unet.cdsl").read_text("utf-8")
    picture = drawn(text.replace("  output ab", "  output u2: [N, 32, H / 2, W / 2]\n  output ab"))
    assert not list(faults(picture))
    places = {item.id: rectangle(item.items[0])[0] for item in picture.items if isinstance(item, Group)}
    assert places["ab"] < places["output.ab"] < places["output.u2"]


def test_findings_that_are_no_mistakes_are_left_out():
    network = analyze(Source("unet.cdsl", Path("specs/unet.cdsl").read_text("utf-8"))).network()
    code = Code("I999", "aside")
    for severity, is_shown in ((Severity.ERROR, True), (Severity.WARNING, False), (Severity.INFO, False)):
        finding = Diagnostic(code, "something is said", Place(network.graph.nodes[1].span), severity=severity)
        picture = canvas(replace(network, diagnostics=(finding,)), Wish())
        assert (picture != canvas(network, Wish())) is is_shown


def test_signal_and_volume_are_drawn():
    sound = drawn(
        "convdsl 1\n\nmodel Sound {\n  input wave: [N, 1, T]\n  y = Conv1d(16, 9, stride=4, padding=4)\n"
        "  output y: [N, 16, ?]\n}\n".replace("?", "(T + 3) // 4")
    )
    assert not list(faults(sound))
    assert not any(isinstance(item, Polygon) for item in flat(sound.items))  # flat: a signal has no depth
    scan = drawn(
        "convdsl 1\n\nmodel Scan {\n  input scan: [N, 1, D, H, W] where D % 2 == 0, H % 2 == 0, W % 2 == 0\n"
        "  a = Conv3d(8, 3, padding=1)\n  MaxPool3d(2)\n  Conv3d(16, 3, padding=1)\n"
        "  up = ConvTranspose3d(8, 2, stride=2)\n  y = Concat(up, a)\n  output y: [N, 16, D, H, W]\n}\n"
    )
    assert not list(faults(scan))
    assert "8×D×H×W" in words(scan)


def test_collapse_and_depth_are_kept_to():
    closed = zoo("unet", Wish(depth=0))
    assert "2 × Conv 3×3" in words(closed)
    assert not list(faults(closed))
    some = zoo("unet", Wish(collapse=("e1",)))
    assert words(some).count("2 × Conv 3×3") == 1


def test_figure_is_the_same_every_time():
    assert zoo("zhang2017") == zoo("zhang2017")
