import numpy as np
import pytest
import tensorflow as tf
from skimage.metrics import structural_similarity

from kgan.metrics import SSIM

RANDOM = np.random.default_rng(0)


def pictures(channels, sides=(24, 31), noise=30.0):
    """Smooth shapes and noise on them, uint8."""
    rows, columns = np.indices(sides)
    truth = np.stack(
        [127 + 100 * np.sin(rows / (3 + n) + n) * np.cos(columns / (4 + c)) for n in range(4) for c in range(channels)]
    )
    truth = truth.reshape(4, channels, *sides).transpose(0, 2, 3, 1)
    return tuple(
        np.clip(images, 0, 255).astype(np.uint8) for images in (truth, truth + RANDOM.normal(0, noise, truth.shape))
    )


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("noise", [3.0, 30.0, 150.0])
def test_it_is_that_of_others(channels, noise):
    truth, output = pictures(channels, noise=noise)
    metric = SSIM()
    metric.update_state(truth, output)
    scikit = [
        structural_similarity(
            one.astype(np.float64),
            two.astype(np.float64),
            data_range=255,
            channel_axis=-1,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        for one, two in zip(truth, output, strict=True)
    ]
    assert float(metric.result()) == pytest.approx(np.mean(scikit), abs=1e-5)
    assert float(metric.result()) == pytest.approx(float(np.mean(tf.image.ssim(truth, output, 255))), abs=1e-5)


def test_a_constant_shift_of_a_flat_image_has_a_closed_form():
    """Variances are 0, so that luminance alone is left: (2 m_x m_y + C_1) / (m_x^2 + m_y^2 + C_1), of [0, 2]."""
    metric = SSIM()
    metric.update_state(np.full((1, 11, 11, 1), -0.5), np.full((1, 11, 11, 1), 0.25))
    c_1 = (0.01 * 2) ** 2
    expected = (2 * 0.5 * 1.25 + c_1) / (0.5**2 + 1.25**2 + c_1)
    assert float(metric.result()) == pytest.approx(expected, abs=1e-5)


def test_equal_images_have_1_and_inverted_ones_less_than_0():
    truth, _ = pictures(3)
    metric = SSIM()
    metric.update_state(truth, truth)
    assert float(metric.result()) == pytest.approx(1.0, abs=1e-6)
    metric.reset_state()
    metric.update_state(truth, 255 - truth)
    assert float(metric.result()) < 0.0


def test_images_smaller_than_the_window_are_refused():
    with pytest.raises(ValueError, match=r"at least 11 x 11 pixels.*Received: shape \(2, 10, 32, 1\)"):
        SSIM().update_state(np.zeros((2, 10, 32, 1)), np.zeros((2, 10, 32, 1)))
    with pytest.raises(ValueError, match=r"Expected images \(batch, height, width, channels\)"):
        SSIM().update_state(np.zeros((2, 32, 1)), np.zeros((2, 32, 1)))
