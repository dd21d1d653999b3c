"""The seed's network 6 as its author wrote it: values in locals, alive until forward returns, nothing in place."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class ByHand(nn.Module):
    """Six convolutions down, four transposed ones up, skips by concatenation."""

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
        """gray: [N, 1, H, W], H and W multiples of 16. Returns ab: [N, 2, H, W]."""
        e1 = functional.relu(self.conv1_bn(self.conv1(gray)))
        e2 = functional.relu(self.conv2_bn(self.conv2(e1)))
        e3 = functional.relu(self.conv3_bn(self.conv3(e2)))
        e4 = functional.relu(self.conv4_bn(self.conv4(e3)))
        e5 = functional.relu(self.conv5_bn(self.conv5(e4)))
        e6 = functional.relu(self.conv6_bn(self.conv6(e5)))
        d1 = functional.relu(self.t_conv1_bn(self.t_conv1(e6)))
        d1 = torch.cat((d1, e3), 1)
        d2 = functional.relu(self.t_conv2_bn(self.t_conv2(d1)))
        d2 = torch.cat((d2, e2), 1)
        d3 = functional.relu(self.t_conv3_bn(self.t_conv3(d2)))
        d3 = torch.cat((d3, e1), 1)
        d4 = functional.relu(self.t_conv4(d3))
        d4 = torch.cat((d4, gray), 1)
        return self.output(d4)
