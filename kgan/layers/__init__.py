"""Layers that the architectures share."""

from kgan.layers.activation import LeakyReLU
from kgan.layers.attention import SelfAttention
from kgan.layers.batch_statistics import MinibatchStandardDeviation
from kgan.layers.convolution import Conv2D, Conv2DTranspose
from kgan.layers.normalization import BatchNormalization, PixelNorm
from kgan.layers.resampling import Downsample2D, Upsample2D
from kgan.layers.weights import Equalized, SpectralNormalization

__all__ = [
    "BatchNormalization",
    "Conv2D",
    "Conv2DTranspose",
    "Downsample2D",
    "Equalized",
    "LeakyReLU",
    "MinibatchStandardDeviation",
    "PixelNorm",
    "SelfAttention",
    "SpectralNormalization",
    "Upsample2D",
]
