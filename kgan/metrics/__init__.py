"""How good the samples are: figures on the features of real and generated samples."""

from kgan.metrics import molecules, tables
from kgan.metrics.base import FeatureMetric
from kgan.metrics.class_accuracy import ClassAccuracy
from kgan.metrics.extractors import Extractor, ExtractorError, Features
from kgan.metrics.frechet import FrechetDistance, frechet_distance
from kgan.metrics.inception_score import InceptionScore
from kgan.metrics.kernel import KernelDistance, kernel_distance
from kgan.metrics.manifolds import Coverage, Density, Precision, Recall
from kgan.metrics.moments import Moments
from kgan.metrics.natural_scenes import NaturalScenes, naturalness
from kgan.metrics.neighbours import Neighbourhoods, neighbourhoods
from kgan.metrics.pairs import (
    PSNR,
    SSIM,
    GradientEnergy,
    MeanAbsoluteError,
    MelError,
    OfFrames,
    PairFeatureDistance,
    PairMetric,
    SpectralDistance,
)
from kgan.metrics.resolve import LABEL_METRICS, METRICS, PAIR_METRICS, get

__all__ = [
    "LABEL_METRICS",
    "METRICS",
    "PAIR_METRICS",
    "PSNR",
    "SSIM",
    "ClassAccuracy",
    "Coverage",
    "Density",
    "Extractor",
    "ExtractorError",
    "FeatureMetric",
    "Features",
    "FrechetDistance",
    "GradientEnergy",
    "InceptionScore",
    "KernelDistance",
    "MeanAbsoluteError",
    "MelError",
    "Moments",
    "NaturalScenes",
    "Neighbourhoods",
    "OfFrames",
    "PairFeatureDistance",
    "PairMetric",
    "Precision",
    "Recall",
    "SpectralDistance",
    "frechet_distance",
    "get",
    "kernel_distance",
    "molecules",
    "naturalness",
    "neighbourhoods",
    "tables",
]
