"""How near outputs are to their truths: figures on pairs, for models that turn one image into another."""

from kgan.metrics.pairs.base import PairMetric
from kgan.metrics.pairs.feature_distance import PairFeatureDistance
from kgan.metrics.pairs.gradient_energy import GradientEnergy
from kgan.metrics.pairs.mean_absolute_error import MeanAbsoluteError
from kgan.metrics.pairs.of_frames import OfFrames
from kgan.metrics.pairs.psnr import PSNR
from kgan.metrics.pairs.ssim import SSIM
from kgan.metrics.pairs.waves import MelError, SpectralDistance

__all__ = [
    "PSNR",
    "SSIM",
    "GradientEnergy",
    "MeanAbsoluteError",
    "MelError",
    "OfFrames",
    "PairFeatureDistance",
    "PairMetric",
    "SpectralDistance",
]
