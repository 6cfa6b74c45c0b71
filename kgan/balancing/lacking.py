"""How many samples each class lacks."""

import math

import numpy as np

__all__ = ["lacking"]


def lacking(codes: np.ndarray, share: float) -> dict[int, int]:
    """How many samples each class lacks until it has a share of the largest one's, by its code.

    Args:
        codes: The class of each sample, whole numbers `(n,)`.
        share: Above 0 and at most 1.
    """
    values, counts = np.unique(codes, return_counts=True)
    wanted = math.floor(share * int(counts.max()))
    return {int(value): max(0, wanted - int(count)) for value, count in zip(values, counts, strict=True)}
