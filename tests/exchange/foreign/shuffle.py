"""Channels shuffled by views, halves of channels, and a forward that asks about sizes: torch.fx cannot follow it."""

import torch
from torch import nn


def channel_shuffle(x, groups):
    batchsize, num_channels, height, width = x.size()
    x = x.view(batchsize, groups, num_channels // groups, height, width)
    x = torch.transpose(x, 1, 2).contiguous()
    return x.view(batchsize, -1, height, width)


class Unit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.branch = nn.Sequential(
            nn.Conv2d(half, half, 1, bias=False),
            nn.BatchNorm2d(half),
            nn.ReLU(inplace=True),
            nn.Conv2d(half, half, 3, padding=1, groups=half, bias=False),
            nn.BatchNorm2d(half),
        )

    def forward(self, x):
        x1, x2 = x.chunk(2, dim=1)
        return channel_shuffle(torch.cat((x1, self.branch(x2)), dim=1), 2)


class ShuffleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 2, 1)
        self.stage = nn.Sequential(Unit(16), Unit(16), Unit(16))
        self.head = nn.Conv2d(16, 4, 1)
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, x):
        return self.shuffle(self.head(self.stage(self.conv(x))))


class Asking(nn.Module):
    """Chooses by the sizes that it sees, so that torch.export has to follow it."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.up = nn.ConvTranspose2d(8, 4, 2, 2)
        self.pool = nn.MaxPool2d(2)
        self.prelu = nn.PReLU(4)
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        y = torch.relu(self.bn(self.conv(x)))
        y = self.pool(y)
        if y.shape[2] > 4:
            y = torch.sigmoid(y) * y
        y = self.prelu(self.up(y))
        y = nn.functional.interpolate(y, scale_factor=2, mode="nearest")
        return self.fc(y.mean((2, 3)))
