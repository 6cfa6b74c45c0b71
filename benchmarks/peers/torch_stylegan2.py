"""StyleGAN2's networks in PyTorch, for sides of 4 doubled some times, after its paper.

Styles scale the inputs and the outputs around one convolution of the whole batch, which is the same as a kernel for
each sample, and faster on a CPU.

Reference:
    Karras et al., 2020, Analyzing and Improving the Image Quality of StyleGAN. arXiv:1912.04958
"""

import itertools
import math

import torch
from family_rows import Family
from torch import nn
from torch.nn import functional

__all__ = ["Discriminator", "Generator"]

GRID = 4  # positions of a side of the smallest images
MAPPING_LAYERS, MAPPING_MULTIPLIER = 8, 0.01
MIXING, DECAY = 0.9, 0.995  # of styles, and of their mean
RECTIFIED = math.sqrt(2.0)  # the gain of a rectifier, taken before it, where kernels are scaled anyway
GROUP = 4  # samples of the minibatch standard deviation


def widths(family: Family, width: int) -> list[int]:
    """Channels of each size, from the image to the small grid."""
    return [min(width * 2**stage, family.max_width) for stage in range(int(math.log2(family.size // GRID)) + 1)]


class Filter(nn.Module):
    """[1, 3, 3, 1] in both directions, each channel for itself: in place, halving, or doubling.

    It is computed as a convolution, or `by_pools`: three means over 2 x 2 pixels in a row are the same filter, and
    each pixel four times is the first of them where it doubles.
    """

    by_pools = False

    def __init__(self, padding: int, stride: int = 1, doubles: bool = False, gain: float = 1.0):
        super().__init__()
        row = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8.0
        self.register_buffer("kernel", (gain * torch.outer(row, row))[None, None])
        self.padding, self.stride, self.doubles, self.gain = padding, stride, doubles, gain

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if Filter.by_pools:
            return self.pooled(x)
        channels = x.shape[1]
        kernel = self.kernel.to(x.dtype).expand(channels, 1, 4, 4)
        convolve = functional.conv_transpose2d if self.doubles else functional.conv2d
        return convolve(x, kernel, stride=self.stride, padding=self.padding, groups=channels)

    def pooled(self, x: torch.Tensor) -> torch.Tensor:
        if self.doubles:  # its gain of 4 is that of three pixels in four that were 0
            x = functional.avg_pool2d(functional.interpolate(x, scale_factor=2), 2, 1, padding=1)
            return functional.avg_pool2d(x, 2, 1)
        x = functional.pad(x, [self.padding] * 4)
        x = functional.avg_pool2d(functional.avg_pool2d(functional.avg_pool2d(x, 2, 1), 2, 1), 2, self.stride)
        return x if self.gain == 1.0 else self.gain * x


class Dense(nn.Module):
    """A dense layer with an equalised learning rate."""

    def __init__(self, before: int, after: int, multiplier: float = 1.0, rectify: bool = True):
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(after, before) / multiplier)
        self.bias = nn.Parameter(torch.zeros(after))
        self.multiplier, self.rectify = multiplier, rectify

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gain = self.multiplier * (RECTIFIED if self.rectify else 1.0)
        x = functional.linear(x, self.kernel * (gain / math.sqrt(self.kernel.shape[1])), self.bias * gain)
        return functional.leaky_relu(x, 0.2) if self.rectify else x


class Convolution(nn.Module):
    """A convolution with an equalised learning rate, and a rectifier unless it is linear, which has no bias either."""

    def __init__(
        self, before: int, after: int, size: int, linear: bool = False, gain: float = RECTIFIED, **settings: int
    ):
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(after, before, size, size))
        self.bias = None if linear else nn.Parameter(torch.zeros(after))
        self.gain, self.settings = gain, settings

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kernel = self.kernel * (self.gain / math.sqrt(self.kernel[0].numel()))
        if self.bias is None:
            return functional.conv2d(x, kernel, **self.settings)
        return functional.leaky_relu(functional.conv2d(x, kernel, self.bias * self.gain, **self.settings), 0.2)


class Styled(nn.Module):
    """A modulated and demodulated convolution, with noise; to colours, neither demodulated nor rectified."""

    def __init__(self, before: int, after: int, style_dim: int, doubles: bool = False, colours: bool = False):
        super().__init__()
        size = 1 if colours else 3
        shape = (before, after, size, size) if doubles else (after, before, size, size)
        self.kernel = nn.Parameter(torch.randn(shape))
        self.bias = nn.Parameter(torch.zeros(after))
        self.style_kernel = nn.Parameter(torch.randn(before, style_dim))
        self.style_bias = nn.Parameter(torch.ones(before))
        self.noise_strength = None if colours else nn.Parameter(torch.zeros(()))
        self.filter = Filter(padding=1, gain=4.0) if doubles else None

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        style = functional.linear(w, self.style_kernel / math.sqrt(w.shape[1]), self.style_bias)  # (b, before)
        x = x * style[:, :, None, None]
        if self.noise_strength is None:
            return functional.conv2d(x, self.kernel / math.sqrt(x.shape[1]), self.bias)
        squares = self.kernel.square().sum((2, 3))
        norms = style.square() @ (squares.t() if self.filter is None else squares)  # (b, after)
        if self.filter is None:
            x = functional.conv2d(x, self.kernel, padding=1)
        else:
            x = self.filter(functional.conv_transpose2d(x, self.kernel, stride=2))
        x = x * (RECTIFIED * torch.rsqrt(norms + 1e-8))[:, :, None, None] + RECTIFIED * self.bias[:, None, None]
        return functional.leaky_relu(x + RECTIFIED * self.noise_strength * torch.randn_like(x[:, :1]), 0.2)


class Generator(nn.Module):
    """The mapping, styles that are mixed, and the synthesis with skips."""

    def __init__(self, family: Family):
        super().__init__()
        self.latent_dim = dim = family.latent_dim
        narrower = widths(family, family.generator_width)[::-1]
        self.mapping = nn.Sequential(*(Dense(dim, dim, MAPPING_MULTIPLIER) for _ in range(MAPPING_LAYERS)))
        self.grid = nn.Parameter(torch.randn(narrower[0], GRID, GRID))
        self.first = Styled(narrower[0], narrower[0], dim)
        self.colours = nn.ModuleList(Styled(one, family.channels, dim, colours=True) for one in narrower)
        pairs = list(itertools.pairwise(narrower))
        self.doubled = nn.ModuleList(Styled(before, after, dim, doubles=True) for before, after in pairs)
        self.kept = nn.ModuleList(Styled(after, after, dim) for _, after in pairs)
        self.filter = Filter(padding=1, stride=2, doubles=True, gain=4.0)
        self.places = 2 * len(narrower)
        self.register_buffer("mean", torch.zeros(dim))

    def mapped(self, latents: torch.Tensor) -> torch.Tensor:
        return self.mapping(latents * torch.rsqrt(latents.square().mean(1, keepdim=True) + 1e-8))

    def styles(self, latents: torch.Tensor) -> torch.Tensor:
        """Styles of all places, `(batch, places, style_dim)`; from a random one on, those of other latents."""
        w, other = self.mapped(latents), self.mapped(torch.randn_like(latents))
        with torch.no_grad():
            self.mean.lerp_(w.mean(0), 1.0 - DECAY)
        place, mixes = torch.rand(2, device=w.device)
        first = torch.where(mixes < MIXING, 1 + torch.floor(place * (self.places - 1)), float(self.places))
        keeps = torch.arange(self.places, device=w.device) < first
        return torch.where(keeps[None, :, None], w[:, None], other[:, None])

    def synthesis(self, styles: torch.Tensor) -> torch.Tensor:
        w = styles.unbind(1)
        x = self.first(self.grid.expand(len(styles), -1, -1, -1), w[0])
        images = self.colours[0](x, w[1])
        for stage, (doubled, kept) in enumerate(zip(self.doubled, self.kept, strict=True), start=1):
            x = kept(doubled(x, w[2 * stage - 1]), w[2 * stage])
            images = self.filter(images) + self.colours[stage](x, w[2 * stage + 1])
        return images

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        return self.synthesis(self.styles(latents))


class Block(nn.Module):
    """A residual block of the discriminator, which halves the image."""

    def __init__(self, before: int, after: int):
        super().__init__()
        skip = Convolution(before, after, 1, linear=True, gain=math.sqrt(0.5))
        self.skip = nn.Sequential(Filter(padding=1, stride=2), skip)
        self.body = nn.Sequential(
            Convolution(before, before, 3, padding=1),
            Filter(padding=2),
            Convolution(before, after, 3, stride=2, gain=1.0),  # the rectifier's, over the root of two that are added
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.skip(x) + self.body(x)


class Deviation(nn.Module):
    """Appends the standard deviation over groups of samples, averaged over features and positions."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        groups = max(1, len(x) // GROUP)
        dealt = x.reshape(-1, groups, *x.shape[1:])  # samples of a group lie apart
        deviation = (dealt.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))  # (groups,)
        feature = deviation.repeat(len(x) // groups)[:, None, None, None].expand(-1, 1, *x.shape[2:])
        return torch.cat([x, feature], 1)


class Discriminator(nn.Sequential):
    """Residual blocks, the minibatch standard deviation, a convolution and two dense layers."""

    def __init__(self, family: Family):
        wider = widths(family, family.discriminator_width)
        last = wider[-1]
        super().__init__(
            Convolution(family.channels, wider[0], 1),
            *(Block(before, after) for before, after in itertools.pairwise(wider)),
            Deviation(),
            Convolution(last + 1, last, 3, padding=1),
            nn.Flatten(),
            Dense(GRID * GRID * last, last),
            Dense(last, 1, rectify=False),
        )
