"""Layers that the architectures share."""

from kgan.layers.activation import LeakyReLU
from kgan.layers.adaptive_convolution import AdaptiveSeparableConv2D
from kgan.layers.attention import SelfAttention
from kgan.layers.basis import LearnedBasis
from kgan.layers.batch_statistics import MinibatchStandardDeviation
from kgan.layers.blending import MaskedBlend
from kgan.layers.blur import Blur2D, BlurredUpsample2D
from kgan.layers.conditional_normalization import ConditionalBatchNormalization
from kgan.layers.convolution import Conv2D, Conv2DTranspose
from kgan.layers.folding import Fold1D
from kgan.layers.frames import BatchToFrames, ChannelsToFrames, FramesToBatch, FramesToChannels, LastFrames
from kgan.layers.gated_linear_unit import GatedLinearUnit
from kgan.layers.growing import Growing, GrowingFromImages, GrowingToImages, grown
from kgan.layers.instance_normalization import InstanceNormalization
from kgan.layers.label_maps import OneHotPixels
from kgan.layers.normalization import BatchNormalization, PixelNorm
from kgan.layers.pixel_shuffle import PixelShuffle2D
from kgan.layers.reconstruction import Quadrant, ReconstructionError
from kgan.layers.reflection_padding import ReflectionPadding2D
from kgan.layers.resampled_convolution import ConvAveragePool2D, UpsampleConv2D
from kgan.layers.resampling import Downsample2D, Upsample2D
from kgan.layers.spade import SPADE
from kgan.layers.styled_convolution import StyledConv2D
from kgan.layers.styles import DrawnNoise, LearnedGrid, MixingLatents, SplitNoise, SplitStyles, Styles
from kgan.layers.weights import Equalized, SpectralNormalization

__all__ = [
    "SPADE",
    "AdaptiveSeparableConv2D",
    "BatchNormalization",
    "BatchToFrames",
    "Blur2D",
    "BlurredUpsample2D",
    "ChannelsToFrames",
    "ConditionalBatchNormalization",
    "Conv2D",
    "Conv2DTranspose",
    "ConvAveragePool2D",
    "Downsample2D",
    "DrawnNoise",
    "Equalized",
    "Fold1D",
    "FramesToBatch",
    "FramesToChannels",
    "GatedLinearUnit",
    "Growing",
    "GrowingFromImages",
    "GrowingToImages",
    "InstanceNormalization",
    "LastFrames",
    "LeakyReLU",
    "LearnedBasis",
    "LearnedGrid",
    "MaskedBlend",
    "MinibatchStandardDeviation",
    "MixingLatents",
    "OneHotPixels",
    "PixelNorm",
    "PixelShuffle2D",
    "Quadrant",
    "ReconstructionError",
    "ReflectionPadding2D",
    "SelfAttention",
    "SpectralNormalization",
    "SplitNoise",
    "SplitStyles",
    "StyledConv2D",
    "Styles",
    "Upsample2D",
    "UpsampleConv2D",
    "grown",
]
