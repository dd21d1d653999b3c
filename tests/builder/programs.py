"""Programs that write specs, as a user would: checked strictly by a type checker, run by the tests."""

from convdsl import Body, Layer, Model, block, expr, library, model
from convdsl.layers import (
    AdaptiveAvgPool2d,
    Add,
    BatchNorm2d,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    InstanceNorm2d,
    LeakyReLU,
    Linear,
    MaxPool2d,
    ReLU,
    Tanh,
)
from convdsl.recipes import AdamW, SmoothL1


@block
def Down(b: Body, channels: int) -> None:
    b(Conv2d(channels, 4, stride=2, padding=1, bias=False) >> BatchNorm2d() >> LeakyReLU(0.2))


@block
def Up(b: Body, channels: int) -> None:
    b(ConvTranspose2d(channels, 4, stride=2, padding=1, bias=False) >> BatchNorm2d() >> ReLU())


@model
def Colorizer(m: Body, width: int = 32) -> None:
    m.input("gray", "[N, 1, H, W]", means="(L - 50) / 50", where="H % 8 == 0, W % 8 == 0")
    m.gap()
    m.e1 = Down(width)
    m.e2 = Down(2 * width)
    m.e3 = Down(4 * width) | "[N, 4 * width, H / 8, W / 8]"
    m.aside("a checked promise, for every promised H and W")
    m.gap()
    m.d3 = Up(2 * width)
    m(Concat(m.d3, m.e2))
    m.d2 = Up(width)
    m(Concat(m.d2, m.e1))
    m(Up(width))
    m.gap()
    m.ab = Conv2d(2, 3, padding=1)
    m.output("ab", "[N, 2, H, W]", means="ab / 110")
    m.expect("parameters <= 1M")


Colorizer.train(loss=SmoothL1(), optimizer=AdamW(lr=1e-3), epochs=20, batch=32, crop=96)


@block
def Double(b: Body, channels: int, norm: Layer = BatchNorm2d) -> None:
    with b.repeat(2):
        b(Conv2d(channels, 3, padding=1, bias=False) >> norm() >> ReLU())


def unet(depth: int, width: int) -> Model:
    """A U-Net: Python's loops write its levels."""
    multiple = 2**depth

    @model(name=f"UNet{depth}x{width}")
    def net(m: Body) -> None:
        m.input("gray", "[N, 1, H, W]", means="L / 100", where=f"H % {multiple} == 0, W % {multiple} == 0")
        for i in range(depth):
            m.enc[i] = Double(width * 2**i)
            m(MaxPool2d(2))
        m(Double(width * multiple))
        for i in reversed(range(depth)):
            m.up[i] = ConvTranspose2d(width * 2**i, 2, stride=2)
            m(Concat(m.up[i], m.enc[i]) >> Double(width * 2**i))
        m.ab = Conv2d(2, 3, padding=1)
        m.output("ab", "[N, 2, H, W]", means="ab / 110")

    return net


@model
def UNet(m: Body, depth: int = 4, width: int = 16) -> None:
    """A U-Net of any depth: the language's loops write its levels."""
    m.input("gray", "[N, 1, H, W]", means="L / 100")
    with m.for_("i", "range(depth)") as i:
        m.enc[i] = Double(width * 2**i)
        m(MaxPool2d(2))
    m(Double(width * 2**depth))
    with m.for_("i", "reversed(range(depth))") as i:
        m.up[i] = ConvTranspose2d(width * 2**i, 2, stride=2)
        m(Concat(m.up[i], m.enc[i]) >> Double(width * 2**i))
    m.ab = Conv2d(2, 3, padding=1)
    m.output("ab", "[N, 2, H, W]", means="ab / 110")


@block
def Basic(b: Body, channels: int, stride: int = 1) -> None:
    x = b.input("x", "[N, C, H, W]")
    b.conv1 = Conv2d(channels, 3, stride=stride, padding=1, bias=False)
    b.bn1 = BatchNorm2d()
    b(ReLU())
    b.conv2 = Conv2d(channels, 3, padding=1, bias=False)
    b.bn2 = BatchNorm2d()
    with b.if_((stride != 1) | (expr("C") != channels)):
        b.downsample = x >> Conv2d(channels, 1, stride=stride, bias=False) >> BatchNorm2d()
    with b.else_():
        b.downsample = x
    b(b.bn2 + b.downsample >> ReLU())


