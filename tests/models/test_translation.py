import keras
import numpy as np
import pytest
import tensorflow as tf
from pair_games import SHAPE, pairs, translator

import kgan
from kgan import objectives, penalties


def lines(shape=(1,), with_input=True):
    """G(x) = a x, and a discriminator that is flat in what it sees."""
    generator = keras.Sequential([keras.Input(shape), keras.layers.Dense(1, use_bias=False)], name="generator")
    generator.set_weights([np.float32([[0.5]])])
    inputs = [keras.Input(shape), keras.Input(shape)][: 1 + with_input]
    seen = keras.layers.Concatenate()(inputs) if with_input else inputs[0]
    logits = keras.layers.Dense(1, kernel_initializer="zeros")(seen)
    return kgan.Translation(generator, keras.Model(inputs, logits, name="discriminator"), seed=0)


def test_the_l1_of_a_translation_moves_the_generator_by_its_gradient(tmp_path):
    """G(x) = a x with a flat discriminator: d/da mean |a x - y| = mean x sign(a x - y)."""
    model = lines()
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.0), objectives=[objectives.L1(2.0)])
    x, y = np.float32([[1.0], [2.0], [-3.0]]), np.float32([[2.0], [0.5], [1.0]])
    logs = model.train_on_batch(x, y, return_dict=True)
    assert logs["generator_l1_loss"] == pytest.approx(2.0 * np.mean(np.abs(0.5 * x - y)), rel=1e-5)
    expected = 0.5 - 0.1 * 2.0 * np.mean(x * np.sign(0.5 * x - y))
    assert model.generator.get_weights()[0][0, 0] == pytest.approx(expected, rel=1e-5)
    model.save(tmp_path / "translation.keras")
    copy = keras.models.load_model(tmp_path / "translation.keras")
    for one in (model, copy):
        one.train_on_batch(x, y)
    np.testing.assert_array_equal(copy.generator.get_weights()[0], model.generator.get_weights()[0])


def test_the_discriminator_sees_each_sample_beside_its_input():
    """D(s, x) = u s + v x: its non-saturating loss moves v by both halves of the batch, by hand in float64."""
    model = lines()
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.1))
    kernel = np.array([[0.3], [-0.7]])
    model.discriminator.set_weights([kernel, np.zeros(1)])
    x, y = np.float32([[1.0], [2.0], [-3.0]]), np.float32([[2.0], [0.5], [1.0]])
    model.train_on_batch(x, y)
    sigmoid = lambda logits: 1.0 / (1.0 + np.exp(-logits))  # noqa: E731
    real, generated = np.hstack([y, x]), np.hstack([0.5 * x, x])
    slope = real.T @ (sigmoid(real @ kernel) - 1.0) + generated.T @ sigmoid(generated @ kernel)
    np.testing.assert_allclose(model.discriminator.get_weights()[0], kernel - 0.1 * slope / 3, rtol=1e-5)


def test_a_discriminator_of_samples_alone_is_allowed():
    model = lines(with_input=False)
    model.compile(penalties=[penalties.R1(0.1)])
    model.fit(np.ones((8, 1), np.float32), np.zeros((8, 1), np.float32), batch_size=4, verbose=0)
    assert not model.discriminator_takes_input
    assert int(model.images_seen.numpy()) == 8


def test_waves_translate_as_images_do():
    generator = keras.Sequential([keras.Input((32, 1)), keras.layers.Conv1D(1, 5, padding="same")])
    wave, beside = keras.Input((32, 1)), keras.Input((32, 1))
    seen = keras.layers.Conv1D(4, 4, strides=2)(keras.layers.Concatenate()([wave, beside]))
    model = kgan.Translation(generator, keras.Model([wave, beside], keras.layers.Dense(1)(seen)), seed=0)
    model.compile(generator_optimizer=keras.optimizers.Adam(1e-2), objectives=[objectives.L1(100.0)])
    x = np.random.RandomState(0).standard_normal((64, 32, 1)).astype("float32")
    history = model.fit(x, 0.5 * x, batch_size=8, epochs=6, verbose=0).history
    assert history["generator_l1_loss"][-1] < 0.5 * history["generator_l1_loss"][0]
    assert model.value_range is None
    assert model.translate(x[:3]).shape == (3, 32, 1)


