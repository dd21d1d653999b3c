"""Networks that others wrote, plain PyTorch, come in: with their weights the spec gives what they give."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

import convdsl
from convdsl import api
from convdsl.exchange.imported import Imported, Inexpressible, import_module
from convdsl.mistake import MistakeError
from tests.exchange.foreign import autoencoder, colorizer, dcgan, densenet, lenet, mobilenet, senet, shuffle, unet, vgg
from tests.twins.classifiers import ResNet
from tests.twins.pix2pix import UnetGenerator
from tests.twins.unet2015 import UNet2015
from tests.twins.zhang import SIGGRAPHGenerator

Size = tuple[int, ...]
SMALL = (1, 3, 32, 32)
# what makes it, its input, another size at which it runs, None where the size is fixed
FOREIGN: dict[str, tuple[Callable[[], nn.Module], Size, Size | None]] = {
    "lenet": (lenet.LeNet, (1, 1, 32, 32), (2, 1, 33, 35)),
    "unet": (unet.UNet, (1, 1, 64, 64), (1, 1, 32, 48)),
    "senet": (senet.SEResNet, SMALL, (2, 3, 21, 40)),
    "colorizer": (colorizer.ColorNet, (1, 1, 32, 32), (1, 1, 17, 30)),
    "generator": (dcgan.Generator, (1, 16, 1, 1), (2, 16, 2, 3)),
    "discriminator": (dcgan.Discriminator, (1, 3, 16, 16), None),
    "vgg": (vgg.VGG, SMALL, (1, 3, 40, 17)),
    "autoencoder": (autoencoder.AutoEncoder, SMALL, (2, 3, 25, 14)),
    "shuffle": (shuffle.ShuffleNet, SMALL, (2, 3, 9, 16)),
    "asking": (shuffle.Asking, SMALL, (1, 3, 20, 24)),
}
LARGER: dict[str, tuple[Callable[[], nn.Module], Size, Size | None]] = {
    "densenet": (densenet.DenseNet, (1, 3, 64, 64), (1, 3, 50, 72)),
    "mobilenet": (mobilenet.MobileNetV2, (1, 3, 64, 64), (1, 3, 50, 41)),
    "bilinear": (lambda: unet.UNet(bilinear=True), (1, 1, 64, 64), (1, 1, 32, 48)),
    "resnet": (ResNet, (1, 3, 64, 64), (1, 3, 50, 41)),
    "pix2pix": (UnetGenerator, (1, 1, 256, 256), (1, 1, 256, 512)),
    "unet2015": (UNet2015, (1, 1, 188, 188), (1, 1, 189, 205)),
}


def randomized(module: nn.Module) -> nn.Module:
    """Give norms something to do: their running numbers are 0 and 1 at first."""
    generator = torch.Generator().manual_seed(1)
    for name, tensor in module.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
    return module.eval()


def tensors(results: object) -> list[torch.Tensor]:
    if isinstance(results, torch.Tensor):
        return [results]
    parts = results.values() if isinstance(results, dict) else results
    assert isinstance(parts, tuple | list) or hasattr(parts, "__iter__")
    return [found for part in parts for found in tensors(part)]


def assert_equal(module: nn.Module, made: Imported, *sizes: Size) -> None:
    """Build the text that was written, load strictly both ways, compare outputs bit for bit."""
    again = api.load(made.text)
    assert again.ok, [found.message for found in again.diagnostics]
    assert api.fmt(made.text) == made.text
    twin = convdsl.build(again)
    twin.load_state_dict(module.state_dict())
    module.load_state_dict(twin.state_dict())
    for size in sizes:
        x = torch.randn(size, generator=torch.Generator().manual_seed(2))
        with torch.no_grad():
            for theirs, mine in zip(tensors(module(x.clone())), tensors(twin.eval()(x.clone())), strict=True):
                assert torch.equal(theirs, mine), (size, float((theirs - mine).abs().max()))


def imported(name: str, known: dict[str, tuple[Callable[[], nn.Module], Size, Size | None]]) -> Imported:
    make, first, second = known[name]
    module = randomized(make())
    made = import_module(module, [first])
    assert made.is_folded
    assert made.is_fixed is (second is None)
    assert_equal(module, made, first, *([] if second is None else [second]))
    return made


@pytest.mark.parametrize("name", FOREIGN)
def test_import_when_a_network_is_somebody_elses_gives_an_equal_one(name: str) -> None:
    imported(name, FOREIGN)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGER)
def test_import_when_a_network_is_larger_gives_an_equal_one(name: str) -> None:
    imported(name, LARGER)


@pytest.mark.slow
def test_import_when_layers_are_never_called_keeps_their_weights() -> None:
    module = randomized(SIGGRAPHGenerator())
    made = import_module(module, [(1, 1, 32, 32), (1, 2, 32, 32), (1, 1, 32, 32)])
    assert 'as "model_class.0"' in made.text
    convdsl.build(made.text).load_state_dict(module.state_dict())


# --------------------------------------------------------------------- what is read


def test_import_when_parts_repeat_writes_blocks_with_their_names() -> None:
    text = import_module(unet.UNet().eval(), [(1, 1, 64, 64)]).text
    assert text.endswith(
        """model UNet {
  input x: [N, 1, H, W]

  inc = DoubleConv(8)
  down1 = Down(16)
  down2 = Down(32)
  down3 = Down(64)
  up1 = (down3, down2) -> Up(32)
  up2 = (up1, down1) -> Up(16)
  up3 = (up2, inc) -> Up(8)
  outc = Conv2d(2, 1)
  output outc: [N, 2, H, W]
}
"""
    )


def test_import_when_flat_is_asked_for_writes_one_layer_a_line() -> None:
    made = import_module(unet.UNet().eval(), [(1, 1, 64, 64)], fold=False)
    assert "block" not in made.text
    assert 'Conv2d(8, 3, padding=1, bias=false) as "inc.double_conv.0"' in made.text
    assert not made.is_folded


class InPlace(nn.Module):
    """The sum reads what the activation left in place of the convolution's result."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, padding=1)
        self.act = nn.LeakyReLU(0.2, inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        return x + 2 * self.act(x)


def test_import_when_a_layer_works_in_place_reads_what_it_left() -> None:
    module = InPlace().eval()
    assert_equal(module, import_module(module, [(1, 1, 8, 8)]), (1, 1, 8, 8), (2, 1, 5, 9))


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU())
        self.stem = nn.Conv2d(1, 4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.head(self.stem(x)))


