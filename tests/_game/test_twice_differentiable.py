"""Layers that TensorFlow cannot differentiate twice are found and named; those that it can are let through."""

import keras
import numpy as np
import pytest
from keras import layers

import kgan
from games import small_dcgan
from kgan._game.twice_differentiable import layer_without_second_derivative


def discriminator(*body, shape=(8, 8, 2)):
    return keras.Sequential([keras.Input(shape), *body, layers.Flatten(), layers.Dense(1)])


ONCE = [
    lambda: layers.Resizing(4, 4, interpolation="bilinear", name="once"),
    lambda: layers.Resizing(4, 4, interpolation="bicubic", name="once"),
    lambda: layers.UpSampling2D(2, interpolation="bilinear", name="once"),
]


@pytest.mark.parametrize("make", ONCE)
def test_a_layer_without_a_second_derivative_is_found_by_its_name_however_deep(make):
    assert layer_without_second_derivative(discriminator(layers.Conv2D(3, 3), make())) == "once"
    nested = keras.Sequential([keras.Input((8, 8, 2)), make(), layers.Conv2D(2, 3)])
    assert layer_without_second_derivative(discriminator(nested)) == "once"


def test_a_bare_operation_is_found_too():
    inputs = keras.Input((8, 8, 1))
    x = keras.ops.image.resize(inputs, (4, 4), interpolation="bilinear")
    model = keras.Model(inputs, layers.Dense(1)(layers.Flatten()(x)))
    assert "resize" in layer_without_second_derivative(model)


@pytest.mark.parametrize("penalty", ["r1", "r2", "wgangp", "dragan"])
def test_compile_refuses_it_with_the_way_out(penalty):
    gan = kgan.GAN(small_dcgan().generator, discriminator(ONCE[0](), shape=(8, 8, 1)))
    with pytest.raises(ValueError, match=f"{penalty}_penalty differentiates a gradient.*layer 'once'.*Downsample2D"):
        gan.compile(penalties=[penalty])
    gan.compile(penalties=["drift"])


FINE = [
    lambda: layers.Conv2D(3, 3, activation="relu"),
    lambda: layers.Conv2D(3, 3, activation="gelu"),
    lambda: layers.SeparableConv2D(3, 3),
    lambda: layers.DepthwiseConv2D(3),
    lambda: layers.Conv2DTranspose(3, 3),
    lambda: layers.AveragePooling2D(2),
    lambda: layers.MaxPooling2D(2),
    lambda: layers.UpSampling2D(2),
    lambda: layers.LayerNormalization(),
    lambda: layers.GroupNormalization(2),
    lambda: layers.UnitNormalization(),
    lambda: layers.Dropout(0.5),
    lambda: layers.GaussianNoise(0.1),
    lambda: layers.PReLU(),
    lambda: layers.Reshape((16, 8)),
    lambda: layers.Permute((2, 1, 3)),
    lambda: layers.ZeroPadding2D(),
    lambda: layers.Cropping2D(1),
    lambda: kgan.layers.SpectralNormalization(layers.Conv2D(3, 3)),
    lambda: kgan.layers.Equalized(layers.Conv2D(3, 3)),
    lambda: kgan.layers.PixelNorm(),
    lambda: kgan.layers.Upsample2D(),
    lambda: kgan.layers.Downsample2D(),
]


@pytest.mark.parametrize("make", FINE)
def test_layers_that_can_be_differentiated_twice_are_let_through(make):
    assert layer_without_second_derivative(discriminator(make())) is None


def test_attention_recurrence_and_shared_layers_are_let_through():
    inputs = keras.Input((6, 8))
    attended = layers.MultiHeadAttention(2, 4)(inputs, inputs)
    shared = layers.Dense(8)
    x = layers.Add()([shared(attended), shared(inputs)])
    model = keras.Model(inputs, layers.Dense(1)(layers.Flatten()(x)))
    assert layer_without_second_derivative(model) is None


def test_asking_moves_nothing():
    model = discriminator(kgan.layers.SpectralNormalization(layers.Conv2D(3, 3)), layers.Dropout(0.5))
    before = [np.array(weight) for weight in model.variables]
    layer_without_second_derivative(model)
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)


@pytest.mark.parametrize("conditioning", ["projection", "concatenation", "auxiliary"])
def test_the_shipped_networks_are_let_through(conditioning):
    model = kgan.architectures.dcgan_discriminator((28, 28, 1), 4, num_classes=10, conditioning=conditioning)
    assert layer_without_second_derivative(model) is None


