"""What a Keras user reads off any model, read off a game."""

import keras
import numpy as np
import pytest

import kgan
from games import linear_game, small_dcgan
from tiny_games import in_order, pixels, tiny_game


def test_shapes_are_those_of_the_generator():
    gan = small_dcgan()
    assert gan.input_shape == (None, 4)
    assert gan.output_shape == (None, 8, 8, 1)
    assert gan.compute_output_shape((5, 4)) == (5, 8, 8, 1)
    assert small_dcgan(num_classes=3).input_shape == [(None, 4), (None,)]


def test_shapes_of_a_generator_of_two_outputs_are_by_name():
    latents = keras.Input((2,))
    outputs = {"fine": keras.layers.Dense(4)(latents), "coarse": keras.layers.Dense(2)(latents)}
    discriminators = {
        name: keras.Sequential([keras.Input((size,)), keras.layers.Dense(1)])
        for name, size in (("fine", 4), ("coarse", 2))
    }
    model = kgan.AdversarialModel(keras.Model(latents, outputs), discriminators)
    assert model.output_shape == {"fine": (None, 4), "coarse": (None, 2)}


@pytest.mark.parametrize("name", ["input", "output"])
def test_a_game_has_no_one_input_and_output_and_says_whose_to_take(name):
    with pytest.raises(AttributeError, match=rf"Take model\.generator\.{name} or model\.discriminator\.{name}"):
        getattr(small_dcgan(), name)


def test_quantizing_a_game_is_refused_with_what_to_quantize():
    gan = small_dcgan()
    with pytest.raises(ValueError, match="quantize the artefact"):
        gan.quantize("int8")
    assert gan.generator.layers[-1].compute_dtype == "float32"


def test_the_optimizer_is_the_generator_s():
    gan = linear_game()
    gan.compile("sgd", "adam")
    assert gan.optimizer is gan.generator_optimizer
    assert isinstance(gan.optimizer, keras.optimizers.SGD)


def test_a_summary_has_a_line_for_each_network_and_counts_their_weights():
    gan, lines = tiny_game(), []
    gan.summary(print_fn=lines.append)
    text = "\n".join(lines)
    for name in ("generator", "discriminator", "ema_generator"):
        assert name in text
    trained = gan.generator.count_params() + gan.discriminator.count_params()
    assert f"Trainable params: {trained}" in text
    assert gan.count_params() == trained + gan.ema_generator.count_params() + 3  # counters
    assert gan.get_layer("generator") is gan.generator


def test_predict_takes_latents_and_gives_samples_as_a_call_does():
    gan = small_dcgan()
    latents = gan.latents.draw(3, 4, seed=0)
    np.testing.assert_allclose(gan.predict(latents, verbose=0), gan(latents), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gan.predict_on_batch(latents), gan(latents), rtol=1e-5, atol=1e-6)


def test_the_names_of_what_a_batch_gives_are_those_of_the_metrics():
    gan = tiny_game(augmentation=None)
    figures = gan.train_on_batch(pixels(8), return_dict=True)
    assert set(figures) == {metric.name for metric in gan.metrics}
    tested = gan.test_on_batch(pixels(8), return_dict=True)
    assert list(zip(gan.metrics_names, gan.test_on_batch(pixels(8)), strict=True)) == [
        (name, tested[name]) for name in gan.metrics_names
    ]


def test_the_compile_config_compiles_another_game_alike():
    gan, other = tiny_game(), tiny_game(penalties=[], augmentation=None)
    other.compile_from_config(gan.get_compile_config())
    assert other.get_compile_config() == gan.get_compile_config()
    assert [one.name for one in other.penalties] == ["le_cam_penalty"]


def test_before_compile_there_is_nothing_to_read():
    gan = linear_game()
    assert gan.loss is None
    assert gan.metrics == gan.metrics_names == []
    assert gan.get_compile_config() == {}


@pytest.mark.parametrize("which", ["generator", "discriminator", "both"])
def test_outputs_in_a_list_of_one_are_one_output(tmp_path, which):
    latents, samples = keras.Input((3,)), keras.Input((4, 4, 1))
    drawn = keras.layers.Reshape((4, 4, 1))(keras.layers.Dense(16, "tanh")(latents))
    logits = keras.layers.Dense(1)(keras.layers.Flatten()(samples))
    generator = keras.Model(latents, drawn if which == "discriminator" else [drawn])
    discriminator = keras.Model(samples, logits if which == "generator" else [logits])
    gan = kgan.GAN(generator, discriminator, ema_half_life=10, seed=0)
    assert gan.sample_shape == (4, 4, 1)
    assert gan.generator_outputs == ("samples",)
    gan.compile(penalties=["r1"], jit_compile=False)
    gan.fit(in_order(), steps_per_epoch=1, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(loaded.generate(2, seed=0), gan.generate(2, seed=0))
    assert gan.generate(2, seed=0).shape == (2, 4, 4, 1)


def test_a_translation_takes_outputs_in_a_list_of_one():
    inputs, samples = keras.Input((2,)), keras.Input((2,))
    model = kgan.Translation(
        keras.Model(inputs, [keras.layers.Dense(2)(inputs)]), keras.Model(samples, [keras.layers.Dense(1)(samples)])
    )
    model.compile(objectives=["l1"], jit_compile=False)
    points = np.ones((4, 2), "float32")
    model.fit(points, points, batch_size=2, verbose=0)
    assert model.translate(points).shape == (4, 2)


def test_a_sigmoid_in_a_list_of_one_is_still_seen():
    samples = keras.Input((2,))
    squashed = keras.Model(samples, [keras.layers.Dense(1, activation="sigmoid")(samples)])
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="sigmoid"):
        kgan.GAN(generator, squashed)


def test_two_outputs_in_a_list_are_refused():
    latents = keras.Input((3,))
    two = keras.Model(latents, [keras.layers.Dense(2)(latents), keras.layers.Dense(2)(latents)])
    with pytest.raises(ValueError, match="Expected the outputs of the generator by name"):
        kgan.GAN(two, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
