import numpy as np
import pytest

from kgan.diagnostics import patch_distances
from kgan.diagnostics.laplacian_pyramid import levels
from kgan.diagnostics.patch_distances import Patches

RANDOM = np.random.RandomState(0)


def pictures(count, seed):
    """Dark rectangles of some colour on white, with noise within."""
    random = np.random.RandomState(seed)
    images = np.ones((count, 32, 32, 3), np.float32)
    for image in images:
        top, left = random.randint(0, 16, 2)
        height, width = random.randint(8, 16, 2)
        inside = random.uniform(-1, 0.5, 3) + random.normal(0, 0.3, (height, width, 3))
        image[top : top + height, left : left + width] = inside
    return images


REALS, OTHERS, SAMPLES = (pictures(300, seed) for seed in range(3))


@pytest.fixture(scope="module")
def patches():
    return Patches(REALS, OTHERS)


def test_a_pyramid_adds_up_to_the_image_and_its_last_level_is_the_small_picture():
    bands = levels(SAMPLES[:4])
    assert [band.shape[1] for band in bands] == [32, 16, 8]
    assert bands[-1].mean() == pytest.approx(SAMPLES[:4].mean(), abs=0.02)
    flat = levels(np.full((1, 28, 28, 1), 0.7, np.float32))
    np.testing.assert_allclose(flat[-1], 0.7, rtol=1e-5)
    assert [band.shape[1] for band in flat] == [28, 14, 7]
    assert np.abs(flat[0][:, 4:-4, 4:-4]).max() < 1e-5  # nothing is new at the finer levels


def test_other_reals_score_as_held_out_reals_do(patches):
    found = patches.distances(SAMPLES)
    assert found.ratios == pytest.approx([1.0] * 3, abs=0.35)
    assert found.shares.max() < 0.12
    copied = patches.distances(REALS[RANDOM.permutation(300)])
    assert copied.ratios.max() < 1.2


def test_pictures_of_the_mean_colour_are_as_far_as_pictures_without_content(patches):
    flat = np.full_like(SAMPLES, REALS.mean())
    assert patches.distances(flat).shares[:2] == pytest.approx([1.0, 1.0], abs=0.05)
    mean = np.repeat(REALS.mean(axis=0, keepdims=True), 300, axis=0)  # to which all reals are near, by nearest pixels
    assert patches.distances(mean).shares.min() > 0.6


def test_shuffled_pixels_are_far_at_the_fine_level_and_blur_at_the_fine_levels_alone(patches):
    shuffled = SAMPLES.reshape(300, -1, 3)
    shuffled = np.stack([image[RANDOM.permutation(1024)] for image in shuffled]).reshape(SAMPLES.shape)
    assert patches.distances(shuffled).shares[0] > 0.5
    small = SAMPLES[:, ::2, ::2].repeat(2, axis=1).repeat(2, axis=2)
    blurred = sum(np.roll(small, (dy, dx), (1, 2)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)) / 9
    fine, _, coarse = patches.distances(blurred).shares
    assert fine > 0.4
    assert coarse < 0.2


def test_wrong_colours_are_far_at_the_coarse_level(patches):
    assert patches.distances(SAMPLES - 0.5).shares[-1] > 0.5


def test_vectors_are_compared_as_a_whole_and_a_shift_is_as_far_as_it_is_in_spreads():
    draws = [np.random.RandomState(seed).standard_normal((2000, 1)).astype(np.float32) for seed in range(3)]
    vectors = Patches(*draws[:2])
    assert vectors.distances(draws[2]).shares.max() < 0.1
    shifted = vectors.distances(draws[2] + 2.0)
    assert shifted.shares == pytest.approx([2.0], rel=0.05)  # W of a shift is the shift, the spread is 1
    assert vectors.distances(0.0 * draws[2]).shares == pytest.approx([1.0], rel=0.05)


def test_as_many_are_compared_as_there_are_and_reals_that_are_all_alike_are_no_yardstick():
    assert Patches(REALS, OTHERS[:50]).count == 50
    assert Patches(REALS, OTHERS[:50]).distances(SAMPLES).ratios == pytest.approx([1.0] * 3, abs=0.5)
    alike = np.ones((20, 16, 16, 1), np.float32)
    found = Patches(alike, alike).distances(alike)
    assert np.isnan(found.ratios).all()
    assert np.isnan(found.shares).all()


def test_the_same_samples_score_the_same_each_time(patches):
    np.testing.assert_array_equal(patches.distances(SAMPLES).shares, patches.distances(SAMPLES).shares)


def test_large_pictures_are_presented_a_few_at_a_time(monkeypatch):
    monkeypatch.setattr(patch_distances, "_PIXELS", 5 * REALS.shape[1] * REALS.shape[2])
    taken = []

    def negative(samples):
        taken.append(len(samples))
        return -samples

    found = Patches(REALS[:12], OTHERS[:12], negative).distances(SAMPLES[:12])
    assert taken == [5, 5, 2] * 3
    np.testing.assert_allclose(found, Patches(-REALS[:12], -OTHERS[:12]).distances(-SAMPLES[:12]))
