"""`expand`: the same network, flat; what it prints is a spec with the same keys, sizes and hash."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convdsl import api
from convdsl.pipeline import Analysis, analyze
from convdsl.source import Source

ROOT = Path(__file__).parents[2]
SPECS = sorted(path for path in (ROOT / "specs").rglob("*") if path.suffix in (".cdsl", ".yaml"))

HARD = """convdsl 1
block Head(n: int) {
  layer shared = Conv2d(n, 3, padding=1)
  layer act = LeakyReLU(0.1) -> Dropout(0.25)
  Conv2d(n, 1)
  shared()
  p = act()
  shared()
  q = act()
  r = Concat(p, q) -> Conv2d(n, 1)
}
block Res() {
  input x: [N, C, H, W]
  default Conv2d(padding=1, bias=false)
  Conv2d(C, 3) -> BatchNorm2d()
  y = ReLU()
  x + y * 2 -> ReLU()
}
model M(k: int = 2, lo: float = -0.5, classes: int = 5) {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % (k * 2) == 0, W % 4 == 0
  input mask: [N, 1, H, W] = 0.5
  Concat(gray, mask)
  for i in range(k) {
    y = ReLU()
    enc[i] = Conv2d(8 * (i + 1), 3, padding=1)
    repeat 2 { Res() }
  }
  h = Head(6)
  a, b = h -> Chunk(2)
  s = a - b * lo
  t = 1 - s -> Tanh() -> Mul(110)
  layer never = Conv2d(4, 3, in_channels=3) -> ReLU() -> Conv2d(classes, 1)
  group = {
    layer spare = Conv2d(4, 1, in_channels=2)
    layer chain = Conv2d(4, 1, in_channels=2) -> Conv2d(5, 1)
    Conv2d(3, 1)
  }
  u = group -> MaxPool2d((2, 2)) -> Upsample(scale_factor=(2, 2)) : [N, 3, H / 2 * 2, W]
  Crop(u, like=enc[0])
  ab = Conv2d(2, 1) as "last.conv"
  z = t
  output z: [N, 3, H, W]
  output t: [N, 3, H, W]
  output ab: [N, 2, H, W] means ab / 110
  output mask: [N, 1, H, W]
  expect parameters <= 1M, macs(H=8, W=8) <= 1G
}
"""


def flat(analysis: Analysis, to: str) -> Analysis:
    """Expand, and read what was printed."""
    return analyze(Source({"text": "flat.cdsl", "yaml": "flat.yaml"}[to], api.expand(analysis, to=to)))


def assert_same(analysis: Analysis, to: str) -> None:
    """Compare a network with its expansion: hash, keys in order, sizes, findings."""
    after = flat(analysis, to)
    assert analysis.graph is not None and after.graph is not None
    assert [d.code for d in after.diagnostics] == [d.code for d in analysis.diagnostics]
    assert [node.key for node in after.graph.nodes] == [node.key for node in analysis.graph.nodes]
    assert {node.key for node in after.graph.spare} == {node.key for node in analysis.graph.spare}
    assert analysis.accepted is not None and after.accepted is not None
    assert after.accepted.text() == analysis.accepted.text()
    assert after.architecture_hash == analysis.architecture_hash


@pytest.mark.parametrize("to", ["text", "yaml"])
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_law_an_expanded_spec_is_the_same_network(path: Path, to: str) -> None:
    assert_same(api.load(path), to)


@pytest.mark.parametrize("to", ["text", "yaml"])
@pytest.mark.parametrize("given", [{}, {"k": 3}, {"k": 1, "lo": 2.5}])
def test_law_holds_for_shared_spare_and_looped_layers(given: dict[str, object], to: str) -> None:
    assert_same(analyze(Source("hard.cdsl", HARD), given), to)


LAYERS = st.sampled_from(
    [
        "Conv2d(width, 3, padding=1)",
        "Conv2d(2 * width, 1) -> BatchNorm2d() -> ReLU()",
        "n{i} = ReLU()",
        "n{i} = Conv2d(width, 3, padding=1, bias=false) -> LeakyReLU(0.2)",
        "Block(width)",
        "n{i} = Block(2 * width)",
        "repeat 2 {{ Block(width) }}",
        'for j in range(2) {{ m{i}[j] = Conv2d(j + 1, 1)\n ReLU() as "act{i}" }}',
        "if width > 3 {{ Conv2d(3, 1) }} else {{ Dropout(0.5) }}",
        "g{i} = {{ Conv2d(4, 1)\n inner = Tanh()\n inner * 2 -> Conv2d(3, 1) }}",
        "layer l{i} = Conv2d(width, 1)\n l{i}()\n Conv2d(width, 1)\n l{i}() -> Sigmoid()",
        "layer s{i} = Conv2d(2, 1, in_channels=width)",
        "d{i} = Conv2d(4, 1)\n p{i}, q{i} = d{i} -> Chunk(2)\n p{i} + q{i}",
        "default Conv2d(bias=false)",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LAYERS, max_size=8), st.integers(1, 5), st.sampled_from(["text", "yaml"]))
def test_law_generated_specs_expand_to_the_same_network(lines: list[str], width: int, to: str) -> None:
    body = "\n".join(line.format(i=index) for index, line in enumerate(lines))
    # l{i} is applied twice to values of `width` channels only
    start = "Conv2d(width, 1)\n"
    body = body.replace("layer l", start + "layer l")
    text = f"""convdsl 1
