import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import linear_game, small_dcgan
from kgan.data import values
from kgan.metrics import (
    Coverage,
    Density,
    Extractor,
    FeatureMetric,
    FrechetDistance,
    InceptionScore,
    KernelDistance,
    Precision,
    Recall,
    frechet_distance,
)
from kgan.metrics.extractors import registry
from kgan.metrics.measuring import measure
from kgan.metrics.reference import Reference

VECTORS = np.random.default_rng(0).normal(size=(48, 2)).astype(np.float32)


@keras.saving.register_keras_serializable("kgan_tests")
def opposed(samples):
    """A classifier of two classes, which the sign of the first value tells apart."""
    return {"features": samples, "logits": tf.stack([samples[:, 0], -samples[:, 0]], axis=1)}


def all_metrics(features=opposed):
    kinds = (FrechetDistance, KernelDistance, Precision, Recall, Density, Coverage, InceptionScore)
    return [kind(features) for kind in kinds]


def compiled(metrics, **arguments):
    gan = linear_game(2, 2, **arguments)
    gan.compile(metrics=metrics, jit_compile=False)
    return gan


def evaluated(gan, *data, **arguments):
    return gan.evaluate(*data, verbose=0, return_dict=True, **arguments)


FIGURES = ("frechet_distance", "kernel_distance", "precision", "recall", "density", "coverage", "inception_score")


class Scripted(FeatureMetric):
    """A figure that is told beforehand."""

    title, better, needs = "Scripted", "min", frozenset({"moments"})

    def __init__(self, *figures):
        super().__init__("pixels", name="frechet_distance")
        self.figures = iter(figures)

    def compare(self, comparison):
        return next(self.figures)


# --- in fit ---


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
    assert gan.evaluate(VECTORS, verbose=0) == list(figures.values())


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


# --- what is drawn ---


def test_one_seed_gives_one_figure_and_another_seed_another():
    gan = compiled([FrechetDistance("pixels", seed=0), FrechetDistance("pixels", seed=1, name="other")])
    first, second = evaluated(gan, VECTORS), evaluated(gan, VECTORS)
    assert first == second
    assert first["frechet_distance"] != first["other"]
    metric = FrechetDistance("pixels")
    metric.update_state(VECTORS, gan.generate(48, seed=1))
    assert first["other"] == pytest.approx(metric.result(), rel=1e-9)


def test_measuring_does_not_move_training_by_one_bit():
    def weights(metrics):
        keras.utils.set_random_seed(0)
        gan = compiled(metrics)
        gan.fit(VECTORS, validation_data=VECTORS, batch_size=16, epochs=2, verbose=0, shuffle=False)
        return gan.get_weights()

    for without, measured in zip(weights([]), weights([FrechetDistance("pixels")]), strict=True):
        np.testing.assert_array_equal(without, measured)


def test_the_averaged_generator_is_measured_unless_told_otherwise():
    gan = compiled([FrechetDistance("pixels")], ema_half_life=100)
    still = np.zeros((2, 2), np.float32)
    gan.ema_generator.set_weights([still, np.float32([7.0, 0.0])])
    gan.generator.set_weights([still, np.float32([0.0, -3.0])])
    spread = VECTORS.astype(np.float64).var(axis=0, ddof=1).sum()
    for averaged, point in ((True, [7.0, 0.0]), (False, [0.0, -3.0]), (True, [7.0, 0.0])):
        expected = np.square(VECTORS.astype(np.float64).mean(axis=0) - point).sum() + spread
        assert evaluated(gan, VECTORS, averaged=averaged)["frechet_distance"] == pytest.approx(expected, rel=1e-6)


def test_as_many_samples_are_drawn_as_there_are_reals_or_as_the_metric_says():
    gan = compiled([FrechetDistance("pixels", num_samples=1000)])
    figures = evaluated(gan, VECTORS)
    assert (figures["real_samples"], figures["generated_samples"]) == (48, 1000)
    metric = FrechetDistance("pixels")
    metric.update_state(VECTORS, gan.generate(1000, seed=0))
    assert figures["frechet_distance"] == pytest.approx(metric.result(), rel=1e-9)


def test_metrics_on_different_numbers_of_samples_name_them_apart():
    gan = compiled([FrechetDistance("pixels"), Recall("pixels", num_samples=20), Precision("pixels", num_samples=20)])
    figures = evaluated(gan, VECTORS)
    assert list(figures)[-7:] == [
        "frechet_distance",
        "recall",
        "precision",
        "real_samples",
        "frechet_distance_generated_samples",
        "recall_generated_samples",
        "precision_generated_samples",
    ]
    assert list(figures.values())[-4:] == [48, 48, 20, 20]


def test_samples_are_drawn_once_for_all_metrics_of_one_seed_and_seen_once_by_each_extractor(monkeypatch):
    shown = []

    def watched(samples):
        shown.append(len(samples))
        return opposed(samples)

    gan = compiled(
        [*all_metrics(extractor := Extractor("watched", watched, graph=False)), FrechetDistance("pixels", name="p")]
    )
    drawn = []
    draw = gan.generate_in_batches
    monkeypatch.setattr(gan, "generate_in_batches", lambda n, *rest, **more: drawn.append(n) or draw(n, *rest, **more))
    reference = Reference(VECTORS)
    reference.seen(extractor, frozenset({"moments", "features"}))
    shown.clear()
    measure(gan, gan.sample_metrics, reference)
    assert drawn == [48]
    assert sum(shown) == 48


