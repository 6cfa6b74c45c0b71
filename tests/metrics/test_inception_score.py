import numpy as np
import pytest

from kgan.metrics import InceptionScore


def as_logits(samples):
    """The samples themselves are what the classifier says."""
    return {"features": samples, "logits": samples}


def score(logits, *cuts):
    metric = InceptionScore(as_logits)
    for batch in np.split(np.asarray(logits, np.float32), cuts):
        metric.update_state(generated=batch)
    return metric.result()


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_sure_and_evenly_spread_predictions_score_the_number_of_classes(classes):
    assert score(200.0 * np.tile(np.eye(classes), (3, 1))) == pytest.approx(classes, rel=1e-6)


def test_equal_predictions_score_one_however_sure():
    for sureness in (0.0, 1.0, 200.0):
        assert score(np.tile([[sureness, 0.0, 0.0]], (20, 1))) == pytest.approx(1.0, abs=1e-12)


def test_sure_predictions_score_the_exponential_of_the_entropy_of_their_spread():
    # Three quarters in one class, a quarter in another.
    logits = 200.0 * np.eye(5)[[0, 0, 0, 3]]
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert score(logits) == pytest.approx(np.exp(entropy), rel=1e-9)


def test_unsure_predictions_score_less():
    # p = (e^a, 1) / (e^a + 1) half of the time, and turned about the other half; evenly spread over both classes.
    a = 1.5
    p = np.exp(a) / (np.exp(a) + 1)
    expected = np.exp(p * np.log(2 * p) + (1 - p) * np.log(2 * (1 - p)))
    assert score([[a, 0.0], [0.0, a]]) == pytest.approx(expected, rel=1e-6)


def test_logits_of_any_size_are_finite_and_only_their_differences_count():
    logits = np.array([[1e30, 0.0], [-1e30, 0.0]])
    assert score(logits) == pytest.approx(2.0, rel=1e-9)
    small = np.random.default_rng(0).normal(size=(30, 4))
    assert score(small + 64.0) == pytest.approx(score(small), rel=1e-5)


THEIRS = {  # what torch-fidelity 0.4.0 gives on one split, on PyTorch 2.13.0
    (50, 10): 3.529652933089008,
    (500, 3): 1.9028182677492111,
    (20, 1008): 9.547541106287406,
}


def drawn_logits(n, classes):
    return 3.0 * np.random.default_rng(0).normal(size=(n, classes)).astype(np.float32)


@pytest.mark.parametrize("sizes", THEIRS)
def test_same_logits_give_the_figure_of_torch_fidelity_on_one_split(sizes):
    assert score(drawn_logits(*sizes), sizes[0] // 3) == pytest.approx(THEIRS[sizes], rel=1e-5)


@pytest.mark.parametrize("sizes", THEIRS)
def test_that_is_what_torch_fidelity_gives(peers, sizes):
    logits = peers.torch.from_numpy(drawn_logits(*sizes))
    theirs = peers.metric_isc.isc_features_to_metric(logits, splits=1)["inception_score_mean"]
    assert theirs == pytest.approx(THEIRS[sizes], rel=1e-6)


def test_it_never_looks_at_a_real_sample():
    seen = []

    def watched(samples):
        seen.append(np.array(samples))
        return as_logits(samples)

    metric = InceptionScore(watched)
    metric.update_state(real=np.zeros((4, 3)), generated=np.ones((4, 3)))
    assert metric.result() == pytest.approx(1.0)
    assert all((batch == 1.0).all() for batch in seen)


def test_features_without_classes_are_refused_with_the_way():
    with pytest.raises(ValueError, match="Expected an extractor that classifies.*Let it return"):
        InceptionScore("pixels").update_state(generated=np.zeros((4, 3)))
