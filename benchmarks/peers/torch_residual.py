"""The residual networks of WGAN-GP, SNGAN and SAGAN in PyTorch, for sides of 4 doubled some times, after their papers.

They are those of the papers at 32 pixels; at larger sizes blocks beside the image are as many more, each half as wide.

References:
    Gulrajani et al., 2017, Improved Training of Wasserstein GANs. arXiv:1704.00028

    Miyato et al., 2018, Spectral Normalization for Generative Adversarial Networks. arXiv:1802.05957

    Zhang et al., 2019, Self-Attention Generative Adversarial Networks. arXiv:1805.08318
"""

import itertools
import math
from collections.abc import Callable

import torch
from family_rows import Family
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

__all__ = ["Discriminator", "Generator"]

Wrap = Callable[[nn.Module], nn.Module]  # spectral normalisation, or the module as it is
GRID = 4  # positions of a side that generators start from
LAST = 8  # positions of a side that discriminators end with
ATTENTION = 32  # positions of a side that attention looks at, at most


def as_it_is(module: nn.Module) -> nn.Module:
    """The layer, not normalised."""
    return module


class Up(nn.Module):
    """A generator's block, which doubles height and width.

    The shortcut convolves before it doubles, which comes to the same and costs a quarter.
    """

    def __init__(self, before: int, after: int, wrap: Wrap):
        super().__init__()
        self.norms = nn.ModuleList([nn.BatchNorm2d(before), nn.BatchNorm2d(after)])
        self.first = wrap(nn.Conv2d(before, after, 3, padding=1))
        self.second = wrap(nn.Conv2d(after, after, 3, padding=1))
        self.shortcut = wrap(nn.Conv2d(before, after, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        short = functional.interpolate(self.shortcut(x), scale_factor=2)
        x = self.first(functional.interpolate(functional.relu(self.norms[0](x)), scale_factor=2))
        return self.second(functional.relu(self.norms[1](x))) + short


class Down(nn.Module):
    """A discriminator's block, which may halve height and width; the first of a network takes images as they are."""

    def __init__(self, before: int, after: int, wrap: Wrap, halve: bool, first: bool = False):
        super().__init__()
        self.halve, self.takes_images = halve, first
        self.first = wrap(nn.Conv2d(before, after, 3, padding=1))
        self.second = wrap(nn.Conv2d(after, after, 3, padding=1))
        self.shortcut = wrap(nn.Conv2d(before, after, 1)) if halve or before != after else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        short = self.shortcut(functional.avg_pool2d(x, 2) if self.halve else x)
        x = self.first(x if self.takes_images else functional.relu(x))
        x = self.second(functional.relu(x))
        return (functional.avg_pool2d(x, 2) if self.halve else x) + short


class Attention(nn.Module):
    """Every position looks at every other: `x + gain * o(softmax(f(x) g(x)') h(x))`, keys and values pooled."""

    def __init__(self, channels: int, wrap: Wrap):
        super().__init__()
        narrow, half = max(1, channels // 8), max(1, channels // 2)
        self.query, self.key, self.value, self.output = (
            wrap(nn.Conv2d(before, after, 1, bias=False))
            for before, after in ((channels, narrow), (channels, narrow), (channels, half), (half, channels))
        )
        self.gain = nn.Parameter(torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        query = self.query(x).flatten(2)  # (b, c / 8, n)
        key = functional.max_pool2d(self.key(x), 2).flatten(2)  # (b, c / 8, n / 4)
        value = functional.max_pool2d(self.value(x), 2).flatten(2)  # (b, c / 2, n / 4)
        attended = torch.softmax(query.transpose(1, 2) @ key, -1)  # (b, n, n / 4)
        mixed = (value @ attended.transpose(1, 2)).unflatten(2, x.shape[2:])  # (b, c / 2, h, w)
        return x + self.gain * self.output(mixed)


def narrowed(width: int, stages: int) -> list[int]:
    """Filters of a generator's blocks: `width` in the first three, then half at each."""
    return [max(width >> max(stage - 2, 0), 1) for stage in range(stages)]


def attended(sides: list[int]) -> int:
    """Where attention stands: the index of the largest grid of at most so many positions a side."""
    return max(range(len(sides)), key=lambda place: (sides[place] <= ATTENTION) * sides[place])


class Generator(nn.Sequential):
    """Dense onto 4 x 4, blocks that double, batch normalisation, and a convolution to the colours."""

    def __init__(self, family: Family):
        width, attends = family.generator_width, family.name == "sagan"
        wrap = spectral_norm if attends else as_it_is
        doublings = int(math.log2(family.size // GRID))
        filters = [width, *narrowed(width, doublings)]
        blocks: list[nn.Module] = [Up(before, after, wrap) for before, after in itertools.pairwise(filters)]
        if attends:
            place = attended([GRID * 2**stage for stage in range(doublings)])
            blocks.insert(place, Attention(filters[place], wrap))
        super().__init__(
            wrap(nn.Linear(family.latent_dim, GRID * GRID * width)),
            nn.Unflatten(1, (width, GRID, GRID)),
            *blocks,
            nn.BatchNorm2d(filters[-1]),
            nn.ReLU(),
            wrap(nn.Conv2d(filters[-1], family.channels, 3, padding=1)),
            nn.Tanh(),
        )


class Discriminator(nn.Module):
    """Blocks that halve down to 8 x 8, two that do not, and the sum over all positions; WGAN-GP has the mean."""

    def __init__(self, family: Family):
        super().__init__()
        width, halvings = family.discriminator_width, int(math.log2(family.size // LAST))
        wrap = as_it_is if family.wgangp else spectral_norm
        filters = [family.channels, *narrowed(width, halvings + 1)[:0:-1]]
        blocks: list[nn.Module] = [
            Down(before, after, wrap, halve=True, first=stage == 0)
            for stage, (before, after) in enumerate(itertools.pairwise(filters))
        ]
        if family.name == "sagan":
            place = 1 + attended([family.size // 2 ** (stage + 1) for stage in range(halvings)])
            blocks.insert(place, Attention(filters[place], wrap))
        blocks += [Down(before, width, wrap, halve=False) for before in (filters[-1], width)]
        self.blocks = nn.Sequential(*blocks, nn.ReLU())
        self.logits = wrap(nn.Linear(width, 1))
        self.averages = bool(family.wgangp)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = self.blocks(images)
        return self.logits(x.mean((2, 3)) if self.averages else x.sum((2, 3)))
