import keras
import numpy as np
import pytest
from keras import layers as keras_layers

import kgan
from kgan import layers


@pytest.mark.parametrize("wrapper", [layers.SpectralNormalization, layers.Equalized])
def test_weights_of_a_wrapped_layer_are_named_alike_however_it_was_made(wrapper):
    inputs = keras.Input((4,))
    x = wrapper(keras_layers.Dense(3, name="a"), name="b")(inputs)
    model = keras.Model(inputs, wrapper(keras_layers.Dense(2, name="a"), name="c")(x))
    again = keras.Model.from_config(model.get_config())
    assert {"b/a/kernel", "c/a/kernel"} < {weight.path for weight in model.weights}
    assert [weight.path for weight in again.weights] == [weight.path for weight in model.weights]


@pytest.mark.parametrize("wrapper", [layers.SpectralNormalization, layers.Equalized])
def test_a_layer_without_a_kernel_is_refused(wrapper):
    with pytest.raises(ValueError, match=f"Expected a layer with a kernel.*for {wrapper.__name__}"):
        wrapper(keras_layers.ReLU())(np.zeros((1, 2), np.float32))


@pytest.mark.parametrize(
    "layer",
    [
        layers.SpectralNormalization(keras_layers.Conv2D(3, 3)),
        layers.Equalized(keras_layers.Conv2D(3, 3), gain=1.0, seed=1),
        layers.Equalized(keras_layers.Conv2D(3, 3), seed=1, multiplier=0.1, scales_bias=True),
        layers.PixelNorm(),
        layers.MinibatchStandardDeviation(2),
        layers.SelfAttention(seed=1),
        layers.SelfAttention(seed=1, spectral_normalization=True),
        layers.Upsample2D(),
        layers.Downsample2D(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_make_the_round_trip_through_a_saved_model(layer, tmp_path):
    model = keras.Sequential([keras.Input((6, 6, 8)), layer])
    x = np.random.RandomState(0).randn(4, 6, 6, 8).astype(np.float32)
    model(x, training=True)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(x), model(x))


def test_generators_of_shipped_layers_are_exported(tmp_path):
    generator = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Equalized(keras_layers.Dense(4 * 4 * 8)),
            keras_layers.Reshape((4, 4, 8)),
            layers.PixelNorm(),
            layers.SelfAttention(),
            layers.Upsample2D(),
            layers.SpectralNormalization(keras_layers.Conv2D(1, 3, padding="same")),
            layers.Downsample2D(),
            layers.Upsample2D(),
        ]
    )
    gan = kgan.GAN(generator, kgan.architectures.dcgan_discriminator((8, 8, 1), 4), seed=0)
    kgan.export.save(gan, tmp_path / "bundle")
