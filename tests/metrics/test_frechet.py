import numpy as np
import pytest

from kgan.metrics import FrechetDistance, Moments, frechet_distance


def gaussian(mean, covariance):
    """Moments that are known, not estimated."""
    mean, covariance = np.array(mean, np.float64), np.array(covariance, np.float64)
    return Moments.from_state({"count": 101, "mean": mean, "scatter": 100 * covariance})


def seen_in(features):
    moments = Moments()
    moments.update(features)
    return moments


def rotation(size, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))[0]


# --- Gaussians whose distance is known ---


@pytest.mark.parametrize(("m_1", "s_1", "m_2", "s_2"), [(0, 1, 3, 1), (0, 1, 0, 5), (-1, 0.5, 2, 3), (1, 0, 2, 4)])
def test_in_one_dimension_it_is_the_squared_distance_of_means_and_of_deviations(m_1, s_1, m_2, s_2):
    distance = frechet_distance(gaussian([m_1], [[s_1**2]]), gaussian([m_2], [[s_2**2]]))
    assert distance == pytest.approx((m_1 - m_2) ** 2 + (s_1 - s_2) ** 2, abs=1e-12)


@pytest.mark.parametrize("turned", [False, True])
def test_along_common_axes_it_is_the_sum_over_them(turned):
    m_1, m_2 = np.array([0.0, 1.0, -2.0, 5.0]), np.array([0.5, 1.0, 1.0, 4.0])
    v_1, v_2 = np.array([1.0, 4.0, 0.25, 9.0]), np.array([2.0, 4.0, 1.0, 0.01])
    axes = rotation(4) if turned else np.eye(4)
    first = gaussian(axes @ m_1, axes @ np.diag(v_1) @ axes.T)
    second = gaussian(axes @ m_2, axes @ np.diag(v_2) @ axes.T)
    expected = np.sum((m_1 - m_2) ** 2) + np.sum((np.sqrt(v_1) - np.sqrt(v_2)) ** 2)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, np.pi / 2])
def test_in_the_plane_covariances_that_do_not_commute_have_a_closed_form_too(angle):
    # Of a 2 x 2 matrix M with positive eigenvalues, tr(M^(1/2)) = (tr M + 2 det(M)^(1/2))^(1/2).
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    c_1 = np.diag([4.0, 0.25])
    c_2 = turn @ np.diag([9.0, 1.0]) @ turn.T
    product = c_1 @ c_2
    crossed = np.sqrt(np.trace(product) + 2.0 * np.sqrt(np.linalg.det(product)))
    expected = 2.0**2 + np.trace(c_1) + np.trace(c_2) - 2.0 * crossed
    assert frechet_distance(gaussian([0, 0], c_1), gaussian([0, 2], c_2)) == pytest.approx(expected, rel=1e-12)


def test_it_is_symmetric_and_does_not_change_when_both_are_moved_alike():
    random = np.random.default_rng(1)
    first, second = random.normal(size=(50, 6)), random.normal(size=(40, 6)) @ random.normal(size=(6, 6))
    distance = frechet_distance(seen_in(first), seen_in(second))
    assert frechet_distance(seen_in(second), seen_in(first)) == pytest.approx(distance, rel=1e-10)
    moved = [3.0 + features @ rotation(6) for features in (first, second)]
    assert frechet_distance(*map(seen_in, moved)) == pytest.approx(distance, rel=1e-10)
    scaled = [3.0 * features for features in (first, second)]
    assert frechet_distance(*map(seen_in, scaled)) == pytest.approx(9.0 * distance, rel=1e-10)


@pytest.mark.parametrize(("count", "size"), [(200, 8), (20, 100), (2, 300)])
def test_it_is_zero_to_itself_where_the_covariance_is_singular_too(count, size):
    features = np.random.default_rng(2).normal(size=(count, size))
    spread = np.trace(seen_in(features).covariance)
    assert frechet_distance(seen_in(features), seen_in(features)) == pytest.approx(0.0, abs=1e-7 * spread)


def test_to_a_point_it_is_the_mean_squared_distance_from_it():
    features = np.random.default_rng(3).normal(size=(50, 5))
    point = np.tile([[1.0, 0.0, 2.0, 0.0, 0.0]], (50, 1))
    expected = np.square(features.mean(axis=0) - point[0]).sum() + features.var(axis=0, ddof=1).sum()
    assert frechet_distance(seen_in(features), seen_in(point)) == pytest.approx(expected, rel=1e-7)


# --- against torch-fidelity ---


THEIRS = {  # what torch-fidelity 0.4.0 gives, on PyTorch 2.13.0
    (200, 200, 1): 0.3022208258457657,
    (500, 300, 16): 9.213597084747587,
    (1000, 1000, 64): 36.37966222088954,
    (40, 50, 128): 172.03331442395094,
}


def real_and_generated(m, n, size):
    random = np.random.default_rng(4)
    mix = random.normal(size=(size, size)) / np.sqrt(size)
    return random.normal(size=(m, size)), 0.5 + random.normal(size=(n, size)) @ mix


@pytest.mark.parametrize("sizes", THEIRS)
def test_same_features_give_the_figure_of_torch_fidelity(sizes):
    real, generated = real_and_generated(*sizes)
    assert frechet_distance(seen_in(real), seen_in(generated)) == pytest.approx(THEIRS[sizes], rel=1e-5)


@pytest.mark.parametrize("sizes", THEIRS)
def test_that_is_what_torch_fidelity_gives(peers, sizes):
    statistics = [
        peers.metric_fid.fid_features_to_statistics(peers.torch.from_numpy(one)) for one in real_and_generated(*sizes)
    ]
    for one in statistics:
        one["sigma"] = np.atleast_2d(one["sigma"])  # np.cov of one feature is a scalar
    theirs = peers.metric_fid.fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    assert theirs == pytest.approx(THEIRS[sizes], rel=1e-6)


# --- what it remembers ---


def test_its_memory_does_not_grow_with_the_number_of_samples():
    def kept(batches):
        metric = FrechetDistance("pixels")
        for _ in range(batches):
            metric.update_state(np.random.default_rng(5).normal(size=(10, 6)), np.zeros((10, 6)))
        sides = (metric._comparison.real, metric._comparison.generated)
        assert [side.count for side in sides] == [10 * batches] * 2
        return [sum(value.nbytes for value in side.state().values()) + len(side._kept) for side in sides]

    assert kept(1) == kept(20)


@pytest.mark.parametrize("side", ["real", "generated"])
def test_a_single_sample_has_no_covariance_and_is_refused(side):
    many, one = np.random.default_rng(6).normal(size=(5, 3)), np.zeros((1, 3))
    metric = FrechetDistance("pixels")
    metric.update_state(*((one, many) if side == "real" else (many, one)))
    with pytest.raises(ValueError, match="Expected at least 2 samples for a covariance. Received: 1"):
        metric.result()
