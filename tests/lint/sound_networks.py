"""Networks as careful people write them: U-Nets, ResNets, autoencoders and colorizers, drawn at random, all sound.

Widths are multiples of 8; a bias is left out before a norm that would take it away; transposed windows are divided by
their stride; what a decoder joins lies where it lay in the encoder; codes are smaller than pictures. The linter has no
error and no warning to give about any of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

NORMS = ("BatchNorm2d()", "GroupNorm(8)", "InstanceNorm2d()", "")
ACTIVATIONS = ("ReLU()", "LeakyReLU(0.2)", "SiLU()", "GELU()", "ELU()")
WIDTHS = (16, 24, 32, 48, 64)
RGB = "means (RGB - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]"


@dataclass(frozen=True)
class Style:
    """What goes around every convolution of a network. norm: "" for none."""

    norm: str
    activation: str

    @property
    def bias(self) -> str:
        """Leave the bias out where the norm takes it away."""
        return ", bias=false" if self.norm.startswith(("Batch", "Instance")) else ""

    def conv(self, channels: object, window: str) -> str:
        """A convolution and its norm."""
        return f"Conv2d({channels}, {window}{self.bias})" + (f" -> {self.norm}" if self.norm else "")

    def unit(self, channels: object, window: str = "3, padding=1") -> str:
        """A convolution, its norm and what bends it."""
        return f"{self.conv(channels, window)} -> {self.activation}"


def style(draw: Random) -> Style:
    return Style(draw.choice(NORMS), draw.choice(ACTIVATIONS))


def double(one: Style) -> str:
    return f"block Level(c: int) {{\n  {one.unit('c')}\n  {one.unit('c')}\n}}\n"


def residual(one: Style) -> str:
    return f"""block Level(c: int) {{
  input x: [N, C, H, W]
  {one.unit("c")}
  deep = {one.conv("c", "3, padding=1")}
  if C != c {{
    across = x -> {one.conv("c", "1")}
  }} else {{
    across = x
  }}
  deep + across -> {one.activation}
}}
"""


# each leaves the picture half as high and wide, and what it sees centred over its pixels
DOWNS: tuple[Callable[[Style, int], str], ...] = (
    lambda one, width: "MaxPool2d(2)",
    lambda one, width: "AvgPool2d(2)",
    lambda one, width: one.unit(width, "4, stride=2, padding=1"),
    lambda one, width: one.unit(width, "2, stride=2"),
)
UPS: tuple[Callable[[Style, int], str], ...] = (
    lambda one, width: f"ConvTranspose2d({width}, 2, stride=2)",
    lambda one, width: f"ConvTranspose2d({width}, 4, stride=2, padding=1)",
    lambda one, width: f"Upsample(scale_factor=2) -> Conv2d({width}, 3, padding=1)",
    lambda one, width: f"Upsample(scale_factor=2, mode=bilinear) -> Conv2d({width}, 3, padding=1)",
)


def u_net(draw: Random) -> str:
    one, depth, width = style(draw), draw.randint(1, 5), draw.choice(WIDTHS)
    classes = draw.choice((2, 3, 19, 21))
    return spec(
        draw.choice((double, residual))(one),
        "UNet",
        f"input image: [N, 3, H, W] {RGB} where {promised(2**depth, one)}",
        [*body(draw, one, depth, width), f"map = Conv2d({classes}, 1)"],
        f"output map: [N, {classes}, H, W] means classes",
    )


def colorizer(draw: Random) -> str:
    """A U-Net that sees lightness and says colour, half of them with the training that is meant."""
    one, depth, width = style(draw), draw.randint(2, 4), draw.choice(WIDTHS)
    head = draw.choice(("ab = Conv2d(2, 1)", "ab = Conv2d(2, 3, padding=1)", "ab = Conv2d(2, 1) -> Tanh()"))
    text = spec(
        draw.choice((double, residual))(one),
        "Colorizer",
        f"input gray: [N, 1, H, W] means L / 100 where {promised(2**depth, one)}",
        [*body(draw, one, depth, width), head],
        "output ab: [N, 2, H, W] means ab / 110",
    )
    loss, crop = draw.choice(("L1()", "SmoothL1(beta=0.5)", "MSE()")), draw.choice((128, 192, 256))
    train = f"\ntrain {{\n  loss = {loss}\n  batch = 16\n  crop = {crop}\n}}\n"
    return text + train if draw.random() < 0.5 else text


def body(draw: Random, one: Style, depth: int, width: int) -> Iterator[str]:
    """The levels of a U-Net down and up."""
    down, up = draw.choice(DOWNS), draw.choice(UPS)
    widths = [min(width * 2**level, 512) for level in range(depth + 1)]
    for level in range(depth):
        yield f"enc{level} = Level({widths[level]})"
        yield down(one, widths[level])
    yield f"Level({widths[depth]})"
    for level in reversed(range(depth)):
        yield f"up{level} = {up(one, widths[level])}"
        yield f"Concat(enc{level}, up{level})"
        yield f"Level({widths[level]})"


def res_net(draw: Random) -> str:
    one = Style(draw.choice(("BatchNorm2d()", "GroupNorm(8)")), draw.choice(("ReLU()", "SiLU()")))
    block = draw.choice((basic, bottleneck, pre_activated, variant_d))
    width = draw.choice((16, 32, 64) if block is variant_d else (16, 24, 32, 64))
    small = draw.random() < 0.3
    if small:
        stem = [one.unit(width)]
    elif block is variant_d:
        stem = [one.unit(width // 2, "3, stride=2, padding=1"), one.unit(width // 2), one.unit(width)]
        stem += ["MaxPool2d(3, stride=2, padding=1)"]
    else:
        stem = [one.unit(width, "7, stride=2, padding=3"), "MaxPool2d(3, stride=2, padding=1)"]
    stages = [f"Block({width * 2**stage}, {1 if stage == 0 else 2})" for stage in range(draw.randint(2, 4))]
    repeats = [
        f"repeat {draw.randint(1, 3)} {{\n    Block({width * 2**stage}, 1)\n  }}" for stage in range(len(stages))
    ]
    layers = [line for pair in zip(stages, repeats, strict=True) for line in pair]
    last = [one.norm, one.activation] if block is pre_activated else []
    drop = ["Dropout(0.2)"] if draw.random() < 0.3 else []
    classes = draw.choice((10, 100, 1000))
    halvings = len(stages) + (-1 if small else 1)
    where = f" where {promised(2**halvings, one)}" if block is variant_d else ""
    return spec(
        block(one),
        "ResNet",
        f"input image: [N, 3, H, W] {RGB}{where}",
        [*stem, *layers, *last, "AdaptiveAvgPool2d(1)", "Flatten()", *drop, f"y = Linear({classes})"],
        f"output y: [N, {classes}] means classes",
    )


def across(one: Style, channels: str) -> str:
    """The way around a block: as it is, or through a window of 1 where channels or sizes change."""
    return f"""  if C != {channels} or stride != 1 {{
    across = x -> {one.conv(channels, "1, stride=stride")}
  }} else {{
    across = x
  }}
