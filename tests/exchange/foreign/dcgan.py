"""A generator from noise: [N, z, 1, 1] to pictures of a fixed size, and its discriminator with spectral norms."""

from torch import nn
from torch.nn.utils import spectral_norm


class Generator(nn.Module):
    def __init__(self, nz=16, ngf=8, nc=3):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(nz, ngf * 4, 4, 1, 0, bias=False),
            nn.BatchNorm2d(ngf * 4),
            nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 4, ngf * 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(ngf * 2),
            nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 2, nc, 4, 2, 1, bias=False),
            nn.Tanh(),
        )

    def forward(self, input):
        return self.main(input)


class Discriminator(nn.Module):
    def __init__(self, nc=3, ndf=8):
        super().__init__()
        self.conv1 = spectral_norm(nn.Conv2d(nc, ndf, 4, 2, 1))
        self.conv2 = nn.utils.parametrizations.spectral_norm(nn.Conv2d(ndf, ndf * 2, 4, 2, 1))
        self.conv3 = nn.utils.parametrizations.weight_norm(nn.Conv2d(ndf * 2, 1, 4, 1, 0))
        self.act = nn.LeakyReLU(0.2, inplace=True)

    def forward(self, img):
        x = self.act(self.conv1(img))
        x = self.act(self.conv2(x))
        return self.conv3(x).view(-1, 1)
