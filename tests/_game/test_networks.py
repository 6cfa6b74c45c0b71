import keras
import numpy as np
import pytest
from keras import layers

import kgan


def generator(*stack, latent_dim=4):
    return keras.Sequential([keras.Input((latent_dim,)), *stack], name="generator")


def discriminator(*stack, shape=(2,)):
    return keras.Sequential([keras.Input(shape), *stack], name="discriminator")


def functional(x, *operations):
    inputs = x
    for operation in operations:
        x = operation(x)
    return keras.Model(inputs, x)


def test_shapes_that_do_not_match_are_both_shown():
    with pytest.raises(ValueError, match=r"generator 'generator' makes \(None, 3\).*takes \(None, 2\)"):
        kgan.GAN(generator(layers.Dense(3)), discriminator(layers.Dense(1)))


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (discriminator(layers.Dense(1, activation="sigmoid")), "sigmoid"),
        (discriminator(layers.Dense(1), layers.Activation("sigmoid")), "sigmoid"),
        (discriminator(layers.Dense(1, activation="tanh")), "tanh"),
        (discriminator(layers.Dense(1), layers.Softmax()), "softmax"),
        (discriminator(keras.Sequential([keras.Input((2,)), layers.Dense(1, activation="sigmoid")])), "sigmoid"),
        (functional(keras.Input((2,)), layers.Dense(1), keras.ops.sigmoid), "sigmoid"),
        (functional(keras.Input((2,)), layers.Dense(1), layers.Activation("hard_sigmoid")), "hard_sigmoid"),
    ],
)
def test_a_discriminator_that_ends_in_a_squashing_activation_is_refused(model, name):
    with pytest.raises(ValueError, match=rf"Expected the discriminator to return logits.*ends in {name}\. Remove"):
        kgan.GAN(generator(layers.Dense(2)), model)


def test_a_leaky_relu_or_a_crop_at_the_end_is_allowed():
    kgan.GAN(generator(layers.Dense(2)), discriminator(layers.Dense(1), layers.LeakyReLU()))


def test_more_than_one_logit_a_sample_is_refused_and_one_a_patch_is_not():
    with pytest.raises(ValueError, match=r"one logit per sample.*Received: an output of shape \(None, 2\)"):
        kgan.GAN(generator(layers.Dense(2)), discriminator(layers.Dense(2)))
    image = generator(layers.Dense(64), layers.Reshape((8, 8, 1)))
    kgan.GAN(image, discriminator(layers.Conv2D(1, 3), shape=(8, 8, 1)))


def test_a_network_without_a_known_shape_is_refused():
    with pytest.raises(ValueError, match=r"Expected generator to be built.*keras\.Input\(shape\)"):
        kgan.GAN(keras.Sequential([layers.Dense(2)]), discriminator(layers.Dense(1)))


def test_something_other_than_a_model_is_refused():
    with pytest.raises(TypeError, match="Expected discriminator to be a keras.Model. Received: 3"):
        kgan.GAN(generator(layers.Dense(2)), 3)


def test_a_generator_that_takes_something_other_than_latents_is_refused():
    with pytest.raises(ValueError, match=r"latents of shape \(batch, latent_dim\).*Received: \(None, 4, 4\)"):
        kgan.GAN(keras.Sequential([keras.Input((4, 4)), layers.Flatten()]), discriminator(layers.Dense(1)))


def test_labels_without_num_classes_are_refused():
    with pytest.raises(ValueError, match="Expected num_classes, because the generator takes labels"):
        kgan.GAN(
            kgan.architectures.dcgan_generator((8, 8, 1), num_classes=10),
            kgan.architectures.dcgan_discriminator((8, 8, 1)),
        )


def test_a_third_input_is_refused():
    inputs = [keras.Input((2,)) for _ in range(3)]
    model = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(inputs)))
    with pytest.raises(ValueError, match="at most two inputs"):
        kgan.GAN(generator(layers.Dense(2)), model, num_classes=2)


class Subclassed(keras.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units)

    def build(self, shape):
        self.dense.build(shape)

    def call(self, x):
        return self.dense(x)

    def get_config(self):
        return {**super().get_config(), "units": self.dense.units}


class TakesLabelsApart(Subclassed):
    def build(self, x_shape, labels_shape):
        self.dense.build(x_shape)

    def call(self, x, labels):
        return self.dense(x)


def test_the_batch_that_a_subclassed_model_was_first_called_with_does_not_matter():
    made, judge = Subclassed(2), Subclassed(1)
    made(np.zeros((1, 3), np.float32))
    judge(np.zeros((4, 2), np.float32))
    assert kgan.GAN(made, judge).generate(5, seed=0).shape == (5, 2)


def test_a_call_that_takes_labels_apart_is_named():
    judge = TakesLabelsApart(1)
    judge(np.zeros((4, 2), np.float32), np.zeros(4))
    with pytest.raises(ValueError, match=r"one list \[samples, labels\].*whose call takes 'x' and 'labels' apart"):
        kgan.GAN(generator(layers.Dense(2)), judge, num_classes=3)


class LabelsBeside(keras.Model):
    """As tutorials write it: without `build`, so that Keras remembers the first shape alone."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(2)

    def call(self, z, labels):
        return self.dense(z) * keras.ops.cast(labels[:, None], "float32")


class LabelsIfAny(LabelsBeside):
    def call(self, z, class_labels=None, training=False):
        return super().call(z, keras.ops.ones((1,)) if class_labels is None else class_labels)


@pytest.mark.parametrize("network", [LabelsBeside, LabelsIfAny])
def test_a_call_that_takes_labels_apart_is_named_when_keras_forgot_their_shape(network):
    made = network(name="made")
    made(np.zeros((1, 8), np.float32), np.zeros(1, np.int32))
    with pytest.raises(ValueError, match=r"Received: 'made', whose call takes 'z' and '(class_)?labels' apart"):
        kgan.GAN(made, discriminator(layers.Dense(1)), num_classes=10, ema_half_life=100)


class WithFlags(Subclassed):
    def call(self, x, training=None, mask=None, scale=1.0):
        return self.dense(x) * scale


def test_a_call_with_other_arguments_that_have_defaults_is_let_through():
    made = WithFlags(2)
    made(np.zeros((1, 3), np.float32))
    assert kgan.GAN(made, discriminator(layers.Dense(1))).generate(3, seed=0).shape == (3, 2)


def test_two_outputs_are_refused():
    inputs = keras.Input((2,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    with pytest.raises(ValueError, match="to return logits, or a dictionary of outputs with 'logits' among them"):
        kgan.GAN(generator(layers.Dense(2)), model)
