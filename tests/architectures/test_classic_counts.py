"""Parameters and layers of MLP, WGAN-GP, SNGAN, SAGAN and BigGAN beside the published ones; first outputs."""

import keras
import numpy as np
import pytest
from families import trainable

from kgan import architectures, layers
from kgan.architectures import residual


@pytest.mark.parametrize(
    ("family", "classes", "generator", "discriminator"),
    [
        ("sngan", None, 4_276_739, 1_053_825),
        ("sngan", 10, 4_304_387, 1_055_105),
        ("sagan", 10, 4_386_308, 1_075_586),
        # 128 wide: a dense layer, three blocks, batch normalisation, a convolution; the critic is SNGAN's, unnormalised
        ("wgan_gp_resnet", None, 264_192 + 3 * 312_192 + 256 + 3_459, 1_053_825),
    ],
)
def test_residual_networks_of_32_pixels_have_the_published_number_of_parameters(
    family, classes, generator, discriminator
):
    for side, count in (("generator", generator), ("discriminator", discriminator)):
        assert trainable(getattr(architectures, f"{family}_{side}")((32, 32, 3), num_classes=classes)) == count


@pytest.fixture
def _without_drawing(monkeypatch):
    """Orthogonal matrices of such a size take minutes."""
    monkeypatch.setattr(keras.initializers.Orthogonal, "__call__", lambda self, shape, dtype=None: np.zeros(shape, "f"))


@pytest.mark.slow
@pytest.mark.usefixtures("_without_drawing")
def test_biggan_of_128_pixels_has_the_published_number_of_parameters_and_its_layers():
    generator = architectures.biggan_generator((128, 128, 3), num_classes=1000)
    discriminator = architectures.biggan_discriminator((128, 128, 3), num_classes=1000)
    assert trainable(generator) == 70_433_988
    assert trainable(discriminator) == 87_982_370
    assert generator.get_layer("attention").output.shape == (None, 64, 64, 192)
    assert discriminator.get_layer("attention").output.shape == (None, 64, 64, 96)
    assert generator.get_layer("condition_0").output.shape == (None, 20 + 128)
    assert generator.get_layer("latents_0").output.shape == (None, 20)


