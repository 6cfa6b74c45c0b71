import keras
import pytest

from kgan import metrics
from kgan.metrics import FrechetDistance, resolve


@pytest.mark.parametrize("name", sorted(metrics.METRICS))
def test_a_name_is_the_metric_with_its_defaults(name):
    metric = metrics.get(name)
    assert type(metric) is metrics.METRICS[name]
    assert metric.name == name
    assert metric.features == "inception"  # not loaded before it is used
    assert metric.num_samples is None


def test_a_metric_is_taken_as_it_is():
    metric = FrechetDistance("pixels")
    assert metrics.get(metric) is metric


@pytest.mark.parametrize("metric", [FrechetDistance("pixels", num_samples=20), metrics.PSNR()])
def test_a_metric_is_made_from_its_config(metric):
    written = keras.saving.serialize_keras_object(metric)
    for config in (written, {"class_name": type(metric).__name__, "config": metric.get_config()}):
        assert resolve.get(config).get_config() == metric.get_config()
    assert [one.name for one in resolve.get_all(written)] == [metric.name]


def test_an_unknown_name_is_refused_with_the_nearest_one():
    with pytest.raises(ValueError, match="Received: metrics='frechet'. Did you mean 'frechet_distance'?"):
        metrics.get("frechet")


@pytest.mark.parametrize("metric", [keras.metrics.Mean(name="mean"), keras.metrics.BinaryAccuracy(name="accuracy")])
def test_a_keras_metric_is_refused_with_what_it_lacks(metric):
    with pytest.raises(
        TypeError, match="FeatureMetric or its config. Received: .* A Keras metric sees labels and predictions"
    ):
        metrics.get(metric)


@pytest.mark.parametrize("metric", [None, 3, keras.metrics.Mean])
def test_what_is_no_metric_is_refused(metric):
    with pytest.raises(
        TypeError,
        match=r"Expected metrics as a name \('frechet_distance', .*a kgan.metrics.FeatureMetric or its config",
    ):
        metrics.get(metric)


def test_two_metrics_of_one_name_are_refused_with_the_way_to_tell_them_apart():
    with pytest.raises(ValueError, match="Expected metrics of different names. Received: 'recall' twice. Pass name="):
        resolve.get_all(["recall", FrechetDistance("pixels"), metrics.Recall("pixels")])
    apart = resolve.get_all(["recall", metrics.Recall("pixels", name="recall_pixels")])
    assert [metric.name for metric in apart] == ["recall", "recall_pixels"]


def test_one_metric_may_stand_alone_and_none_is_none():
    assert resolve.get_all(None) == []
    assert [metric.name for metric in resolve.get_all("recall")] == ["recall"]
    alone = FrechetDistance("pixels")
    assert resolve.get_all(alone) == [alone]