def labelled_game():
    """Its samples are (label, z)."""
    z, label = keras.Input((1,)), keras.Input((), dtype="int32")
    column = keras.layers.Reshape((1,))(keras.layers.Rescaling(1.0)(label))
    generator = keras.Model([z, label], keras.layers.Concatenate()([column, z]), name="generator")
    discriminator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name="discriminator")
    return kgan.GAN(generator, discriminator, num_classes=10, seed=0)


@pytest.mark.parametrize("num_samples", [None, 3, 23])
def test_samples_are_drawn_with_the_labels_of_the_reals_spread_over_fewer_and_repeated_for_more(num_samples):
    arrived = []

    def watched(samples):
        arrived.append(np.array(samples))
        return samples

    gan = labelled_game()
    gan.compile(metrics=[FrechetDistance(watched, num_samples=num_samples)], jit_compile=False)
    reals, labels = VECTORS[:10] + 100.0, np.array([3, 3, 3, 9, 0, 5, 5, 5, 5, 1], np.int32)
    gan.evaluate(reals, labels, verbose=0)
    generated = np.concatenate([samples for samples in arrived if samples.max() < 50.0])
    count = num_samples or 10
    assert len(generated) == count
    expected = labels[[0, 3, 6]] if count == 3 else np.tile(labels, 3)[:count]  # spread: labels may come sorted
    np.testing.assert_array_equal(generated[:, 0], expected)
    assert len(np.unique(generated[:, 1])) == count  # each from latents of its own


def test_samples_that_are_not_finite_have_no_figures():
    gan = compiled(all_metrics())
    gan.generator.set_weights([np.full((2, 2), np.nan, np.float32), np.zeros(2, np.float32)])
    figures = evaluated(gan, VECTORS)
    assert all(np.isnan(figures[name]) for name in FIGURES)
    assert (figures["real_samples"], figures["generated_samples"]) == (48, 48)


def test_collapse_is_seen_by_recall_and_coverage_not_by_precision():
    gan = compiled([Precision("pixels"), Recall("pixels"), Coverage("pixels"), FrechetDistance("pixels")])
    eye = np.eye(2, dtype=np.float32)
    gan.generator.set_weights([eye, np.zeros(2, np.float32)])
    good = evaluated(gan, VECTORS)
    gan.generator.set_weights([0.01 * eye, np.zeros(2, np.float32)])
    collapsed = evaluated(gan, VECTORS)
    assert min(good[name] for name in ("precision", "recall", "coverage")) > 0.6
    assert collapsed["precision"] == 1.0
    assert max(collapsed[name] for name in ("recall", "coverage")) < 0.3
    assert collapsed["frechet_distance"] > 3 * good["frechet_distance"]


# --- images ---


def test_images_are_shown_rounded_to_8_bits_in_minus_one_to_one(small_images):
    arrived = []

    def watched(images):
        arrived.append(np.array(images))
        return np.reshape(images, (len(images), -1))

    gan = small_dcgan()
    gan.compile(metrics=[FrechetDistance(watched, num_samples=70)], jit_compile=False)
    figures = evaluated(gan, small_images)
    bytes_ = (np.concatenate(arrived) + 1.0) * 127.5
    assert len(bytes_) == 270
    np.testing.assert_allclose(bytes_, np.rint(bytes_), atol=1e-4)
    generated = values.to_uint8(gan.generate(70, seed=0))
    metric = FrechetDistance("pixels")
    metric.update_state(small_images, generated)
    assert figures["frechet_distance"] == pytest.approx(metric.result(), rel=1e-6)
    floats = small_images.astype(np.float32) / 127.5 - 1.0
    assert evaluated(gan, floats)["frechet_distance"] == pytest.approx(figures["frechet_distance"], rel=1e-9)


def test_images_of_another_value_range_give_the_same_figures(small_images):
    def game(activation, value_range):
        generator = keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(64, activation), keras.layers.Reshape((8, 8, 1))]
        )
        discriminator = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
        gan = kgan.GAN(generator, discriminator, value_range=value_range, seed=0)
        gan.compile(metrics=[FrechetDistance("pixels"), Precision("pixels")], jit_compile=False)
        return gan

    wide, narrow = game("tanh", (-1, 1)), game("sigmoid", (0, 1))
    kernel, bias = wide.generator.get_weights()
    narrow.generator.set_weights([2.0 * kernel, bias])  # sigmoid(2 x) = (tanh(x) + 1) / 2
    figures = [evaluated(gan, small_images) for gan in (wide, narrow)]
    assert figures[0]["frechet_distance"] == pytest.approx(figures[1]["frechet_distance"], rel=1e-3)


def test_metrics_of_samples_see_no_augmentation(small_images):
    figures = []
    for augmentation in (None, "translation,cutout"):
        gan = small_dcgan()
        gan.compile(metrics=[FrechetDistance("pixels")], augmentation=augmentation, jit_compile=False)
        figures.append(evaluated(gan, small_images)["frechet_distance"])
    assert figures[0] == figures[1]


# --- saved and loaded ---


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


# --- what is refused ---


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
        ([FrechetDistance], TypeError, "Expected metrics as a name or a kgan.metrics"),
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
