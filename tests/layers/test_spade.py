"""SPADE and label maps against NumPy."""

import keras
import numpy as np
import pytest

from kgan import layers

RANDOM = np.random.RandomState(0)
X = RANDOM.normal(1.0, 2.0, (3, 2, 2, 4)).astype(np.float32)
LABELS = np.eye(5, dtype=np.float32)[RANDOM.randint(0, 5, (3, 6, 6))]  # (3, 6, 6, 5)


def convolved(x, layer):
    """A convolution 3x3 between zeros, one place at a time."""
    kernel, bias = (weight.numpy().astype(np.float64) for weight in (layer.kernel, layer.bias))
    padded = np.pad(np.float64(x), ((0, 0), (1, 1), (1, 1), (0, 0)))
    height, width = x.shape[1:3]
    return bias + sum(
        np.tensordot(padded[:, i : i + height, j : j + width], kernel[i, j], axes=1) for i in range(3) for j in range(3)
    )


def test_spade_scales_and_shifts_each_pixel_as_the_nearest_pixels_of_the_map_say():
    layer = layers.SPADE(hidden=7, seed=1)
    layer.build([X.shape, LABELS.shape])
    for part in (layer.shared, layer.gamma, layer.beta):
        part.bias.assign(RANDOM.normal(size=part.bias.shape))
    found = layer([X, LABELS], training=True).numpy()
    hidden = np.maximum(convolved(LABELS[:, ::3, ::3], layer.shared), 0.0)
    x = np.float64(X)
    normalised = (x - x.mean(axis=(0, 1, 2))) / np.sqrt(x.var(axis=(0, 1, 2)) + 1e-5)
    np.testing.assert_allclose(
        found, (1.0 + convolved(hidden, layer.gamma)) * normalised + convolved(hidden, layer.beta), atol=1e-4
    )


def test_spade_takes_the_moving_statistics_at_inference():
    layer = layers.SPADE(hidden=7, momentum=0.5, seed=1)
    layer([X, LABELS], training=True)
    mean, variance = X.mean(axis=(0, 1, 2)) / 2, 0.5 + X.var(axis=(0, 1, 2)) / 2  # from 0 and 1, half of the way
    normalised = (X - mean) / np.sqrt(variance + 1e-5)
    hidden = np.maximum(convolved(LABELS[:, ::3, ::3], layer.shared), 0.0)
    expected = (1.0 + convolved(hidden, layer.gamma)) * normalised + convolved(hidden, layer.beta)
    np.testing.assert_allclose(layer([X, LABELS], training=False).numpy(), expected, atol=1e-4)


def test_a_pixel_without_a_class_has_zeros_and_each_class_a_channel():
    values = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    found = layers.OneHotPixels(200)(np.float32(values) / 127.5 - 1.0).numpy()
    expected = np.zeros((256, 200))
    expected[np.arange(200), np.arange(200)] = 1.0
    np.testing.assert_array_equal(found.reshape(256, 200), expected)


def test_both_come_back_from_a_file(tmp_path):
    maps, x = keras.Input((6, 6, 1)), keras.Input((2, 2, 4))
    outputs = layers.SPADE(hidden=3, momentum=0.8, epsilon=1e-4, seed=2)([x, layers.OneHotPixels(5)(maps)])
    model = keras.Model([x, maps], outputs)
    given = [X, np.float32(RANDOM.randint(0, 5, (3, 6, 6, 1))) / 127.5 - 1.0]
    model(given, training=True)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(given), model(given))
    assert [one.get_config() for one in again.layers] == [one.get_config() for one in model.layers]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.OneHotPixels(0), "Expected num_classes >= 1"),
        (lambda: layers.OneHotPixels(257), "Expected num_classes of at most 256"),
        (lambda: layers.OneHotPixels(4)(np.zeros((1, 4, 4, 3), np.float32)), "Expected label maps"),
        (lambda: layers.SPADE(hidden=0), "Expected hidden >= 1"),
        (lambda: layers.SPADE()(X), r"Expected \[x, label_map\]"),
        (lambda: layers.SPADE()([X, LABELS[:, :5]]), "Received: 5 x 6 pixels for an x of 2 x 2"),
        (lambda: layers.SPADE()([X, LABELS[:, :4]]), "alike in height and width"),
        (
            lambda: layers.SPADE()([keras.Input((None, None, 4)), keras.Input((None, None, 5))]),
            "with known sides. Received: None x None",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
