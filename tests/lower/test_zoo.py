"""Every spec of the zoo, and specs that use every corner of the language, through the whole way to PyTorch."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import torch

from convdsl.folder import Folder
from convdsl.lower.build import build
from convdsl.lower.emit import emit
from convdsl.lower.keys import state
from convdsl.pipeline import Analysis, analyze
from convdsl.source import Source
from tests.lower.interpreter import Interpreter, run_and_differentiate
from tests.lower.test_emit import assert_harmless

ROOT = Path(__file__).parent.parent.parent
ZOO = sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "specs").rglob("*") if path.suffix in (".cdsl", ".yaml")
)
HEAVY = ("pix2pix", "unet2015", "vgg16")  # gigabytes of weights with their gradients, or 256 pixels at least
# the dense network has 144 GiB of weights
BUILT = [
    pytest.param(name, marks=pytest.mark.slow) if Path(name).stem in HEAVY else name
    for name in ZOO
    if name.endswith(".cdsl") and name != "specs/seed/dense.cdsl"
]

CORNERS = {
    "nested": """
        block Level(channels: int, inside: layer) {
          input x: [N, C, H, W]
          model = {
            LeakyReLU(0.2)
            Conv2d(channels, 4, stride=2, padding=1, bias=false)
            inside()
            ReLU()
            ConvTranspose2d(C, 4, stride=2, padding=1)
          }
          Concat(x, model)
        }
        block Bottom(channels: int) { Conv2d(channels, 3, padding=1) -> Tanh() }
        model Nested {
          input image: [N, 3, H, W] where H % 8 == 0, W % 8 == 0
          Conv2d(4, 3, padding=1)
          Level(6, inside=Level(8, inside=Level(8, inside=Bottom(8))))
          out = Conv2d(1, 1)
          output out: [N, 1, H, W]
        }""",
    "shared": """
        model Shared {
          input image: [N, 3, H, W]
          layer head = Conv2d(4, 3, padding=1)
          layer tower = { Conv2d(4, 1) -> BatchNorm2d() -> ReLU() }
          layer spare = Conv2d(9, 3, in_channels=5)
          layer act = ReLU6()
          start = Conv2d(4, 3, padding=1)
          start -> tower() -> act()
          a = head()
          half = AvgPool2d(2)
          half -> tower()
          b = head() -> act()
          output a: [N, 4, H, W]
          output b: [N, 4, H // 2, W // 2]
        }""",
    "loops": """
        block Double(channels: int, norm: layer = BatchNorm2d) {
          repeat 2 { Conv2d(channels, 3, padding=1, bias=false) -> norm() -> ReLU() }
        }
        model Loops(depth: int = 3) {
          input x: [N, 2, H, W]
          for i in range(depth) {
            enc[i] = Double(4 * 2 ** i)
            MaxPool2d(2)
          }
          Double(4 * 2 ** depth, norm=GroupNorm(2))
          for i in reversed(range(depth)) {
            up[i] = ConvTranspose2d(4 * 2 ** i, 2, stride=2)
            cut = Crop(enc[i], like=up[i])
            Concat(cut, up[i])
            Double(4 * 2 ** i)
          }
          y = Conv2d(2, 1) as "head.final"
          output y: [N, 2, 8 * (H // 8), 8 * (W // 8)]
        }""",
    "views": """
        model Views {
          input image: [N, 8, H, W]
          input mask: [N, 8, H, W] = 0.5
          a, b = image -> Chunk(2)
          a -> Identity() -> ReLU()
          left = Conv2d(4, 1)
          b -> Dropout(0.3) -> Sigmoid() -> ReLU()
          right = Slice(step=2) -> Upsample(scale_factor=2) -> Crop(like=left) -> LeakyReLU(0.1)
          joined = Concat(left, right) + mask
          ReLU()
          pooled = AdaptiveAvgPool2d(1) -> Flatten() -> Linear(8) -> Tanh() -> Unflatten(1, (8, 1, 1))
          Mul(joined, pooled, broadcast=true)
          y = Tanh() * 110
          output y: [N, 8, H, W]
        }""",
}


@cache
def analysis_of(name: str) -> Analysis:
    """Analyze a file of the zoo or one of the corners; errors of meaning (a head's range) do not matter here."""
    if name in CORNERS:
        return analyze(Source(f"{name}.cdsl", "convdsl 1\n" + CORNERS[name]))
    return analyze(Source(name, (ROOT / name).read_text()), reader=Folder(str(ROOT / name)))


def source_of(name: str) -> str:
    """Emit a spec."""
    analysis = analysis_of(name)
    assert analysis.graph is not None, analysis.diagnostics
    return emit(analysis.graph, Path(name).stem, legal=analysis.legal)


@pytest.mark.parametrize("name", sorted(CORNERS))
def test_corner_is_a_valid_spec(name: str) -> None:
    analysis = analysis_of(name)
    assert analysis.ok, [str(item.message) for item in analysis.diagnostics]


@pytest.mark.parametrize("name", [*sorted(CORNERS), *ZOO])
def test_spec_when_emitted_is_harmless_and_narrow(name: str) -> None:
    source = source_of(name)
    assert max(map(len, source.splitlines())) <= 100
    assert_harmless(source)


@pytest.mark.parametrize("name", [name for name in ZOO if name.endswith(".yaml")])
def test_spec_in_both_spellings_gives_the_same_file(name: str) -> None:
    assert source_of(name) == source_of(name.replace(".yaml", ".cdsl"))


def test_all_emitted_files_are_formatted_and_clean(tmp_path: Path) -> None:
    for name in [*CORNERS, *ZOO]:
        (tmp_path / f"{Path(name).stem}.py").write_text(source_of(name))
    for command in (["format", "--check"], ["check", "--select", "E,F,W,I,UP,B"]):
        arguments = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "100", str(tmp_path)]
        done = subprocess.run(arguments, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", [*sorted(CORNERS), *BUILT])
def test_spec_when_built_equals_its_layers_run_one_by_one(name: str, training: bool) -> None:
    analysis = analysis_of(name)
    graph, legal = analysis.graph, analysis.legal
    assert graph is not None and legal is not None
    ours = build(graph, seed=1, source=source_of(name)).train(training)
    assert [(key, tuple(v.shape)) for key, v in ours.state_dict().items()] == list(state(graph).keys.items())
    assert sum(weight.numel() for weight in ours.parameters()) == state(graph).parameters
    theirs = Interpreter(graph)
    theirs.take(ours.state_dict(), training)
    sizes = legal.nearest(dict.fromkeys(legal.axes, 20))[0]
    torch.manual_seed(2)
    inputs = [torch.randn(item.shape.at({"N": 2, **sizes}).numbers) for item in graph.inputs]
    ys, xs = run_and_differentiate(ours, inputs)
    ys2, xs2 = run_and_differentiate(theirs, inputs)
    expected = [graph.shape(output.value) for output in graph.outputs]
    assert [tuple(y.shape) for y in ys] == [shape and shape.at({"N": 2, **sizes}).numbers for shape in expected]
    assert all(torch.equal(a, b) for a, b in zip(ys, ys2, strict=True))
    weights = theirs.weights()
    spare = tuple(f"{node.key}." for node in graph.spare)
    own = {key: weight for key, weight in ours.named_parameters() if not key.startswith(spare)}
    assert {key: w.shape for key, w in own.items()} == {key: w.shape for key, w in weights.items()}
    gradients = [(weight.grad, weights[key].grad) for key, weight in own.items()]
    for a, b in [*zip(xs, xs2, strict=True), *gradients]:
        assert (a is None) == (b is None)
        assert a is None or b is None or torch.allclose(a, b, rtol=1e-4, atol=1e-6)


def test_inputs_with_defaults_may_be_left_out() -> None:
    graph = analysis_of("views").graph
    assert graph is not None
    network = build(graph).eval()
    image = torch.randn(1, 8, 4, 6)
    assert torch.equal(network(image), network(image, torch.full((1, 8, 4, 6), 0.5)))


def test_spare_layer_keeps_its_weights_and_nothing_else() -> None:
    graph = analysis_of("shared").graph
    assert graph is not None
    keys = state(graph).keys
    assert keys["spare.weight"] == (9, 5, 3, 3)
    assert "spare" not in source_of("shared").split("def forward")[1]
    assert [key for key in keys if key.startswith("tower")][:2] == ["tower.0.weight", "tower.0.bias"]


def test_values_without_a_name_share_one_local_after_another() -> None:
    text = """convdsl 1
block Residual() {
  input x: [N, C, H, W]
  Conv2d(C, 3, padding=1)
  main = ReLU()
  main + x
}
model Deep {
  input image: [N, 3, H, W]
  repeat 5 { Residual() }
  y = Conv2d(1, 1)
  output y: [N, 1, H, W]
}
"""
    graph = analyze(Source("deep.cdsl", text)).graph
    assert graph is not None
    source = emit(graph)
    assert source.count("x = skip = x + skip  #") == 3  # the first block adds the model's input, the last is not read
    assert source.count("del skip") == 1
    assert "skip_2" not in source
    ours, theirs = build(graph, seed=0), Interpreter(graph)
    theirs.take(ours.state_dict(), True)
    (y,), _ = run_and_differentiate(ours, [torch.ones(1, 3, 4, 4)])
    (y2,), _ = run_and_differentiate(theirs, [torch.ones(1, 3, 4, 4)])
    assert torch.equal(y, y2)


def test_argument_that_pytorch_takes_by_its_name_only_is_written_so() -> None:
    """`nn.BatchNorm2d(4, False)` would be an eps of 0."""
    text = "convdsl 1\nmodel M {\n  input x: [N, 4, H, W]\n  y = BatchNorm2d(bias=false)\n  output y: [N, 4, H, W]\n}\n"
    graph = analyze(Source("m.cdsl", text)).graph
    assert graph is not None
    assert "nn.BatchNorm2d(4, bias=False)" in emit(graph)
    assert list(build(graph).state_dict()) == list(state(graph).keys)
