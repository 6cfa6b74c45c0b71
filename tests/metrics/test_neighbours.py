import numpy as np
import pytest
from prdc import compute_prdc

from kgan.metrics import Coverage, Density, Precision, Recall, neighbourhoods, neighbours

METRICS = {"precision": Precision, "recall": Recall, "density": Density, "coverage": Coverage}


def clouds(m, n, size, seed=0):
    """Two that overlap, so that none of the figures is 0 or 1; of few dimensions of their own among many features."""
    random = np.random.default_rng(seed)
    own = min(size, 4)
    mix = random.normal(size=(own, size))
    return random.normal(size=(m, own)) @ mix, (0.5 + 0.9 * random.normal(size=(n, own))) @ mix


def ring(count, modes=8, seed=0):
    """Narrow Gaussians on the unit circle, the first `modes` of eight."""
    random = np.random.default_rng(seed)
    angles = 2 * np.pi * random.integers(0, modes, count) / 8
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) + 0.02 * random.normal(size=(count, 2))


def one_by_one(real, generated, k):
    """The definitions, in loops."""

    def reaches(samples):
        return [sorted(np.linalg.norm(samples - one, axis=1))[k] for one in samples]

    real_reach, generated_reach = reaches(real), reaches(generated)
    distance = [[np.linalg.norm(x - y) for y in generated] for x in real]
    rows, columns = range(len(real)), range(len(generated))
    return {
        "precision": np.mean([any(distance[i][j] <= real_reach[i] for i in rows) for j in columns]),
        "recall": np.mean([any(distance[i][j] <= generated_reach[j] for j in columns) for i in rows]),
        "density": np.mean([sum(distance[i][j] <= real_reach[i] for i in rows) / k for j in columns]),
        "coverage": np.mean([any(distance[i][j] <= real_reach[i] for j in columns) for i in rows]),
    }


@pytest.mark.parametrize(("m", "n", "size", "k"), [(20, 20, 2, 1), (15, 25, 3, 5), (25, 12, 40, 3)])
def test_figures_equal_their_definitions_one_sample_at_a_time(m, n, size, k):
    real, generated = clouds(m, n, size)
    assert neighbourhoods(real, generated, k)._asdict() == pytest.approx(one_by_one(real, generated, k), rel=1e-12)


def test_on_a_line_the_figures_can_be_counted():
    real = np.array([[0.0], [1.0], [2.0], [3.0], [10.0], [12.0]])  # reaches: 1, 1, 1, 1, 2, 2
    generated = np.array([[0.4], [0.6], [1.5], [-0.5], [40.0]])  # reaches: 0.2, 0.2, 0.9, 0.9, 38.5
    figures = neighbourhoods(real, generated, 1)
    assert figures.precision == 4 / 5  # all but the stray at 40
    assert figures.coverage == 3 / 6  # 0, 1 and 2 have one near; 3 is 1.5 from the nearest
    assert figures.density == pytest.approx((2 + 2 + 2 + 1 + 0) / 5)
    assert figures.recall == 1.0  # the stray reaches down to 1.5, which is why it is not to be trusted alone


def test_rows_taken_a_few_at_a_time_give_the_same(monkeypatch):
    real, generated = clouds(60, 45, 5)
    whole = neighbourhoods(real, generated, 4)
    monkeypatch.setattr(neighbours, "_ROWS", 7)
    assert neighbourhoods(real, generated, 4) == pytest.approx(whole, rel=1e-12)


def test_features_far_from_zero_lose_nothing():
    real, generated = clouds(80, 80, 4)
    assert neighbourhoods(real + 1e6, generated + 1e6, 3) == pytest.approx(neighbourhoods(real, generated, 3))


@pytest.mark.parametrize(("m", "n", "side", "count"), [(3, 10, "real", 3), (10, 2, "generated", 2)])
def test_too_few_samples_for_so_many_neighbours_are_refused(m, n, side, count):
    message = f"Expected more than nearest_k=3 {side} samples. Received: {count}. Measure on more, or lower nearest_k"
    with pytest.raises(ValueError, match=message):
        neighbourhoods(np.zeros((m, 2)), np.zeros((n, 2)), 3)


