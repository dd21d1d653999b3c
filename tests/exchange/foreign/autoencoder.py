"""An autoencoder that resizes by functions to the sizes of what it saw, with a residual loop and several outputs."""

import torch
import torch.nn.functional as F
from torch import nn


class ResBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.block = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, 3), nn.InstanceNorm2d(dim), nn.ReLU(True), nn.Conv2d(dim, dim, 1)
        )

    def forward(self, x):
        return x + 0.1 * self.block(x)


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_in = nn.Conv2d(3, 8, 3, padding=1)
        self.down = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList([ResBlock(16) for _ in range(4)])
        self.lateral = nn.Conv2d(8, 16, 1)
        self.conv_out = nn.Conv2d(16, 6, 3, padding=1)

    def forward(self, x):
        h, w = x.shape[2:]
        skip = F.leaky_relu(self.conv_in(x), 0.1)
        y = F.gelu(self.down(skip))
        for block in self.blocks:
            y = block(y)
        y = F.interpolate(y, size=skip.shape[-2:], mode="nearest") + self.lateral(skip)
        y = F.interpolate(self.conv_out(y), size=(h, w), mode="bilinear", align_corners=False)
        mean, scale = torch.chunk(y, 2, dim=1)
        return {"mean": torch.tanh(mean), "scale": F.softplus(scale)}
