"""The emitted file: what it computes, what it may say, how it looks."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from convdsl.analysis.accepted import accepted
from convdsl.graph.graph import Graph
from convdsl.lower.build import build, load
from convdsl.lower.emit import emit
from convdsl.lower.hierarchy import Refused
from convdsl.lower.keys import state, state_keys
from convdsl.lower.library import HELPERS
from convdsl.op import AtLeast, Divides
from convdsl.sizes import symbol
from tests.lower.graphs import Net, network6


class Network6(nn.Module):
    """The seed's network 6 by hand, after reference/networks.md."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 4, 2, 1)
        self.conv1_bn = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 64, 4, 2, 1)
        self.conv2_bn = nn.BatchNorm2d(64)
        self.conv3 = nn.Conv2d(64, 128, 4, 2, 1)
        self.conv3_bn = nn.BatchNorm2d(128)
        self.conv4 = nn.Conv2d(128, 256, 4, 2, 1)
        self.conv4_bn = nn.BatchNorm2d(256)
        self.conv5 = nn.Conv2d(256, 256, 4, 1, 3, dilation=2)
        self.conv5_bn = nn.BatchNorm2d(256)
        self.conv6 = nn.Conv2d(256, 256, 4, 1, 3, dilation=2)
        self.conv6_bn = nn.BatchNorm2d(256)
        self.t_conv1 = nn.ConvTranspose2d(256, 128, 4, 2, 1)
        self.t_conv1_bn = nn.BatchNorm2d(128)
        self.t_conv2 = nn.ConvTranspose2d(256, 64, 4, 2, 1)
        self.t_conv2_bn = nn.BatchNorm2d(64)
        self.t_conv3 = nn.ConvTranspose2d(128, 32, 4, 2, 1)
        self.t_conv3_bn = nn.BatchNorm2d(32)
        self.t_conv4 = nn.ConvTranspose2d(64, 2, 4, 2, 1)
        self.output = nn.Conv2d(3, 2, 3, 1, 1)

    def forward(self, gray: Tensor) -> Tensor:
        e1 = functional.relu(self.conv1_bn(self.conv1(gray)))
        e2 = functional.relu(self.conv2_bn(self.conv2(e1)))
        e3 = functional.relu(self.conv3_bn(self.conv3(e2)))
        e4 = functional.relu(self.conv4_bn(self.conv4(e3)))
        e5 = functional.relu(self.conv5_bn(self.conv5(e4)))
        e6 = functional.relu(self.conv6_bn(self.conv6(e5)))
        d1 = torch.cat((functional.relu(self.t_conv1_bn(self.t_conv1(e6))), e3), 1)
        d2 = torch.cat((functional.relu(self.t_conv2_bn(self.t_conv2(d1))), e2), 1)
        d3 = torch.cat((functional.relu(self.t_conv3_bn(self.t_conv3(d2))), e1), 1)
        return self.output(torch.cat((functional.relu(self.t_conv4(d3)), gray), 1))


def unet() -> Graph:
    """Make a U-Net of two levels with 3x3 convolutions, max-pools and blocks named as an nn.Sequential would be."""
    net = Net("UNet")
    net.input("x", "N", 3, "H", "W")

    def double(prefix: str, channels: int, to: str = "") -> None:
        for at in (0, 3):
            net.add(f"{prefix}.{at}", "Conv2d", channels, 3, padding=1, bias=False)
            net.add(f"{prefix}.{at + 1}", "BatchNorm2d")
            net.add(f"{prefix}.{at + 2}", "ReLU", to=to if at else "")

    double("enc1", 8, "enc1")
    enc1 = net.flow
    net.add("1", "MaxPool2d", 2)
    double("enc2", 16, "enc2")
    enc2 = net.flow
    net.add("3", "MaxPool2d", 2)
    double("mid", 32)
    for level, channels, skip in ((2, 16, enc2), (1, 8, enc1)):
        net.add(f"up{level}", "ConvTranspose2d", channels, 2, stride=2)
        net.add(None, "Concat", of=(skip, net.flow))
        double(f"dec{level}", channels)
    net.add("head", "Conv2d", 2, 1)
    return net.output("ab")


