"""FastGAN: its layers, what excites what, what is drawn again, sizes, files, and that it trains."""

import itertools

import families
import keras
import numpy as np
import pytest

import kgan
from kgan import layers
from kgan.architectures import fastgan_discriminator, fastgan_generator

FASTGAN = {"loss": "hinge", "objectives": ["reconstruction"]}


def of(model, name, inputs):
    """The output of one of the model's layers."""
    return np.asarray(keras.Model(model.inputs[0], model.get_layer(name).output)(inputs))


@pytest.mark.slow
def test_the_paper_s_1024_pixels_have_one_convolution_a_size_and_three_channels_from_512_on():
    generator = fastgan_generator((1024, 1024, 3))
    stages = [generator.get_layer(f"upsample_{stage}_gate").output.shape[1:] for stage in range(1, 9)]
    assert stages == [(8, 8, 512), (16, 16, 256), (32, 32, 128), (64, 64, 128), (128, 128, 64), (256, 256, 32),
                      (512, 512, 3), (1024, 1024, 3)]  # fmt: skip
    excited = [layer.name for layer in generator.layers if isinstance(layer, keras.layers.Multiply)]
    assert excited == ["excited_5", "excited_6", "excited_7"]  # 8 -> 128, 16 -> 256, 32 -> 512
    assert [generator.get_layer(f"excitation_{n}_squeeze").kernel.shape for n in (5, 6, 7)] == [
        (4, 4, 512, 64), (4, 4, 256, 32), (4, 4, 128, 3)
    ]  # fmt: skip


def test_a_generator_s_parameters_are_those_of_its_layers():
    """64 x 64 by hand: dense, one convolution to twice the channels and a normalisation a size, an excitation."""
    filters = [64, 32, 16, 8, 8]  # 16, 8, 4, 2 and 2 times the width of 4
    count = 10 * 16 * 2 * filters[0] + 2 * 2 * filters[0]
    for before, after in itertools.pairwise(filters):
        count += 9 * before * 2 * after + 2 * 2 * after
    count += 16 * filters[1] * filters[4] + filters[4] ** 2  # features of 8 pixels excite those of 64
    count += (9 * filters[4] + 1) * 3
    assert families.trainable(fastgan_generator((64, 64, 3), 10, 4)) == count


def test_small_features_weigh_the_channels_of_the_large_ones(randomised):
    generator = randomised(fastgan_generator((32, 48, 3), 5, 4, seed=0))
    z = families.example(generator)[0]
    low = of(generator, "upsample_1_gate", z)  # (b, 8, 12, c)
    pooled = low.reshape(3, 4, 2, 6, 2, -1).mean(axis=(2, 4))
    squeezed = np.einsum("bhwc,hwcf->bf", pooled, generator.get_layer("excitation_3_squeeze").kernel)
    squeezed = np.where(squeezed > 0, squeezed, 0.1 * squeezed)
    gate = 1.0 / (1.0 + np.exp(-squeezed @ generator.get_layer("excitation_3_weights").kernel[0, 0]))
    expected = of(generator, "upsample_3_gate", z) * gate[:, None, None]
    np.testing.assert_allclose(of(generator, "excited_3", z), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(16, 16, 1), (28, 31, 4), (96, 64, 16)])
def test_sizes_that_are_neither_square_nor_even_are_made_judged_and_exported(shape, randomised):
    generator, discriminator = randomised(fastgan_generator(shape, 5, 4, seed=0)), fastgan_discriminator(shape, 4)
    families.assert_exported(generator)
    images = families.called(generator, families.example(generator))
    assert images.shape == (3, *shape)
    assert np.abs(images).max() <= 1.0
    outputs = discriminator(images)
    assert outputs["reconstruction"].shape == (3, 1)
    assert min(outputs["logits"].shape[1:3]) >= 5


def test_what_is_missed_of_the_whole_and_of_a_corner_is_added_up(randomised):
    discriminator = randomised(fastgan_discriminator((32, 32, 3), 2, seed=0))
    images = families.colour_images(5).astype(np.float32) / 127.5 - 1.0
    whole, part = (of(discriminator, f"{name}_decoded", images) for name in ("whole", "part"))
    assert whole.shape == (5, 32, 32, 3)
    assert part.shape == (5, 16, 16, 3)
    corners = [
        images[number, y : y + 16, x : x + 16]
        for number, (y, x) in enumerate([(0, 0), (0, 16), (16, 0), (16, 16), (0, 0)])
    ]
    missed = [np.abs(images[n] - whole[n]).mean() + np.abs(corners[n] - part[n]).mean() for n in range(5)]
    np.testing.assert_allclose(discriminator(images)["reconstruction"][:, 0], missed, rtol=1e-4)


