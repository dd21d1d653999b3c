"""Each network of the zoo beside the original, written again as a class: same names, same weights, same numbers.

No tolerance: the built module has to do what the class does, operation by operation. In training mode too, dropout and
running statistics included, for the class draws in the same order from the same generator.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from convdsl import compiled
from tests.twins import seed
from tests.twins.classifiers import VGG, ResNet
from tests.twins.pix2pix import NLayerDiscriminator, UnetGenerator
from tests.twins.unet2015 import UNet2015
from tests.twins.zhang import ECCVGenerator, SIGGRAPHGenerator
from tests.zoo import ZOO, path

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Twin:
    """The class of a network, two accepted sizes, and the channels of its inputs."""

    make: Callable[[], nn.Module]
    sizes: tuple[Size, ...]
    channels: tuple[int, ...] = (1,)


SEED_SIZES = ((16, 32), (48, 16))
TWINS = {
    "zhang2016": Twin(ECCVGenerator, ((8, 16), (9, 7))),
    "zhang2017": Twin(SIGGRAPHGenerator, ((16, 24), (8, 16)), (1, 2, 1)),
    "pix2pix": Twin(UnetGenerator, ((256, 256), (257, 256))),
    "patchgan": Twin(NLayerDiscriminator, ((24, 31), (70, 33)), (3,)),
    "unet2015": Twin(UNet2015, ((188, 189), (204, 188))),
    "vgg16": Twin(VGG, ((32, 63), (64, 33)), (3,)),
    "resnet18": Twin(ResNet, ((32, 33), (64, 48)), (3,)),
    "seed/network1": Twin(lambda: seed.Colorizer((32, 64), skips=False), SEED_SIZES),
    "seed/network1_fixed": Twin(lambda: seed.Colorizer((32, 64), skips=False, relu=False), SEED_SIZES),
    "seed/network2": Twin(lambda: seed.Colorizer((32, 64, 128), skips=False), SEED_SIZES),
    "seed/network2_fixed": Twin(lambda: seed.Colorizer((32, 64, 128), skips=False, relu=False), SEED_SIZES),
    "seed/network3": Twin(lambda: seed.Colorizer((32, 64, 128)), SEED_SIZES),
    "seed/network4": Twin(lambda: seed.Colorizer((32, 64, 128, 256)), SEED_SIZES),
    "seed/network5": Twin(lambda: seed.Colorizer((32, 64, 128, 256), dilated=1), SEED_SIZES),
    "seed/network6": Twin(lambda: seed.Colorizer((32, 64, 128, 256), dilated=2), SEED_SIZES),
    "seed/autoencoder_dense": Twin(seed.DenseAutoencoder, ((28, 28),)),
    "seed/autoencoder_conv": Twin(seed.ConvAutoencoder, ((8, 24), (16, 16))),
    "seed/classifier": Twin(seed.Classifier, ((8, 8),)),
}
HEAVY = {"zhang2016", "zhang2017", "pix2pix", "unet2015", "vgg16"}  # a second and more each
RUN = [pytest.param(name, marks=pytest.mark.slow) if name in HEAVY else name for name in TWINS]


def shapes(state: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(value.shape) for key, value in state.items()}


def pair(name: str) -> tuple[nn.Module, nn.Module]:
    """Make the class and the spec's module with the same weights; norms have statistics, as after training."""
    torch.manual_seed(0)
    twin, built = TWINS[name].make(), compiled.build(path(name), seed=1)
    for norm in (m for m in twin.modules() if isinstance(m, nn.BatchNorm2d)):
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.uniform_(norm.bias, -0.5, 0.5)
        nn.init.uniform_(norm.running_mean, -1.0, 1.0)
        nn.init.uniform_(norm.running_var, 0.5, 2.0)
    built.load_state_dict(twin.state_dict(), strict=True)
    return twin, built


def noise(name: str) -> Iterator[tuple[Tensor, ...]]:
    """Give inputs of each size, two pictures each: a norm in training mode needs more than one number."""
    torch.manual_seed(2)
    for height, width in TWINS[name].sizes:
        yield tuple(torch.randn(2, c, height, width) for c in TWINS[name].channels)


def test_twins_are_there_for_every_network_of_the_zoo() -> None:
    assert set(TWINS) | {"seed/dense"} == set(ZOO)


@pytest.mark.parametrize("name", TWINS)
def test_twin_has_the_same_names_and_shapes_and_the_totals_of_its_paper(name: str) -> None:
    with torch.device("meta"):
        twin = TWINS[name].make()
    built = compiled.build(path(name), device="meta")
    assert shapes(twin.state_dict()) == shapes(built.state_dict())
    assert sum(weight.numel() for weight in twin.parameters()) == ZOO[name].parameters
    assert len(twin.state_dict()) == ZOO[name].keys


def test_dense_has_its_twin_and_at_a_size_that_fits_into_memory_the_same_numbers() -> None:
    """At 256 x 256 it has 144 GiB of weights, so names and shapes are compared without any; it runs at 16 x 16."""
    with torch.device("meta"):
        twin = seed.Dense()
    assert shapes(twin.state_dict()) == shapes(compiled.build(path("seed/dense"), device="meta").state_dict())
    text = path("seed/dense").read_text("utf-8")
    small, built = seed.Dense(16), compiled.build(text.partition("  expect")[0].replace("256", "16") + "}\n")
    built.load_state_dict(small.state_dict(), strict=True)
    photo = torch.rand(2, 3, 16, 16)
    assert torch.equal(built(photo), small(photo))


@pytest.mark.parametrize("name", RUN)
@torch.no_grad()
def test_twin_when_evaluating_gives_the_same_numbers_and_takes_the_weights_back(name: str) -> None:
    twin, built = pair(name)
    twin.eval()
    built.eval()
    for inputs in noise(name):
        expected, found = twin(*(x.clone() for x in inputs)), built(*inputs)
        assert torch.equal(found, expected)
        assert expected.abs().max() > 0  # of zeros there would be nothing to compare
    twin.load_state_dict(built.state_dict(), strict=True)


@pytest.mark.parametrize("name", RUN)
@torch.no_grad()
def test_twin_when_training_gives_the_same_numbers_and_statistics(name: str) -> None:
    twin, built = pair(name)
    for inputs in noise(name):
        torch.manual_seed(3)
        expected = twin(*(x.clone() for x in inputs))
        torch.manual_seed(3)
        assert torch.equal(built(*inputs), expected)
    theirs, ours = twin.state_dict(), built.state_dict()
    assert all(torch.equal(theirs[key], ours[key]) for key in theirs)


@pytest.mark.parametrize("name", ["seed/network6", "resnet18", "patchgan"])
def test_twin_when_it_learns_has_the_same_gradients(name: str) -> None:
    twin, built = pair(name)
    inputs = next(noise(name))
    for module in (twin, built):
        module(*inputs).square().mean().backward()
    theirs, ours = dict(twin.named_parameters()), dict(built.named_parameters())
    assert all(torch.equal(theirs[key].grad, ours[key].grad) for key in theirs)