@keras.saving.register_keras_serializable("kgan_tests")
class TwoPaths(layers.Layer):
    """Resizes on one of its paths only, by a layer that can or cannot be differentiated twice."""

    def __init__(self, resize, **kwargs):
        super().__init__(**kwargs)
        self.resize, self.convolution = resize, layers.Conv2D(2, 3, padding="same", activation="relu")

    def call(self, inputs):
        return self.resize(self.convolution(inputs)) + inputs[:, ::2, ::2]


@keras.saving.register_keras_serializable("kgan_tests")
class Subclassed(keras.Model):
    def __init__(self, resize, **kwargs):
        super().__init__(**kwargs)
        self.parts = [layers.Conv2D(3, 3, activation="gelu"), resize, layers.Flatten(), layers.Dense(1)]

    def call(self, inputs):
        for part in self.parts:
            inputs = part(inputs)
        return inputs


def fine():
    return layers.AveragePooling2D(2)


@pytest.mark.parametrize("resize", [*ONCE[:2], fine])
def test_a_layer_that_loses_a_part_of_it_on_one_path_is_found(resize):
    found = layer_without_second_derivative(discriminator(TwoPaths(resize(), name="two_paths")))
    assert found == (None if resize is fine else "two_paths")


@pytest.mark.parametrize("resize", [ONCE[0], fine])
def test_a_subclassed_model_is_looked_at_as_a_whole(resize):
    model = Subclassed(resize(), name="whole")
    model(np.zeros((2, 8, 8, 1), np.float32))
    assert layer_without_second_derivative(model) == (None if resize is fine else "whole")


def test_a_discriminator_for_images_of_any_size_is_let_through():
    inputs = keras.Input((None, None, 1))
    x = layers.Conv2D(4, 4, strides=2)(layers.Conv2D(4, 4, strides=2, activation="relu")(inputs))
    model = keras.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling2D()(x)))
    gan = kgan.GAN(small_dcgan().generator, model)
    gan.compile(penalties=["r1"])


def test_composite_layers_in_half_precision_are_not_held_against_a_finite_difference():
    wrapped = layers.Conv2D(3, 3, dtype="mixed_bfloat16")
    model = discriminator(kgan.layers.SpectralNormalization(wrapped, dtype="mixed_bfloat16"))
    assert layer_without_second_derivative(model) is None


class Custom(layers.Layer):
    """A layer of another package's."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, inputs):
        return self.function(inputs)


ops = keras.ops


def straight_through(x):
    return x + ops.stop_gradient(ops.round(x) - x)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x - ops.mean(x),
        lambda x: (x - ops.mean(x, axis=(1, 2), keepdims=True)) / ops.std(x, axis=(1, 2), keepdims=True),
        ops.softmax,
        lambda x: x[:, 1:] - x[:, :-1],
        lambda x: x + keras.random.normal(ops.shape(x)),
        straight_through,
        lambda x: ops.sqrt(ops.softplus(x)),
        ops.sqrt,  # NaN on half of the noise, which says nothing against it
        ops.relu,
        ops.sign,  # flat
    ],
)
def test_custom_layers_that_can_be_differentiated_twice_are_let_through(function):
    assert layer_without_second_derivative(discriminator(layers.Conv2D(3, 3), Custom(function))) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_subclassed_model_is_let_through_whatever_its_weights(seed):
    keras.utils.set_random_seed(seed)
    model = Subclassed(layers.Conv2D(8, 3, strides=2, activation="relu"))
    model(np.zeros((2, 8, 8, 1), np.float32))
    assert layer_without_second_derivative(model) is None


class TwoInputs(keras.Model):
    """A subclassed model of two inputs, the second of them labels, nested in a functional one."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)

    def call(self, x, y):
        return self.dense(x) + self.dense(ops.one_hot(y, 32))


def test_a_nested_subclassed_model_is_asked_on_what_it_was_called_with():
    images, labels = keras.Input((4, 8)), keras.Input((), dtype="int32")
    x = TwoInputs()(layers.Flatten()(images), labels)
    assert layer_without_second_derivative(keras.Model([images, labels], layers.Dense(1)(x))) is None


def test_a_penalty_may_read_an_output_that_it_names():
    class OfFeatures(kgan.penalties.Penalty):
        differentiates = False
        outputs = ("features",)

        def __call__(self, game):
            return ops.mean(ops.square(game.real_outputs["features"]))

    gan = small_dcgan()
    gan.compile(penalties=[OfFeatures()], jit_compile=False)
    assert gan.train_on_batch(np.zeros((4, 8, 8, 1)), return_dict=True)["of_features_penalty"] >= 0


def test_many_layers_are_asked_without_a_warning_of_tensorflow_s(caplog):
    assert layer_without_second_derivative(discriminator(*(layers.ReLU() for _ in range(6)))) is None
    assert not [record for record in caplog.records if record.name == "tensorflow"]
