"""Which samples the figures of a game are measured on, and how these are shown to extractors."""

import keras
import numpy as np
import pytest

import kgan
from games import small_dcgan
from kgan.data import values
from kgan.metrics import (
    Coverage,
    Extractor,
    FrechetDistance,
    Precision,
    Recall,
)
from kgan.metrics.measuring import measure
from kgan.metrics.reference import Reference
from measured_games import FIGURES, VECTORS, all_metrics, compiled, evaluated, opposed


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
