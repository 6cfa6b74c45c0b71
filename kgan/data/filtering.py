"""Filters of pictures, by their frequencies."""

import numpy as np

__all__ = ["filtered"]


def filtered(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """A picture convolved with a symmetric kernel; edges are reflected.

    Args:
        picture: `(height, width, channels)` float32.
        kernel: `(size, size)`, of an odd size.
    """
    margin = kernel.shape[0] // 2
    if margin == 0:
        return picture
    padded = np.pad(picture, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    shape = padded.shape[:2]
    spectrum = np.fft.rfft2(kernel, shape)[..., None]
    whole_picture = np.fft.irfft2(np.fft.rfft2(padded, axes=(0, 1)) * spectrum, shape, axes=(0, 1))
    return whole_picture[2 * margin :, 2 * margin :].astype(np.float32)
