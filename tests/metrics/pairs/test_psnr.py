import numpy as np
import pytest
import tensorflow as tf
from skimage.metrics import peak_signal_noise_ratio

from kgan.metrics import PSNR

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(("error", "decibels"), [(2.0, 0.0), (0.2, 20.0), (0.02, 40.0)])
def test_a_constant_error_has_a_closed_form(error, decibels):
    metric = PSNR()
    metric.update_state(np.full((2, 4, 4, 1), -1.0), np.full((2, 4, 4, 1), error - 1.0))
    assert float(metric.result()) == pytest.approx(decibels, abs=1e-4)


def test_decibels_are_averaged_and_not_errors():
    metric = PSNR()
    truth = np.zeros((2, 4, 4, 3))
    output = truth + np.float64([0.2, 0.02])[:, None, None, None]
    metric.update_state(truth, output)
    assert float(metric.result()) == pytest.approx((20.0 + 40.0) / 2, abs=1e-4)


def test_it_is_that_of_others():
    truth = RANDOM.integers(0, 256, (5, 20, 15, 3)).astype(np.uint8)
    output = np.clip(truth + RANDOM.normal(0, 20, truth.shape), 0, 255).astype(np.uint8)
    metric = PSNR()
    metric.update_state(truth, output)
    others = [peak_signal_noise_ratio(one, two, data_range=255) for one, two in zip(truth, output, strict=True)]
    assert float(metric.result()) == pytest.approx(np.mean(others), rel=1e-5)
    assert float(metric.result()) == pytest.approx(float(np.mean(tf.image.psnr(truth, output, 255))), rel=1e-5)


def test_equal_images_have_infinity():
    metric = PSNR()
    metric.update_state(np.zeros((1, 4, 4, 1)), np.zeros((1, 4, 4, 1)))
    assert float(metric.result()) == np.inf
