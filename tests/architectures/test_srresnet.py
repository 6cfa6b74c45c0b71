"""The SRResNet of the anime characters: its numbers and layers, sizes, labels, files, and that it trains."""

import families
import keras
import numpy as np
import pytest

import kgan
from kgan.architectures import srresnet_discriminator, srresnet_generator

ANIME = {"loss": "non_saturating", "penalties": ["dragan"], "objectives": ["auxiliary_classifier"]}


def test_the_published_generator_has_its_number_of_parameters_and_layers():
    """About 4.316 million, by the paper's figure: with biases in every convolution, and batch normalisation over the
    64 channels behind a pixel shuffle."""
    generator = srresnet_generator((128, 128, 3), num_tags=34)
    dense = (128 + 34 + 1) * 16 * 16 * 64
    block = 2 * ((9 * 64 + 1) * 64 + 2 * 64)
    doubling = (9 * 64 + 1) * 256 + 2 * 64
    assert families.trainable(generator) == dense + 16 * block + 2 * 2 * 64 + 3 * doubling + (81 * 64 + 1) * 3
    assert families.trainable(generator) == 4_315_715
    grids = [
        generator.get_layer(name).output.shape[1:] for name in ("grid", "upsample_0_shuffle", "upsample_2_shuffle")
    ]
    assert grids == [(16, 16, 64), (32, 32, 64), (128, 128, 64)]
    assert generator.get_layer("images").kernel_size == (9, 9)


def test_the_published_discriminator_doubles_its_filters_six_times_down_to_2_positions_without_normalisation():
    discriminator = srresnet_discriminator((128, 128, 3), num_tags=34)
    halvings = [layer for layer in discriminator.layers if getattr(layer, "strides", None) == (2, 2)]
    assert [layer.output.shape[1:] for layer in halvings] == [
        (64, 64, 32), (32, 32, 64), (16, 16, 128), (8, 8, 256), (4, 4, 512), (2, 2, 1024)
    ]  # fmt: skip
    assert len([layer for layer in discriminator.layers if isinstance(layer, keras.layers.Add)]) == 10
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in discriminator.layers)
    blocks = sum(4 * (9 * filters + 1) * filters for filters in (32, 64, 128, 256, 512))
    strided = sum((16 * before + 1) * 2 * before for before in (32, 64, 128, 256, 512))
    heads = (4 * 1024 + 1) * (1 + 34)
    assert families.trainable(discriminator) == (16 * 3 + 1) * 32 + blocks + strided + heads


def test_a_block_adds_and_one_skip_goes_round_all_of_them(randomised):
    generator = randomised(srresnet_generator((16, 24, 1), 4, 4, blocks=2, seed=0))
    z = families.example(generator)[0]
    of = lambda name: keras.Model(generator.inputs[0], generator.get_layer(name).output)(z).numpy()  # noqa: E731
    np.testing.assert_allclose(of("block_0"), of("grid_relu") + of("block_0_second_norm"), rtol=1e-5)
    np.testing.assert_allclose(of("block_1"), of("block_0") + of("block_1_second_norm"), rtol=1e-5)
    np.testing.assert_allclose(of("long_skip"), of("grid_relu") + of("blocks_relu"), rtol=1e-5)


@pytest.mark.parametrize("shape", [(16, 16, 1), (28, 31, 4), (96, 64, 16)])
def test_sizes_that_are_neither_square_nor_even_are_made_judged_and_exported(shape, randomised):
    generator = randomised(srresnet_generator(shape, 5, 4, blocks=1, seed=0))
    families.assert_exported(generator)
    images = families.called(generator, families.example(generator))
    assert images.shape == (3, *shape)
    assert np.abs(images).max() <= 1.0
    logits = families.called(randomised(srresnet_discriminator(shape, 4, seed=1)), [images])
    assert logits.shape == (3, 1)
    assert len(set(logits.ravel().tolist())) == 3  # each picture has a logit of its own


@pytest.mark.parametrize("labels", [{"num_classes": 3}, {"num_tags": 3}], ids=str)
def test_labels_change_what_is_made_and_are_told(labels, randomised):
    generator = randomised(srresnet_generator((16, 16, 3), 4, 4, blocks=1, seed=0, **labels))
    z = np.repeat(np.random.RandomState(0).randn(1, 4), 2, axis=0).astype(np.float32)
    y = np.int32([0, 2]) if "num_classes" in labels else np.float32([[1, 0, 0], [0, 0, 1]])
    images = generator([z, y]).numpy()
    assert not np.allclose(images[0], images[1])
    outputs = srresnet_discriminator((16, 16, 3), 4, seed=1, **labels)(images)
    assert {name: tuple(one.shape) for name, one in outputs.items()} == {"logits": (2, 1), "classes": (2, 3)}
    families.assert_exported(generator)