def test_translate_gives_what_the_network_gives_at_inference_however_it_is_split():
    model = translator()
    x, _ = pairs(20)
    expected = model.generator(x / np.float32(127.5) - 1.0, training=False)
    np.testing.assert_allclose(model.translate(x), expected, atol=1e-6)
    np.testing.assert_allclose(np.concatenate([model.translate(x[:7]), model.translate(x[7:])]), expected, atol=1e-6)


def test_the_average_translates_unless_told_otherwise():
    model = translator(ema_half_life=kgan.schedules.Constant(1e6))
    x, y = pairs(16)
    model.compile(objectives=[objectives.L1(100.0)])
    before = model.translate(x)
    model.fit(x, y, batch_size=8, verbose=0)
    assert np.abs(model.translate(x, averaged=False) - before).max() > 10 * np.abs(model.translate(x) - before).max()


def test_metrics_of_pairs_are_worked_out_on_the_validation_data():
    model = translator()
    x, y = pairs(24)
    model.compile(metrics=["psnr", kgan.metrics.MeanAbsoluteError(name="l1")])
    history = model.fit(x, y, batch_size=8, validation_split=0.5, verbose=0).history
    difference = np.abs(model.translate(x[12:]) - (y[12:] / 127.5 - 1.0))
    assert history["val_l1"][0] == pytest.approx(difference.mean(), rel=1e-4)
    mse = np.square(difference).mean(axis=(1, 2, 3))
    assert history["val_psnr"][0] == pytest.approx(np.mean(10 * np.log10(4.0 / mse)), rel=1e-4)


@pytest.mark.slow  # test_pair_runs.py does it with a whole run
@pytest.mark.parametrize("batches", [3, 7])
def test_a_fit_that_was_cut_in_an_epoch_goes_on_to_the_same_bits(tmp_path, batches):
    x, y = pairs(20)

    def fresh():
        model = translator(ema_half_life=50.0)
        model.compile(objectives=[objectives.L1(100.0)], penalties=[penalties.R1(1.0)])
        return model

    class Cut(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.steps.numpy()) == batches:
                self.model.save(tmp_path / "cut.keras")

    whole = fresh()
    whole.fit(x, y, batch_size=4, epochs=2, verbose=0, callbacks=[Cut()])
    resumed = keras.models.load_model(tmp_path / "cut.keras")
    epoch, batch = divmod(batches, 5)
    resumed.fit(x, y, batch_size=4, epochs=2, initial_epoch=epoch, initial_batch=batch, verbose=0)
    for ours, theirs in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.slow
def test_pairs_loaded_with_flips_go_on_to_the_same_bits(tmp_path):
    x, y = pairs(20)

    def load():
        return kgan.data.load_pairs((x, y), batch_size=4, validation_split=0.2, flip=True, random_crop=8, seed=3)

    def fresh():
        generator = kgan.architectures.unet_generator((8, 8, 1), 1, 4, depth=2, seed=0)
        discriminator = kgan.architectures.patchgan_discriminator((8, 8, 1), (8, 8, 1), 4, layers=1, seed=1)
        model = kgan.Translation(generator, discriminator, seed=0)
        model.compile()
        return model

    whole = fresh()
    whole.fit(load(), epochs=2, verbose=0)
    first = fresh()
    first.fit(load(), epochs=1, verbose=0)
    first.save(tmp_path / "first.keras")
    resumed = keras.models.load_model(tmp_path / "first.keras")
    resumed.fit(load(), epochs=2, initial_epoch=1, verbose=0)
    for ours, theirs in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_it_comes_back_from_its_config_and_its_file(tmp_path):
    model = translator(ema_half_life=kgan.schedules.Cosine(0.0, 100.0, 1000))
    model.compile(objectives=[objectives.L1(7.0)], metrics=["psnr"])
    model.save(tmp_path / "translation.keras")
    copy = keras.models.load_model(tmp_path / "translation.keras")
    x, _ = pairs(3)
    np.testing.assert_array_equal(copy.translate(x), model.translate(x))
    assert (copy.objectives[0].weight, copy.value_range) == (7.0, model.value_range)
    assert [metric.name for metric in copy.sample_metrics] == ["psnr"]


