import numpy as np
import pytest

from kgan.metrics import Moments

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(60, 4)) @ RANDOM.normal(size=(4, 4)) + [1.0, -2.0, 0.0, 30.0]


def gathered(features, *cuts):
    moments = Moments()
    for batch in np.split(features, cuts):
        moments.update(batch)
    return moments


@pytest.mark.parametrize("cuts", [(), (1,), (59,), (7, 8, 31), tuple(range(1, 60)), (20, 20, 40)])
def test_moments_are_those_of_all_features_however_they_are_cut(cuts):
    moments = gathered(FEATURES, *cuts)
    assert moments.count == 60
    np.testing.assert_allclose(moments.mean, FEATURES.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(moments.covariance, np.cov(FEATURES, rowvar=False), rtol=1e-12, atol=1e-12)


def test_the_order_of_features_does_not_matter():
    forward, backward = gathered(FEATURES, 10, 30), gathered(FEATURES[::-1], 25)
    np.testing.assert_allclose(forward.mean, backward.mean, rtol=1e-13)
    np.testing.assert_allclose(forward.covariance, backward.covariance, rtol=1e-12, atol=1e-12)


def test_a_mean_far_from_zero_does_not_drown_the_covariance():
    far = FEATURES + 1e8  # sums of squares would keep no digit of the covariance
    np.testing.assert_allclose(gathered(far, 7, 30).covariance, np.cov(FEATURES, rowvar=False), rtol=1e-6, atol=1e-6)


def test_features_in_float32_are_gathered_in_float64():
    features = FEATURES.astype(np.float32)
    moments = gathered(features, 7, 30)
    assert moments.covariance.dtype == np.float64
    np.testing.assert_allclose(moments.covariance, np.cov(features.astype(np.float64), rowvar=False), rtol=1e-12)


def test_a_single_feature_has_a_covariance_of_one_by_one():
    moments = gathered(np.array([[1.0], [2.0], [6.0]]), 1)
    np.testing.assert_allclose(moments.mean, [3.0])
    np.testing.assert_allclose(moments.covariance, [[7.0]])  # (4 + 1 + 9) / 2


def test_an_empty_batch_changes_nothing():
    moments = Moments()
    moments.update(np.zeros((0, 4)))
    assert moments.count == 0
    moments.update(FEATURES)
    moments.update(np.zeros((0, 4)))
    np.testing.assert_array_equal(moments.covariance, gathered(FEATURES).covariance)


def test_moments_from_their_state_go_on_where_they_were():
    moments = Moments.from_state(gathered(FEATURES[:25]).state())
    moments.update(FEATURES[25:])
    whole = gathered(FEATURES, 25)
    assert moments.count == whole.count
    np.testing.assert_array_equal(moments.mean, whole.mean)
    np.testing.assert_array_equal(moments.covariance, whole.covariance)


def test_their_state_does_not_grow_with_the_number_of_samples():
    sizes = [sum(value.nbytes for value in gathered(FEATURES[:count]).state().values()) for count in (2, 60)]
    assert sizes[0] == sizes[1] == 8 * (1 + 4 + 16)


@pytest.mark.parametrize("count", [0, 1])
def test_a_covariance_of_fewer_than_two_is_refused(count):
    with pytest.raises(ValueError, match=f"Expected at least 2 samples for a covariance. Received: {count}"):
        _ = gathered(FEATURES[:count]).covariance