def test_a_fresh_generator_s_pictures_show_no_pattern_of_sub_pixels():
    """The first upsampled pixels of a block are the same; those of the picture differ little by their phase."""
    generator = srresnet_generator((64, 64, 3), 16, 8, blocks=2, seed=0)
    z = np.random.RandomState(0).randn(8, 16).astype(np.float32)
    for stage in range(3):
        shuffled = keras.Model(generator.inputs[0], generator.get_layer(f"upsample_{stage}_shuffle").output)(z).numpy()
        np.testing.assert_allclose(shuffled[:, ::2, ::2], shuffled[:, 1::2, 1::2], atol=1e-5)
        np.testing.assert_allclose(shuffled[:, ::2, ::2], shuffled[:, ::2, 1::2], atol=1e-5)
    images = generator(z).numpy()[:, 8:-8, 8:-8]
    phases = [images[:, i::8, j::8].mean(axis=(0, 1, 2)) for i in range(8) for j in range(8)]
    assert np.var(phases, axis=0).max() < 0.02 * images.var()


def test_tags_come_in_as_minus_1_and_1():
    generator = srresnet_generator((16, 16, 3), 4, 4, blocks=1, num_tags=3)
    joined = keras.Model(generator.inputs, generator.get_layer("condition").output)
    z = np.float32([[0.5, 1, 2, 3]])
    np.testing.assert_array_equal(joined([z, np.float32([[1, 0, 1]])]), [[0.5, 1, 2, 3, 1, -1, 1]])


def test_they_make_the_round_trip_through_files(tmp_path, randomised):
    for model in (
        srresnet_generator((20, 16, 3), 4, 4, blocks=1, num_classes=3),
        srresnet_discriminator((20, 16, 3), 4),
    ):
        inputs = families.example(randomised(model))
        loaded = families.saved_and_loaded(model, tmp_path)
        np.testing.assert_array_equal(families.called(loaded, inputs), families.called(model, inputs))


def test_a_fixed_seed_makes_the_same_picture(randomised):
    """From this program, TensorFlow 2.21, seed 3."""
    generator = randomised(srresnet_generator((16, 16, 3), 4, 4, blocks=1, seed=3))
    image = generator(np.float32([[1.0, -0.5, 0.25, 2.0]])).numpy()[0]
    np.testing.assert_allclose(image[::5, 7, 0], [0.1486086, -0.605697, -0.7608075, -0.6860878], rtol=1e-4)


@pytest.mark.parametrize("build", [srresnet_generator, srresnet_discriminator])
def test_what_cannot_be_made_is_refused_with_the_nearest_two_that_can(build):
    with pytest.raises(ValueError, match=r"Received: shape=\(15, 40, 3\)\. .*\(16, 40, 3\) and \(17, 40, 3\)"):
        build((15, 40, 3))
    with pytest.raises(ValueError, match=r"\(16, 16, 1\) and \(16, 16, 2\)"):
        build((16, 16, 0))
    with pytest.raises(ValueError, match="Expected width >= 1"):
        build((16, 16, 3), width=0)
    with pytest.raises(ValueError, match="Expected num_classes or num_tags, not both"):
        build((16, 16, 3), num_classes=2, num_tags=2)
    with pytest.raises(ValueError, match="Expected blocks >= 1"):
        srresnet_generator((16, 16, 3), blocks=0)


def tagged_game(steps, jit, **arguments):
    """Pictures with two tags, which are in the picture: bright ones, and red ones."""
    generator = srresnet_generator((32, 32, 3), 16, 8, blocks=2, num_tags=2, seed=0)
    discriminator = srresnet_discriminator((32, 32, 3), 4, num_tags=2, seed=1)
    gan = kgan.GAN(generator, discriminator, seed=0, latents=families.Waves())
    gan.compile(jit_compile=jit, **ANIME, **arguments)
    images = families.colour_images(64)
    tags = np.stack([images.mean((1, 2, 3)) > 110, images[..., 0].mean((1, 2)) > images[..., 2].mean((1, 2))], axis=-1)
    rows = [np.arange(8 * step, 8 * step + 8) % 64 for step in range(steps)]
    return [gan.train_on_batch(images[one], np.float32(tags[one]), return_dict=True) for one in rows]


@pytest.mark.slow
def test_tags_are_learned_beside_the_game_with_dragan_s_penalty():
    logs = tagged_game(2, jit=False)
    assert {"generator_auxiliary_classifier_loss", "dragan_penalty"} <= set(logs[-1])
    assert all(np.isfinite(float(value)) for value in logs[-1].values())


@pytest.mark.slow
def test_200_steps_on_real_pictures_stay_finite_and_tell_the_tags():
    logs = tagged_game(200, jit=False)
    assert all(np.isfinite([float(value) for value in one.values()]).all() for one in logs)
    of = lambda one: float(one["discriminator_auxiliary_classifier_loss"])  # noqa: E731
    assert np.mean([of(one) for one in logs[-20:]]) < 0.7 * of(logs[0])


@pytest.mark.slow
def test_a_step_with_xla_is_a_step_without():
    one, other = (tagged_game(2, jit=jit) for jit in (False, True))
    for first, second in zip(one, other, strict=True):
        assert {k: float(v) for k, v in first.items()} == pytest.approx(
            {k: float(v) for k, v in second.items()}, rel=5e-3, abs=1e-3
        )
