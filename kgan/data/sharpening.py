"""Unsharp masking of truths, so that a network learns to make pictures crisper than those that it saw.

Reference:
    Wang et al., 2021, Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data, section 4.1,
    where networks trained so have a plus behind their name. arXiv:2107.10833
"""

import numpy as np

from kgan.data import depth
from kgan.data.filtering import filtered

__all__ = ["sharpened"]

_SIGMA, _SIDE = 8.0, 51  # pixels of the Gaussian, as the authors' program has it
_WEIGHT = 0.5
_THRESHOLD = 10.0 / 255.0  # differences below it are taken for noise, and left


def sharpened(picture: np.ndarray) -> np.ndarray:
    """A picture with its edges stronger: half of its difference from a blurred copy is added where that is large.

    Args:
        picture: `(height, width, channels)`, uint8, or float32 in [-1, 1].

    Returns:
        The same shape and type, clipped; uint8 is rounded.
    """
    unit = (depth.from_bytes(picture) if picture.dtype == np.uint8 else picture) / 2.0 + 0.5
    along = np.exp(-0.5 * ((np.arange(_SIDE) - _SIDE // 2) / _SIGMA) ** 2)
    kernel = (np.outer(along, along) / along.sum() ** 2).astype(np.float32)
    detail = unit - filtered(unit.astype(np.float32), kernel)
    share = filtered((np.abs(detail) > _THRESHOLD).astype(np.float32), kernel)
    crisp = share * np.clip(unit + _WEIGHT * detail, 0.0, 1.0) + (1.0 - share) * unit
    crisp = np.clip(crisp, 0.0, 1.0).astype(np.float32)
    return np.rint(255.0 * crisp).astype(np.uint8) if picture.dtype == np.uint8 else 2.0 * crisp - 1.0
