"""How small pictures are made of large ones."""

import numpy as np
import pytest
from PIL import Image
from scipy import special

from kgan import data
from kgan.data import DataError, degradations
from kgan.data.filtering import filtered as filtered_by


@pytest.fixture(scope="module")
def picture():
    """A smooth picture with a few edges, 48 x 40."""
    y, x = np.mgrid[0:48, 0:40]
    waves = [127 + 100 * np.sin(x / 5.0 + phase) * np.cos(y / 7.0) for phase in (0.0, 1.0, 2.0)]
    made = np.stack(waves, axis=-1).astype(np.uint8)
    made[10:20, 10:20] = (255, 0, 60)
    return made


def test_bicubic_is_pillows_with_a_filter_that_covers_all_pixels(picture):
    smooth = picture[20:, 20:]  # at an edge Pillow clips between its two passes
    expected = np.asarray(Image.fromarray(smooth).resize((5, 7), Image.Resampling.BICUBIC))
    np.testing.assert_allclose(data.degrade(smooth, 4).astype(int), expected, atol=1)


def test_bicubic_of_a_slope_is_the_slope_away_from_the_edges():
    slope = np.broadcast_to(np.arange(64, dtype=np.float32)[None, :, None] / 64.0 - 0.5, (16, 64, 1))
    small = data.degrade(slope, 4)[2, 3:-3, 0]
    np.testing.assert_allclose(small, (4 * np.arange(16)[3:-3] + 1.5) / 64.0 - 0.5, atol=1e-5)


def test_floats_stay_floats_and_agree_with_bytes(picture):
    as_floats = data.degrade(picture.astype(np.float32) / 127.5 - 1.0, 4)
    assert as_floats.dtype == np.float32
    np.testing.assert_allclose((as_floats + 1.0) * 127.5, data.degrade(picture, 4), atol=0.51)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_second_order_is_a_function_of_the_seed_alone(picture, channels):
    image = picture[..., [0, 1, 2, 0][:channels]]
    first, again, other = (data.degrade(image, 2, "second_order", seed) for seed in (5, 5, 6))
    assert first.shape == (24, 20, channels)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_second_order_is_farther_from_the_picture_than_bicubic(picture):
    plain = data.degrade(picture, 4).astype(float)
    errors = [np.abs(data.degrade(picture, 4, "second_order", seed) - plain).mean() for seed in range(20)]
    assert np.mean(errors) > 5.0


def test_the_bessel_function_of_the_sinc_filter_is_scipys():
    x = np.linspace(0.0, 60.0, 300)
    np.testing.assert_allclose(degradations._bessel(x), special.j1(x), atol=1e-12)


def test_a_sinc_filter_keeps_what_is_constant_and_rings_at_an_edge():
    kernel = degradations._sinc(21, np.pi / 3)
    assert kernel.sum() == pytest.approx(1.0, abs=1e-5)
    edge = np.repeat(np.float32([0.0, 1.0]), 30)[None, :, None].repeat(60, 0)
    filtered = filtered_by(edge, kernel)
    assert filtered.max() > 1.05
    np.testing.assert_allclose(filtered_by(np.ones((30, 30, 1), np.float32), kernel), 1.0, atol=1e-5)


def test_filtering_a_point_gives_the_kernel():
    kernel = degradations._kernel((1.0, 2.0), np.random.RandomState(3))
    point = np.zeros((41, 41, 1), np.float32)
    point[20, 20] = 1.0
    margin = kernel.shape[0] // 2
    filtered = filtered_by(point, kernel)[20 - margin : 21 + margin, 20 - margin : 21 + margin, 0]
    np.testing.assert_allclose(filtered, kernel, atol=1e-6)


@pytest.mark.parametrize(
    ("scale", "degradation", "named"),
    [(3, "bicubic", "whose sides 3 divides"), (2, "bicubik", "Did you mean 'bicubic'"), (0, "bicubic", "scale")],
)
def test_what_cannot_be_is_refused_by_name(picture, scale, degradation, named):
    with pytest.raises((DataError, ValueError), match=named):
        data.degrade(picture[:, :40], scale, degradation)
