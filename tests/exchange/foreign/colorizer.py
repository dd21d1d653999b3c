"""A colorizer in the style of the published one: numbers as plain attributes, several layers in lists."""

import numpy as np
import torch
from torch import nn


class ColorNet(nn.Module):
    def __init__(self, norm_layer=nn.BatchNorm2d):
        super().__init__()
        self.l_cent = 50.0
        self.l_norm = 100.0
        self.ab_norm = 110.0
        model1 = [nn.Conv2d(1, 8, kernel_size=3, stride=1, padding=1, bias=True)]
        model1 += [nn.ReLU(True)]
        model1 += [nn.Conv2d(8, 8, kernel_size=3, stride=2, padding=1, bias=True)]
        model1 += [nn.ReLU(True)]
        model1 += [norm_layer(8)]
        model2 = [nn.Conv2d(8, 16, kernel_size=3, stride=1, padding=2, dilation=2, bias=True)]
        model2 += [nn.ReLU(True)]
        model2 += [norm_layer(16)]
        model8 = [nn.ConvTranspose2d(16, 8, kernel_size=4, stride=2, padding=1, bias=True)]
        model8 += [nn.ReLU(True)]
        model8 += [nn.Conv2d(8, 13, kernel_size=1, stride=1, padding=0, bias=True)]
        self.model1 = nn.Sequential(*model1)
        self.model2 = nn.Sequential(*model2)
        self.model8 = nn.Sequential(*model8)
        self.softmax = nn.Softmax(dim=1)
        self.model_out = nn.Conv2d(13, 2, kernel_size=1, padding=0, dilation=1, stride=1, bias=False)
        self.upsample4 = nn.Upsample(scale_factor=4, mode="bilinear")

    def normalize_l(self, in_l):
        return (in_l - self.l_cent) / self.l_norm

    def unnormalize_ab(self, in_ab):
        return in_ab * self.ab_norm

    def forward(self, input_l):
        conv1_2 = self.model1(self.normalize_l(input_l))
        conv2_2 = self.model2(conv1_2)
        conv8_3 = self.model8(conv2_2)
        out_reg = self.model_out(self.softmax(conv8_3))
        return self.unnormalize_ab(self.upsample4(out_reg))


BINS = np.arange(-110, 120, 10)  # a file brings along what its network does not need
DEVICE = torch.device("cpu")
