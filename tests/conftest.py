"""Fixtures that the tests share."""

import keras
import numpy as np
import pytest

from kgan.data.sources import digits


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture
def small_images():
    """200 real digits shrunk to 8 x 8, uint8."""
    images, _ = digits.read()
    return images[::25, 2:26:3, 2:26:3]


@pytest.fixture
def small_labels():
    _, labels = digits.read()
    return labels[::25].astype(np.int32)
