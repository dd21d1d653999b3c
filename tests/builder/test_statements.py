"""For every statement of the language: what a program writes is what the text says."""

from collections.abc import Callable
from typing import Any

import pytest

from convdsl import Body, Layer, block, expr, imported, library, model
from convdsl.authoring.canonical import canonical
from convdsl.authoring.print_text import print_text
from convdsl.builder.refusal import BuilderError
from convdsl.layers import (
    Add,
    BatchNorm2d,
    Chunk,
    Concat,
    Conv2d,
    GroupNorm,
    MaxPool2d,
    Mul,
    Pad,
    ReLU,
    Tanh,
    Upsample,
)
from convdsl.recipes import L1, AdamW, SmoothL1
from convdsl.source import Source
from convdsl.syntax.parse import parse


@block
def Up(b: Body, channels: int) -> None:
    b(Conv2d(channels, 1))


NORM = GroupNorm(4)
UP = "block Up(channels: int) { Conv2d(channels, 1) }\n"


def line(m: Body) -> None:
    m(Conv2d(8, 3, padding=1, padding_mode="reflect"))


def chain(m: Body) -> None:
    m(m.x >> Conv2d(8, (3, 5)) >> BatchNorm2d() >> ReLU())


def name(m: Body) -> None:
    m.y = Conv2d(8, 3, bias=False) | "[N, 8, H - 2, W - 2]"


def named_chain(m: Body) -> None:
    m.conv1 = m.x >> Conv2d(8, 3) >> ReLU() | ["N", 8, "H - 2", "W - 2"]


def alias(m: Body) -> None:
    m.y = m.x


def computed_name(m: Body) -> None:
    for i in range(2):
        m[f"e{i}"] = ReLU()
    m["class"] = ReLU()


def several(m: Body) -> None:
    m["a", "b"] = Chunk(2)
    m[m.c[0], "d"] = m.x >> Chunk(2)


def indices(m: Body) -> None:
    m.enc[0] = ReLU()
    m.enc[1][2] = m.enc[0] >> ReLU()


def joins(m: Body) -> None:
    m(Concat(m.a, m.enc[0], m.features.e1, dim=2))
    m((m.a, m.b) >> Up(64))
    m(m.a + m.b >> ReLU())
    m.y = m.a - m.b * 2
    m(Tanh() * 110)
    m(Mul(110))
    m(1 - m.a)
    m(-m.a)


def group(m: Body) -> None:
    with m.group("features", shape="[N, 8, H, W]"):
        m.e1 = ReLU()
    with m.group():
        m(ReLU())
    with m.group(m.stage[1], as_="stage.one"):
        m(ReLU())


def keys(m: Body) -> None:
    m.ab = Conv2d(2, 3).as_("output")
    m(m.x >> Up(4).as_("block.{1 + 1}"))


def loops(m: Body) -> None:
    with m.repeat(3):
        m(ReLU())
    with m.for_("i", range(1, 4)) as i:
        m.enc[i] = Conv2d(2 * i, 1)
    with m.for_("i", "reversed(range(3))") as i:
        m(Concat(m.enc[i + 1], m.x))
    with m.for_("d", [1, 2, 4]) as d:
        m(Conv2d(8, 3, dilation=d, padding=d))


def defaults(m: Body) -> None:
    m.default(Conv2d, padding=1, bias=False)
    m.default(Up, channels=8)
    m(Conv2d(8, 3))


def declared(m: Body) -> None:
    head = m.layer("head", Conv2d(36, 3, in_channels=3))
    m.p3 = m.x >> head()
    with m.layer("tower") as tower:
        m(Conv2d(8, 3) >> ReLU())
    m(tower().as_("t"))


def holes(m: Body) -> None:
    m.y = Conv2d(64, 3, stride=2, padding=expr("?")) | "[N, 64, H / 2, W / 2]"


def numbers(m: Body) -> None:
    m(Upsample(scale_factor=0.5, mode="bilinear", align_corners=None))
    m(GroupNorm(4, eps=1e-05, affine=True))
    m(Pad((-1, -1, 0, 0)))
    m(Mul(-0.25))
    m(Mul(1e22))


