"""R3GAN's networks in PyTorch, for sides of 4 to 7 doubled some times, after its paper.

Reference:
    Huang et al., 2024, The GAN is dead; long live the GAN! A Modern Baseline GAN. arXiv:2501.05441
"""

import math

import torch
from step_games import StepGame
from torch import nn
from torch.nn import functional

__all__ = ["Discriminator", "Generator"]

GROUP = 16  # channels of a group in the 3x3 convolutions
EXPANSION = 2  # channels within a block to those beside it
FULL_WIDTH = 32  # pixels of a side up to which stages have the full width


def widths(game: StepGame, width: int) -> list[int]:
    """Channels of each size, from the small grid to the image."""
    found, multiple = [], GROUP // EXPANSION
    for stage in range(game.stages + 1):
        halvings = max(math.ceil(math.log2(grid(game) * 2**stage / FULL_WIDTH)), 0)
        found.append(max(width // 2**halvings // multiple, 1) * multiple)
    return found


def grid(game: StepGame) -> int:
    """Positions of a side of the small grid."""
    return game.size // 2**game.stages


class Block(nn.Module):
    """1x1 to twice the channels, 3x3 in groups, 1x1 back from zeros; nothing is normalised."""

    def __init__(self, channels: int, total: int):
        super().__init__()
        expanded = EXPANSION * channels
        gain = math.sqrt(2.0 / 1.04) * total**-0.25
        self.expand = nn.Conv2d(channels, expanded, 1)
        self.groups = nn.Conv2d(expanded, expanded, 3, padding=1, groups=expanded // GROUP)
        self.project = nn.Conv2d(expanded, channels, 1, bias=False)
        nn.init.normal_(self.expand.weight, std=gain / math.sqrt(channels))
        nn.init.normal_(self.groups.weight, std=gain / math.sqrt(9 * GROUP))
        nn.init.zeros_(self.project.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.leaky_relu(self.expand(x), 0.2)
        return x + self.project(functional.leaky_relu(self.groups(y), 0.2))


def means(x: torch.Tensor) -> torch.Tensor:
    """Of 2 x 2 pixels at every place, one place more than pixels a side; pixels beyond an edge do not count."""
    return functional.avg_pool2d(x, 2, 1, padding=1, count_include_pad=False)


class Upsample(nn.Module):
    """Doubles height and width with the filter [1, 2, 1]; edges repeat."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return means(functional.interpolate(x, scale_factor=2))[:, :, 1:, 1:]


class Downsample(nn.Module):
    """Halves height and width behind the filter [1, 2, 1]; edges repeat."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.avg_pool2d(means(x), 2)


def pointwise(before: int, after: int) -> nn.Module:
    """A convolution 1x1, linear and without bias; nothing at all where the width stays."""
    layer = nn.Conv2d(before, after, 1, bias=False)
    nn.init.normal_(layer.weight, std=1.0 / math.sqrt(before))
    return layer


def widened(before: int, after: int) -> list[nn.Module]:
    """The convolution between two sizes, where the width changes."""
    return [] if before == after else [pointwise(before, after)]


class Basis(nn.Module):
    """A learned small grid, each channel of which a projection of z multiplies."""

    def __init__(self, latent_dim: int, width: int, side: int):
        super().__init__()
        self.projection = nn.Linear(latent_dim, width, bias=False)
        self.basis = nn.Parameter(torch.randn(width, side, side))

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        return self.basis * self.projection(latents)[:, :, None, None]


class Generator(nn.Sequential):
    """The grid, then residual blocks at each size."""

    def __init__(self, game: StepGame):
        each = widths(game, game.generator_width)
        total = len(each) * game.blocks
        stack: list[nn.Module] = [Basis(game.latent_dim, each[0], grid(game))]
        for stage, channels in enumerate(each):
            if stage:
                stack += [*widened(each[stage - 1], channels), Upsample()]
            stack += [Block(channels, total) for _ in range(game.blocks)]
        super().__init__(*stack, pointwise(each[-1], game.channels))


class Discriminator(nn.Sequential):
    """The generator's mirror image, which ends in a weight for each position and channel."""

    def __init__(self, game: StepGame):
        each = widths(game, game.discriminator_width)[::-1]
        total = len(each) * game.blocks
        stack: list[nn.Module] = [pointwise(game.channels, each[0])]
        for stage, channels in enumerate(each):
            if stage:
                stack += [Downsample(), *widened(each[stage - 1], channels)]
            stack += [Block(channels, total) for _ in range(game.blocks)]
        last = nn.Conv2d(each[-1], each[-1], grid(game), groups=each[-1], bias=False)
        super().__init__(*stack, last, nn.Flatten(), nn.Linear(each[-1], 1, bias=False))
