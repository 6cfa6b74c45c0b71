"""What could be saved and not read back is refused beforehand, and what Keras can make again is let through."""

import random

import keras
import numpy as np
import pytest
from keras import layers

import kgan
from games import linear_game
from kgan.callbacks import ResumableCheckpoint

POINTS = np.zeros((32, 1), np.float32)


@pytest.fixture
def gan():
    gan = linear_game()
    gan.compile(jit_compile=False)
    return gan


@pytest.mark.parametrize("name", ["x.h5", "x.hdf5"])
def test_hdf5_is_refused_at_saving_and_no_file_is_left(gan, tmp_path, name):
    expected = (
        r"Expected a file that ends in \.keras: load_model cannot read a GAN from HDF5\. Received: .*Pass 'x.keras'"
    )
    with pytest.raises(ValueError, match=expected):
        gan.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_keras_s_own_function_does_not_write_hdf5_either(gan, tmp_path):
    with pytest.raises(ValueError, match="load_model cannot read a GAN from HDF5"):
        keras.saving.save_model(gan, tmp_path / "x.h5")


def test_a_checkpoint_in_hdf5_is_refused_before_the_first_step(gan, tmp_path):
    with pytest.raises(ValueError, match="Expected a file that ends in .keras"):
        gan.fit(POINTS, verbose=0, callbacks=[keras.callbacks.ModelCheckpoint(tmp_path / "of-{epoch}.h5")])
    assert int(gan.steps) == 0