def test_large_images_are_drawn_again_at_128_pixels():
    discriminator = fastgan_discriminator((256, 256, 3), 1)
    assert discriminator.get_layer("whole_decoded").output.shape[1:] == (128, 128, 3)
    assert discriminator.get_layer("part_decoded").output.shape[1:] == (128, 128, 3)
    assert discriminator.get_layer("part_target").output.shape[1:] == (128, 128, 3)  # of 256 pixels
    assert discriminator.output["logits"].shape == (None, 5, 5, 1)


def test_they_make_the_round_trip_through_files(tmp_path, randomised):
    for model in (fastgan_generator((20, 16, 3), 4, 2), fastgan_discriminator((20, 16, 3), 2)):
        inputs = families.example(randomised(model))[0]
        loaded = families.saved_and_loaded(model, tmp_path)
        for one, other in zip(*(keras.tree.flatten(each(inputs)) for each in (loaded, model)), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_fixed_seed_makes_the_same_picture(randomised):
    """From this program, TensorFlow 2.21, seed 3."""
    generator = randomised(fastgan_generator((16, 16, 3), 4, 4, seed=3))
    image = generator(np.float32([[1.0, -0.5, 0.25, 2.0]])).numpy()[0]
    np.testing.assert_allclose(image[::5, 7, 0], [-0.5035138, -0.550377, -0.5617086, -0.2134138], rtol=1e-4)


@pytest.mark.parametrize("build", [fastgan_generator, fastgan_discriminator])
def test_what_cannot_be_made_is_refused_with_the_nearest_two_that_can(build):
    with pytest.raises(ValueError, match=r"Received: shape=\(15, 40, 3\)\. .*\(16, 40, 3\) and \(17, 40, 3\)"):
        build((15, 40, 3))
    with pytest.raises(ValueError, match="Expected width >= 1"):
        build((16, 16, 3), width=0)


def test_the_discriminator_alone_learns_to_draw_reals_again():
    generator, discriminator = (
        fastgan_generator((16, 16, 3), 4, 2, seed=0),
        fastgan_discriminator((16, 16, 3), 2, seed=1),
    )
    decoders = [w for w in discriminator.trainable_weights if "decoded" in w.path]
    before = [weight.numpy() for weight in decoders]
    _, logs = families.trained(generator, discriminator, 2, batch=4, jit_compile=False, **FASTGAN)
    assert logs[-1]["discriminator_reconstruction_loss"] > 0.0
    assert "generator_reconstruction_loss" not in logs[-1]
    assert all(np.any(weight.numpy() != old) for weight, old in zip(decoders, before, strict=True))


def test_a_discriminator_without_decoders_is_refused():
    discriminator = kgan.architectures.dcgan_discriminator((16, 16, 3), 4)
    gan = kgan.GAN(fastgan_generator((16, 16, 3), 4, 2), discriminator)
    with pytest.raises(ValueError, match="reconstruction"):
        gan.compile(**FASTGAN)


def test_a_gated_linear_unit_and_a_quadrant_by_hand():
    x = np.random.RandomState(0).randn(5, 3, 4, 4).astype(np.float32)
    expected = x[..., :2] / (1.0 + np.exp(-x[..., 2:]))
    np.testing.assert_allclose(layers.GatedLinearUnit()(x), expected, rtol=1e-5)
    corners = layers.Quadrant((2, 3))(x)
    for number, (y, left) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1), (0, 0)]):
        np.testing.assert_array_equal(corners[number], x[number, y : y + 2, left : left + 3])
    with pytest.raises(ValueError, match="Expected an even number of channels"):
        layers.GatedLinearUnit()(x[..., :3])
    with pytest.raises(ValueError, match=r"Expected images of at least \(4, 4\)"):
        layers.Quadrant((4, 4))(x)
    with pytest.raises(ValueError, match="Expected two images of the same shape"):
        layers.ReconstructionError()([x, x[:, 1:]])


@pytest.mark.slow
def test_200_steps_on_real_pictures_stay_finite_and_draw_reals_better():
    generator, discriminator = (
        fastgan_generator((32, 32, 3), 16, 4, seed=0),
        fastgan_discriminator((32, 32, 3), 4, seed=1),
    )
    _, logs = families.trained(generator, discriminator, 200, jit_compile=False, **FASTGAN)
    assert all(np.isfinite(list(one.values())).all() for one in logs)
    missed = [one["discriminator_reconstruction_loss"] for one in logs]
    assert np.mean(missed[-20:]) < 0.8 * missed[0]


@pytest.mark.slow
def test_a_step_with_xla_is_a_step_without():
    logs = []
    for jit in (False, True):
        networks = fastgan_generator((16, 16, 3), 4, 2, seed=0), fastgan_discriminator((16, 16, 3), 2, seed=1)
        logs.append(families.trained(*networks, 2, batch=4, jit_compile=jit, **FASTGAN)[1])
    for one, other in zip(*logs, strict=True):
        assert one == pytest.approx(other, rel=5e-3, abs=1e-3)
