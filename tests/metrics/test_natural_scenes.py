"""NIQE: how far pictures are from natural photographs."""

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage import data

from kgan.metrics import NaturalScenes, naturalness
from kgan.metrics.natural_scenes import _asymmetric, _features, _levels, _normalised


@pytest.fixture(scope="module")
def cat():
    return data.chelsea()


def test_blur_and_noise_are_less_natural_the_more_the_less(cat):
    blurred = [np.asarray(Image.fromarray(cat).filter(ImageFilter.GaussianBlur(radius))) for radius in (1, 2)]
    noise = np.random.RandomState(0).normal(0.0, 1.0, cat.shape)
    noisy = [np.clip(cat + level * noise, 0, 255).astype(np.uint8) for level in (10, 25)]
    clean, *others = (naturalness(one) for one in (cat, *blurred, *noisy))
    assert clean < others[0] < others[1]
    assert clean < others[2] < others[3]
    assert 2.0 < clean < 4.0  # as papers find of sharp photographs


def test_the_scenes_of_a_picture_are_at_no_distance_from_it(cat):
    features, _ = _features(_levels(cat))
    own = NaturalScenes(features.mean(axis=0), np.cov(features, rowvar=False))
    assert naturalness(cat, own) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("draw", "shape"), [("normal", 2.0), ("laplace", 1.0)])
def test_shapes_of_known_distributions_are_found(draw, shape):
    values = getattr(np.random.RandomState(0), draw)(0.0, 1.0, 200_000)
    alpha, left, right = _asymmetric(values)
    assert alpha == pytest.approx(shape, rel=0.02)
    scale = np.sqrt(2.0) if draw == "normal" else 1.0  # exp(-|x / scale|^shape)
    assert (left, right) == pytest.approx((scale, scale), rel=0.02)


def test_the_two_sides_of_a_skewed_distribution_have_widths_of_their_own():
    values = np.random.RandomState(0).normal(0.0, 1.0, 200_000)
    _, left, right = _asymmetric(np.where(values < 0.0, values, 3.0 * values))
    assert right / left == pytest.approx(3.0, rel=0.02)


def test_luminance_is_normalised_by_what_is_around_it():
    normalised, deviation = _normalised(np.full((20, 20), 80.0))
    assert np.abs(normalised).max() < 1e-9
    assert deviation.max() < 1e-4
    ramp = np.tile(np.arange(30.0), (30, 1))
    normalised, deviation = _normalised(ramp)
    weights = np.exp(-0.5 * (np.arange(-3, 4) * 6.0 / 7.0) ** 2)
    expected = np.sqrt((weights * np.arange(-3, 4) ** 2).sum() / weights.sum())
    assert deviation[15, 15] == pytest.approx(expected, rel=1e-6)
    assert normalised[15, 15] == pytest.approx(0.0, abs=1e-6)


def test_grey_is_the_luminance_of_colours(cat):
    grey = np.rint(cat @ [0.299, 0.587, 0.114]).astype(np.uint8)
    assert naturalness(grey[..., None]) == pytest.approx(naturalness(cat))


def test_scenes_are_learned_from_the_sharp_blocks_alone(cat):
    soft = np.full((96, 960, 3), 128, np.uint8)
    sharp = np.random.RandomState(0).randint(0, 256, (96, 3840, 3)).astype(np.uint8)
    found = NaturalScenes.fit([np.concatenate([soft, sharp], axis=1)])
    features, _ = _features(_levels(sharp))
    np.testing.assert_allclose(found.mean, features.mean(axis=0), rtol=0.02)


def test_what_cannot_be_measured_is_named():
    with pytest.raises(ValueError, match="room for two blocks of 96x96 pixels. Received: one of 100x100"):
        naturalness(np.zeros((100, 100, 3), np.uint8))
    with pytest.raises(ValueError, match=r"uint8, at least 96 pixels.*Received: shape \(200, 200, 3\), float64"):
        naturalness(np.zeros((200, 200, 3)))
    with pytest.raises(ValueError, match="at least 37 sharp blocks. Received: 0"):
        NaturalScenes.fit([])