def notes(m: Body) -> None:
    m.note("Two lines,\n# one of them odd")
    m.gap()
    m.note("")
    m(ReLU())
    m.aside("beside")
    m.gap()
    with m.repeat(2):
        m.note("inside")
        m(ReLU())
        m.note("at the end")
    m.aside("of the loop")
    m.note("the last word")


PAIRS: list[tuple[Callable[[Body], None], str]] = [
    (line, "Conv2d(8, 3, padding=1, padding_mode=reflect)"),
    (chain, "x -> Conv2d(8, (3, 5)) -> BatchNorm2d() -> ReLU()"),
    (name, "y = Conv2d(8, 3, bias=false) : [N, 8, H - 2, W - 2]"),
    (named_chain, "conv1 = x -> Conv2d(8, 3) -> ReLU() : [N, 8, H - 2, W - 2]"),
    (alias, "y = x"),
    (computed_name, "e0 = ReLU()\ne1 = ReLU()\nclass = ReLU()"),
    (several, "a, b = Chunk(2)\nc[0], d = x -> Chunk(2)"),
    (indices, "enc[0] = ReLU()\nenc[1][2] = enc[0] -> ReLU()"),
    (
        joins,
        "Concat(a, enc[0], features.e1, dim=2)\n(a, b) -> Up(64)\na + b -> ReLU()\ny = a - b * 2\nTanh() * 110\n"
        "Mul(110)\n1 - a\n-a",
    ),
    (
        group,
        'features = {\n  e1 = ReLU()\n} : [N, 8, H, W]\n{\n  ReLU()\n}\nstage[1] = {\n  ReLU()\n} as "stage.one"',
    ),
    (keys, 'ab = Conv2d(2, 3) as "output"\nx -> Up(4) as "block.{1 + 1}"'),
    (
        loops,
        "repeat 3 { ReLU() }\nfor i in range(1, 4) { enc[i] = Conv2d(2 * i, 1) }\n"
        "for i in reversed(range(3)) { Concat(enc[i + 1], x) }\n"
        "for d in [1, 2, 4] { Conv2d(8, 3, dilation=d, padding=d) }",
    ),
    (defaults, "default Conv2d(padding=1, bias=false)\ndefault Up(channels=8)\nConv2d(8, 3)"),
    (
        declared,
        "layer head = Conv2d(36, 3, in_channels=3)\np3 = x -> head()\n"
        'layer tower = { Conv2d(8, 3) -> ReLU() }\ntower() as "t"',
    ),
    (holes, "y = Conv2d(64, 3, stride=2, padding=?) : [N, 64, H / 2, W / 2]"),
    (
        numbers,
        "Upsample(scale_factor=0.5, mode=bilinear, align_corners=none)\nGroupNorm(4, eps=1e-05, affine=true)\n"
        "Pad((-1, -1, 0, 0))\nMul(-0.25)\nMul(1e+22)",
    ),
    (
        notes,
        "# Two lines,\n# # one of them odd\n\n#\nReLU()  # beside\n\nrepeat 2 {  # of the loop\n# inside\nReLU()\n"
        "# at the end\n}\n# the last word",
    ),
]


def same(spec: Any, text: str) -> None:
    parsed = parse(Source("pair.cdsl", text))
    assert [found.message for found in parsed.diagnostics] == []
    wanted = canonical(parsed.file)
    assert spec.to_text() == print_text(wanted)
    assert spec.tree() == wanted


@pytest.mark.parametrize(("write", "text"), PAIRS, ids=lambda part: getattr(part, "__name__", ""))
def test_statement_when_written_by_a_program_is_that_of_the_text(write: Callable[[Body], None], text: str) -> None:
    same(model(name="M", blocks=(Up,))(write), f"convdsl 1\n{UP}\nmodel M {{\n{text}\n}}\n")


