"""What is new in images at each resolution."""

import numpy as np

__all__ = ["levels"]

_KERNEL = np.array([1.0, 4.0, 6.0, 4.0, 1.0], np.float32) / 16.0
_SMALLEST = 14  # pixels on the shorter side of a level that is taken apart further: two patches


def levels(images: np.ndarray) -> list[np.ndarray]:
    """Bands of images, the finest first, and what is left in the end, of 7 to 13 pixels on the shorter side.

    Args:
        images: `(n, h, w, c)` float32.

    Reference:
        Burt and Adelson, 1983, The Laplacian Pyramid as a Compact Image Code.
    """
    bands = []
    while min(images.shape[1:3]) >= _SMALLEST:
        smaller = _blurred(images)[:, ::2, ::2]
        bands.append(images - _enlarged(smaller, images.shape))
        images = smaller
    return [*bands, images]


def _enlarged(smaller: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    spread = np.zeros(shape, np.float32)
    spread[:, ::2, ::2] = smaller
    return 4.0 * _blurred(spread)


def _blurred(images: np.ndarray) -> np.ndarray:
    for axis in (1, 2):
        margins = [(0, 0)] * 4
        margins[axis] = (2, 2)
        wider = np.pad(images, margins, mode="reflect")
        length = images.shape[axis]
        along = [slice(None)] * 4
        images = np.zeros_like(images)
        for start, weight in enumerate(_KERNEL):
            along[axis] = slice(start, start + length)
            images += weight * wider[tuple(along)]
    return images