# --- against torch-fidelity and prdc ---


THEIRS = {  # precision and recall that torch-fidelity 0.4.0 gives, on PyTorch 2.13.0
    (100, 100, 2, 1): (0.6399999856948853, 0.8100000023841858),
    (300, 200, 16, 3): (0.949999988079071, 0.8566666841506958),
    (80, 120, 200, 5): (0.9666666388511658, 0.800000011920929),
}


@pytest.mark.parametrize("sizes", THEIRS)
def test_same_features_give_the_precision_and_recall_of_torch_fidelity(sizes):
    ours = neighbourhoods(*clouds(*sizes[:3]), sizes[3])
    assert 0.0 < ours.precision < 1.0
    assert 0.0 < ours.recall < 1.0
    assert (ours.precision, ours.recall) == pytest.approx(THEIRS[sizes], rel=1e-5)


@pytest.mark.parametrize("sizes", THEIRS)
def test_that_is_what_torch_fidelity_gives(peers, sizes):
    real, generated = (peers.torch.from_numpy(one) for one in clouds(*sizes[:3]))
    theirs = peers.metric_prc.prc_features_to_metric(generated, real, prc_neighborhood=sizes[3], verbose=False)
    assert (theirs["precision"], theirs["recall"]) == pytest.approx(THEIRS[sizes], rel=1e-6)


@pytest.mark.parametrize(("m", "n", "size", "k"), [(100, 100, 2, 1), (300, 200, 16, 3), (80, 120, 200, 5)])
def test_same_features_give_all_four_figures_of_prdc(m, n, size, k, capsys):
    real, generated = clouds(m, n, size)
    theirs = compute_prdc(real, generated, k)
    capsys.readouterr()  # it prints
    assert neighbourhoods(real, generated, k)._asdict() == pytest.approx(theirs, rel=1e-5)


# --- what the figures tell ---


def figures_of(real, generated):
    figures = {}
    for name, metric in METRICS.items():
        metric = metric("pixels")
        metric.update_state(real, generated)
        figures[name] = metric.result()
    return figures


def test_new_draws_of_the_same_distribution_are_good_by_all_four():
    figures = figures_of(ring(800, seed=0), ring(800, seed=1))
    assert figures["precision"] > 0.9
    assert figures["recall"] > 0.9
    assert figures["density"] == pytest.approx(1.0, abs=0.1)
    assert figures["coverage"] > 0.9


def test_a_collapse_to_one_mode_is_precise_but_recalls_and_covers_little():
    figures = figures_of(ring(800), ring(800, modes=1, seed=1))
    assert figures["precision"] > 0.9
    assert figures["density"] > 0.9
    assert figures["recall"] < 0.2  # one mode of eight
    assert figures["coverage"] < 0.2


def test_noise_is_neither_precise_nor_dense():
    figures = figures_of(ring(800), np.random.default_rng(1).uniform(-3, 3, (800, 2)))
    assert figures["precision"] < 0.1
    assert figures["density"] < 0.1


def test_the_data_itself_is_precise_and_recalls_and_covers_all():
    real = ring(300)
    figures = figures_of(real, real[::-1])
    assert (figures["precision"], figures["recall"], figures["coverage"]) == (1.0, 1.0, 1.0)


def test_samples_that_crowd_at_the_densest_places_are_denser_than_one():
    random = np.random.default_rng(0)
    assert figures_of(random.normal(size=(500, 16)), 0.5 * random.normal(size=(500, 16)))["density"] > 1.5


def test_defaults_are_the_papers_neighbours():
    assert {name: metric("pixels").nearest_k for name, metric in METRICS.items()} == {
        "precision": 3,
        "recall": 3,
        "density": 5,
        "coverage": 5,
    }


@pytest.mark.parametrize("nearest_k", [0, -1, 2.5, True])
def test_a_neighbour_that_is_none_is_refused(nearest_k):
    with pytest.raises(ValueError, match="Expected nearest_k >= 1, a whole number. Received: nearest_k="):
        Precision("pixels", nearest_k=nearest_k)