X, Y = pairs(8)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X, None, r"Expected pairs of inputs and true outputs. Received: inputs only"),
        (X, Y[:7], r"as many targets as inputs. Received: 8 inputs and 7 targets"),
        (X[:, :, :15], Y, r"shape \(16, 16, 1\).*Received: \(16, 15, 1\).*about the inputs of the pairs"),
        (X, Y.astype(np.float32), r"in \[-1, 1\]. Received: values from.*about the targets"),
        (X.astype(np.int64), Y, r"as uint8.*Received: int64.*about the inputs"),
        (
            tf.data.Dataset.from_tensor_slices(X).batch(4),
            None,
            r"a dataset of pairs \(input, target\). Received: single",
        ),
    ],
)
def test_pairs_that_do_not_fit_are_named_before_the_first_step(x, y, message):
    model = translator()
    model.compile()
    with pytest.raises(ValueError, match=message):
        model.fit(x, y, verbose=0)


def networks(generator_shape=SHAPE, sample_shape=SHAPE, condition_shape=SHAPE):
    return (
        kgan.architectures.unet_generator(generator_shape, 1, 2, depth=2),
        kgan.architectures.patchgan_discriminator(sample_shape, condition_shape, 2, layers=1),
    )


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"sample_shape": (8, 8, 1), "condition_shape": (8, 8, 1)}, "to fit the discriminator's first input"),
        ({"condition_shape": (16, 16, 3)}, r"\[samples, inputs\] with inputs as the generator takes them"),
    ],
)
def test_networks_that_do_not_fit_each_other_are_refused(shapes, message):
    with pytest.raises(ValueError, match=message):
        kgan.Translation(*networks(**shapes))


def test_a_generator_of_two_inputs_and_a_squashed_discriminator_are_refused():
    _, discriminator = networks()
    first, second = keras.Input(SHAPE), keras.Input(SHAPE)
    two = keras.Model([first, second], keras.layers.Add()([first, second]))
    with pytest.raises(ValueError, match="to take one input. Received: 2"):
        kgan.Translation(two, discriminator)
    sample = keras.Input(SHAPE)
    squashed = keras.Model(sample, keras.layers.Conv2D(1, 4, activation="sigmoid")(sample))
    with pytest.raises(ValueError, match="ends in sigmoid"):
        kgan.Translation(networks()[0], squashed)


def test_what_would_move_samples_away_from_their_inputs_is_refused():
    with pytest.raises(ValueError, match="would move the samples and leave the inputs beside them"):
        translator().compile(augmentation="translation")


def test_a_metric_of_sets_is_refused():
    with pytest.raises(ValueError, match=r"Expected metrics of pairs.*Received: 'frechet_distance'"):
        translator().compile(metrics=[kgan.metrics.FrechetDistance("pixels")])


def test_evaluation_sees_the_same_whatever_it_saw_before():
    model = translator()
    model.compile(objectives=[objectives.L1(100.0)])
    x, y = pairs(12)
    found = [model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True) for _ in range(2)]
    assert found[0] == found[1]
    dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(4)
    of_dataset = model.evaluate(dataset, verbose=0, return_dict=True)
    for name, value in of_dataset.items():
        assert found[0][name] == pytest.approx(value, rel=1e-5)


def test_predict_takes_pictures_as_they_are():
    model = translator()
    x, _ = pairs(5)
    np.testing.assert_allclose(model.predict(x, verbose=0), model.translate(x), atol=1e-6)
    np.testing.assert_allclose(model.predict(x / np.float32(127.5) - 1.0, verbose=0), model.translate(x), atol=1e-6)


def test_inputs_outside_the_value_range_are_not_translated():
    with pytest.raises(ValueError, match=r"in \[-1, 1\]. Received: values from 0 to"):
        translator().translate(X.astype(np.float32))


def test_a_metric_of_another_value_range_is_refused():
    model = translator(value_range=(0.0, 1.0))
    with pytest.raises(
        ValueError, match=r"value range of the model, \(0.0, 1.0\). Received: 'psnr' with \(-1.0, 1.0\)"
    ):
        model.compile(metrics=["psnr"])
    model.compile(metrics=[kgan.metrics.PSNR(value_range=(0.0, 1.0))])


def test_an_evaluation_without_truths_is_named():
    model = translator()
    model.compile(run_eagerly=True)
    with pytest.raises(ValueError, match="Expected pairs of inputs and true outputs. Received: inputs only"):
        model.evaluate(X, batch_size=4, verbose=0)


def test_a_translation_may_give_a_vector():
    inputs = keras.Input(SHAPE)
    generator = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Flatten()(inputs)))
    discriminator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    assert kgan.Translation(generator, discriminator).translate(X / np.float32(127.5) - 1.0).shape == (8, 3)
