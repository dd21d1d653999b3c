"""Random specs whose lines nearly always make a network: what `fmt` may not change is seen in the graph.

All values have four channels and one size, so that lines go with one another in any order.
"""

from hypothesis import strategies as st

HEAD = """\
convdsl 1
block Two(norm: layer = BatchNorm2d, c: int = 4, mode: str = same) {
  Conv2d(c, 3, padding=mode) -> norm() -> ReLU()
}
block Gate() {
  input a: [N, C, H, W]
  input b: [N, C, H, W]
  a * b
}
block Hold(inside: layer) { inside() -> Add(1) }
model M(k: int = 2, same: int = 1) {
  input x: [N, 4, H, W] where H % 4 == 0, W % 4 == 0
  input z: [N, 4, H, W]
  layer shared = Conv2d(4, 1) -> ReLU()
"""
CALLS = [
    "Conv2d(4, 1)",
    "Conv2d(kernel_size=3, padding=1, out_channels=4)",
    "Conv2d(4, 3, 1, 1)",
    "Conv2d(4, 3, padding=same)",
    "BatchNorm2d()",
    "ReLU()",
    "LeakyReLU(0.2)",
    "Dropout(p=0.1)",
    "GroupNorm(2)",
    "Two()",
    "Two(GroupNorm(num_groups=2))",
    "Two(c=4, norm=InstanceNorm2d())",
    "Hold(Tanh())",
    "Hold(inside=Two())",
    "shared()",
    "Mul(k)",
    "Mul(-0.5)",
    "Add(1, broadcast=true)",
    "Concat(z, dim=2) -> Chunk(2, dim=2) -> Add()",
    "Chunk(2) -> Concat()",
    "Split((1, 3)) -> Concat(dim=1)",
    "Upsample(mode=nearest, scale_factor=2) -> MaxPool2d(2)",
    "Crop(like=z)",
    "Slice(step=1)",
]
SOURCES = [
    "x",
    "z",
    "x",
    "(x, z) -> Gate()",
    "Add(x, z)",
    "Sub(x, 2)",
    "x * k",
    "k - x",
    "x + z - x",
    "-x",
    "Mul(x, z)",
]
SUMS = ["Tanh() * 110", "ReLU() / 2 + 1", "1 - Sigmoid()", "Conv2d(4, 1) + x", "Conv2d(4, 1) * k", "(x + z) * 0.5"]
REMARKS = ["", "", "", "  # why"]

chains = st.tuples(
    st.sampled_from([*SOURCES, *SUMS, "", "", "", ""]), st.lists(st.sampled_from(CALLS), min_size=1, max_size=4)
).map(lambda parts: " -> ".join([parts[0], *parts[1]] if parts[0] else parts[1]))
values = chains | st.sampled_from(SUMS) | st.sampled_from([source for source in SOURCES if len(source) > 1])
spaced = st.tuples(st.sampled_from(["", "", "\n", "# a word\n"]), values, st.sampled_from(REMARKS)).map("".join)
promised = spaced.map(lambda line: line if "#" in line else f"{line} : [N, 4, H, W]")
plain = spaced | promised | st.sampled_from(["default Conv2d(bias=false, padding=0)", "default Mul(broadcast=true)"])


def _body(lines: list[str]) -> str:
    return "{\n" + "\n".join(lines) + "\n}"


bodies = st.lists(plain, min_size=1, max_size=3).map(_body)
larger = (
    st.tuples(st.sampled_from(["repeat 2 ", "for i in (1,2) ", "if k > 1 ", "if k == 5 ", ""]), bodies).map("".join)
    | st.tuples(bodies, bodies).map(lambda both: f"if k < 2 {both[0]} else {both[1]}")
    | st.tuples(bodies, bodies).map(lambda both: f"if k < 2 {both[0]} else if k == 2 {both[1]}")
)


@st.composite
def networks(draw: st.DrawFn) -> str:
    """A whole spec: lines and bodies, some of them named, and an output."""
    lines: list[str] = []
    for number, line in enumerate(draw(st.lists(plain | larger, min_size=1, max_size=6))):
        begins = line.lstrip("\n").startswith(("default", "repeat", "for", "if", "#"))
        lines.append(line if begins or draw(st.booleans()) else f"y{number} = {line.lstrip()}")
    source = draw(st.sampled_from(["x -> Conv2d(4, 1)", "x + z"]))
    return f"{HEAD}{source}\n" + "\n".join(lines) + "\ny = x + z -> shared()\noutput y: [N, 4, H, W]\n}\n"