class UNet(nn.Module):
    """The same by hand."""

    def __init__(self) -> None:
        super().__init__()

        def double(before: int, channels: int) -> nn.Sequential:
            layers: list[nn.Module] = []
            for inside in (before, channels):
                layers += [nn.Conv2d(inside, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
            return nn.Sequential(*layers)

        self.enc1, self.enc2, self.mid = double(3, 8), double(8, 16), double(16, 32)
        self.up2, self.dec2 = nn.ConvTranspose2d(32, 16, 2, 2), double(32, 16)
        self.up1, self.dec1 = nn.ConvTranspose2d(16, 8, 2, 2), double(16, 8)
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        e1 = self.enc1(x)
        e2 = self.enc2(functional.max_pool2d(e1, 2))
        y = self.mid(functional.max_pool2d(e2, 2))
        y = self.dec2(torch.cat((e2, self.up2(y)), 1))
        y = self.dec1(torch.cat((e1, self.up1(y)), 1))
        return self.head(y)


def shared() -> Graph:
    """Make a residual net that applies one convolution and one norm twice."""
    net = Net("Shared")
    net.input("image", "N", 4, "H", "W")
    net.add("stem", "Conv2d", 6, 3, padding=1)
    for turn in range(2):
        start = net.flow
        net.add("body.conv", "Conv2d", 6, 3, padding=1)
        net.add("body.norm", "BatchNorm2d")
        net.add(None, "Add", of=(net.flow, start), operands=(None, None))
        net.add(f"{2 + turn}", "LeakyReLU", 0.1)
    return net.output("y")


class Shared(nn.Module):
    """The same by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(4, 6, 3, padding=1)
        self.body = nn.ModuleDict({"conv": nn.Conv2d(6, 6, 3, padding=1), "norm": nn.BatchNorm2d(6)})

    def forward(self, image: Tensor) -> Tensor:
        x = self.stem(image)
        for _ in range(2):
            x = functional.leaky_relu(self.body["norm"](self.body["conv"](x)) + x, 0.1)
        return x


SIZES = accepted(
    [(AtLeast(symbol(name), 16), None) for name in "HW"] + [(Divides(symbol(name), 16), None) for name in "HW"]
)
CASES = [(network6, Network6, (2, 1, 32, 48)), (unet, UNet, (2, 3, 8, 12)), (shared, Shared, (2, 4, 5, 6))]


@pytest.mark.parametrize(("make", "cls", "shape"), CASES)
@pytest.mark.parametrize("training", [False, True])
def test_emitted_module_when_weights_are_the_same_equals_the_hand_written_one_bit_for_bit(
    make: object, cls: type[nn.Module], shape: tuple[int, ...], training: bool
) -> None:
    assert callable(make)
    torch.manual_seed(0)
    by_hand = cls().train(training)
    for buffer in by_hand.buffers():
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 2.0)
    ours = build(make()).train(training)
    ours.load_state_dict(by_hand.state_dict(), strict=True)
    assert list(ours.state_dict()) == list(by_hand.state_dict())
    results = []
    for network in (by_hand, ours):
        x = torch.linspace(-2, 2, torch.Size(shape).numel()).reshape(shape).requires_grad_()
        y = network(x)
        (y * torch.linspace(-1, 1, y.numel()).reshape(y.shape)).sum().backward()
        gradients = [weight.grad for weight in network.parameters()]
        results.append([y, x.grad, *gradients, *network.buffers()])
    for a, b in zip(*results, strict=True):
        assert isinstance(a, Tensor) and isinstance(b, Tensor)
        assert torch.equal(a, b)


@pytest.mark.parametrize(("make", "cls", "shape"), CASES)
def test_state_keys_equal_the_state_dict_in_names_shapes_and_order(
    make: object, cls: type[nn.Module], shape: tuple[int, ...]
) -> None:
    assert callable(make)
    graph = make()
    expected = {key: tuple(value.shape) for key, value in cls().state_dict().items()}
    assert list(state_keys(graph).items()) == list(expected.items())
    assert {key: tuple(value.shape) for key, value in build(graph).state_dict().items()} == expected
    assert state(graph).parameters == sum(weight.numel() for weight in cls().parameters())
    assert state(graph).bytes() == sum(value.nbytes for value in cls().state_dict().values())


@pytest.mark.parametrize("make", [case[0] for case in CASES])
def test_emitted_file_is_formatted_and_clean(make: object, tmp_path: Path) -> None:
    assert callable(make)
    path = tmp_path / "net.py"
    path.write_text(emit(make(), "net.cdsl", legal=SIZES))
    for command in (["format", "--check"], ["check", "--select", "E,F,W,I,UP,B,PIE,RUF100"]):
        arguments = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "100", str(path)]
        done = subprocess.run(arguments, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_emitted_file_when_run_prints_its_layers_and_checks_itself(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    source = emit(network6(), "net.cdsl", legal=SIZES)
    path.write_text(source)
    done = subprocess.run([sys.executable, str(path)], check=False, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split()[:2] == ["conv1", "544"]  # 32 * 1 * 4 * 4 weights and 32 biases
    assert lines[-1] == "ok: 3,643,514 parameters, output [[1, 2, 16, 16]]"


def test_emitted_file_when_it_was_changed_says_so() -> None:
    source = emit(shared(), "net.cdsl", legal=SIZES)
    changes = [("(4, 6, 3", "(4, 6, 1", "parameters, but"), ("(4, 6, 3, padding=1", "(4, 6, 3, padding=2", "output")]
    for old, new, said in changes:
        assert old in source
        module: dict[str, object] = {"__name__": "net"}
        exec(compile(source.replace(old, new), "net.py", "exec"), module)
        main = module["main"]
        assert callable(main)
        with pytest.raises(SystemExit, match=said):
            main()


@pytest.mark.parametrize("make", [case[0] for case in CASES])
def test_emit_twice_gives_the_same_bytes(make: object) -> None:
    assert callable(make)
    assert emit(make(), "a.cdsl") == emit(make(), "a.cdsl")


HOSTILE = [
    "class",
    "forward",
    "self",
    "cls",
    "type",
    "T_destination",
    "half",
    "train",
    "eval",
    "to",
    "float",
    "torch",
    "F",
    "nn",
    "x",
    "len",
    "print",
    "match",
    "None",
    "5",
    "007",
    "é",
    "ﬁ",
    "a b",
    "a-b",
    "'",
    '"',
    '"""',
    "\\",
    "a\nb",
    "x) or __import__('os').abort() or (1",
    "{0}",
    "%s",
    "#",
    "Layers",
    "PARAMETERS",
    "conv_" * 60,
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("prefix", ["", "inside.", "deep.er.and.deeper."])
def test_layer_name_however_odd_is_only_ever_a_name(name: str, prefix: str) -> None:
    net = Net("Odd")
    net.input("x", "N", 2, "H", "W")
    first = net.add(prefix + name, "Conv2d", 2, 1, to=name)
    net.add(prefix + "other", "Conv2d", 2, 1, to="other")
    net.add(None, "Add", of=(net.flow, first), operands=(None, None))
    graph = net.output("y")
    source = emit(graph, name)
    assert_harmless(source)
    network = build(graph, seed=1)
    keys = [f"{prefix}{name}.weight", f"{prefix}{name}.bias", f"{prefix}other.weight", f"{prefix}other.bias"]
    assert list(network.state_dict()) == keys
    x = torch.ones(1, 2, 3, 3)
    weights = list(network.state_dict().values())
    y = functional.conv2d(x, weights[0], weights[1])
    assert torch.equal(network.eval().train()(x), functional.conv2d(y, weights[2], weights[3]) + y)


@pytest.mark.parametrize("name", ["training", "_modules", "_parameters", "__x", "_version", "", "inside."])
def test_layer_name_that_pytorch_keeps_for_itself_is_refused(name: str) -> None:
    net = Net("Odd")
    net.input("x", "N", 2, "H", "W")
    net.add(name, "Conv2d", 2, 1)
    with pytest.raises(Refused, match="name"):
        emit(net.output("y"))


@pytest.mark.parametrize(("first", "second"), [("a", "a.b"), ("a.b", "a")])
def test_layer_name_inside_another_layer_is_refused(first: str, second: str) -> None:
    net = Net("Odd")
    net.input("x", "N", 2, "H", "W")
    net.add(first, "Conv2d", 2, 1)
    net.add(second, "Conv2d", 2, 1)
    with pytest.raises(Refused, match="`a`"):
        emit(net.output("y"))


@pytest.mark.parametrize("name", ["x", "self", "lambda", "input", "forward", "y", "torch"])
def test_input_however_named_can_be_read_late(name: str) -> None:
    net = Net("Late")
    given = net.input(name, "N", 2, "H", "W")
    net.add("conv", "Conv2d", 2, 1)
    net.add(None, "Sub", of=(net.flow, given), operands=(None, None))
    network = build(net.output("out"))
    x = torch.rand(1, 2, 4, 4)
    conv = network.get_submodule("conv")
    assert torch.equal(network(x), conv(x) - x)


@pytest.mark.parametrize("names", [("x_", "x"), ("x", "y"), ("y_", "x"), ("x", "x_"), ("x", "y", "z", "h", "flow")])
def test_inputs_named_alike_stay_apart(names: tuple[str, ...]) -> None:
    net = Net("Alike")
    given = [net.input(name, "N", 1, "H", "W") for name in names]
    net.add("y", "Conv2d", 1, 1, of=given[0], to="y")
    for value in given:
        net.add(None, "Sub", of=(net.flow, value), operands=(None, None), to="x")
    network = build(net.output("out"))
    tensors = [torch.rand(1, 1, 2, 2) for _ in names]
    expected = network.get_submodule("y")(tensors[0])
    for tensor in tensors:
        expected = expected - tensor
    assert torch.equal(network(*tensors), expected)


def test_input_with_a_default_when_it_is_left_out_is_filled() -> None:
    net = Net("Filled")
    gray = net.input("gray", "N", 1, "H", "W")
    hint = net.input("hint", "N", 2, "H", "W", default=0.5)
    net.add(None, "Concat", of=(gray, hint))
    network = build(net.output("out"))
    x = torch.rand(2, 1, 3, 5)
    assert torch.equal(network(x), torch.cat((x, torch.full((2, 2, 3, 5), 0.5)), 1))
    given = torch.rand(2, 2, 3, 5)
    assert torch.equal(network(x, given), torch.cat((x, given), 1))
    assert torch.equal(network(x, hint=given), torch.cat((x, given), 1))


def test_several_outputs_come_as_a_tuple() -> None:
    net = Net("Two")
    net.input("x", "N", 2, "H", "W")
    a = net.add("0", "Conv2d", 3, 1)
    b = net.add("1", "ReLU")
    net.output("raw", a)
    network = build(net.output("positive", b))
    x = torch.randn(1, 2, 4, 4)
    raw, positive = network(x)
    assert torch.equal(functional.relu(raw), positive)
    assert (raw < 0).any()


def test_unnamed_model_is_the_sequential_that_one_would_have_written() -> None:
    net = Net("Plain")
    net.input("x", "N", 2, "H", "W")
    net.add("0", "Conv2d", 3, 3)
    net.add("1", "ReLU")
    net.add("2", "Conv2d", 1, 1)
    network = build(net.output("y"))
    assert isinstance(network, nn.Sequential)
    by_hand = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Conv2d(3, 1, 1))
    assert list(network.state_dict()) == list(by_hand.state_dict())
    by_hand.load_state_dict(network.state_dict())
    x = torch.randn(1, 2, 4, 4)
    assert torch.equal(network(x), by_hand(x))


def test_deep_names_stay_short_lines_and_keep_their_keys() -> None:
    net = Net("Deep")
    net.input("x", "N", 2, "H", "W")
    keys = []
    for depth in range(1, 40):
        keys.append("model." * depth + "1")
        net.add(keys[-1], "Conv2d", 2, 1)
    source = emit(net.output("y"))
    assert max(map(len, source.splitlines())) <= 100
    network = load(source, "Deep")()
    assert [key.removesuffix(".weight") for key in network.state_dict() if key.endswith(".weight")] == keys
    assert network(torch.zeros(1, 2, 1, 1)).shape == (1, 2, 1, 1)


def test_join_of_very_many_values_is_laid_out(tmp_path: Path) -> None:
    net = Net("Wide")
    net.input("image", "N", 2, "H", "W")
    parts = tuple(net.add(f"branch_number_{i}", "Conv2d", 2, 1, of=net.flow, to=f"part_{i}") for i in range(30))
    net.add(None, "Concat", of=parts)
    path = tmp_path / "net.py"
    path.write_text(emit(net.output("y")))
    arguments = [sys.executable, "-m", "ruff", "format", "--check", "--isolated", "--line-length", "100", str(path)]
    assert subprocess.run(arguments, check=False, capture_output=True).returncode == 0
    assert build(net.graph)(torch.zeros(1, 2, 3, 3)).shape == (1, 60, 3, 3)


def test_wrong_channels_give_pytorchs_own_error() -> None:
    with pytest.raises(RuntimeError, match="expected input"):
        build(unet())(torch.zeros(1, 4, 8, 8))


ALLOWED_CALLS = {"super", "getattr", "print", "sum", "list", "main", "SystemExit", "range", "zip", "int", *HELPERS}


def assert_harmless(source: str) -> None:
    """Check that emitted source imports only PyTorch and `Any`, and calls only what it is meant to call."""
    tree = ast.parse(source)
    classes = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {name.name for name in node.names} <= {"torch", "torch.nn.functional"}
        elif isinstance(node, ast.ImportFrom):
            assert node.module == "torch" or (node.module == "typing" and [name.name for name in node.names] == ["Any"])
        elif isinstance(node, ast.Attribute):
            assert not node.attr.startswith("__") or node.attr == "__init__"
        elif isinstance(node, ast.Name):
            assert not node.id.startswith("__") or node.id == "__name__"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id in ALLOWED_CALLS | classes | {"net"}
        elif isinstance(node, ast.FunctionDef):
            assert node.name in {"__init__", "forward", "main", *HELPERS}
    kinds = {type(node) for node in ast.iter_child_nodes(tree)}
    assert kinds <= {ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.ClassDef, ast.FunctionDef, ast.If}
