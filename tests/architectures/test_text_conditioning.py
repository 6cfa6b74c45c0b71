"""Networks behind an encoder of texts."""

import keras
import numpy as np
import pytest

import kgan
from kgan.architectures import dcgan_discriminator, dcgan_generator, sngan_generator, text_conditioned


def test_the_encoder_is_a_norm_of_the_sum_of_word_vectors_and_two_layers():
    network = text_conditioned(dcgan_generator((8, 8, 1), 4, 4, num_tags=3, seed=0), 5, seed=1)
    vectors, hidden, last = (network.get_layer(name) for name in ("word_vectors", "text_hidden", "text"))
    texts = np.array([[1, 0, 1, 0, 0]], np.float32)
    summed = vectors.kernel.numpy()[[0, 2]].sum(axis=0, keepdims=True)
    normal = (summed - summed.mean()) / np.sqrt(summed.var() + 1e-3)  # Keras's epsilon
    x = normal @ hidden.kernel.numpy() + hidden.bias.numpy()
    encoded = np.where(x > 0, x, 0.2 * x) @ last.kernel.numpy() + last.bias.numpy()
    z = np.ones((1, 4), np.float32)
    inner = network.layers[-1]
    np.testing.assert_allclose(network([z, texts]), inner([z, encoded]), atol=1e-5)


def test_texts_of_different_lengths_reach_the_network_alike_strong():
    network = text_conditioned(dcgan_discriminator((8, 8, 1), 4, num_tags=16, seed=0), 40, seed=1)
    encoder = keras.Model(network.inputs[1], network.get_layer("text_norm").output)
    rows = np.tril(np.ones((40, 40), np.float32))[[0, 9, 39]]
    np.testing.assert_allclose(np.std(encoder(rows), axis=1), 1.0, atol=1e-2)


def test_any_family_that_takes_tags_can_be_wrapped_and_saved(tmp_path):
    network = text_conditioned(sngan_generator((32, 32, 3), 4, 4, num_tags=6, seed=0), 9, seed=0)
    network.save(tmp_path / "network.keras")
    inputs = [np.ones((2, 4), np.float32), np.eye(9, dtype=np.float32)[:2]]
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "network.keras")(inputs), network(inputs))


@pytest.mark.parametrize(
    ("network", "text_dim", "message"),
    [
        (dcgan_generator((8, 8, 1), 4, 4), 5, "two inputs, the second of tags"),
        (dcgan_generator((8, 8, 1), 4, 4, num_classes=3), 5, "two inputs, the second of tags"),
        (dcgan_generator((8, 8, 1), 4, 4, num_tags=3), 1, "text_dim >= 2"),
    ],
)
def test_networks_that_cannot_read_are_refused(network, text_dim, message):
    with pytest.raises(ValueError, match=message):
        kgan.architectures.text_conditioned(network, text_dim)
