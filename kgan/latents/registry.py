"""Distributions of latents by name."""

from collections.abc import Mapping

from kgan._support import lookup
from kgan.latents.base import Latents
from kgan.latents.coded import Coded
from kgan.latents.independent import Normal, TruncatedNormal, Uniform

__all__ = ["DISTRIBUTIONS", "get"]

DISTRIBUTIONS: dict[str, type[Latents]] = lookup.by_name([Normal, Uniform, TruncatedNormal, Coded])


def get(identifier: "str | Mapping | Latents | type[Latents]") -> Latents:
    """Returns the distribution: by name (`"truncated_normal"` or `"TruncatedNormal"`), class or config, or as it is.

    Raises:
        ValueError: if no distribution has that name, or the config is not one of a distribution.
        TypeError: if `identifier` is neither a name, a `Latents`, such a class nor a config.
    """
    return lookup.resolve("latents", identifier, DISTRIBUTIONS, Latents)
