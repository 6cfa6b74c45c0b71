"""The networks of pix2pix, CycleGAN and the compact upscaler in PyTorch, after their papers and authors' programs.

Where kgan has instance normalisation with a shift, the authors have a bias and no shift: as many parameters.

References:
    Isola et al., 2017, Image-to-Image Translation with Conditional Adversarial Networks. arXiv:1611.07004

    Zhu et al., 2017, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks. arXiv:1703.10593

    Wang et al., 2021, Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data.
    arXiv:2107.10833
"""

import itertools
import math

import torch
from pair_rows import Mapping
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

__all__ = ["Compact", "Patches", "ResNet", "UNet", "UNetDiscriminator"]

BLOCKS = 6  # CycleGAN's, below 256 pixels
DROPOUTS = 3  # up-blocks of the U-Net, from the smallest grid on


class UNet(nn.Module):
    """Halves down to a single position, doubles up again, and joins what has the same size."""

    def __init__(self, row: Mapping):
        super().__init__()
        depth = int(math.log2(row.size))
        filters = [min(row.generator_width * 2**level, 8 * row.generator_width) for level in range(depth)]
        before = [row.channels, *filters]
        self.down = nn.ModuleList(nn.Conv2d(before[level], filters[level], 4, 2, 1) for level in range(depth))
        inner = [filters[-1], *(2 * count for count in filters[-2::-1])]
        after = [*filters[-2::-1], row.channels]
        self.up = nn.ModuleList(nn.ConvTranspose2d(*pair, 4, 2, 1) for pair in zip(inner, after, strict=True))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skips = []
        for level, layer in enumerate(self.down):
            x = layer(x)
            if 0 < level < len(self.down) - 1:
                x = functional.instance_norm(x)
            if level < len(self.down) - 1:
                x = functional.leaky_relu(x, 0.2)
                skips.append(x)
        for level, layer in enumerate(self.up[:-1]):
            x = functional.instance_norm(layer(functional.relu(x)))
            if level < DROPOUTS:
                x = functional.dropout(x)
            x = torch.cat([x, skips.pop()], 1)
        return torch.tanh(self.up[-1](functional.relu(x)))


class Patches(nn.Sequential):
    """A logit for each patch of 70 x 70 pixels."""

    def __init__(self, row: Mapping, channels: int):
        width, layers = row.discriminator_width, []
        filters = [channels, width, 2 * width, 4 * width, 8 * width]
        for place, (before, after) in enumerate(itertools.pairwise(filters)):
            layers.append(nn.Conv2d(before, after, 4, 2 if place < 3 else 1, 1))
            layers += [nn.InstanceNorm2d(after)] if place else []
            layers.append(nn.LeakyReLU(0.2, inplace=True))
        super().__init__(*layers, nn.Conv2d(8 * width, 1, 4, 1, 1))


class Block(nn.Module):
    """Two convolutions, and what came in added."""

    def __init__(self, width: int):
        super().__init__()
        mirrored = {"padding": 1, "padding_mode": "reflect"}
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, **mirrored),
            nn.InstanceNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, **mirrored),
            nn.InstanceNorm2d(width),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x)


class ResNet(nn.Sequential):
    """Two halvings, residual blocks, two doublings."""

    def __init__(self, row: Mapping):
        width = row.generator_width
        mirrored = {"padding": 3, "padding_mode": "reflect"}
        layers = [nn.Conv2d(row.channels, width, 7, **mirrored), nn.InstanceNorm2d(width), nn.ReLU(inplace=True)]
        for level in (1, 2):
            layers.append(nn.Conv2d(width * 2 ** (level - 1), width * 2**level, 3, 2, 1))
            layers += [nn.InstanceNorm2d(width * 2**level), nn.ReLU(inplace=True)]
        layers += [Block(4 * width) for _ in range(BLOCKS)]
        for level in (2, 1):
            after = width * 2 ** (level - 1)
            layers.append(nn.ConvTranspose2d(width * 2**level, after, 3, 2, 1, output_padding=1))
            layers += [nn.InstanceNorm2d(after), nn.ReLU(inplace=True)]
        super().__init__(*layers, nn.Conv2d(width, row.channels, 7, **mirrored), nn.Tanh())


class Compact(nn.Module):
    """Convolutions at the small size, a pixel shuffle, and the enlarged input added."""

    def __init__(self, row: Mapping):
        super().__init__()
        self.scale, width = row.scale, row.generator_width
        layers: list[nn.Module] = []
        for place in range(row.convolutions + 1):
            layers += [nn.Conv2d(width if place else row.channels, width, 3, 1, 1), nn.PReLU(width)]
        layers += [nn.Conv2d(width, row.scale**2 * row.channels, 3, 1, 1), nn.PixelShuffle(row.scale)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x) + functional.interpolate(x, scale_factor=self.scale)


class UNetDiscriminator(nn.Module):
    """A logit for each pixel, from what lies around it at four sizes."""

    def __init__(self, row: Mapping):
        super().__init__()
        width = row.discriminator_width
        self.first = nn.Conv2d(row.channels, width, 3, 1, 1)
        self.down = nn.ModuleList(
            spectral_norm(nn.Conv2d(width * 2**level, width * 2 ** (level + 1), 4, 2, 1, bias=False))
            for level in range(3)
        )
        self.up = nn.ModuleList(
            spectral_norm(nn.Conv2d(width * 2 ** (level + 1), width * 2**level, 3, 1, 1, bias=False))
            for level in (2, 1, 0)
        )
        self.last = nn.ModuleList(spectral_norm(nn.Conv2d(width, width, 3, 1, 1, bias=False)) for _ in range(2))
        self.logits = nn.Conv2d(width, 1, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x, skips = functional.leaky_relu(self.first(x), 0.2), []
        for layer in self.down:
            skips.append(x)
            x = functional.leaky_relu(layer(x), 0.2)
        for layer in self.up:
            x = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = functional.leaky_relu(layer(x), 0.2) + skips.pop()
        for layer in self.last:
            x = functional.leaky_relu(layer(x), 0.2)
        return self.logits(x)
