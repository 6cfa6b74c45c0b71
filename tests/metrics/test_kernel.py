import numpy as np
import pytest

from kgan.metrics import kernel, kernel_distance


def k(x, y):
    return (np.dot(x, y) / len(x) + 1.0) ** 3


def pair_by_pair(real, generated):
    """The unbiased estimate as it is written in the paper."""
    m, n = len(real), len(generated)
    among_real = sum(k(real[i], real[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    among_generated = sum(k(generated[i], generated[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    return among_real + among_generated - 2.0 * sum(k(x, y) for x in real for y in generated) / (m * n)


def biased(real, generated):
    """The same with each sample paired with itself too."""
    return sum(
        sign * np.mean((x @ y.T / x.shape[1] + 1.0) ** 3)
        for sign, x, y in ((1, real, real), (1, generated, generated), (-2, real, generated))
    )


@pytest.mark.parametrize(("m", "n", "size"), [(2, 2, 1), (7, 4, 3), (5, 9, 40)])
def test_it_is_the_sum_over_all_pairs(m, n, size):
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(m, size)), 1.0 + random.normal(size=(n, size))
    assert kernel_distance(real, generated) == pytest.approx(pair_by_pair(real, generated), rel=1e-11)


def test_between_two_points_it_is_known():
    x, y = np.array([1.0, 2.0, -1.0]), np.array([0.0, 3.0, 1.0])
    expected = 3.0**3 + (10 / 3 + 1) ** 3 - 2.0 * (5 / 3 + 1) ** 3
    assert kernel_distance(np.tile(x, (5, 1)), np.tile(y, (3, 1))) == pytest.approx(expected, rel=1e-12)


def test_rows_taken_a_few_at_a_time_give_the_same(monkeypatch):
    random = np.random.default_rng(1)
    real, generated = random.normal(size=(50, 8)), random.normal(size=(33, 8)) * 2.0
    whole = kernel_distance(real, generated)
    monkeypatch.setattr(kernel, "_ROWS", 7)
    assert kernel_distance(real, generated) == pytest.approx(whole, rel=1e-12)


# --- what it estimates ---


def test_few_draws_of_one_distribution_are_at_zero_on_average_where_a_biased_estimate_is_not():
    random = np.random.default_rng(2)
    draws = [(random.normal(size=(5, 3)), random.normal(size=(6, 3))) for _ in range(2000)]
    ours, theirs = (np.array([estimate(*draw) for draw in draws]) for estimate in (kernel_distance, biased))
    standard_error = ours.std() / np.sqrt(len(ours))
    assert abs(ours.mean()) < 3 * standard_error
    assert ours.min() < 0 < ours.max()
    assert theirs.mean() > 10 * theirs.std() / np.sqrt(len(theirs))


def test_in_one_dimension_it_estimates_a_weighted_distance_of_the_first_three_moments():
    # (x y + 1)^3 = 1 + 3 x y + 3 x^2 y^2 + x^3 y^3; the raw moments of a Gaussian are m, m^2 + s^2, m^3 + 3 m s^2.
    def moments(m, s):
        return np.array([m, m**2 + s**2, m**3 + 3 * m * s**2])

    expected = [3.0, 3.0, 1.0] @ np.square(moments(0.0, 1.0) - moments(0.4, 0.8))
    random = np.random.default_rng(3)
    draws = [kernel_distance(random.normal(size=(20, 1)), 0.4 + 0.8 * random.normal(size=(15, 1))) for _ in range(3000)]
    assert abs(np.mean(draws) - expected) < 3 * np.std(draws) / np.sqrt(len(draws))


# --- against torch-fidelity ---


THEIRS = {  # what torch-fidelity 0.4.0 gives on one subset of all, on PyTorch 2.13.0
    (50, 2): 3.885034249275412,
    (300, 64): 0.36840928037334253,
    (30, 200): 0.274897209423576,
}


def real_and_generated(n, size):
    random = np.random.default_rng(4)
    return random.normal(size=(n, size)), 0.3 + random.normal(size=(n, size)) * 1.5


@pytest.mark.parametrize("sizes", THEIRS)
def test_same_features_give_the_figure_of_torch_fidelity_on_one_subset_of_all(sizes):
    assert kernel_distance(*real_and_generated(*sizes)) == pytest.approx(THEIRS[sizes], rel=1e-5)


@pytest.mark.parametrize("sizes", THEIRS)
def test_that_is_what_torch_fidelity_gives(peers, sizes):
    real, generated = (peers.torch.from_numpy(one) for one in real_and_generated(*sizes))
    theirs = peers.metric_kid.kid_features_to_metric(
        generated, real, kid_subsets=1, kid_subset_size=sizes[0], verbose=False
    )
    assert theirs["kernel_inception_distance_mean"] == pytest.approx(THEIRS[sizes], rel=1e-6)


@pytest.mark.parametrize(("m", "n", "side"), [(1, 5, "real"), (5, 0, "generated")])
def test_fewer_than_two_samples_of_a_kind_are_refused(m, n, side):
    with pytest.raises(ValueError, match=f"Expected at least 2 {side} samples for a kernel distance. Received: "):
        kernel_distance(np.zeros((m, 3)), np.zeros((n, 3)))
