"""Which convolutions of window 1 may change places with the enlargement before them, one condition at a time."""

import pytest

from tests.lint.rules.network import check_said

MAP = "  input x: [N, 8, 16, 16]\n  {}\n  y = ReLU()\n  output y: [N, {}, {}, {}]"
BLOCKS = "block Up() {\n  Upsample(scale_factor=2)\n}\n\nblock Point() {\n  Conv2d(4, 1)\n}\n"


@pytest.mark.parametrize(
    ("layers", "shape", "found"),
    [
        # 8 * 8 * 32 * 32 = 65,536, and a quarter of that before
        ("Upsample(scale_factor=2) -> Conv2d(8, 1)", (8, 32, 32), True),
        ("Upsample(scale_factor=2) -> Conv2d(9, 1)", (9, 32, 32), False),  # more would have to be enlarged
        ("Upsample(scale_factor=1) -> Conv2d(8, 1)", (8, 16, 16), False),
        ("Upsample(scale_factor=2) -> Conv2d(8, (1, 3), padding=(0, 1))", (8, 32, 32), False),
        ("Upsample(scale_factor=2) -> Conv2d(8, (3, 1), padding=(1, 0))", (8, 32, 32), False),
        ("Upsample(scale_factor=2) -> Conv2d(8, 1, stride=2)", (8, 16, 16), False),
        ("Upsample(scale_factor=2) -> Conv2d(8, 1, padding=1)", (8, 34, 34), False),
        ("Upsample(scale_factor=2) -> MaxPool2d(1)", (8, 32, 32), False),  # learns nothing
        ("Upsample(scale_factor=2) -> Linear(8)", (8, 32, 8), False),  # mixes the pixels of a line
        ("ReplicationPad2d(8) -> Conv2d(8, 1)", (8, 32, 32), True),  # what is repeated is convolved once
        ("repeat 1 {\n  Upsample(scale_factor=2)\n  }\n  Conv2d(8, 1)", (8, 32, 32), False),  # in another body
        ("Up()\n  Point()", (4, 32, 32), False),
    ],
)
def test_late_pointwise_when_it_may_stand_before(layers: str, shape: tuple[int, int, int], found: bool) -> None:
    costs = "costs 65,536 multiply-accumulates, and before it 16,384 | 4 times as many pixels"
    check_said("1x1-after-up", MAP.format(layers, *shape), *([costs] if found else []), rest=BLOCKS)