def test_import_when_a_module_is_applied_twice_shares_its_weights() -> None:
    module = Twice().eval()
    made = import_module(module, [(1, 1, 8, 8)])
    assert made.text.count("layer ") == 1
    assert_equal(module, made, (1, 1, 8, 8))


# ------------------------------------------------------------- what cannot be expressed


class Strange(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(1, 4, 1, 1))
        self.head = nn.Conv2d(4, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.cumsum(self.conv(x), 1)
        return self.head(x * self.scale)


def test_import_when_parts_cannot_be_expressed_names_each_with_its_place() -> None:
    with pytest.raises(Inexpressible) as caught:
        import_module(Strange(), [(1, 1, 8, 8)])
    first, second = caught.value.found
    lines = Path(__file__).read_text("utf-8").splitlines()
    assert first.what == "torch.cumsum"
    assert first.place is not None
    assert "cumsum" in lines[first.place[1] - 1]
    assert second.what == "operator.mul"
    assert "`scale`" in second.message


class Choosing(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if x.sum() > 0 else -x


def test_import_when_the_values_choose_the_way_says_what_both_tracers_say() -> None:
    with pytest.raises(MistakeError, match=r"torch\.fx: .*torch\.export: "):
        import_module(Choosing(), [(1, 1, 8, 8)])
