"""A valid spec of which some lines are broken: each broken line has its message, and no other line has one."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convdsl.pipeline import analyze
from convdsl.source import Source

# Each line with what a person might write instead, and the code of that mistake. None of the mistakes needs a shape
# to be seen, because a line above that is broken too leaves the shapes unknown.
TEXT: list[tuple[str, list[tuple[str, str]]]] = [
    ("convdsl 1", []),
    (
        "block Down(channels: int) {",
        [("block Down(channels int) {", "E001"), ("block Down(channels: int, ) -> {", "E001")],
    ),
    ("  Conv2d(channels, 3, padding=1)", [("  Conv2d(channels 3, padding=1)", "E001"), ("  covn2d(8, 3)", "E110")]),
    ("  ReLU()", [("  ReLU(", "E001"), ("  Relu()", "E110")]),
    ("}", []),
    ("model Net(width: int = 8) {", [("model Net(width int = 8) {", "E001")]),
    (
        "  input x: [N, 3, H, W] where H % 2 == 0",
        [("  input x: [N, 3, H, W] where H % 2 = 0", "E001"), ("  inptu x: [N, 3, H, W]", "E001")],
    ),
    ("  a = Down(width)", [("  a = Down width", "E001"), ("  a = Dwon(width)", "E110")]),
    (
        "  b = x -> Conv2d(16, 3, padding=1)",
        [
            ("  b = x -> Conv2d(16, 3, pading=1)", "E111"),
            ("  b = x -> Conv2d(16, 3, bias=True)", "E001"),
            ('  b = x -> Conv2d(16, "3", padding=1)', "E113"),
            ("  b = x -> Conv2d(16)", "E112"),
            ("  b: x -> Conv2d(16, 3, padding=1)", "E001"),
        ],
    ),
    ("  c = Add(a, a)", [("  c = Add(a a)", "E001"), ("  c = Add(a, q)", "E102")]),
    ("  d = b -> BatchNorm2d()", [("  d = b -> BatchNorm2d", "E001"), ("  d = zzz -> BatchNorm2d()", "E102")]),
    ("  for i in range(2) {", [("  for i of range(2) {", "E001"), ("  for i in 2 {", "E113")]),
    ("    enc[i] = x -> Conv2d(8, 3, padding=1)", [("    enc[i] = x -> Conv2d(8, 3, padding: 1)", "E001")]),
    ("  }", []),
    ("  e = Concat(c, enc[0], enc[1])", [("  e = Concat(c, enc[1]]", "E001"), ("  e = Concat(c, nothing)", "E102")]),
    ("  repeat 2 {", [("  repaet 2 {", "E001"), ("  repeat 2.5 {", "E113")]),
    ("    Conv2d(4, 3, padding=1)", [("    Conv2d(4, 3, padding='same')", "E001")]),
    ("  }", []),
    ("  z = Conv2d(2, 1)", [("  z = Conv2d(2, 1);", "E001"), ("  z == Conv2d(2, 1)", "E001")]),
    ("  y = Concat(d, b, x)", [("  y = Concat(d, b, x) as y", "E001")]),
    ("  output y: [N, 35, H, W]", [("  output y = [N, 35, H, W]", "E001"), ("  ouput y: [N, 35, H, W]", "E001")]),
    ("  output z: [N, 2, H, W]", [("  output z: [N, 2, H, W", "E001")]),
    ("}", []),
    ("train {", []),
    ("  epochs = 3", [("  epochs: 3", "E001"), ("  epoch = 3", "E150"), ("  epochs = many", "E151")]),
    ("}", []),
]
YAML: list[tuple[str, list[tuple[str, str]]]] = [
    ("convdsl: 1", []),
    ("blocks:", []),
    ("  Down:", [("  down:", "E007")]),
    ("    params: {channels: int}", [("    params: [channels]", "E007"), ("    parms: {channels: int}", "E007")]),
    ("    layers:", []),
    (
        "      - Conv2d: {out_channels: channels, kernel_size: 3, padding: 1}",
        [
            ("      - Conv2d: {out_channels: channels, kernel_size: (3, 3), padding: 1}", "E007"),
            ("      - Conv2d: {out_channels: channels, kernel_size: [3, padding: 1}", "E006"),
        ],
    ),
    ("      - ReLU", [("      - ReLU()", "E007"), ("      -ReLU", "E006"), ("\t- ReLU", "E006")]),
    ("model: Net", []),
    ("params: {width: int = 8}", []),
    ("inputs:", []),
    ("  x: {shape: [N, 3, H, W]}", [("  x: {shap: [N, 3, H, W]}", "E007"), ("  x: {shape: [N, 3, H, W}", "E006")]),
    ("layers:", []),
    ("  - a: {Down: width}", [("  - a: {down: width}", "E007"), ("  - a: {Dwon: width}", "E110")]),
    (
        "  - b: {Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}}",
        [
            ("  - b: {Conv2d: {out_channels: 16, kernel_size: 3, pading: 1}}", "E111"),
            ("  - b: {Conv2d: {out_channels: 16, kernel_size: 3, bias: True}}", "E001"),
            ('  - b: {Conv2d: {out_channels: 16, kernel_size: "a b"}}', "E001"),
            ("  - b: {Conv2d: {out_channels: 16}}", "E112"),
            ("  - b: {Conv2d: {out_channels: &n 16, kernel_size: 3}}", "E009"),
        ],
    ),
    ("  - c: {Add: [a, a]}", [("  - c: {Add: [a, q]}", "E102"), ("  - c: {Add: [a, enc[0]]}", "E006")]),
    ("  - d: BatchNorm2d", [("  - d = BatchNorm2d", "E007"), ("  - d: BatchNrm2d", "E110")]),
    ("  - repeat: 2", []),
    ("    do: [ReLU]", [("    od: [ReLU]", "E007"), ("    do: [ReLU", "E006")]),
    ("  - Tanh", [("  - Tahn", "E110")]),
    ("  - e: ReLU", [("  - e: ReLU()", "E007")]),
    ("outputs:", []),
    ("  e: {shape: [N, 8, H, W]}", [("  e: {shape: [N, 8, H, W], mean: ab}", "E007")]),
    ("  b: {shape: [N, 16, H, W]}", [("  b: {shape: 16 H W}", "E001")]),
    ("train: {epochs: 3}", [("train: {epoch: 3}", "E150"), ("train: [3]", "E007")]),
]


@st.composite
def broken(draw: st.DrawFn, lines: list[tuple[str, list[tuple[str, str]]]]) -> tuple[str, list[tuple[int, str]]]:
    """Draw a text with a few lines broken, and (line, code) of each."""
    places = [at for at, (_, ways) in enumerate(lines) if ways]
    chosen = draw(st.lists(st.sampled_from(places), unique=True, max_size=8))
    out, expected = [line for line, _ in lines], []
    for at in sorted(chosen):
        out[at], code = draw(st.sampled_from(lines[at][1]))
        expected.append((at + 1, code))
    return "\n".join(out) + "\n", expected


def told(name: str, text: str) -> list[tuple[int, str]]:
    source = Source(name, text)
    found = [d for d in analyze(source).diagnostics if d.is_error]
    return [(source.position(d.where.span.start).line, d.code.id) for d in found]


def is_decidable(lines: list[tuple[str, list[tuple[str, str]]]], expected: list[tuple[int, str]]) -> bool:
    """Tell whether every mistake can be seen: a block without its heading is not judged by what its lines name."""
    codes = dict(expected)
    heading = next(at for at, (line, _) in enumerate(lines, 1) if "Down" in line)
    return heading not in codes or all(code < "E1" for at, code in expected if at <= heading + 5)


@settings(deadline=None, max_examples=150)
@given(broken(TEXT))
def test_law_broken_lines_of_a_text_have_one_message_each(case: tuple[str, list[tuple[int, str]]]) -> None:
    text, expected = case
    assume(is_decidable(TEXT, expected))
    assert sorted(told("net.cdsl", text)) == sorted(expected), text


@settings(deadline=None, max_examples=150)
@given(broken(YAML))
def test_law_broken_lines_of_a_yaml_spec_have_one_message_each(case: tuple[str, list[tuple[int, str]]]) -> None:
    text, expected = case
    assume(is_decidable(YAML, expected))
    assert sorted(told("net.yaml", text)) == sorted(expected), text
