"""pix2pix's U-Net: its published numbers, what leads where in it, and that it exports."""

import keras
import numpy as np
import pytest

from kgan.architectures import unet_generator

RANDOM = np.random.RandomState(0)


def count(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def norms(model):
    return [layer.name for layer in model.layers if "norm" in layer.name]


def test_u_net_256_with_batch_norm_has_the_published_number_of_parameters():
    """Convolutions without bias but for the last, batch normalisation with scale and shift."""
    model = unet_generator((256, 256, 3))
    assert count(model) == 54_413_955
    biases = [layer.name for layer in model.layers if getattr(layer, "use_bias", False)]
    assert biases == ["outputs"]
    assert model.get_layer("downsample_7").output.shape == (None, 1, 1, 512)


def test_u_net_256_has_the_paper_s_layers():
    model = unet_generator((256, 256, 3))
    down = [model.get_layer(f"downsample_{level}").filters for level in range(8)]
    up = [model.get_layer(f"skip_{level}").output.shape[-1] for level in reversed(range(1, 8))]
    assert down == [64, 128, 256, 512, 512, 512, 512, 512]
    assert up == [1024, 1024, 1024, 1024, 512, 256, 128]
    dropouts = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert [layer.output.shape[1] for layer in dropouts] == [2, 4, 8]
    assert {layer.rate for layer in dropouts} == {0.5}
    # neither the first, nor the innermost, whose grid is one position, nor the last
    assert norms(model) == [
        *(f"downsample_norm_{level}" for level in range(1, 7)),
        *(f"upsample_norm_{level}" for level in reversed(range(1, 8))),
    ]


@pytest.mark.parametrize(
    ("normalization", "biases"),
    [
        ("instance", ["downsample_0", "downsample_3", "outputs"]),
        (None, [*(f"downsample_{i}" for i in range(4)), "upsample_3", "upsample_2", "upsample_1", "outputs"]),
    ],
)
def test_convolutions_have_a_bias_where_no_normalisation_follows(normalization, biases):
    model = unet_generator((16, 16, 1), width=2, normalization=normalization)
    assert [layer.name for layer in model.layers if getattr(layer, "use_bias", False)] == biases


@pytest.mark.parametrize(
    ("shape", "depth"),
    [((256, 256), 8), ((512, 512), 8), ((64, 64), 6), ((64, 128), 6), ((96, 96), 5), ((28, 28), 2), ((48, 64), 4)],
)
def test_the_depth_is_as_often_as_both_sides_halve_and_at_most_8(shape, depth):
    model = unet_generator((*shape, 1), width=1)
    assert sum(layer.name.startswith("skip_") for layer in model.layers) == depth - 1
    assert model.get_layer(f"downsample_{depth - 1}").output.shape[1:3] == tuple(side // 2**depth for side in shape)


@pytest.mark.parametrize("normalization", ["batch", "instance", None])
@pytest.mark.parametrize("upsampling", ["transposed", "nearest"])
def test_every_size_of_grid_carries_detail_to_the_output(normalization, upsampling, randomised):
    """With one skip after another put to zeros, the output is another: none is left unread."""
    model = randomised(
        unet_generator((16, 32, 3), 2, width=4, normalization=normalization, upsampling=upsampling, dropout=0.0)
    )
    x = RANDOM.uniform(-1, 1, (2, 16, 32, 3)).astype(np.float32)
    whole = model(x).numpy()
    assert whole.shape == (2, 16, 32, 2)
    assert np.abs(whole).max() <= 1.0
    for level in (1, 2, 3):
        up, skip = model.get_layer(f"skip_{level}").input
        cut = keras.Model(model.input, [up, skip])
        assert np.abs(cut(x)[1]).max() > 0
        kept = model.get_weights()
        reader = model.get_layer("outputs" if level == 1 else f"upsample_{level - 1}")
        kernel = reader.kernel.numpy()
        axis = 3 if upsampling == "transposed" else 2  # of the kernel's inputs
        index = [slice(None)] * 4
        index[axis] = slice(up.shape[-1], None)
        kernel[tuple(index)] = 0.0
        reader.kernel.assign(kernel)
        assert np.abs(model(x).numpy() - whole).max() > 1e-4
        model.set_weights(kept)


def test_dropout_is_its_noise_when_training_and_is_off_otherwise():
    model = unet_generator((8, 8, 1), width=4, normalization="instance", seed=3)
    x = RANDOM.uniform(-1, 1, (2, 8, 8, 1)).astype(np.float32)
    np.testing.assert_array_equal(model(x, training=False), model(x, training=False))
    first = model(x, training=True).numpy()
    assert np.abs(first - model(x, training=True).numpy()).max() > 0
    twin = unet_generator((8, 8, 1), width=4, normalization="instance", seed=3)
    np.testing.assert_array_equal(twin(x, training=True), first)
    assert not [layer for layer in unet_generator((8, 8, 1), dropout=0.0).layers if "dropout" in layer.name]


def test_weights_are_drawn_from_n_0_002_and_repeat_with_the_seed():
    one, two, other = (unet_generator((16, 16, 3), width=32, seed=seed) for seed in (1, 1, 2))
    kernel = one.get_layer("downsample_2").get_weights()[0]
    assert kernel.std() == pytest.approx(0.02, rel=0.02)
    for first, second in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.allclose(kernel, other.get_layer("downsample_2").get_weights()[0])


def test_free_sides_take_any_multiple_of_two_to_the_depth():
    model = unet_generator((None, None, 3), 1, width=2, depth=3)
    assert model.output_shape == (None, None, None, 1)
    for height, width in ((8, 8), (24, 16), (40, 8)):
        assert model(np.zeros((1, height, width, 3), np.float32)).shape == (1, height, width, 1)
    fixed = unet_generator((24, 16, 3), 1, width=2, depth=3)
    fixed.set_weights(model.get_weights())
    x = RANDOM.uniform(-1, 1, (2, 24, 16, 3)).astype(np.float32)
    np.testing.assert_allclose(model(x), fixed(x), atol=1e-6)


def test_the_activation_may_be_left_out(randomised):
    model = randomised(unet_generator((8, 8, 1), width=8, activation=None))
    assert np.abs(model(RANDOM.randn(4, 8, 8, 1).astype(np.float32))).max() > 1.0


@pytest.mark.slow
@pytest.mark.parametrize("normalization", ["batch", "instance", None])
@pytest.mark.parametrize("upsampling", ["transposed", "nearest"])
@pytest.mark.parametrize("shape", [(16, 32, 3), (None, None, 3)])
def test_it_exports_to_onnx(normalization, upsampling, shape, randomised, assert_exports):
    model = unet_generator(shape, 2, width=4, depth=3, normalization=normalization, upsampling=upsampling, seed=0)
    assert_exports(randomised(model), (16, 40))


def test_it_is_saved_and_loaded(tmp_path, randomised):
    model = randomised(unet_generator((8, 8, 2), 1, width=4, normalization="instance", seed=0))
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    x = RANDOM.uniform(-1, 1, (2, 8, 8, 2)).astype(np.float32)
    np.testing.assert_array_equal(copy(x), model(x))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_shape": (100, 100, 3), "depth": 3}, r"multiples of 8, 2 \*\* depth. Received: input_shape=\(100, 100"),
        ({"input_shape": (27, 28, 1)}, r"Expected sides that can be halved. Received: input_shape=\(27, 28, 1\)"),
        ({"input_shape": (None, 64, 1)}, "Expected depth, because a side of the images is free"),
        ({"input_shape": (64, 64)}, r"Expected input_shape as \(height, width, channels\)"),
        ({"depth": 0}, "Expected depth >= 1. Received: depth=0"),
        ({"width": 0}, "Expected width >= 1. Received: width=0"),
        ({"output_channels": 0}, "Expected output_channels >= 1"),
        ({"dropout": 1.0}, r"Expected dropout in \[0, 1\). Received: dropout=1.0"),
        ({"normalization": "instanse"}, "'batch', 'instance' or None.*Did you mean 'instance'"),
        ({"upsampling": "bilinear"}, "Expected upsampling as 'transposed' or 'nearest'"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        unet_generator(**{"input_shape": (16, 16, 1), **arguments})