def test_ifs_when_written_by_a_program_are_those_of_the_text() -> None:
    @block
    def Choice(b: Body, width: int, kind: str = "plain", norm: Layer = NORM, deep: bool = False) -> None:
        b.input("x", "[N, C, H, W]", default=0)
        with b.if_((width > 64) & ~deep):
            b(norm())
        with b.elif_(kind == "plain"):
            b(MaxPool2d(2))
        with b.elif_("C in [3, 5]"):
            b(Up(min_of := expr("min(width, 512)")))
            assert str(min_of) == "(min(width, 512))"
        with b.else_():
            b(ReLU())
        with b.if_(deep):
            b(Conv2d(width**2 // 3 % 7 + 2 - (-width), 1))
        b.output("skip", f"[N, {2 * width}, H, W]")

    same(
        library(Choice, header="a file of blocks", tail="the end"),
        "# a file of blocks\nconvdsl 1\n" + UP + 'block Choice(width: int, kind: str = "plain", norm: layer = '
        "GroupNorm(4), deep: bool = false) {\n  input x: [N, C, H, W] = 0\n  if width > 64 and not deep { norm() }\n"
        '  else if kind == "plain" { MaxPool2d(2) }\n  else if C in [3, 5] { Up(min(width, 512)) }\n'
        "  else { ReLU() }\n  if deep { Conv2d(width ** 2 // 3 % 7 + 2 - -width, 1) }\n"
        "  output skip: [N, 2 * width, H, W]\n}\n# the end\n",
    )


def test_model_when_written_by_a_program_is_that_of_the_text() -> None:
    Down, Side = imported("blocks.cdsl", "Down", "Side", note="shared", aside="by all")

    @model(aside="small", header="first", beside="one")
    def Net(m: Body, width: int = 8, *, ratio: float = 0.5, class_: bool = True) -> None:
        """A network.

        It is small.
        """
        m.input("gray", ["N", 1, "H", "W"], means="(L - 50) / 50", where="H % 8 == 0, W >= 16 and W <= 64")
        m.input("mask", "N, 1, H, W", default=0, where=["H > 4"])
        m(Add(m.gray, m.mask))
        m(Down(width, sub=Up(8), norm=BatchNorm2d) >> Side())
        with m.if_(class_):
            m.ab = Conv2d(2, 1)
        m.output("ab", "[N, 2, H, W]", means="ab / 110")
        m.expect("parameters <= 1M, macs(H=256, W=256) <= 1.7G", "receptive_field >= 2")

    t = Net.train("how", "it learns", loss=SmoothL1(beta=0.1))
    t.note("quick")
    t.optimizer = AdamW(lr=1e-3)
    t.aside("AdamW")
    t.sizes = (100, 136)
    t.precision = expr("fp32")
    t.note("done")
    same(
        Net,
        '# first\nconvdsl 1  # one\n# shared\nfrom "blocks.cdsl" import Down, Side  # by all\n' + UP + "# A network.\n"
        "#\n# It is small.\nmodel Net(width: int = 8, ratio: float = 0.5, class: bool = true) {  # small\n"
        "input gray: [N, 1, H, W] means (L - 50) / 50 where H % 8 == 0, W >= 16, W <= 64\n"
        "input mask: [N, 1, H, W] = 0 where H > 4\nAdd(gray, mask)\n"
        "Down(width, sub=Up(8), norm=BatchNorm2d) -> Side()\nif class { ab = Conv2d(2, 1) }\n"
        "output ab: [N, 2, H, W] means ab / 110\n"
        "expect parameters <= 1M, macs(H=256, W=256) <= 1.7G, receptive_field >= 2\n}\n# how\ntrain {  # it learns\n"
        "loss = SmoothL1(beta=0.1)\n# quick\noptimizer = AdamW(lr=0.001)  # AdamW\nsizes = (100, 136)\n"
        "precision = fp32\n# done\n}\n",
    )


def test_losses_when_a_program_adds_them_are_the_sum_of_the_text() -> None:
    @model
    def Net(m: Body) -> None:
        m.input("x", "[N, 1, H, W]")
        m.y = Conv2d(2, 1)
        m.output("y", "[N, 2, H, W]")

    Net.train(loss=100 * L1() + SmoothL1(beta=0.1) / 2)
    same(
        Net,
        "convdsl 1\nmodel Net {\ninput x: [N, 1, H, W]\ny = Conv2d(2, 1)\noutput y: [N, 2, H, W]\n}\n"
        "train {\nloss = 100 * L1() + SmoothL1(beta=0.1) / 2\n}\n",
    )


def test_losses_when_a_program_chains_them_are_refused() -> None:
    @model
    def Net(m: Body) -> None:
        m.input("x", "[N, 1, H, W]")
        m.y = Conv2d(2, 1)
        m.output("y", "[N, 2, H, W]")

    with pytest.raises(BuilderError, match="this is a line"):
        Net.train(loss=L1() >> SmoothL1())
