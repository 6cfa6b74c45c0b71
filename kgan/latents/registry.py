"""Distributions of latents by name."""

from kgan._support import lookup
from kgan.latents.base import Latents
from kgan.latents.coded import Coded
from kgan.latents.independent import Normal, TruncatedNormal, Uniform

__all__ = ["DISTRIBUTIONS", "get"]

DISTRIBUTIONS: dict[str, type[Latents]] = lookup.by_name([Normal, Uniform, TruncatedNormal, Coded])


def get(identifier: "str | Latents") -> Latents:
    """Returns the distribution: by name (`"normal"`), or as it is when it is a `Latents` already.

    Raises:
        ValueError: if no distribution has that name.
        TypeError: if `identifier` is neither a name nor a `Latents`.
    """
    return lookup.resolve("latents", identifier, DISTRIBUTIONS, Latents)