@pytest.mark.usefixtures("_without_drawing")
@pytest.mark.parametrize(
    ("size", "generator", "discriminator"),
    [
        (32, [4, 4, 4], [4, 4, 4, 4]),
        (64, [16, 8, 4, 2], [1, 2, 4, 8, 16]),
        pytest.param(256, [16, 8, 8, 4, 2, 1], [1, 2, 4, 8, 8, 16, 16], marks=pytest.mark.slow),
        pytest.param(512, [16, 8, 8, 4, 2, 1, 1], [1, 1, 2, 4, 8, 8, 16, 16], marks=pytest.mark.slow),
    ],
)
def test_biggan_s_blocks_are_as_wide_as_published(size, generator, discriminator):
    made = architectures.biggan_generator((size, size, 3), width=1)
    judge = architectures.biggan_discriminator((size, size, 3), width=1)
    assert [made.get_layer(f"block_{stage}").output.shape[-1] for stage in range(len(generator))] == generator
    assert [judge.get_layer(f"block_{stage}").output.shape[-1] for stage in range(len(discriminator))] == discriminator
    assert made.get_layer("attention").output.shape[1] == min(size // 2, 64)
    assert judge.get_layer("attention").output.shape[1] == min(size // 2, 64)
    assert judge.get_layer(f"block_{len(discriminator) - 1}").output.shape[1] == (8 if size == 32 else 4)


def test_the_first_gan_s_networks_for_digits_have_its_layers():
    generator = architectures.mlp_generator((28, 28, 1))
    discriminator = architectures.mlp_discriminator((28, 28, 1))
    assert trainable(generator) == 101 * 1200 + 1201 * 1200 + 1201 * 784
    assert trainable(discriminator) == 785 * 1200 + 241 * 1200 + 241
    rates = [layer.rate for layer in discriminator.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.2, 0.5, 0.5]
    kernel = generator.get_layer("hidden_1").kernel.numpy()
    assert np.abs(kernel).max() <= 0.05
    assert kernel.std() == pytest.approx(0.05 / 3**0.5, rel=0.01)


def test_a_maxout_unit_is_the_largest_of_its_pieces():
    discriminator = architectures.mlp_discriminator((5,), width=3, layers=1, pieces=4, seed=0)
    x = np.random.RandomState(0).randn(6, 5).astype(np.float32)
    kernel, bias = discriminator.get_layer("hidden_0").get_weights()
    pieces = (x @ kernel + bias).reshape(6, 4, 3)
    weight, offset = discriminator.get_layer("logits").get_weights()
    np.testing.assert_allclose(discriminator(x), pieces.max(axis=1) @ weight + offset, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": ()}, "Expected shape as that of a sample"),
        ({"shape": (8, 0)}, "Expected shape as that of a sample"),
        ({"shape": (2000, 2000, 1)}, "of 1 to 1,000,000 numbers"),
        ({"shape": (1000, 1000), "width": 10_000}, "Expected width for which 16 GiB of memory suffice"),
        ({"shape": (4,), "layers": 0}, "Expected layers >= 1"),
    ],
)
def test_dense_networks_that_are_none_are_refused(arguments, message):
    for build in (architectures.mlp_generator, architectures.mlp_discriminator):
        with pytest.raises(ValueError, match=message):
            build(**arguments)


def test_rates_of_dropout_and_pieces_out_of_range_are_refused():
    for name, value in (("dropout", 1.0), ("input_dropout", -0.1), ("pieces", 0)):
        with pytest.raises(ValueError, match=f"Expected {name} .*Received: {name}={value}"):
            architectures.mlp_discriminator((4,), **{name: value})


@pytest.mark.parametrize("size", [32, 48, 64, 128])
def test_attention_stands_at_32_positions_and_below_the_image(size):
    """After the second of three blocks at 32 pixels, and before the last two at 128, as published."""
    generator = architectures.sagan_generator((size, 2 * size, 3), width=8)
    discriminator = architectures.sagan_discriminator((size, 2 * size, 3), width=8)
    side = {32: 16, 48: 24, 64: 32, 128: 32}[size]
    assert generator.get_layer("attention").output.shape[1:3] == (side, 2 * side)
    assert discriminator.get_layer("attention").output.shape[1:3] == (side, 2 * side)


@pytest.mark.parametrize(
    ("family", "generator", "discriminator"),
    [("sngan", 0, 11), ("sagan", 15, 15), ("wgan_gp_resnet", 0, 0)],
)
def test_the_sides_that_are_published_so_are_spectrally_normalised(family, generator, discriminator):
    """SAGAN's: a dense layer, three blocks of three convolutions, the last one, and attention with four more."""
    counts = []
    for side in ("generator", "discriminator"):
        model = getattr(architectures, f"{family}_{side}")((32, 32, 3), width=8)
        found = [layer for layer in model.layers if isinstance(layer, layers.SpectralNormalization)]
        attention = [layer for layer in model.layers if isinstance(layer, layers.SelfAttention)]
        assert all(layer.spectral_normalization for layer in attention)
        counts.append(len(found) + sum(4 if one.spectral_normalization else 0 for one in attention))
        kernels = [weight for weight in model.trainable_weights if weight.name == "kernel"]
        assert len(found) in (0, len(kernels))
    assert counts == [generator, discriminator]


@pytest.mark.parametrize("size", [8, 28, 32, 50, 64])
def test_blocks_beyond_32_pixels_are_half_as_wide_each(size):
    doublings = {8: 1, 28: 2, 32: 3, 50: 3, 64: 4}[size]
    assert residual.narrowed(16, 6) == [16, 16, 16, 8, 4, 2]
    generator = architectures.sngan_generator((size, size, 1), width=16)
    filters = [generator.get_layer(f"block_{stage}").output.shape[-1] for stage in range(doublings)]
    assert filters == residual.narrowed(16, doublings)
    discriminator = architectures.sngan_discriminator((size, size, 1), width=16)
    assert 4 <= discriminator.get_layer("last_block_b").output.shape[1] <= 8


def test_a_shortcut_at_the_smaller_size_is_the_one_at_the_larger():
    """A 1x1 convolution and nearest-neighbour doubling, or average pooling of even sides, change places."""
    x = np.random.RandomState(0).randn(2, 6, 4, 3).astype(np.float32)
    convolution, double, halve = (
        keras.layers.Conv2D(5, 1),
        keras.layers.UpSampling2D(),
        keras.layers.AveragePooling2D(2),
    )
    np.testing.assert_allclose(double(convolution(x)), convolution(double(x)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(halve(convolution(x)), convolution(halve(x)), rtol=1e-5, atol=1e-6)


def test_without_latents_in_its_blocks_biggan_leaves_them_to_labels_alone():
    generator = architectures.biggan_generator((8, 8, 1), 4, width=2, num_classes=2, hierarchical=False, attention=None)
    assert "attention" not in [layer.name for layer in generator.layers]
    assert generator.get_layer("dense").layer.kernel.shape == (4, 4 * 4 * 8)
    assert generator.get_layer("block_0_norm_0_scale").layer.kernel.shape == (128, 8)
    plain = architectures.biggan_generator((8, 8, 1), 4, width=2, hierarchical=False)
    assert type(plain.get_layer("block_0_norm_0")) is layers.BatchNormalization


def test_parts_of_z_that_do_not_divide_differ_by_one_and_miss_nothing():
    generator = architectures.biggan_generator((32, 32, 3), 14, width=2)
    assert [generator.get_layer(f"latents_{part}").output.shape[1] for part in range(4)] == [4, 3, 4, 3]
    parts = keras.Model(generator.inputs, [generator.get_layer(f"latents_{part}").output for part in range(4)])
    z = np.random.RandomState(0).randn(2, 14).astype(np.float32)
    np.testing.assert_array_equal(np.concatenate(parts([z]), axis=1), z)


def test_fewer_latents_than_parts_and_other_slips_are_refused_by_biggan():
    with pytest.raises(ValueError, match="Expected latent_dim >= 4, a number for the first grid and one for each of 3"):
        architectures.biggan_generator((32, 32, 3), 3, width=2)
    for name in ("embedding_dim", "attention"):
        with pytest.raises(ValueError, match=f"Expected {name} >= 1. Received: {name}=0"):
            architectures.biggan_generator((32, 32, 3), width=2, **{name: 0})
    with pytest.raises(ValueError, match="Expected width for which 16 GiB"):
        architectures.biggan_discriminator((32, 32, 3), width=1_000)


# The middle of the first image, the mean of all, and the discriminator's logits; Keras 3.15.1, TensorFlow 2.21.0.
FIRST = {
    "mlp": ([-0.000025, 0.000138, -0.000066], 0.000210, [-1.8623e-08, 3.5438e-07]),
    "wgan_gp_resnet": ([0.444419, -0.13992, -0.03373], 0.274573, [0.003254, 1.849342]),
    "sngan": ([0.444419, -0.13992, -0.03373], 0.274573, [-0.167056, 28.689552]),
    "sagan": ([-0.485429, -0.854215, 0.682364], 0.502461, [-1.835416, 8.503429]),
    "biggan": ([0.134079, 0.848451, -0.376144], 0.325912, [5.276986, -7.956904]),
}


@pytest.mark.parametrize("family", FIRST)
def test_fixed_seeds_make_these_numbers(family):
    """WGAN-GP and SNGAN draw alike where a block is as wide as its input: He's and Glorot's, with sqrt(2), agree."""
    pixel, mean, logits = FIRST[family]
    generator = getattr(architectures, f"{family}_generator")((12, 8, 3), latent_dim=12, width=4, num_classes=2, seed=0)
    discriminator = getattr(architectures, f"{family}_discriminator")((12, 8, 3), width=4, seed=1)
    z = np.linspace(-2, 2, 24, dtype=np.float32).reshape(2, 12)
    images = generator([z, np.int32([0, 1])]).numpy()
    np.testing.assert_allclose(images[0, 5, 3], pixel, rtol=1e-3, atol=2e-6)
    assert np.abs(images).mean() == pytest.approx(mean, rel=3e-3)
    seen = np.linspace(-1, 1, 2 * 12 * 8 * 3, dtype=np.float32).reshape(2, 12, 8, 3)
    np.testing.assert_allclose(discriminator(seen)[:, 0], logits, atol=1e-3 * np.abs(logits).max())
