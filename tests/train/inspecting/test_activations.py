"""Activation maps: the numbers are those of plain PyTorch, and the picture says what is dead and what is left out."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.record import replace
from convdsl.render.canvas import Label, Picture, flat
from convdsl.source import Source
from convdsl.train.inspecting.activations import activations, sentences, to_data
from convdsl.train.inspecting.maps_canvas import canvas
from convdsl.train.inspecting.seeing import see
from convdsl.train.inspecting.subject import Subject, open_spec
from convdsl.train.picture import to_lab
from tests.render.canvas_faults import faults
from tests.train.inspecting.setting import photo, put, subject

ROOT = Path(__file__).parents[3]


def small(width: int = 6) -> Subject:
    lines = (f"conv = Conv2d({width}, 3, stride=2, padding=1)", "seen = ReLU()", "ab = ConvTranspose2d(2, 2, stride=2)")
    return subject(
        *lines,
        source="input gray: [N, 1, H, W] means L / 100 where H % 2 == 0, W % 2 == 0",
        output="ab: [N, 2, H, W] means ab / 110",
    )


def test_activations_are_those_of_a_hook_on_a_plain_module(tmp_path: Path) -> None:
    network, file = small(), photo(tmp_path, 20, 24)
    plain = nn.Sequential(nn.Conv2d(1, 6, 3, 2, 1), nn.ReLU())
    state = network.module.state_dict()
    plain[0].load_state_dict({"weight": state["conv.weight"], "bias": state["conv.bias"]})
    found = activations(network, "seen", file, short=20)
    wanted = plain(see(network, file, 20).tensor)[0].detach().double()
    torch.testing.assert_close(found.values, wanted)
    for one, values in zip(found.channels, wanted, strict=True):
        numbers = (values.min(), values.mean(), values.max(), (values == 0).double().mean())
        assert (one.low, one.mean, one.high, one.zeros) == pytest.approx([float(number) for number in numbers])


def test_activations_where_a_channel_never_passes_zero_name_it_dead(tmp_path: Path) -> None:
    network = small()
    put(network, "conv.bias", [1.0, -9.0, 1.0, -9.0, 1.0, 1.0])  # below what 9 weights of at most 1/3 can bring
    found = activations(network, "seen", photo(tmp_path, 16, 16))
    assert found.dead == (1, 3)
    assert sentences(found) == ("2 of 6 channels are dead on this photograph, 0 everywhere: 1, 3",)
    drawn = canvas(found)
    assert sum(item.text == "dead" for item in flat(drawn.items) if isinstance(item, Label)) == 2
    assert not list(faults(drawn))


@pytest.mark.parametrize("shared", [False, True])
def test_canvas_of_signed_maps_has_a_picture_for_each_and_no_fault(tmp_path: Path, shared: bool) -> None:
    found = activations(small(40), "conv", photo(tmp_path, 30, 44), channels=(3, 7, 12, 39))
    drawn = canvas(found, shared=shared)
    assert not list(faults(drawn))
    assert sum(isinstance(item, Picture) for item in flat(drawn.items)) == 4 + 2  # the photograph and the scale
    assert found.left_out == 36 and "36 are left out" in sentences(found)[0]


def test_canvas_of_more_maps_than_fit_shows_the_first(tmp_path: Path) -> None:
    found = activations(small(70), "seen", photo(tmp_path, 16, 30))
    assert found.drawn == tuple(range(64))
    assert not list(faults(canvas(found)))


def test_activations_of_a_flat_layer_are_bars_with_the_names_of_classes(tmp_path: Path) -> None:
    network = subject(
        "Conv2d(4, 3, padding=1)",
        "Flatten()",
        "scores = Linear(3)",
        source="input digit: [N, 1, 8, 8] means L / 100",
        output="scores: [N, 3] means classes",
    )
    found = activations(replace(network, classes=("cat", "dog", "eel")), "", photo(tmp_path, 20, 30))
    assert found.flat and found.seen.pixels.shape == (8, 8, 3)
    drawn = canvas(found)
    assert not list(faults(drawn))
    assert {"cat", "dog", "eel"} <= {item.text for item in flat(drawn.items) if isinstance(item, Label)}
    data = to_data(found)
    assert data["height"] is None and [one["name"] for one in data["channels"]] == ["cat", "dog", "eel"]


def test_see_where_the_network_takes_no_such_size_cuts_and_says_so(tmp_path: Path) -> None:
    network = subject(
        "ab = Conv2d(2, 3, padding=1)",
        source="input gray: [N, 1, H, W] means L / 100 where H >= 32",
        output="ab: [N, 2, H, W] means ab / 110",
    )
    network = replace(network, job=replace(network.job, legal=lambda h, w: (h, w) == (32, 32)))
    seen = see(network, photo(tmp_path, 32, 50), 32)
    assert seen.tensor.shape[2:] == seen.pixels.shape[:2] == (32, 32)
    assert "18 columns cut off" in seen.said
    with Image.open(tmp_path / "32x50.png") as image:  # 9 on each side, and nothing is scaled
        gray = to_lab(torch.from_numpy(np.array(image)[None]))[:, :1, :, 9:41] / 100
    torch.testing.assert_close(seen.tensor, gray)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((40, 60), "40×60 pixels, seen at 32×48"),
        ((16, 24), "16×24 pixels, enlarged to 32×48"),
        # 400 columns are 3,200 at 32 rows, of which 8 times 32 are kept
        (
            (4, 400),
            "4×400 pixels, enlarged to 32×256 "
            "(2944 columns cut off after scaling, for no more than 8 to 1 is looked at)",
        ),
    ],
)
def test_see_says_how_a_photograph_was_brought_to_its_size(size: tuple[int, int], said: str, tmp_path: Path) -> None:
    network = subject("ab = Conv2d(2, 3, padding=1)", output="ab: [N, 2, H, W] means ab / 110")
    assert see(network, photo(tmp_path, *size), 32).said == said


def test_activations_of_a_block_are_those_of_its_last_layer(tmp_path: Path) -> None:
    path = ROOT / "specs/seed/autoencoder_conv.cdsl"
    network = open_spec(analyze(Source(str(path), path.read_text("utf-8"))))
    assert activations(network, "encoder", photo(tmp_path, 16, 16)).layer == "encoder.4"


def test_see_a_colour_photograph_by_a_network_that_gets_lightness_shows_it_gray(tmp_path: Path) -> None:
    seen = see(small(), photo(tmp_path, 16, 16, (200, 30, 30)), 16)
    assert int((seen.pixels.max(axis=2).astype(int) - seen.pixels.min(axis=2)).max()) <= 1
    assert seen.tensor.shape == (1, 1, 16, 16)


@pytest.mark.parametrize(
    ("layer", "channels", "said"),
    [("sen", (), "there is no layer `sen`"), ("seen", (6,), "has no channel 6")],
)
def test_activations_of_what_there_is_not_say_so(
    tmp_path: Path, layer: str, channels: tuple[int, ...], said: str
) -> None:
    with pytest.raises(MistakeError, match=said):
        activations(small(), layer, photo(tmp_path, 16, 16), channels=channels)


def test_activations_of_a_folder_say_so(tmp_path: Path) -> None:
    with pytest.raises(MistakeError, match="is a folder"):
        activations(small(), "seen", tmp_path)


def test_activations_of_a_row_of_cells_are_maps_of_one_row(tmp_path: Path) -> None:
    lines = ("conv = Conv2d(3, 1)", "row = Flatten(2)", "y = Unflatten(2, (6, 4))", "ab = Conv2d(2, 1)")
    network = subject(*lines, source="input x: [N, 1, 6, 4] means L / 100", output="ab: [N, 2, 6, 4] means ab")
    file = photo(tmp_path, 6, 4)
    found, whole = activations(network, "row", file), activations(network, "conv", file)
    assert found.values.shape == (3, 1, 24)
    torch.testing.assert_close(found.values, whole.values.reshape(3, 1, 24))
    assert not list(faults(canvas(found)))
