import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan._game.batch_mixing import may_mix, mixing_layer
from kgan._game.discriminator_pass import DiscriminatorPass


class MinibatchMean(keras.layers.Layer):
    def call(self, x):
        return x + keras.ops.mean(x, axis=0, keepdims=True)


class Declared(MinibatchMean):
    mixes_batch = False


def model(*layers):
    return keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(1)])


def functional_with_an_operation():
    x = keras.Input((4,))
    return keras.Model(x, keras.layers.Dense(1)(x - keras.ops.mean(x, axis=0, keepdims=True)))


@pytest.mark.parametrize(
    ("discriminator", "mixes"),
    [
        (model(keras.layers.LeakyReLU()), False),
        (model(keras.layers.LayerNormalization(), keras.layers.Dropout(0.1)), False),
        (model(keras.layers.BatchNormalization()), True),
        (model(keras.layers.Lambda(lambda x: x)), True),
        (model(MinibatchMean()), True),
        (model(Declared()), False),
        (model(keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization()])), True),
        (functional_with_an_operation(), True),
        (kgan.architectures.dcgan_discriminator((16, 16, 3), num_classes=3), False),
        (kgan.architectures.dcgan_discriminator((16, 16, 3), batch_norm=True), True),
    ],
)
def test_a_second_pass_is_made_where_a_layer_might_mix(discriminator, mixes):
    assert may_mix(discriminator) is mixes


def test_a_frozen_batch_normalization_does_not_mix_and_may_be_set_free():
    inner = model(keras.layers.BatchNormalization(name="norm"))
    outer = keras.Sequential([keras.Input(inner.input_shape[1:]), inner])
    inner.trainable = False
    assert mixing_layer(outer) is None
    assert may_mix(outer)
    inner.trainable = True
    assert mixing_layer(outer) == "norm"


def test_only_what_is_known_to_mix_is_named():
    assert mixing_layer(model(keras.layers.BatchNormalization(name="norm"))) == "norm"
    assert mixing_layer(kgan.architectures.dcgan_discriminator((16, 16, 3), batch_norm=True)) == "norm_1"
    for discriminator in (model(MinibatchMean()), functional_with_an_operation()):
        assert mixing_layer(discriminator) is None
    declared = MinibatchMean(name="mean")
    declared.mixes_batch = True
    assert mixing_layer(model(declared)) == "mean"


@pytest.mark.parametrize("needs", [frozenset(), frozenset({"real"}), frozenset({"real", "generated"})])
def test_one_concatenated_pass_judges_as_two_do(needs):
    discriminator = kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_classes=3, seed=0)
    real, generated = (tf.constant(np.random.RandomState(i).randn(5, 8, 8, 1), tf.float32) for i in range(2))
    labels = tf.constant([0, 1, 2, 0, 1])
    one, two = (
        DiscriminatorPass(discriminator, real, generated, [labels], needs, concatenate) for concatenate in (True, False)
    )
    np.testing.assert_allclose(one.real_logits, two.real_logits, atol=1e-6)
    np.testing.assert_allclose(one.generated_logits, two.generated_logits, atol=1e-6)
    if "real" in needs:
        np.testing.assert_allclose(one.real_gradient, two.real_gradient, atol=1e-6)
    if "generated" in needs:
        np.testing.assert_allclose(one.generated_gradient, two.generated_gradient, atol=1e-6)


@pytest.mark.parametrize("needs", [frozenset(), frozenset({"real"}), frozenset({"real", "generated"})])
@pytest.mark.parametrize("concatenate", [True, False])
def test_generated_samples_may_have_conditions_of_their_own(concatenate, needs):
    discriminator = kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_tags=3, seed=0)
    real, generated = (tf.random.stateless_normal((2, 8, 8, 1), (0, seed)) for seed in (1, 2))
    right, wrong = tf.eye(2, 3), tf.reverse(tf.eye(2, 3), axis=[0])
    one = DiscriminatorPass(discriminator, real, generated, [right], needs, concatenate, generated_conditions=[wrong])
    np.testing.assert_allclose(one.real_logits, discriminator([real, right]), atol=1e-6)
    np.testing.assert_allclose(one.generated_logits, discriminator([generated, wrong]), atol=1e-6)
    assert not np.allclose(one.generated_logits, discriminator([generated, right]))
