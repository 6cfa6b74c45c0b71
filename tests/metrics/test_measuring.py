"""Metrics of samples in fit and evaluate, and what compile refuses."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import linear_game
from kgan.metrics import (
    Extractor,
    FeatureMetric,
    FrechetDistance,
    Precision,
    Recall,
    frechet_distance,
)
from measured_games import FIGURES, VECTORS, all_metrics, compiled, evaluated


class Scripted(FeatureMetric):
    """A figure that is told beforehand."""

    title, better, needs = "Scripted", "min", frozenset({"moments"})

    def __init__(self, *figures):
        super().__init__("pixels", name="frechet_distance")
        self.figures = iter(figures)

    def compare(self, comparison):
        return next(self.figures)


def test_the_history_has_every_figure_of_the_validation_data_and_the_numbers_of_samples():
    gan = compiled(all_metrics())
    history = gan.fit(VECTORS, validation_data=VECTORS[:40], batch_size=16, epochs=2, verbose=0).history
    for name in FIGURES:
        assert len(history[f"val_{name}"]) == 2
        assert np.isfinite(history[f"val_{name}"]).all()
        assert name not in history  # the training data are not measured
    assert history["val_frechet_distance"][0] != history["val_frechet_distance"][1]
    assert history["val_real_samples"] == history["val_generated_samples"] == [40, 40]


def test_figures_are_those_of_the_metrics_on_the_samples_of_generate():
    gan = compiled(all_metrics())
    figures = evaluated(gan, VECTORS)
    for metric in all_metrics():
        metric.update_state(VECTORS, gan.generate(48, seed=0))
        assert figures[metric.name] == pytest.approx(metric.result(), rel=1e-9)


def test_evaluate_gives_the_players_figures_first_then_those_of_samples_in_one_order():
    gan = compiled([Recall("pixels"), FrechetDistance("pixels"), Precision("pixels", seed=1)])
    figures = evaluated(gan, VECTORS)
    assert list(figures)[-5:] == ["recall", "frechet_distance", "precision", "real_samples", "generated_samples"]
    assert {"generator_loss", "real_accuracy"} < set(list(figures)[:-5])
    assert gan.evaluate(VECTORS, verbose=0) == [figures[name] for name in gan.metrics_names]


def test_a_model_without_metrics_evaluates_as_before():
    assert set(evaluated(compiled([]), VECTORS)) == {
        "generator_loss",
        "discriminator_loss",
        "real_accuracy",
        "generated_accuracy",
    }


def test_the_best_checkpoint_is_that_of_the_least_distance(tmp_path):
    gan = compiled([FrechetDistance("pixels")])
    best = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.keras", monitor="val_frechet_distance", mode="min", save_best_only=True
    )
    gan.compile(
        keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.5), metrics=[FrechetDistance("pixels")], jit_compile=False
    )
    history = gan.fit(VECTORS, validation_data=VECTORS, batch_size=16, epochs=6, verbose=0, callbacks=[best]).history
    distances = history["val_frechet_distance"]
    assert min(distances) < distances[-1]  # else the last would do
    assert best.best == min(distances)
    loaded = keras.models.load_model(tmp_path / "best.keras")
    assert evaluated(loaded, VECTORS)["frechet_distance"] == pytest.approx(min(distances), rel=1e-9)


def test_training_stops_early_when_a_figure_gets_no_better():
    gan = compiled([Scripted(5.0, 3.0, 4.0, 3.5, 1.0, 0.5)])
    stop = keras.callbacks.EarlyStopping(monitor="val_frechet_distance", mode="min", patience=2)
    history = gan.fit(VECTORS, validation_data=VECTORS, epochs=6, verbose=0, callbacks=[stop]).history
    assert history["val_frechet_distance"] == [5.0, 3.0, 4.0, 3.5]


def test_the_learning_rate_falls_when_a_figure_gets_no_better():
    gan = compiled([Scripted(5.0, 3.0, 4.0, 2.0, 2.0, 2.5)])
    plateau = keras.callbacks.ReduceLROnPlateau("val_frechet_distance", factor=0.1, patience=1, mode="min")
    history = gan.fit(VECTORS, validation_data=VECTORS, epochs=6, verbose=0, callbacks=[plateau]).history
    np.testing.assert_allclose(history["learning_rate"], 2e-4 * np.array([1, 1, 1, 0.1, 0.1, 0.01]), rtol=1e-5)


def test_the_reals_are_looked_at_once_in_all_of_training_and_after():
    looked = {"real": 0, "generated": 0}

    def watched(samples):
        real = bool((np.asarray(samples)[:, None] == VECTORS[None, :40]).all(axis=2).any(axis=1).all())
        looked["real" if real else "generated"] += len(samples)
        return samples

    gan = compiled([FrechetDistance(Extractor("watched", watched, graph=False)), Recall("pixels")])
    gan.fit(VECTORS, validation_data=VECTORS[:40], epochs=3, verbose=0)
    gan.evaluate(VECTORS[:40], verbose=0)
    gan.evaluate(tf.data.Dataset.from_tensor_slices(VECTORS[39::-1]).batch(7), verbose=0)
    assert looked == {"real": 2 + 40, "generated": 5 * 40}  # two are tried before training


def test_an_array_that_changes_in_place_is_measured_anew():
    gan = compiled([FrechetDistance("pixels")])
    reals = VECTORS.copy()
    before = evaluated(gan, reals)["frechet_distance"]
    reals += 10.0
    expected = FrechetDistance("pixels")
    expected.update_state(reals, gan.generate(48, seed=0))
    after = evaluated(gan, reals)["frechet_distance"]
    assert after > before + 100.0
    assert after == pytest.approx(expected.result(), rel=1e-9)


def test_one_split_of_the_data_is_measured_against_too():
    gan = compiled([FrechetDistance("pixels")])
    history = gan.fit(VECTORS, validation_split=0.25, batch_size=12, verbose=0).history
    assert history["val_real_samples"] == [12]


def test_steps_are_the_batches_that_are_measured_against():
    gan = compiled([FrechetDistance("pixels")])
    data = tf.data.Dataset.from_tensor_slices(VECTORS).batch(10)
    assert [evaluated(gan, data, steps=steps)["real_samples"] for steps in (2, 3, None)] == [20, 30, 48]


def test_data_that_can_be_read_only_once_are_refused():
    gan = compiled([FrechetDistance("pixels")])
    with pytest.raises(TypeError, match="Expected reals that can be read again to measure against"):
        gan.evaluate(((VECTORS,) for _ in range(9)), steps=1, verbose=0)


@pytest.mark.parametrize(
    ("metrics", "error", "message"),
    [
        (["frechet_distanse"], ValueError, "Did you mean 'frechet_distance'?"),
        ([keras.metrics.BinaryAccuracy()], TypeError, "A Keras metric sees labels and predictions; a GAN has reals"),
        (
            ["psnr"],
            ValueError,
            "Expected metrics of samples.* Received: 'psnr', which compares outputs with their truths",
        ),
        ([keras.metrics.Mean], TypeError, "Expected metrics as a name"),
        ([Recall("pixels"), Recall("pixels")], ValueError, "Expected metrics of different names. Received: 'recall'"),
    ],
)
def test_compile_names_what_is_no_metric(metrics, error, message):
    with pytest.raises(error, match=message):
        compiled(metrics)


def test_a_game_of_another_kind_refuses_metrics_until_it_says_how_samples_are_drawn():
    class Paired(kgan.AdversarialModel):
        """Turns one sample into another; there is nothing to draw from."""

    players = linear_game()
    gan = Paired(players.generator, players.discriminator, seed=0)
    with pytest.raises(ValueError, match="Expected no metrics of samples. Received: 'recall'; Paired does not say how"):
        gan.compile(metrics=[Recall("pixels")])
    gan.compile()


def test_figures_of_moments_alone_agree_with_the_function():
    gan = compiled([FrechetDistance("pixels")])
    sides = []
    for samples in (VECTORS, gan.generate(48, seed=0)):
        sides.append(kgan.metrics.Moments())
        sides[-1].update(samples)
    assert evaluated(gan, VECTORS)["frechet_distance"] == pytest.approx(frechet_distance(*sides), rel=1e-9)
