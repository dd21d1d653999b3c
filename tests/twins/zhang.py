"""Zhang, Isola & Efros 2016 and Zhang et al. 2017 written again as classes, with the released networks' names.

Unlike the released classes they take lightness and hints normalised, as the specs' `means` lines say, for a spec
normalises nowhere else; the outputs are in the released unit. N: pictures; H, W: rows and columns.
"""

import torch
from torch import Tensor, nn


def stage(before: int, channels: int, convs: int = 3, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Convolutions of 3x3, each with ReLU, the last one with the stride; one norm behind the last ReLU."""
    layers: list[nn.Module] = []
    for i in range(convs):
        last = stride if i == convs - 1 else 1
        layers += [nn.Conv2d(before, channels, 3, last, dilation, dilation), nn.ReLU(inplace=True)]
        before = channels
    return nn.Sequential(*layers, nn.BatchNorm2d(channels))


class ECCVGenerator(nn.Module):
    """The 2016 network: a distribution over 313 colours at every fourth pixel, and its mean."""

    def __init__(self) -> None:
        super().__init__()
        self.model1 = stage(1, 64, 2, stride=2)
        self.model2 = stage(64, 128, 2, stride=2)
        self.model3 = stage(128, 256, stride=2)
        self.model4 = stage(256, 512)
        self.model5 = stage(512, 512, dilation=2)
        self.model6 = stage(512, 512, dilation=2)
        self.model7 = stage(512, 512)
        self.model8 = nn.Sequential(
            nn.ConvTranspose2d(512, 256, 4, 2, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, 1, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, 1, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 313, 1),
        )
        self.softmax = nn.Softmax(dim=1)
        self.model_out = nn.Conv2d(313, 2, 1, bias=False)
        self.upsample4 = nn.Upsample(scale_factor=4, mode="bilinear")

    def forward(self, lightness_N1HW: Tensor) -> Tensor:
        x = lightness_N1HW
        for number in range(1, 9):
            x = getattr(self, f"model{number}")(x)
        return self.upsample4(self.model_out(self.softmax(x))) * 110


class SIGGRAPHGenerator(nn.Module):
    """The 2017 network: hints of colour come in, and what each size saw on the way down is added on the way up."""

    def __init__(self) -> None:
        super().__init__()
        self.model1 = stage(4, 64, 2)
        self.model2 = stage(64, 128, 2)
        self.model3 = stage(128, 256)
        self.model4 = stage(256, 512)
        self.model5 = stage(512, 512, dilation=2)
        self.model6 = stage(512, 512, dilation=2)
        self.model7 = stage(512, 512)
        self.model8up = nn.Sequential(nn.ConvTranspose2d(512, 256, 4, 2, 1))
        self.model8 = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, 1, 1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, 1, 1),
            nn.ReLU(),
            nn.BatchNorm2d(256),
        )
        self.model9up = nn.Sequential(nn.ConvTranspose2d(256, 128, 4, 2, 1))
        self.model9 = nn.Sequential(nn.ReLU(), nn.Conv2d(128, 128, 3, 1, 1), nn.ReLU(), nn.BatchNorm2d(128))
        self.model10up = nn.Sequential(nn.ConvTranspose2d(128, 128, 4, 2, 1))
        self.model10 = nn.Sequential(nn.ReLU(), nn.Conv2d(128, 128, 3, 1, 1), nn.LeakyReLU(0.2))
        self.model3short8 = nn.Sequential(nn.Conv2d(256, 256, 3, 1, 1))
        self.model2short9 = nn.Sequential(nn.Conv2d(128, 128, 3, 1, 1))
        self.model1short10 = nn.Sequential(nn.Conv2d(64, 128, 3, 1, 1))
        self.model_class = nn.Sequential(nn.Conv2d(256, 529, 1))  # of training; forward never reads it
        self.model_out = nn.Sequential(nn.Conv2d(128, 2, 1), nn.Tanh())

    def forward(
        self, lightness_N1HW: Tensor, hint_N2HW: Tensor | None = None, mask_N1HW: Tensor | None = None
    ) -> Tensor:
        n, _, h, w = lightness_N1HW.shape
        hint = lightness_N1HW.new_zeros(n, 2, h, w) if hint_N2HW is None else hint_N2HW
        mask = lightness_N1HW.new_zeros(n, 1, h, w) if mask_N1HW is None else mask_N1HW
        conv1 = self.model1(torch.cat((lightness_N1HW, hint, mask), 1))
        conv2 = self.model2(conv1[:, :, ::2, ::2])
        conv3 = self.model3(conv2[:, :, ::2, ::2])
        x = self.model4(conv3[:, :, ::2, ::2])
        x = self.model7(self.model6(self.model5(x)))
        x = self.model8(self.model8up(x) + self.model3short8(conv3))
        x = self.model9(self.model9up(x) + self.model2short9(conv2))
        x = self.model10(self.model10up(x) + self.model1short10(conv1))
        return self.model_out(x) * 110
