"""The embedded digits: 5,000 real MNIST images; `embedded/README.md` has their origin and licence."""

from importlib import resources

import numpy as np

__all__ = ["read"]


def read() -> tuple[np.ndarray, np.ndarray]:
    """`images` (5000, 28, 28, 1) uint8 and `labels` (5000,) uint8, 500 of each digit."""
    with (
        resources.files("kgan.data").joinpath("embedded/digits.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as archive,
    ):
        return archive["images"], archive["labels"]
