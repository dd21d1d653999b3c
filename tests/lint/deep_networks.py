"""Deep networks drawn at random, sound and unsound, in which much repeats: in loops, blocks and lines in a row."""

from collections.abc import Iterator
from random import Random

from convdsl.lint.catalogue import rules
from convdsl.lint.rule import example

TURNS = (6, 9, 13, 20, 31)
LINES = (
    *(
        "Conv2d({c}, 3, padding=1)",
        "Conv2d({c}, 3, padding=1, bias=false)",
        "Conv2d({c}, 1)",
        "Conv2d({c}, 7, padding=3)",
    ),
    *("ReLU()", "Tanh()", "Sigmoid()", "LeakyReLU(0.2)", "Softmax(dim=1)", "Mul(2)", "Mul(0.5)"),
    *("BatchNorm2d()", "GroupNorm(2)", "InstanceNorm2d()", "Dropout(0.3)", "ChannelShuffle(2)"),
    *("Conv2d({c}, 3, padding=1, groups={c})", "Conv2d({c}, 3, padding=1, groups=2)"),
    *("Conv2d({c}, 3, padding=2, dilation=2)", "Conv2d({c}, 2, padding=same)", "Conv2d({c}, 3) -> ZeroPad2d(1)"),
    *("AvgPool2d(3, stride=1, padding=1)", "MaxPool2d(3, stride=1, padding=1)"),
    "MaxPool2d(2) -> Upsample(scale_factor=2)",
    "Conv2d({c}, 2, stride=2) -> ConvTranspose2d({c}, 2, stride=2)",
    "Conv2d({c}, 3, stride=2, padding=1) -> ConvTranspose2d({c}, 3, stride=2, padding=1, output_padding=1)",
    "Upsample(scale_factor=2) -> Conv2d({c}, 1) -> AvgPool2d(2)",
    "Conv2d({c}, 1, stride=2) -> Upsample(scale_factor=2)",
    "Conv2d(4, 1) -> ReLU() -> Conv2d({c}, 1)",
    "ZeroPad2d((1, 0, 1, 0)) -> Conv2d({c}, 2)",
)
ENDS = (
    *("main + x", "x + main", "main + x -> ReLU()", "main + x -> Dropout(0.1)", "main * x"),
    *("Concat(main, x) -> Conv2d({c}, 1)", "main + x -> Conv2d({c}, 1)"),
)


class Drawing:
    """One network; `c` channels all along."""

    def __init__(self, draw: Random) -> None:
        self.draw, self.c = draw, draw.choice((2, 4, 8, 8, 9, 16))
        self.blocks: list[str] = []
        self.names = iter(f"v{number}" for number in range(100))

    def lines(self, most: int, least: int = 0) -> list[str]:
        return [self.line() for _ in range(self.draw.randint(least, most))]

    def line(self) -> str:
        return self.draw.choice(LINES).format(c=self.c)

    def loop(self) -> list[str]:
        """What repeats, in one of the ways to write it."""
        count, body, form = self.draw.choice(TURNS), self.lines(4, 1), self.draw.random()
        if form < 0.3:
            return [f"repeat {count} {{", *body, "}"]
        if form > 0.75:
            return body * count
        name = f"Block{len(self.blocks)}"
        body[-1] = f"main = {body[-1]}"
        end = self.draw.choice(ENDS).format(c=self.c)
        self.blocks.append("\n".join([f"block {name}() {{", "input x: [N, C, H, W]", *body, end, "}"]))
        if form > 0.6:
            return [f"for i in range({count}) {{ {next(self.names)}[i] = {name}() }}"]
        return [f"repeat {count} {{ {name}() }}"]

    def levels(self) -> list[str]:
        """A level below, and what was above it beside what comes back."""
        above, back = next(self.names), next(self.names)
        up = self.draw.choice((f"ConvTranspose2d({self.c}, 2, stride=2)", "Upsample(scale_factor=2)"))
        kept = f"{above} = Conv2d({self.c}, 3, padding=1)"
        joined = [f"{back} = {up}", f"Concat({back}, {above})", f"Conv2d({self.c}, 1)"]
        return [kept, "MaxPool2d(2)", *self.loop(), *joined, *(self.loop() if self.draw.random() < 0.5 else ())]

    def body(self) -> list[str]:
        out = [f"Conv2d({self.c}, 3, padding=1)"] if self.draw.random() < 0.8 else []
        out += self.lines(2)
        early, late = next(self.names), next(self.names)
        skips = self.draw.random() < 0.5
        out += [f"{early} = {self.line()}"] if skips else []
        out += self.loop()
        out += self.levels() if self.draw.random() < 0.4 else []
        join = self.draw.choice((f"{late} + {early}", f"Concat({late}, {early})"))
        out += [f"{late} = {self.line()}", join] if skips else []
        return out + self.lines(2) + (self.loop() if self.draw.random() < 0.3 else [])

    def text(self) -> str:
        choose, lines = self.draw.choice, self.body()
        size, where = choose((("H, W", ""), ("H, W", " where H % 4 == 0, W % 4 == 0"), ("64, 64", ""), ("32, W", "")))
        channels, means = choose(
            ((1, ""), (1, " means L / 100"), (1, " means L"), (3, ""), (3, " means RGB"), (self.c, ""))
        )
        head = choose(("Conv2d(2, 3, padding=1)", "Conv2d(2, 1) -> Tanh()", "Conv2d(2, 1) -> Softmax(dim=1)"))
        says = choose(("", " means ab / 110", " means ab", " means classes"))
        train = (
            f"train {{\ncrop = {choose((64, 96))}\nbatch = {choose((1, 2, 16))}\n}}" if self.draw.random() < 0.3 else ""
        )
        first, last = f"input x: [N, {channels}, {size}]{means}{where}", [f"output y: [N, 2, {size}]{says}"]
        plain = [at for at, line in enumerate(lines) if line.startswith("Conv2d") and "->" not in line]
        if plain and self.draw.random() < 0.3:  # one of them leaves the network, perhaps from the midst of equal ones
            at = choose(plain)
            if not any(line.endswith("{") for line in lines[:at]):
                lines[at] = f"tap = {lines[at]}"
                last.append(f"output tap: [N, {self.c}, {size}]")
        model = ["model Net {", first, *lines, f"y = {head}", *last, "}"]
        return "\n".join(["convdsl 1", *self.blocks, *model, train, ""])


def repeated_example(draw: Random) -> str:
    """A spec of a rule's own, good or bad, with a few lines of it repeated."""
    rule = draw.choice(rules())
    lines = example(draw.choice((*rule.bad, *rule.good))).split("\n")
    plain = [at for at, line in enumerate(lines) if line.startswith("  ") and line.strip()[:1].isupper()]
    if not plain:
        return "\n".join(lines)
    first = last = draw.choice(plain)
    while last + 1 in plain and draw.random() < 0.6:
        last += 1
    body, count = lines[first : last + 1], draw.choice(TURNS)
    again = [f"  repeat {count} {{", *body, "  }"] if draw.random() < 0.5 else body * count
    return "\n".join([*lines[:first], *again, *lines[last + 1 :]])


def deep_networks(count: int, seed: int) -> Iterator[str]:
    """Draw networks; not every one is free of mistakes."""
    draw = Random(seed)
    for _ in range(count):
        yield repeated_example(draw) if draw.random() < 0.35 else Drawing(draw).text()
