"""What W309 says of an output that lies beside the picture: by how much, and who moved it; in pixels, by hand."""

import pytest

from tests.lint.rules.network import check_said, spoken

MOVED = "  input x: [N, 8, H, W] where H % 32 == 0, W % 32 == 0\n  {0}\n  output y: [N, {1}]"
STEP = "Conv2d(8, 3, stride=2, padding=1)"  # keeps the first of two pixels: half a pixel before their middle

UP = "Upsample(scale_factor=2)"


@pytest.mark.parametrize(
    ("layers", "out", "expected"),
    [
        (
            f"{STEP}; y = Upsample(scale_factor=2)",
            "8, H, W",
            f"warning | lies -1/2 px | [{STEP}] -1/2 px | along the height",
        ),
        (
            f"{STEP}; Upsample(scale_factor=2); y = Conv2d(2, 3, padding=1)",
            "2, H, W",
            "info | -1/2 px | can learn to make",
        ),
        # the same step over cells of 2 px moves by one, and no window makes up for a whole pixel
        (
            f"MaxPool2d(2); {STEP}; Upsample(scale_factor=4); y = Conv2d(2, 3, padding=1)",
            "2, H, W",
            "warning | lies -1 px",
        ),
        # coarser than the picture
        (f"{STEP}; y = Conv2d(2, 1)", "2, H / 2, W / 2", "info | lies -1/2 px"),
        (f"{STEP}; y = Conv2d(2, 3, padding=1)", "2, H / 2, W / 2", "info | lies -1/2 px"),
        (f"{STEP}; {STEP}; y = Upsample(scale_factor=4)", "8, H, W", "lies -3/2 px | height: - 1/2 - 1 = -3/2 px"),
        (
            "Conv2d(8, 3, stride=(1, 2), padding=1); y = Upsample(scale_factor=(1, 2))",
            "8, H, W",
            "lies -1/2 px | along the width",
        ),
        ("MaxPool2d(2); y = Upsample(scale_factor=2)", "8, H, W", ""),
        # a skip is where it should be
        (f"{STEP}; up = Upsample(scale_factor=2); x + up; y = Conv2d(8, 3, padding=1)", "8, H, W", ""),
        ("AdaptiveAvgPool2d(1) -> Flatten(); y = Linear(10)", "10", ""),
        # two pixels are cut off before: what is left has its middle one pixel further on; no layer's share says that
        (
            "Slice(start=2); y = Conv2d(8, 2, stride=2)",
            "8, H / 2 - 1, W / 2 - 1",
            "info | lies +1 px | [output y: [N, 8, H / 2 - 1, W / 2 - 1]]  | along the height |",
        ),
    ],
)
def test_output_shifted_adds_up_who_moved_it(layers: str, out: str, expected: str) -> None:
    body = MOVED.format("\n  ".join(layers.split("; ")), out)
    check_said("output-shifted", body, *([expected] if expected else []))
    for line in spoken("output-shifted", body):
        assert ("can learn" in line) == ("info" in line and "H, W" in out)
        assert (" = " in line) == (layers.count("Conv2d(8, 3, s") > 1)


SLIM = "Conv2d(8, 3, stride=(2, 4), padding=1)"
GATE = "g = up -> AdaptiveAvgPool2d(1) -> Conv2d(8, 1) -> Flatten() -> Linear(8) -> Unflatten(1, (8, 1, 1))"


@pytest.mark.parametrize(
    ("layers", "out", "expected"),
    [
        # each axis has its own share: (2 - 1) / 2 in height, (4 - 1) / 2 in width
        (f"{SLIM}; y = Upsample(scale_factor=(2, 4))", "8, H, W", f"lies -1/2 px | [{SLIM}] -1/2 px"),
        (
            "Conv2d(8, 3, stride=(1, 2), padding=1); y = Upsample(scale_factor=(1, 2))",
            "8, H, W",
            "[Conv2d(8, 3, stride=(1, 2), padding=1)] -1/2 px | along the width",
        ),
        # what sees everything moves nothing, nor do layers behind it
        (
            f"{STEP}; up = Upsample(scale_factor=2); {GATE}; y = Mul(up, g, broadcast=true)",
            "8, H, W",
            f"lies -1/2 px | [{STEP}] -1/2 px | along the height",
        ),
        # one axis is gone, another output has none
        (f"{STEP}; y = AdaptiveAvgPool2d((none, 1))", "8, H / 2, 1", "lies -1/2 px | along the height"),
        (
            f"{STEP}; y = Upsample(scale_factor=2); z = y -> AdaptiveAvgPool2d(1) -> Flatten(); output z: [N, 8]",
            "8, H, W",
            "lies -1/2 px | along the height",
        ),
        # the path that sees more is where it should be, and one that sees less is not; and the other way round
        (
            f"a = Conv2d(8, 1, stride=2); b = x -> Conv2d(8, 4, stride=2, padding=1); a + b; y = {UP}",
            "8, H, W",
            "",
        ),
        (f"a = MaxPool2d(2); b = x -> Conv2d(8, 5, stride=2, padding=2); a + b; y = {UP}", "8, H, W", ""),
        # each of 2, 4, 8 phases is known; of 1,024 only a mean is
        (f"{STEP}; repeat 3 {{; Conv2d(8, 3, padding=1); {UP}; }}; y = ReLU()", "8, 4 * H, 4 * W", "lies -1/2 px"),
        (f"{STEP}; repeat 10 {{; Conv2d(8, 3, padding=1); {UP}; }}; y = ReLU()", "8, 512 * H, 512 * W", ""),
    ],
)
def test_output_shifted_along_each_axis_and_path(layers: str, out: str, expected: str) -> None:
    body = MOVED.format("\n  ".join(layers.split("; ")), out)
    check_said("output-shifted", body, *([expected] if expected else []))


def test_output_shifted_when_the_shares_do_not_add_up_names_no_layer() -> None:
    """Two pixels are cut off before: the middle of what is left lies one further on."""
    (line,) = spoken("output-shifted", MOVED.format("y = Slice(start=2)", "8, H - 2, W - 2"))
    assert "lies +1 px" in line
    assert "[Slice" not in line


@pytest.mark.parametrize("steps", [3, 4, 5])
def test_output_shifted_marks_four_layers_at_most(steps: int) -> None:
    layers = "\n  ".join([STEP] * steps)
    (line,) = spoken("output-shifted", MOVED.format(f"{layers}\n  y = Upsample(scale_factor={2**steps})", "8, H, W"))
    assert line.count(f"[{STEP}] -") == min(steps, 4)
    assert f"= -{2**steps - 1}/2 px" in line  # 1/2 + 1 + 2 and so on
