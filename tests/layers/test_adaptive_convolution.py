"""Convolution by kernels of each pixel."""

import numpy as np
import pytest

import kgan

RANDOM = np.random.RandomState(0)
IMAGES = RANDOM.uniform(-1.0, 1.0, (2, 7, 6, 3)).astype(np.float32)


def by_hand(images: np.ndarray, logits: np.ndarray, reach: int) -> np.ndarray:
    """The definition, pixel by pixel: rows by the first half of the logits, then columns by the second."""
    for axis, part in ((1, logits[..., : 2 * reach + 1]), (2, logits[..., 2 * reach + 1 :])):
        weights = np.exp(part) / np.exp(part).sum(axis=-1, keepdims=True)
        sides = [(0, 0)] * 4
        sides[axis] = (reach, reach)
        widened, made = np.pad(images, sides, mode="reflect"), np.zeros_like(images)
        for b, row, column in np.ndindex(images.shape[:3]):
            for number in range(2 * reach + 1):
                place = (row + number, column) if axis == 1 else (row, column + number)
                made[b, row, column] += weights[b, row, column, number] * widened[b, *place]
        images = made
    return images


@pytest.mark.parametrize("channels", [1, 3])
def test_each_pixel_is_the_mean_by_its_own_weights(channels):
    logits = RANDOM.normal(size=(2, 7, 6, 10)).astype(np.float32)
    made = kgan.layers.AdaptiveSeparableConv2D(reach=2)([IMAGES[..., :channels], logits])
    np.testing.assert_allclose(made, by_hand(IMAGES[..., :channels], logits, 2), atol=1e-6)


def test_all_weight_on_one_place_moves_the_image():
    logits = np.zeros((2, 7, 6, 10), np.float32)
    logits[..., 1] = logits[..., 5 + 4] = 1e3  # from a row above, and from two columns to the right
    made = kgan.layers.AdaptiveSeparableConv2D(reach=2)([IMAGES, logits]).numpy()
    np.testing.assert_allclose(made[:, 1:, :-2], IMAGES[:, :-1, 2:], atol=1e-6)


def test_what_does_not_fit_is_refused():
    layer = kgan.layers.AdaptiveSeparableConv2D(reach=2)
    with pytest.raises(ValueError, match="10 logits for each pixel"):
        layer([IMAGES, np.zeros((2, 7, 6, 8), np.float32)])
    with pytest.raises(ValueError, match="10 logits for each pixel"):
        layer([IMAGES, np.zeros((2, 6, 6, 10), np.float32)])
    with pytest.raises(ValueError, match="Expected sides of more than reach=2"):
        layer([IMAGES[:, :2], np.zeros((2, 2, 6, 10), np.float32)])
    with pytest.raises(ValueError, match="Expected reach"):
        kgan.layers.AdaptiveSeparableConv2D(reach=0)
