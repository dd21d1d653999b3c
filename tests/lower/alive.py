"""Random specs in which every layer reaches the output, so that they can be compiled: chains, joins, sharing, blocks.

All values have four channels and one size, so that lines go with one another in any order.
"""

from hypothesis import strategies as st

HEAD = """\
convdsl 1
block Two(norm: layer = BatchNorm2d, c: int = 4) {
  Conv2d(c, 3, padding=1, bias=false) -> norm() -> ReLU()
  Conv2d(4, 1)
}
block Residual(groups: int = 1) {
  input x: [N, C, H, W]
  main = { ConvTranspose2d(4, 3, padding=1, groups=groups) -> BatchNorm2d() }
  main + x -> ReLU()
}
model M {
  input x: [N, 4, H, W] where H % 4 == 0, W % 4 == 0
  layer shared = Conv2d(4, 1)
  layer norm = BatchNorm2d()
  layer tower = { Conv2d(4, 3, padding=1, groups=2, bias=false) -> BatchNorm2d() -> ReLU() }
"""
CALLS = [
    *("Conv2d(4, 1)", "Conv2d(4, 3, padding=1)", "Conv2d(4, 3, padding=2, dilation=2, groups=4)", "BatchNorm2d()"),
    *("ConvTranspose2d(4, 3, padding=1, groups=2, bias=false)", "BatchNorm2d(affine=false)", "norm()", "norm()"),
    *("BatchNorm2d()", "BatchNorm2d()", "shared()", "tower()", "Two()", "Two(norm=GroupNorm(2))", "Residual()"),
    *("Residual(2)", "ReLU()", "LeakyReLU(0.2)", "Tanh()", "Dropout()", "Identity()", "Mul(0.5)", "GroupNorm(2)"),
    *("Conv2d(4, 2, stride=2) -> Upsample(scale_factor=2)", "MaxPool2d(2) -> ConvTranspose2d(4, 2, stride=2)"),
    *("Chunk(2) -> Concat()", "InstanceNorm2d(track_running_stats=true)", "Upsample(scale_factor=2) -> AvgPool2d(2)"),
]
chains = st.lists(st.sampled_from(CALLS), min_size=1, max_size=4).map(" -> ".join)


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A whole spec; each line goes on from the one before, and some read an older value besides."""
    values = ["x", "start"]
    lines = []
    for number in range(draw(st.integers(1, 6))):
        chain, name = draw(chains), f"v{number}"
        if draw(st.booleans()):
            chain = f"{values[-1]} + {draw(st.sampled_from(values))} -> {chain}"
        kind = draw(st.sampled_from(["named", "group", "repeat"]))
        if kind == "group":
            chain = f"{{ {chain} }}"
        if kind == "repeat" and "+" not in chain:
            lines.append(f"repeat 2 {{ {chain} }}\n{name} = Conv2d(4, 1)")
        else:
            lines.append(f"{name} = {chain}")
        values.append(name)
    first = "  start = x -> shared() -> norm() -> tower()\n"
    return HEAD + first + "\n".join(lines) + "\ny = Conv2d(4, 1)\noutput y: [N, 4, H, W]\n}\n"
