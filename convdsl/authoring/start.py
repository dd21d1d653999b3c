"""The spec that a beginner starts from: small, commented, in canonical form; it passes `check`, and it trains."""

from convdsl.authoring.convert import converted
from convdsl.source import Source

SCHEMA_FILE = "convdsl.schema.json"
_EDITOR_LINE = f"# yaml-language-server: $schema=./{SCHEMA_FILE}\n"

_TEXT = """\
convdsl 1

# A block is a part with a name of its own. It halves the picture here.
block Down(channels: int) {
  Conv2d(channels, 4, stride=2, padding=1, bias=false) -> BatchNorm2d() -> LeakyReLU(0.2)
}

block Up(channels: int) {
  ConvTranspose2d(channels, 4, stride=2, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
}

# The network: gray goes in, the colours of the same picture come out.
model Net(width: int = 16) {
  # The sizes of the picture stay open: `check` proves that every size promised by `where` works.
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 16 == 0, W % 16 == 0

  # Each line takes what the line above has made; only what is read again needs a name.
  e1 = Down(width)
  e2 = Down(2 * width)
  e3 = Down(4 * width)
  Down(8 * width)

  # A cell is 16 pixels wide here and sees 78: enough to tell what is in the picture.
  Conv2d(8 * width, 3, padding=1) -> ReLU()

  # On the way up each level is joined with what was seen on the way down.
  u3 = Up(4 * width)
  Concat(u3, e3)
  u2 = Up(2 * width)
  Concat(u2, e2)
  u1 = Up(width)
  Concat(u1, e1)
  Up(width)

  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}

# How it is trained: `convdsl train`
train {
  loss = SmoothL1()
  optimizer = AdamW(lr=1e-3)
  epochs = 20
  batch = 16
  crop = 64
}
"""


def start(name: str) -> str:
    """Return the spec for a file of that name; YAML tells an editor where its schema is."""
    if not name.lower().endswith((".yaml", ".yml")):
        return _TEXT
    text = converted(Source("start.cdsl", _TEXT), name).text
    assert text is not None, "the starting spec cannot be read"
    return _EDITOR_LINE + text
