"""A photograph through a fixed window: the numbers are PyTorch's, and the picture holds both."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.render.arithmetic.slide import slide_of
from convdsl.render.canvas import Label, Picture
from convdsl.render.facts import Network
from convdsl.render.wish import Wish
from convdsl.shape import shape_of
from convdsl.source import Source
from convdsl.train.filtered import WIDE, filtered, photo, visible_range
from tests.ops.making import make
from tests.render.canvas_faults import faults

PHOTO = Path(__file__).parent.parent.parent / "specs/photos/val/animal-red-panda.jpg"


def network(*lines: str) -> Network:
    body = "\n".join(f"  {line}" for line in lines)
    text = f"convdsl 1\nmodel M {{\n  input x: [N, 3, H, W]\n{body}\n}}\n"
    return analyze(Source("net.cdsl", text)).network()


def by_torch(pixels: np.ndarray, rows: object, **keywords: object) -> np.ndarray:
    x = torch.tensor(pixels).permute(2, 0, 1)[None]
    weight = torch.tensor(rows, dtype=torch.float64).expand(3, 1, -1, -1)
    return torch.nn.functional.conv2d(x, weight, None, groups=3, **keywords)[0].permute(1, 2, 0).numpy()


@settings(deadline=None)
@given(
    st.sampled_from(["sobel_x", "sobel_y", "laplacian", "sharpen", "box", "binomial", ((0.5, -2.0), (0.0, 3.0))]),
    *(st.integers(1, 3), st.integers(0, 3), st.integers(1, 3), st.integers(1, 12), st.integers(1, 12)),
    st.integers(0, 2**32 - 1),
)
def test_filtered_gives_torchs_numbers(
    kernel: object, stride: int, padding: int, dilation: int, height: int, width: int, seed: int
) -> None:
    op = make("Filter2d", kernel, stride=stride, padding=padding, dilation=dilation)
    assume(min(height, width) + 2 * padding > 2 * dilation)
    slide = slide_of(op, [shape_of(1, 3, height, width)])
    assert slide is not None
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.float64)
    wanted = by_torch(pixels, slide.kernel, stride=stride, padding=padding, dilation=dilation)
    np.testing.assert_allclose(filtered(pixels, slide), wanted, rtol=1e-12, atol=1e-9)


def test_photo_after_a_blur_is_torchs_within_rounding() -> None:
    drawn = photo(network("y = Filter2d(binomial, padding=1)", "output y: [N, 3, H, W]"), Wish(), PHOTO)
    before, after = (
        np.asarray(Image.open(BytesIO(item.png)), dtype=np.float64) for item in drawn.items if isinstance(item, Picture)
    )
    assert max(before.shape) == WIDE
    # (1 2 1) x (1 2 1) / 16
    wanted = by_torch(before, [[1 / 16, 1 / 8, 1 / 16], [1 / 8, 1 / 4, 1 / 8], [1 / 16, 1 / 8, 1 / 16]], padding=1)
    assert np.abs(after - wanted).max() <= 0.5 + 1e-9


def test_photo_draws_before_kernel_and_after_without_fault() -> None:
    drawn = photo(network("a = ReLU()", "y = Filter2d(sobel_x)", "output y: [N, 3, H - 2, W - 2]"), Wish(), PHOTO)
    assert list(faults(drawn)) == []
    texts = [item.text for item in drawn.items if isinstance(item, Label)]
    assert {"−1", "0", "1", "−2", "2", "y on animal-red-panda.jpg"} <= set(texts)
    assert any("grey is 0" in text for text in texts)


def test_visible_range_of_a_window_that_sums_to_zero_puts_zero_in_the_middle() -> None:
    shown, said = visible_range(np.array([[[-10.0], [0.0], [20.0]]]), ((-1.0, 1.0),))
    assert shown.flatten().tolist() == [63.75, 127.5, 255.0]  # 127.5 - 127.5 / 2, 127.5, 127.5 + 127.5
    assert said == "The result runs from -10 to 20: grey is 0, black is -20, white is 20"


def test_visible_range_of_other_windows_is_cut_at_black_and_white() -> None:
    shown, said = visible_range(np.array([[[-10.0], [100.0], [300.0]]]), ((-1.0, 2.0),))
    assert shown.flatten().tolist() == [0.0, 100.0, 255.0]
    assert "below 0 is black" in said


@pytest.mark.parametrize(
    ("lines", "layer", "file", "said"),
    [
        (("y = ReLU()", "output y: [N, 3, H, W]"), "", PHOTO, "no layer has a fixed window"),
        (("y = AdaptiveAvgPool2d(4)", "output y: [N, 3, 4, 4]"), "", PHOTO, "no layer has a fixed window"),
        (("y = Conv2d(4, 3)", "output y: [N, 4, H - 2, W - 2]"), "y", PHOTO, "is not fixed"),
        (("y = Filter2d(box)", "output y: [N, 3, H - 2, W - 2]"), "", Path(__file__), "not an image"),
        (("y = Filter2d(box)", "output y: [N, 3, H - 2, W - 2]"), "", PHOTO.with_name("no.jpg"), "cannot be read"),
        (("y = Filter2d(box)", "output y: [N, 3, H - 2, W - 2]"), "z", PHOTO, "there is no layer `z`"),
    ],
)
def test_photo_where_there_is_nothing_to_draw_says_why(
    lines: tuple[str, ...], layer: str, file: Path, said: str
) -> None:
    with pytest.raises(MistakeError, match=said):
        photo(network(*lines), Wish(layer=layer), file)
