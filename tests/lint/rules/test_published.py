"""Designs that are published and sound, in little: rules about how layers follow each other find nothing in them."""

import pytest

from convdsl.lint.catalogue import rules
from convdsl.lint.run import findings
from convdsl.pipeline import analyze
from convdsl.review import subject_of
from convdsl.source import Source

NAMES = {
    *("double-act", "linear-linear", "norm-on-output", "dropout-before-bn", "softmax-axis", "double-softmax"),
    *("act-before-join", "in-before-1x1-map", "no-act-net", "1x1-after-up", "depthwise-alone", "grouped-no-shuffle"),
}
DESIGNS = {
    "MobileNetV2, arXiv:1801.04381": """
block Inverted(channels: int, expansion: int, stride: int = 1) {
  input x: [N, C, H, W]
  default Conv2d(bias=false)
  Conv2d(C * expansion, 1) -> BatchNorm2d() -> ReLU6()
  Conv2d(C * expansion, 3, stride=stride, padding=1, groups=C * expansion) -> BatchNorm2d() -> ReLU6()
  branch = Conv2d(channels, 1) -> BatchNorm2d()
  if stride == 1 and channels == C {
    branch + x
  }
}

model Net {
  input x: [N, 3, H, W] means RGB
  Conv2d(32, 3, stride=2, padding=1, bias=false) -> BatchNorm2d() -> ReLU6()
  Inverted(24, 6, stride=2) -> Inverted(24, 6) -> Inverted(32, 6, stride=2) -> Inverted(32, 6)
  Conv2d(128, 1, bias=false) -> BatchNorm2d() -> ReLU6()
  AdaptiveAvgPool2d(1) -> Flatten() -> Dropout(0.2)
  y = Linear(10)
  output y: [N, 10] means classes
}
""",
    "pre-activation ResNet, arXiv:1603.05027, with a projection of what is not activated": """
block Unit(channels: int, stride: int = 1) {
  input x: [N, C, H, W]
  BatchNorm2d() -> ReLU()
  Conv2d(channels, 3, stride=stride, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  branch = Conv2d(channels, 3, padding=1)
  if C == channels {
    branch + x
  } else {
    short = x -> Conv2d(channels, 1, stride=stride)
    branch + short
  }
}

model Net {
  input x: [N, 3, H, W] means RGB
  Conv2d(16, 3, padding=1)
  Unit(32) -> Unit(32) -> Unit(64, stride=2) -> Unit(64)
  BatchNorm2d() -> ReLU() -> AdaptiveAvgPool2d(1) -> Flatten()
  y = Linear(10)
  output y: [N, 10] means classes
}
""",
    "feature pyramid, arXiv:1612.03144": """
model Net {
  input x: [N, 3, H, W] where H % 8 == 0, W % 8 == 0
  c1 = Conv2d(64, 4, stride=2, padding=1) -> ReLU()
  c2 = Conv2d(128, 4, stride=2, padding=1) -> ReLU()
  c3 = Conv2d(256, 4, stride=2, padding=1) -> ReLU()
  t3 = Conv2d(64, 1)
  u3 = Upsample(scale_factor=2)
  l2 = c2 -> Conv2d(64, 1)
  t2 = l2 + u3
  u2 = Upsample(scale_factor=2)
  l1 = c1 -> Conv2d(64, 1)
  l1 + u2
  p1 = Conv2d(64, 3, padding=1)
  p2 = t2 -> Conv2d(64, 3, padding=1)
  p3 = t3 -> Conv2d(64, 3, padding=1)
  output p1: [N, 64, H / 2, W / 2]
  output p2: [N, 64, H / 4, W / 4]
  output p3: [N, 64, H / 8, W / 8]
}
""",
    "ShuffleNet, arXiv:1707.01083": """
block Unit(groups: int) {
  input x: [N, C, H, W]
  default Conv2d(bias=false)
  Conv2d(C // 4, 1, groups=groups) -> BatchNorm2d() -> ReLU() -> ChannelShuffle(groups)
  Conv2d(C // 4, 3, padding=1, groups=C // 4) -> BatchNorm2d()
  branch = Conv2d(C, 1, groups=groups) -> BatchNorm2d()
  x + branch -> ReLU()
}

model Net {
  input x: [N, 3, H, W] means RGB
  Conv2d(48, 3, stride=2, padding=1) -> ReLU()
  Unit(3) -> Unit(3)
  AdaptiveAvgPool2d(1) -> Flatten()
  y = Linear(10)
  output y: [N, 10] means classes
}
""",
    "ConvNeXt, arXiv:2201.03545, with a group norm for its layer norm": """
block Unit {
  input x: [N, C, H, W]
  Conv2d(C, 7, padding=3, groups=C) -> GroupNorm(1)
  Conv2d(4 * C, 1) -> GELU()
  branch = Conv2d(C, 1)
  x + branch
}

model Net {
  input x: [N, 3, H, W] means RGB where H % 8 == 0, W % 8 == 0
  Conv2d(24, 4, stride=4) -> GroupNorm(1)
  Unit() -> Unit()
  GroupNorm(1) -> Conv2d(48, 2, stride=2)
  Unit() -> Unit()
  AdaptiveAvgPool2d(1) -> Flatten()
  y = Linear(10)
  output y: [N, 10] means classes
}
""",
    "visual attention network's large window, arXiv:2202.09741": """
block Attention {
  input x: [N, C, H, W]
  Conv2d(C, 5, padding=2, groups=C)
  Conv2d(C, 7, padding=9, dilation=3, groups=C)
  a = Conv2d(C, 1)
  x * a
}

model Net {
  input x: [N, 3, H, W] means RGB
  Conv2d(16, 3, padding=1) -> GELU()
  Attention() -> Conv2d(16, 1) -> GELU()
  y = Conv2d(3, 3, padding=1)
  output y: [N, 3, H, W] means RGB
}
""",
    "LinkNet, arXiv:1707.03718": """
block Decoder(channels: int) {
  input x: [N, C, H, W]
  Conv2d(C // 4, 1) -> BatchNorm2d() -> ReLU()
  ConvTranspose2d(C // 4, 4, stride=2, padding=1) -> BatchNorm2d() -> ReLU()
  Conv2d(channels, 1) -> BatchNorm2d() -> ReLU()
}

model Net {
  input x: [N, 3, H, W] where H % 8 == 0, W % 8 == 0
  e1 = Conv2d(16, 4, stride=2, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  e2 = Conv2d(32, 4, stride=2, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  Conv2d(64, 4, stride=2, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  d2 = Decoder(32)
  d2 + e2
  d1 = Decoder(16)
  d1 + e1
  y = ConvTranspose2d(2, 4, stride=2, padding=1)
  output y: [N, 2, H, W] means classes
}
""",
    "ENet's windows along one axis, arXiv:1606.02147, and a squeeze and excitation, arXiv:1709.01507": """
block Gate {
  input x: [N, C, H, W]
  s = AdaptiveAvgPool2d(1) -> Conv2d(C // 4, 1) -> ReLU() -> Conv2d(C, 1) -> Sigmoid()
  Mul(x, s, broadcast=true)
}

model Net {
  input x: [N, 3, H, W]
  Conv2d(16, 3, padding=1) -> PReLU()
  Conv2d(16, (5, 1), padding=(2, 0), bias=false) -> Conv2d(16, (1, 5), padding=(0, 2)) -> BatchNorm2d() -> PReLU()
  Gate()
  y = Conv2d(4, 3, padding=1)
  output y: [N, 4, H, W] means classes
}
""",
    "DCGAN's generator, arXiv:1511.06434": """
model Net {
  input z: [N, 64, 1, 1]
  default ConvTranspose2d(bias=false)
  ConvTranspose2d(64, 4) -> BatchNorm2d() -> ReLU()
  ConvTranspose2d(32, 4, stride=2, padding=1) -> BatchNorm2d() -> ReLU()
  rgb = ConvTranspose2d(3, 4, stride=2, padding=1) -> Tanh()
  output rgb: [N, 3, 16, 16] means RGB * 2 - 1
}
""",
    "an autoencoder with linear codes": """
model Net {
  input x: [N, 1, H, W] means L / 100 where H % 4 == 0, W % 4 == 0
  Conv2d(16, 4, stride=2, padding=1) -> ReLU()
  code = Conv2d(8, 4, stride=2, padding=1)
  ConvTranspose2d(16, 4, stride=2, padding=1) -> ReLU()
  y = ConvTranspose2d(1, 4, stride=2, padding=1) -> Sigmoid()
  output y: [N, 1, H, W] means L / 100
}
""",
}


@pytest.mark.parametrize("design", DESIGNS)
def test_rules_on_layers_in_a_row_when_a_design_is_published_find_nothing(design: str) -> None:
    analysis = analyze(Source("spec.cdsl", f"convdsl 1\n{DESIGNS[design]}"))
    assert analysis.ok, [item.message for item in analysis.diagnostics]
    subject = subject_of(analysis)
    assert subject is not None
    asked = [rule for rule in rules() if rule.code.name in NAMES]
    assert len(asked) == len(NAMES)
    assert [(item.code.id, item.message, item.layers) for item in findings(subject, asked)] == []