def test_weights_alone_are_saved_in_hdf5_and_read_back(gan, tmp_path):
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "x.weights.h5", save_weights_only=True)
    gan.fit(POINTS, verbose=0, callbacks=[checkpoint])
    again = linear_game()
    again.compile(jit_compile=False)
    again.load_weights(tmp_path / "x.weights.h5")
    for found, expected in zip(again.get_weights(), gan.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_generator_alone_may_be_saved_in_hdf5(gan, tmp_path, caplog):
    gan.generator.save(tmp_path / "x.h5")
    assert keras.models.load_model(tmp_path / "x.h5", compile=False).output_shape == (None, 1)


# --- weights that networks share ---


def conditional(embedding_of_generator, embedding_of_discriminator):
    z, y = keras.Input((8,)), keras.Input((), dtype="int32")
    generator = keras.Model([z, y], layers.Dense(4)(layers.Multiply()([z, embedding_of_generator(y)])))
    x, y = keras.Input((4,)), keras.Input((), dtype="int32")
    joined = layers.Concatenate()([x, embedding_of_discriminator(y)])
    return generator, keras.Model([x, y], layers.Dense(1)(joined))


@pytest.mark.parametrize("trainable", [True, False])
def test_a_layer_that_both_networks_hold_is_named(trainable):
    shared = layers.Embedding(10, 8, name="classes", trainable=trainable)
    with pytest.raises(
        ValueError, match=r"weights of its own.*the layer 'classes' in the generator and in 'disc.*two Emb"
    ):
        kgan.GAN(*conditional(shared, shared), num_classes=10)


def test_a_layer_that_both_networks_hold_within_another_is_named():
    inner = layers.Dense(3, name="trunk")
    within = keras.Sequential([keras.Input((1,)), inner])
    generator = keras.Sequential([keras.Input((1,)), within, layers.Dense(1)])
    discriminator = keras.Sequential([keras.Input((1,)), keras.Sequential([keras.Input((1,)), inner]), layers.Dense(1)])
    with pytest.raises(ValueError, match="the layer 'trunk' in the generator and in 'discriminator'"):
        kgan.GAN(generator, discriminator)


def test_layers_without_weights_may_be_shared(tmp_path):
    activation = layers.LeakyReLU()
    generator = keras.Sequential([keras.Input((1,)), layers.Dense(1), activation])
    discriminator = keras.Sequential([keras.Input((1,)), activation, layers.Dense(1)])
    gan = kgan.GAN(generator, discriminator)
    gan.save(tmp_path / "x.keras")
    again = keras.models.load_model(tmp_path / "x.keras")
    np.testing.assert_array_equal(again.generate(4, seed=0), gan.generate(4, seed=0))


class TwoJudges(kgan.AdversarialModel):
    def batch(self, data, training):
        return kgan.Batch(generator_inputs=data, real=data)


def test_discriminators_that_share_a_layer_train_but_are_not_saved_whole(tmp_path):
    trunk = layers.Dense(3, name="trunk")
    judges = {name: keras.Sequential([keras.Input((1,)), trunk, layers.Dense(1)]) for name in ("coarse", "fine")}
    model = TwoJudges(keras.Sequential([keras.Input((1,)), layers.Dense(1)]), judges, seed=0)
    model.compile(jit_compile=False)
    model.fit(POINTS, verbose=0)
    expected = "the layer 'trunk' in 'coarse' and 'fine', with which Keras could not read it back"
    with pytest.raises(ValueError, match=expected):
        model.save(tmp_path / "x.keras")
    with pytest.raises(ValueError, match=expected):
        model.fit(POINTS, verbose=0, callbacks=[keras.callbacks.ModelCheckpoint(tmp_path / "x.keras")])
    assert list(tmp_path.iterdir()) == []
    model.save_weights(tmp_path / "x.weights.h5")
    model.load_weights(tmp_path / "x.weights.h5")


# --- classes without a config ---


class WithoutConfig(keras.Model):
    """As tutorials write it."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, inputs):
        return self.dense(inputs)


class OfALayer(keras.Model):
    """With an argument that Keras cannot write down by itself."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function, self.dense = function, layers.Dense(1)

    def call(self, inputs):
        return self.function(self.dense(inputs))


class LayerWithoutConfig(layers.Layer):
    def __init__(self):
        super().__init__()

    def call(self, inputs):
        return 2.0 * inputs

    def compute_output_shape(self, input_shape):
        return input_shape


@keras.saving.register_keras_serializable("kgan_tests")
class WithConfig(keras.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units)
        self.inner = LayerWithoutConfig()  # made by this class, and not from a config

    def build(self, shape):
        self.dense.build(shape)

    def call(self, inputs):
        return self.inner(self.dense(inputs))

    def get_config(self):
        return {**super().get_config(), "units": self.dense.units}


def built(model):
    model(np.zeros((1, 1), np.float32))
    return model


LACKING = {
    "WithoutConfig": lambda: built(WithoutConfig()),
    "OfALayer": lambda: built(OfALayer(keras.ops.tanh)),
    "LayerWithoutConfig": lambda: keras.Sequential([keras.Input((1,)), LayerWithoutConfig()]),
}


@pytest.mark.parametrize("name", LACKING)
def test_an_average_of_a_class_that_keras_cannot_make_again_is_refused_by_the_class_s_name(name):
    with pytest.raises(
        TypeError, match=rf"because ema_half_life keeps a second one.*with the class {name}, .*{name}\.get_c"
    ):
        kgan.GAN(LACKING[name](), linear_game().discriminator, ema_half_life=1000)


def test_a_layer_that_keras_cannot_make_again_is_found_within_another_model_and_a_wrapper():
    layer = layers.TimeDistributed(LayerWithoutConfig())
    generator = keras.Sequential(
        [keras.Input((8,)), layers.Reshape((4, 2)), keras.Sequential([keras.Input((4, 2)), layer]), layers.Flatten()]
    )
    discriminator = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
    with pytest.raises(TypeError, match="with the class LayerWithoutConfig"):
        kgan.GAN(generator, discriminator, ema_half_life=1000)


@pytest.mark.parametrize("name", LACKING)
def test_without_an_average_it_trains_and_its_constructor_says_that_it_cannot_be_saved(tmp_path, name):
    with pytest.warns(
        UserWarning, match=rf"Received: generator with the class {name}: .* They train, but cannot be saved"
    ):
        gan = kgan.GAN(LACKING[name](), linear_game().discriminator, seed=0)
    gan.compile(jit_compile=False)
    gan.fit(POINTS, verbose=0)
    for save in (gan.save, lambda path: keras.saving.save_model(gan, path)):
        with pytest.raises(TypeError, match=rf"because a saved file holds it.*with the class {name}"):
            save(tmp_path / "x.keras")
    with pytest.raises(TypeError, match="because a saved file holds it"):
        gan.fit(POINTS, verbose=0, callbacks=keras.callbacks.ModelCheckpoint(tmp_path / "x.keras"))
    with pytest.raises(TypeError, match="because a saved file holds it"):
        gan.fit(POINTS, verbose=0, callbacks=[ResumableCheckpoint(tmp_path / "checkpoints")])
    assert int(gan.steps) == 1
    gan.save_weights(tmp_path / "x.weights.h5")


def test_a_discriminator_without_a_config_is_named_too():
    with pytest.warns(UserWarning, match="Received: discriminator with the class WithoutConfig"):
        kgan.GAN(linear_game().generator, built(WithoutConfig()))


def test_a_class_with_a_config_is_averaged_saved_and_read_back(tmp_path):
    gan = kgan.GAN(built(WithConfig(1)), linear_game().discriminator, ema_half_life=10, seed=0)
    gan.compile(jit_compile=False)
    gan.fit(POINTS, verbose=0)
    gan.save(tmp_path / "x.keras")
    again = keras.models.load_model(tmp_path / "x.keras")
    np.testing.assert_array_equal(again.generate(4, seed=0), gan.generate(4, seed=0))


def test_a_class_of_a_function_is_averaged():
    class Here(WithConfig):
        pass

    generator = keras.Sequential([keras.Input((1,)), Here(1)])
    gan = kgan.GAN(generator, linear_game().discriminator, ema_half_life=10)
    np.testing.assert_array_equal(gan.generate(4, seed=0), gan.generate(4, seed=0, averaged=False))


def test_looking_at_configs_draws_nothing():
    state = random.getstate()
    kgan.GAN(built(WithConfig(1)), linear_game().discriminator, seed=0)
    after = random.getstate()
    random.setstate(state)
    built(WithConfig(1)), linear_game()
    assert after == random.getstate()
