"""PSNR and SSIM as papers on super-resolution measure them, against scikit-image."""

import numpy as np
import pytest
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from kgan.metrics import PSNR, SSIM


def pair(channels=3):
    random = np.random.RandomState(0)
    truth = random.randint(0, 256, (2, 30, 34, channels)).astype(np.uint8)
    return truth, np.clip(truth + random.normal(0, 20, truth.shape), 0, 255).astype(np.uint8)


def luminance(images, border):
    y = rgb2ycbcr(images)[..., 0] if images.shape[-1] == 3 else images[..., 0].astype(float)
    return y[:, border : y.shape[1] - border, border : y.shape[2] - border]


def measured(metric, truth, output):
    metric.update_state(truth, output)
    return float(metric.result())


@pytest.mark.parametrize("border", [0, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_psnr_of_the_luminance_is_scikit_images(border, channels):
    truth, output = pair(channels)
    expected = np.mean(
        [
            peak_signal_noise_ratio(one, other, data_range=255)
            for one, other in zip(luminance(truth, border), luminance(output, border), strict=True)
        ]
    )
    assert measured(PSNR(luminance=True, border=border), truth, output) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("border", [0, 4])
def test_ssim_of_the_luminance_is_scikit_images(border):
    truth, output = pair()
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    expected = np.mean(
        [
            structural_similarity(one, other, **settings)
            for one, other in zip(luminance(truth, border), luminance(output, border), strict=True)
        ]
    )
    assert measured(SSIM(luminance=True, border=border), truth, output) == pytest.approx(expected, abs=1e-4)


def test_what_lies_in_the_border_does_not_count():
    truth, output = pair()
    other = output.copy()
    other[:, :3], other[:, :, -3:] = 0, 255
    assert measured(PSNR(border=3), truth, output) == measured(PSNR(border=3), truth, other)
    assert measured(PSNR(border=2), truth, output) != measured(PSNR(border=2), truth, other)


def test_outputs_are_rounded_to_8_bits_before_the_luminance_is_taken():
    truth, output = pair()
    floats = output / 127.5 - 1.0 + 0.001
    assert measured(PSNR(luminance=True), truth, floats.astype(np.float32)) == measured(
        PSNR(luminance=True), truth, output
    )


@pytest.mark.parametrize("metric", [PSNR, SSIM])
def test_metrics_make_the_round_trip_and_say_what_they_are_of(metric):
    made = metric(luminance=True, border=4)
    again = metric.from_config(made.get_config())
    assert again.part == made.part
    assert made.label.endswith("(Y)")
    assert not metric().label.endswith("(Y)")


def test_a_border_that_leaves_nothing_is_refused():
    truth, output = pair()
    with pytest.raises(ValueError, match="larger than twice border=15"):
        PSNR(border=15).update_state(truth, output)
    with pytest.raises(ValueError, match="border"):
        PSNR(border=-1)
