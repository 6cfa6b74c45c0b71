"""Kinds whose figures are seen through no network."""

from kgan import recipes

__all__ = ["no_features"]


def no_features(features: str | None, of: str) -> None:
    """None, as `Kind.features_for` says that there is no network.

    Args:
        features: What was asked for.
        of: What is looked at as it is, for the error.

    Raises:
        ValueError: if a network is named.
    """
    if features not in (None, recipes.AUTO):
        raise ValueError(f"Expected features=none for {of}. Received: features={features!r}.")
