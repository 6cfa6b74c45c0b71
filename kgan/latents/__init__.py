"""Where z comes from."""

from kgan.latents.base import LARGEST_SEED, Latents
from kgan.latents.coded import Coded
from kgan.latents.independent import Normal, TruncatedNormal, Uniform
from kgan.latents.paths import interpolate
from kgan.latents.registry import DISTRIBUTIONS, get

__all__ = [
    "DISTRIBUTIONS",
    "LARGEST_SEED",
    "Coded",
    "Latents",
    "Normal",
    "TruncatedNormal",
    "Uniform",
    "get",
    "interpolate",
]
