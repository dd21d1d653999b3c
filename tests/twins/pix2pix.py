"""Isola et al. 2017, the U-Net of 256 pixels and its judge, written again as classes with the released names.

N: pictures; H, W: rows and columns.
"""

import torch
from torch import Tensor, nn


class Level(nn.Module):
    """One level of the generator around the next: down, what lies inside, up again, and the input beside it.

    outer, inner: channels of the level's input and of its halved picture. inside: None at the innermost level.
    """

    def __init__(self, outer: int, inner: int, inside: nn.Module | None = None, dropout: bool = False) -> None:
        super().__init__()
        down: list[nn.Module] = [nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(outer, inner, 4, 2, 1, bias=False)]
        if inside is not None:
            down += [nn.BatchNorm2d(inner), inside]
        received = inner if inside is None else 2 * inner
        up = [nn.ReLU(inplace=True), nn.ConvTranspose2d(received, outer, 4, 2, 1, bias=False), nn.BatchNorm2d(outer)]
        self.model = nn.Sequential(*down, *up, *([nn.Dropout(0.5)] if dropout else []))

    def forward(self, x_NCHW: Tensor) -> Tensor:
        # the LeakyReLU at the head of `model` works in place, so the skip carries what it made; a ReLU reads it next
        return torch.cat((x_NCHW, self.model(x_NCHW)), 1)


class Outermost(nn.Module):
    """The outermost level: no norm, no skip, and tanh at the end."""

    def __init__(self, inside: nn.Module) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(1, 64, 4, 2, 1, bias=False),
            inside,
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(128, 2, 4, 2, 1),
            nn.Tanh(),
        )

    def forward(self, gray_N1HW: Tensor) -> Tensor:
        return self.model(gray_N1HW)


class UnetGenerator(nn.Module):
    """The generator: eight levels inside each other, three of them with dropout."""

    def __init__(self) -> None:
        super().__init__()
        inside = Level(512, 512)
        for _ in range(3):
            inside = Level(512, 512, inside, dropout=True)
        for outer, inner in ((256, 512), (128, 256), (64, 128)):
            inside = Level(outer, inner, inside)
        self.model = Outermost(inside)

    def forward(self, gray_N1HW: Tensor) -> Tensor:
        return self.model(gray_N1HW)


class NLayerDiscriminator(nn.Module):
    """The judge: one score for each patch of 70 x 70 pixels."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, 64, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
        for before, channels, stride in ((64, 128, 2), (128, 256, 2), (256, 512, 1)):
            layers += [nn.Conv2d(before, channels, 4, stride, 1, bias=False), nn.BatchNorm2d(channels)]
            layers += [nn.LeakyReLU(0.2, inplace=True)]
        self.model = nn.Sequential(*layers, nn.Conv2d(512, 1, 4, 1, 1))

    def forward(self, picture_N3HW: Tensor) -> Tensor:
        return self.model(picture_N3HW)
