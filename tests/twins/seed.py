"""The networks of the series on building a colorizer, written again as classes after its description (part 4).

Convolutions k4 s2 p1, each with BatchNorm and ReLU, their transposed twins, and dilated ones that keep 256 channels.
N: pictures; H, W: rows and columns.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Colorizer(nn.Module):
    """The published networks: `channels` of the encoder, `dilated` layers at the bottom, skips or none.

    With skips the decoder's features come first in each concatenation, and a 3x3 convolution `output` reads the last
    features beside the input; without them the network ends in its last transposed convolution, then ReLU if `relu`.
    """

    def __init__(self, channels: tuple[int, ...], dilated: int = 0, skips: bool = True, relu: bool = True) -> None:
        super().__init__()
        self.levels, self.dilated, self.skips, self.relu = len(channels), dilated, skips, relu
        before = 1
        for i, c in enumerate(channels, 1):
            self.add_module(f"conv{i}", nn.Conv2d(before, c, 4, 2, 1))
            self.add_module(f"conv{i}_bn", nn.BatchNorm2d(c))
            before = c
        for i in range(self.levels + 1, self.levels + 1 + dilated):
            self.add_module(f"conv{i}", nn.Conv2d(before, before, 4, 1, 3, dilation=2))
            self.add_module(f"conv{i}_bn", nn.BatchNorm2d(before))
        for i, c in enumerate((*channels[-2::-1], 2), 1):
            self.add_module(f"t_conv{i}", nn.ConvTranspose2d(before, c, 4, 2, 1))
            if i < self.levels:
                self.add_module(f"t_conv{i}_bn", nn.BatchNorm2d(c))
            before = 2 * c if skips else c
        if skips:
            self.output = nn.Conv2d(3, 2, 3, 1, 1)

    def forward(self, gray_N1HW: Tensor) -> Tensor:
        layers = dict(self.named_children())
        x = gray_N1HW
        encoded = [x]
        for i in range(1, self.levels + self.dilated + 1):
            x = functional.relu(layers[f"conv{i}_bn"](layers[f"conv{i}"](x)))
            encoded.append(x)
        for i in range(1, self.levels + 1):
            x = layers[f"t_conv{i}"](x)
            if i < self.levels:
                x = layers[f"t_conv{i}_bn"](x)
            x = functional.relu(x) if i < self.levels or self.relu else x
            if self.skips:
                x = torch.cat((x, encoded[self.levels - i]), 1)
        return layers["output"](x) if self.skips else x


class Dense(nn.Module):
    """Part 3's counter-example: one dense layer from a picture of 256 x 256 (or `side`) to itself."""

    def __init__(self, side: int = 256) -> None:
        super().__init__()
        self.dense = nn.Linear(3 * side * side, 3 * side * side)

    def forward(self, photo_N3HW: Tensor) -> Tensor:
        return self.dense(photo_N3HW.flatten(1)).view(photo_N3HW.shape)


class DenseAutoencoder(nn.Module):
    """Parts 1 and 2: two networks of neurons, 784-128-32 and back."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 32))
        self.decoder = nn.Sequential(nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid())

    def forward(self, digit_N1HW: Tensor) -> Tensor:
        return self.decoder(self.encoder(digit_N1HW)).view(digit_N1HW.shape)


class ConvAutoencoder(nn.Module):
    """The same idea in convolutions, as the spec's own sizes say: 16, 32 and 16 channels down, and back."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, 16, 4, 2, 1)
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(16, 32, 4, 2, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 16, 4, 2, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 4, 2, 1),
            nn.Sigmoid(),
        )

    def forward(self, gray_N1HW: Tensor) -> Tensor:
        return self.decoder(self.encoder(gray_N1HW))


class Classifier(nn.Sequential):
    """Ten scores of a digit of 8 x 8 pixels; the last layer has a name, the others are counted."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        self.scores = nn.Linear(32 * 2 * 2, 10)
