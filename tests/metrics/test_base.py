import math

import keras
import numpy as np
import pytest

from kgan import metrics
from kgan.metrics import FrechetDistance, Precision

RANDOM = np.random.default_rng(0)
REAL, GENERATED = RANDOM.normal(size=(90, 4)), 0.4 + RANDOM.normal(size=(70, 4))


@keras.saving.register_keras_serializable("kgan_tests")
def as_logits(samples):
    """The samples themselves are what the classifier says."""
    return {"features": samples, "logits": samples}


def figure(metric, real, generated, real_cuts=(), generated_cuts=()):
    metric.reset_state()
    for batch in np.split(real, real_cuts):
        metric.update_state(real=batch)
    for batch in np.split(generated, generated_cuts):
        metric.update_state(generated=batch)
    return metric.result()


@pytest.mark.parametrize("name", sorted(metrics.METRICS))
def test_neither_the_order_of_samples_nor_their_batches_matter(name):
    metric = metrics.METRICS[name](as_logits)
    expected = figure(metric, REAL, GENERATED)
    random = np.random.default_rng(1)
    assert figure(metric, random.permutation(REAL), random.permutation(GENERATED)) == pytest.approx(expected, rel=1e-10)
    assert figure(metric, REAL, GENERATED, (1, 60), range(10, 70, 10)) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("name", sorted(metrics.METRICS))
def test_a_figure_is_unknown_before_both_kinds_were_seen_and_after_a_reset(name):
    metric = metrics.METRICS[name](as_logits)
    assert math.isnan(metric.result())
    metric.update_state(real=REAL)
    assert math.isnan(metric.result())
    metric.update_state(generated=GENERATED)
    assert math.isfinite(metric.result())
    metric.reset_state()
    assert math.isnan(metric.result())


@pytest.mark.parametrize("name", sorted(metrics.METRICS))
def test_more_samples_change_a_figure_that_was_already_asked_for(name):
    metric = metrics.METRICS[name](as_logits)
    metric.update_state(REAL, GENERATED)
    first = metric.result()
    metric.update_state(generated=GENERATED[::3] - 1.5)
    assert metric.result() != first
    whole = np.concatenate([GENERATED, GENERATED[::3] - 1.5])
    assert metric.result() == pytest.approx(figure(metric, REAL, whole), rel=1e-10)


def test_images_of_whole_bytes_and_as_floats_are_seen_alike(small_images):
    metric = FrechetDistance("pixels")
    metric.update_state(small_images, small_images.astype(np.float32) / 127.5 - 1.0)
    assert metric.result() == pytest.approx(0.0, abs=1e-6)


def test_features_are_those_of_the_network_that_was_given():
    scaled, plain = FrechetDistance(lambda samples: 3.0 * samples), FrechetDistance("pixels")
    for metric in (scaled, plain):
        metric.update_state(REAL, GENERATED)
    assert scaled.result() == pytest.approx(9.0 * plain.result(), rel=1e-6)


@pytest.mark.parametrize("name", sorted(metrics.METRICS))
def test_every_argument_is_in_the_config_and_comes_back(name):
    metric = metrics.METRICS[name]("pixels", num_samples=123, seed=7, name="mine")
    if hasattr(metric, "nearest_k"):
        metric.nearest_k = 2
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()
    assert (again.features, again.num_samples, again.seed, again.name) == ("pixels", 123, 7, "mine")
    assert getattr(again, "nearest_k", 2) == 2


@pytest.mark.parametrize("name", sorted(metrics.METRICS))
def test_a_config_holds_a_network_too(name):
    metric = metrics.METRICS[name](as_logits)
    again = type(metric).from_config(metric.get_config())
    assert again.name == name
    assert figure(again, REAL, GENERATED) == figure(metric, REAL, GENERATED)


def test_a_figure_on_the_original_inception_alone_has_the_name_of_the_literature():
    network = metrics.Extractor("inception", lambda samples: samples, is_original_inception=True)
    assert metrics.FrechetDistance(network).label == "FID"
    assert metrics.KernelDistance(network).label == "KID"
    assert metrics.FrechetDistance("pixels").label == "Frechet distance (pixels)"
    assert metrics.KernelDistance("pixels").label == "Kernel distance (pixels)"
    assert metrics.Coverage("pixels").label == "Coverage (pixels)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_samples": 0}, "Expected num_samples >= 1, a whole number. Received: num_samples=0"),
        ({"num_samples": 2.5}, "Expected num_samples >= 1, a whole number. Received: num_samples=2.5"),
        ({"seed": -1}, "Expected seed >= 0, a whole number. Received: seed=-1"),
        ({"features": "pixel"}, "Received: features='pixel'. Did you mean 'pixels'?"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Precision(**{"features": "pixels", **arguments})


def test_a_metric_without_a_figure_says_what_to_override():
    class Nothing(metrics.FeatureMetric):
        needs = frozenset({"moments"})

    metric = Nothing("pixels")
    metric.update_state(REAL, GENERATED)
    with pytest.raises(NotImplementedError, match="Expected Nothing to override `compare`"):
        metric.result()