"""


def basic(one: Style) -> str:
    return f"""block Block(c: int, stride: int) {{
  input x: [N, C, H, W]
  {one.unit("c", "3, stride=stride, padding=1")}
  deep = {one.conv("c", "3, padding=1")}
{across(one, "c")}  deep + across -> {one.activation}
}}
"""


def bottleneck(one: Style) -> str:
    return f"""block Block(c: int, stride: int) {{
  input x: [N, C, H, W]
  {one.unit("c", "1")}
  {one.unit("c", "3, stride=stride, padding=1")}
  deep = {one.conv("4 * c", "1")}
{across(one, "4 * c")}  deep + across -> {one.activation}
}}
"""


def pre_activated(one: Style) -> str:
    """He et al. 2016, "Identity mappings in deep residual networks" (arXiv:1603.05027)."""
    return f"""block Block(c: int, stride: int) {{
  input x: [N, C, H, W]
  ready = {one.norm} -> {one.activation}
  {one.unit("c", "3, stride=stride, padding=1")}
  deep = Conv2d(c, 3, padding=1)
  if C != c or stride != 1 {{
    across = ready -> Conv2d(c, 1, stride=stride)
  }} else {{
    across = x
  }}
  deep + across
}}
"""


def variant_d(one: Style) -> str:
    """He et al. 2019, "Bag of tricks", ResNet-D (arXiv:1812.01187)."""
    return f"""block Block(c: int, stride: int) {{
  input x: [N, C, H, W]
  {one.unit("c", "1")}
  {one.unit("c", "3, stride=stride, padding=1")}
  deep = {one.conv("4 * c", "1")}
  if stride != 1 {{
    across = x -> AvgPool2d(2) -> {one.conv("4 * c", "1")}
  }} else {{
    if C != 4 * c {{
      across = x -> {one.conv("4 * c", "1")}
    }} else {{
      across = x
    }}
  }}
  deep + across -> {one.activation}
}}
"""


def autoencoder(draw: Random) -> str:
    """A picture through a code that holds fewer numbers, by convolutions."""
    one, depth = style(draw), draw.randint(2, 4)
    width = draw.choice((16, 32))
    widths = [width * 2**level for level in range(depth)]
    code = max(8, widths[-1] // 4)  # of 3 * 4**depth numbers a pixel of it: 48, 192, 768
    up = draw.choice(UPS[1:])
    norm = f" -> {one.norm}" if one.norm else ""
    lines = [one.unit(channels, "4, stride=2, padding=1") for channels in widths]
    lines += [f"code = Conv2d({code}, 3, padding=1)"]
    for channels in reversed(widths):
        made = up(one, channels)
        lines.append(f"{made[:-1]}{one.bias}){norm} -> {one.activation}")
    lines.append(draw.choice(("y = Conv2d(3, 3, padding=1)", "y = Conv2d(3, 3, padding=1) -> Sigmoid()")))
    return spec(
        "",
        "Autoencoder",
        f"input x: [N, 3, H, W] means RGB where {promised(2**depth, one)}",
        lines,
        "output y: [N, 3, H, W] means RGB",
    )


def dense_autoencoder(draw: Random) -> str:
    """A digit in few numbers, and back, by dense layers."""
    side, activation = draw.choice((28, 32)), draw.choice(("ReLU()", "SiLU()", "ELU()"))
    widths = draw.choice(((256, 64, 16), (128, 64, 32), (256, 128, 64, 32), (256, 32)))
    lines = ["Flatten()", *(f"Linear({width}) -> {activation}" for width in widths[:-1])]
    lines += [f"code = Linear({widths[-1]}) -> {activation}"]
    lines += [f"Linear({width}) -> {activation}" for width in reversed(widths[:-1])]
    lines += [f"Linear({side * side}) -> Sigmoid()", f"y = Unflatten(1, (1, {side}, {side}))"]
    given = f"[N, 1, {side}, {side}] means L / 100"
    return spec("", "Dense", f"input x: {given}", lines, f"output y: {given}")


def promised(multiple: int, one: Style) -> str:
    """The sizes of which every level halves without a rest, and a norm of one image has two pixels at the bottom."""
    least = 2 * multiple if one.norm.startswith("Instance") else multiple
    return ", ".join(f"{axis} % {multiple} == 0, {axis} >= {least}" for axis in "HW")


def spec(block: str, name: str, given: str, lines: list[str], result: str) -> str:
    inside = "".join(f"  {line}\n" for line in (given, *lines, result))
    return f"convdsl 1\n\n{block}\nmodel {name} {{\n{inside}}}\n"


FAMILIES = (u_net, res_net, autoencoder, colorizer, dense_autoencoder, u_net, res_net, colorizer)


def networks(count: int, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Yield so many networks, each with the name of its family; equal seeds give equal networks."""
    draw = Random(seed)
    for at in range(count):
        family = FAMILIES[at % len(FAMILIES)]
        yield family.__name__, family(draw)
