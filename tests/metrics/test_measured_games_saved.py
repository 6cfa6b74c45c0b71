"""Games that are measured, saved and loaded with their metrics."""

import keras
import numpy as np

from kgan.metrics import (
    FrechetDistance,
    InceptionScore,
    Recall,
)
from kgan.metrics.extractors import registry
from measured_games import VECTORS, all_metrics, compiled, evaluated


def test_metrics_by_name_come_back_with_the_model_without_loading_their_network(tmp_path, monkeypatch):
    loads = []
    monkeypatch.setattr(registry, "_load", loads.append)
    gan = compiled(["frechet_distance", "coverage"])
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert loads == []
    assert [metric.get_config() for metric in loaded.sample_metrics] == [
        metric.get_config() for metric in gan.sample_metrics
    ]


def test_metrics_and_their_arguments_come_back_and_give_the_same_figures(tmp_path):
    metrics = [FrechetDistance("pixels", num_samples=60, seed=3), Recall("pixels", nearest_k=7), *all_metrics()[4:]]
    gan = compiled(metrics)
    gan.fit(VECTORS, batch_size=16, verbose=0)
    figures = evaluated(gan, VECTORS)
    gan.save(tmp_path / "gan.keras")
    assert evaluated(keras.models.load_model(tmp_path / "gan.keras"), VECTORS) == figures


def own_network(name="own"):
    x = keras.Input((2,))
    features = keras.layers.Dense(3, activation="tanh")(x)
    return keras.Model(x, {"features": features, "logits": keras.layers.Dense(4)(features)}, name=name)


def test_networks_of_one_s_own_are_saved_with_their_weights(tmp_path):
    shared, other = own_network("shared"), own_network("other")
    gan = compiled([FrechetDistance(shared), InceptionScore(shared), FrechetDistance(other, name="other")])
    figures = evaluated(gan, VECTORS)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    for before, after in zip(gan.sample_metrics, loaded.sample_metrics, strict=True):
        for weight, again in zip(before.network.get_weights(), after.network.get_weights(), strict=True):
            np.testing.assert_array_equal(weight, again)
        assert after.extractor.fingerprint == before.extractor.fingerprint
    first, second, third = (metric.extractor for metric in loaded.sample_metrics)
    assert first is second is not third
    assert evaluated(loaded, VECTORS) == figures


def test_the_networks_of_metrics_are_no_part_of_the_game():
    plain, measured = compiled([]), compiled([FrechetDistance(own_network())])
    assert len(measured.weights) == len(plain.weights)
    assert measured.count_params() == plain.count_params()
    network = measured.sample_metrics[0].network
    before = network.get_weights()
    measured.fit(VECTORS, validation_data=VECTORS, verbose=0)
    for weight, after in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, after)


def test_compiling_anew_forgets_the_metrics():
    gan = compiled([FrechetDistance("pixels")])
    gan.compile(jit_compile=False)
    assert gan.sample_metrics == []
    assert "frechet_distance" not in evaluated(gan, VECTORS)