block Block(n: int) {{
  input x: [N, C, H, W]
  y = Conv2d(n, 3, padding=1)
  Concat(x, y) -> ReLU()
}}
model M(width: int = 1) {{
  input x: [N, 3, H, W]
{body}
  y = Conv2d(1, 1)
  output y: [N, 1, H, W]
}}
"""
    analysis = analyze(Source("made.cdsl", text), {"width": width})
    assert analysis.ok, [d.message for d in analysis.diagnostics]
    assert_same(analysis, to)


# ------------------------------------------------------------------ what a reader sees


def lines_of(text: str, **parameters: object) -> list[str]:
    return api.expand(analyze(Source("net.cdsl", text), parameters)).splitlines()


LOOP = """convdsl 1
block Double(n: int) {
  for i in range(2) {
    Conv2d(n, 3, padding=1)
  }
}
model M(width: int = 4) {
  input x: [N, 3, H, W]
  default Conv2d(bias=false)
  e1 = Double(width)
  ReLU()
  y = Concat(e1, x) -> Conv2d(1, 1)
  output y: [N, 1, H, W]
}
"""


def test_expand_when_blocks_loops_and_defaults_are_used_shows_each_layer_with_its_way() -> None:
    text = LOOP.replace("  ReLU()\n", "")
    assert lines_of(text, width=8) == [
        "convdsl 1",
        "",
        "model M {",
        "  input x: [N, 3, H, W]",
        "",
        '  Conv2d(8, 3, padding=1) as "e1.0"  # net.cdsl:4:5, i = 0 in e1 = Double(width) (line 10)',
        '  e1 = Conv2d(8, 3, padding=1) as "e1.1"  # net.cdsl:4:5, i = 1 in e1 = Double(width) (line 10)',
        "  Concat(e1, x)  # net.cdsl:11:7",
        "  y = Conv2d(1, 1, bias=false)  # net.cdsl:11:24",
        "",
        "  output y: [N, 1, H, W]",
        "}",
    ]


def test_expand_when_the_spec_is_wrong_raises_its_findings() -> None:
    with pytest.raises(api.SpecError, match="dead-node"):
        lines_of(LOOP)


def test_expand_when_a_default_gave_an_argument_writes_it_out() -> None:
    text = LOOP.replace("  ReLU()\n", "").replace("default Conv2d(bias=false)", "default Conv2d(padding=(1, 0))")
    text = text.replace("Conv2d(1, 1)", "Conv2d(1, (3, 1))")
    assert "  y = Conv2d(1, (3, 1), padding=(1, 0))  # net.cdsl:11:24" in lines_of(text)


def test_expand_when_blocks_are_imported_names_their_files(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "b.cdsl").write_text("convdsl 1\nblock B() {\n  ReLU()\n}\n", "utf-8")
    main = tmp_path / "net.cdsl"
    main.write_text(
        'convdsl 1\nfrom "parts/b.cdsl" import B\nmodel M {\n  input x: [N, 1, H, W]\n  y = B()\n'
        "  output y: [N, 1, H, W]\n}\n",
        "utf-8",
    )
    text = api.expand(main)
    assert '  y = ReLU() as "y.0"  # parts/b.cdsl:3:3 in y = B() (net.cdsl:5)' in text.splitlines()
    assert "import" not in text


def test_expand_when_layers_nest_by_a_parameter_counts_the_steps() -> None:
    text = """convdsl 1
block L(inside: layer = Identity()) {
  Sigmoid()
  inside()
}
model M {
  input x: [N, 1, H, W]
  y = L(inside=L(inside=L()))
  output y: [N, 1, H, W]
}
"""
    deep = next(line for line in lines_of(text) if '"y.1.1.0"' in line)
    assert deep.endswith("# net.cdsl:3:3 in inside() (line 4) × 2 in y = L(inside=L(inside=L())) (line 8)")


def test_expand_when_a_name_would_be_long_is_called_by_its_kind() -> None:
    text = """convdsl 1
block VeryLong() {
  input x: [N, C, H, W]
  something_said_at_length = ReLU()
  and_again = Sigmoid()
  something_said_at_length + and_again
}
model M {
  input x: [N, 1, H, W]
  y = VeryLong()
  output y: [N, 1, H, W]
}
"""
    assert any(line.startswith("  relu = ReLU()") for line in lines_of(text))


def test_expand_when_written_takes_the_spelling_of_the_file(tmp_path: Path) -> None:
    spec = LOOP.replace("  ReLU()\n", "")
    text = api.expand(spec, tmp_path / "flat.yaml")
    assert text.startswith("convdsl: 1\n")
    assert (tmp_path / "flat.yaml").read_text("utf-8") == text
    with pytest.raises(api.MistakeError, match="there is no spelling"):
        api.expand(spec, to="toml")


def test_expand_when_the_network_is_too_large_for_a_spec_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_BYTES", 100)
    with pytest.raises(api.MistakeError, match="no spec may have more than 100"):
        api.expand(LOOP.replace("  ReLU()\n", ""))