def resnet(*blocks: int) -> Model:
    """ResNet-18 is `resnet(2, 2, 2, 2)`; the keys of the weights are torchvision's."""

    @model(name="ResNet")
    def net(m: Body) -> None:
        m.input("image", "[N, 3, H, W]", means="(RGB - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]")
        m.conv1 = Conv2d(64, 7, stride=2, padding=3, bias=False)
        m.bn1 = BatchNorm2d()
        m(ReLU() >> MaxPool2d(3, stride=2, padding=1))
        for i, count in enumerate(blocks):
            with m.group(f"layer{i + 1}"):
                for j in range(count):
                    m(Basic(64 * 2**i, stride=2 if i > 0 and j == 0 else 1))
        m(AdaptiveAvgPool2d(1) >> Flatten())
        m.fc = Linear(1000)
        m.output("fc", "[N, 1000]", means="classes")

    return net


@block
def Level(b: Body, channels: int, inside: Layer, outside: int, dropout: bool = False) -> None:
    x = b.input("x", "[N, C, H, W]")
    with b.group("model"):
        b(x >> LeakyReLU(0.2) >> Conv2d(channels, 4, stride=2, padding=1, bias=False) >> InstanceNorm2d())
        b(inside())
        b(ReLU() >> ConvTranspose2d(outside, 4, stride=2, padding=1, bias=False) >> InstanceNorm2d())
        with b.if_(dropout):
            b(Dropout(0.5))
    b(Concat(x, b.model))


@block
def Innermost(b: Body, channels: int) -> None:
    x = b.input("x", "[N, C, H, W]")
    b.model = (
        LeakyReLU(0.2)
        >> Conv2d(channels, 4, stride=2, padding=1)
        >> ReLU()
        >> ConvTranspose2d(expr("C"), 4, stride=2, padding=1, bias=False)
        >> InstanceNorm2d()
    )
    b(Concat(x, b.model))


def pix2pix(width: int = 64, levels: int = 3) -> Model:
    """The generator of pix2pix: each level holds the next one."""
    inside = Innermost(8 * width)
    for level in reversed(range(levels)):
        channels = width * min(8, 2 ** (level + 1))
        inside = Level(channels, inside, width * min(8, 2**level), dropout=level > 2)

    @model(name="Generator")
    def net(m: Body) -> None:
        multiple = 2 ** (levels + 2)
        m.input("gray", "[N, 1, H, W]", means="L / 50 - 1", where=f"H % {multiple} == 0, W % {multiple} == 0")
        m(Conv2d(width, 4, stride=2, padding=1))
        m(inside)
        m(ReLU())
        m.ab = ConvTranspose2d(2, 4, stride=2, padding=1) >> Tanh()
        m.output("ab", "[N, 2, H, W]", means="ab / 110")

    return net


def seed4(width: int = 32) -> Model:
    """Network 4 of the series: a U of four levels, its first lines commented."""

    @model(name="Network4")
    def net(m: Body) -> None:
        """A U of four levels."""
        m.input("gray", "[N, 1, H, W]", means="L", where="H % 16 == 0, W % 16 == 0")
        m.gap()
        for i in range(1, 5):
            m[f"conv{i}"] = Conv2d(width * 2 ** (i - 1), 4, stride=2, padding=1)
            m[f"conv{i}_bn"] = BatchNorm2d()
            if i < 4:
                m[f"e{i}"] = ReLU()
            else:
                m(ReLU())
        m.gap()
        for i in range(1, 4):
            m[f"t_conv{i}"] = ConvTranspose2d(width * 2 ** (3 - i), 4, stride=2, padding=1)
            m[f"t_conv{i}_bn"] = BatchNorm2d()
            m[f"d{4 - i}"] = ReLU()
            m(Concat(m[f"d{4 - i}"], m[f"e{4 - i}"]))
        m.t_conv4 = ConvTranspose2d(2, 4, stride=2, padding=1)
        m.d0 = ReLU()
        m(Concat(m.d0, m.gray))
        m.gap()
        m.ab = Conv2d(2, 3, padding=1).as_("output")
        m.aside("the published name of its weights")
        m.output("ab", "[N, 2, H, W]", means="ab")
        m.expect("parameters == 1_544_826")

    return net


blocks = library(Down, Up)


@model
def Shared(m: Body) -> None:
    x = m.input("x", "[N, 3, H, W]")
    head = m.layer("head", Conv2d(8, 3, padding=1) >> ReLU())
    m.a = x >> head()
    m.b = x >> Conv2d(3, 1) >> head()
    m.y = Add(m.a, m.b)
    m.output("y", "[N, 8, H, W]")
