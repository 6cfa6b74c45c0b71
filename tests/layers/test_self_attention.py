import keras
import numpy as np
import pytest

from kgan import layers
from wrapped_layers import largest_singular_value


def test_self_attention_by_hand_and_as_identity_at_the_start():
    x = np.random.RandomState(0).randn(2, 4, 6, 8).astype(np.float32)
    layer = layers.SelfAttention(seed=0)
    np.testing.assert_array_equal(layer(x), x)
    layer.gain.assign(0.7)
    q, k, v, o = (
        weight.numpy().astype(np.float64)
        for weight in (layer.query_kernel, layer.key_kernel, layer.value_kernel, layer.output_kernel)
    )
    flat = x.reshape(2, 24, 8).astype(np.float64)

    def pooled(y):
        return y.reshape(2, 2, 2, 3, 2, -1).max(axis=(2, 4)).reshape(2, 6, -1)

    scores = np.exp(flat @ q @ pooled(flat @ k).transpose(0, 2, 1))
    attended = scores / scores.sum(axis=-1, keepdims=True) @ pooled(flat @ v) @ o
    np.testing.assert_allclose(layer(x), x + 0.7 * attended.reshape(x.shape), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 4, 8), (1, None, 4, 8), (1, 4, 4, None)])
def test_self_attention_names_what_it_needs(shape):
    with pytest.raises(ValueError, match="Expected images .* of known height, width and channels for SelfAttention"):
        layers.SelfAttention()(keras.Input(shape[1:]))


def test_self_attention_pools_the_last_row_and_column_of_odd_sides_alone_and_takes_few_channels():
    x = np.random.RandomState(0).randn(2, 5, 3, 4).astype(np.float32)
    layer = layers.SelfAttention(seed=0)
    layer(x)
    layer.gain.assign(0.7)
    assert [tuple(weight.shape) for weight in layer.weights] == [(4, 1), (4, 1), (4, 2), (2, 4), ()]
    q, k, v, o = (weight.numpy().astype(np.float64) for weight in layer.weights[:4])
    flat = x.reshape(2, 15, 4).astype(np.float64)

    def pooled(y):
        y = y.reshape(2, 5, 3, -1)
        rows = [np.maximum(y[:, 0], y[:, 1]), np.maximum(y[:, 2], y[:, 3]), y[:, 4]]
        columns = [[np.maximum(row[:, 0], row[:, 1]), row[:, 2]] for row in rows]
        return np.stack([one for row in columns for one in row], axis=1)

    scores = np.exp(flat @ q @ pooled(flat @ k).transpose(0, 2, 1))
    attended = scores / scores.sum(axis=-1, keepdims=True) @ pooled(flat @ v) @ o
    np.testing.assert_allclose(layer(x), x + 0.7 * attended.reshape(x.shape), rtol=1e-4, atol=1e-5)


def test_self_attention_divides_each_kernel_by_its_largest_singular_value():
    x = np.random.RandomState(0).randn(2, 4, 4, 8).astype(np.float32)
    plain, normal = layers.SelfAttention(seed=0), layers.SelfAttention(seed=0, spectral_normalization=True)
    for layer in (plain, normal):
        layer(x)
        layer.gain.assign(1.0)
    assert [weight.name for weight in normal.non_trainable_weights] == ["query_u", "key_u", "value_u", "output_u"]
    np.testing.assert_array_equal(plain.query_kernel.numpy(), normal.query_kernel.numpy())
    for _ in range(100):
        outputs = normal(x, training=True)
    for name in ("query", "key", "value", "output"):
        kernel = getattr(plain, f"{name}_kernel")
        kernel.assign(kernel / largest_singular_value(kernel))
    np.testing.assert_allclose(outputs, plain(x), rtol=1e-4, atol=1e-5)
    state = normal.query_u.numpy()
    normal(x)  # at inference, nothing moves
    np.testing.assert_array_equal(normal.query_u.numpy(), state)
