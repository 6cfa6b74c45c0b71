"""R3GAN: its published numbers, its block by hand, sizes, labels, files, and that it trains."""

import families
import keras
import numpy as np
import pytest

from kgan.architectures import r3gan_discriminator, r3gan_generator

R3GAN = {"loss": "relativistic_pairing", "penalties": ["r1", "r2"]}


def stirred(model: keras.Model) -> keras.Model:
    """With last convolutions of blocks that are not 0, as after training."""
    random = np.random.RandomState(0)
    for weight in model.trainable_weights:
        if "project" in weight.path:
            weight.assign(random.normal(0.0, 0.1, weight.shape))
    return model


@pytest.mark.parametrize(
    ("shape", "of_generator", "of_discriminator"),
    [
        ((32, 32, 3), 20_732_160, 20_683_776),
        pytest.param((64, 64, 3), 22_429_824, 22_381_440, marks=pytest.mark.slow),
        pytest.param((256, 256, 3), 23_057_952, 23_009_568, marks=pytest.mark.slow),
    ],
)
def test_they_have_the_published_numbers_of_parameters(shape, of_generator, of_discriminator):
    assert families.trainable(r3gan_generator(shape)) == of_generator
    assert families.trainable(r3gan_discriminator(shape)) == of_discriminator


def test_widths_halve_beyond_32_pixels_and_groups_have_16_channels():
    generator = r3gan_generator((128, 128, 3), width=32)
    grouped = [layer for layer in generator.layers if layer.name.endswith("_groups")]
    assert [layer.output.shape[1] for layer in grouped] == [side for side in (4, 8, 16, 32, 64, 128) for _ in range(2)]
    assert [layer.filters for layer in grouped] == [64] * 8 + [32] * 2 + [16] * 2
    assert {layer.kernel.shape[2] for layer in grouped} == {16}


def test_a_block_adds_its_three_convolutions_to_its_input():
    """The middle one by hand, group by group and pixel by pixel."""
    model = stirred(r3gan_discriminator((8, 8, 1), 16, blocks=1, seed=0))
    x = np.random.RandomState(1).randn(2, 8, 8, 16)
    weights = {
        name: [np.asarray(one, np.float64) for one in model.get_layer(f"block_1_0_{name}").weights]
        for name in ("expand", "groups", "project")
    }
    leaky = lambda y: np.where(y > 0, y, 0.2 * y)  # noqa: E731
    y = leaky(x @ weights["expand"][0][0, 0] + weights["expand"][1] + 0.0)
    padded = np.pad(y, ((0, 0), (1, 1), (1, 1), (0, 0)))
    grouped = np.zeros_like(y)
    for group in (slice(0, 16), slice(16, 32)):
        for i in range(3):
            for j in range(3):
                grouped[..., group] += padded[:, i : i + 8, j : j + 8, group] @ weights["groups"][0][i, j][:, group]
    expected = x + leaky(grouped + weights["groups"][1]) @ weights["project"][0][0, 0]
    block = keras.Model(model.get_layer("extraction").output, model.get_layer("block_1_0").output)
    np.testing.assert_allclose(block(x.astype(np.float32)), expected, rtol=1e-4, atol=1e-5)


def test_weights_start_as_published_so_that_each_block_starts_as_its_input():
    model = r3gan_generator((32, 32, 3), 64, 128, seed=0)
    gain = np.sqrt(2.0 / 1.04) * 8**-0.25  # eight blocks
    for name, stddev in {
        "block_1_0_expand": gain / np.sqrt(128),
        "block_1_0_groups": gain / np.sqrt(9 * 16),
        "block_1_0_project": 0.0,
        "projection": 1.0 / np.sqrt(64),
        "images": 1.0 / np.sqrt(128),
        "basis": 1.0,
    }.items():
        assert np.std(model.get_layer(name).weights[0]) == pytest.approx(stddev, rel=0.12), name
    z = np.random.RandomState(0).randn(2, 64).astype(np.float32)
    start, through = (keras.Model(model.inputs[0], model.get_layer(name).output)(z) for name in ("basis", "block_0_1"))
    np.testing.assert_array_equal(start, through)


def test_the_picture_starts_from_a_learned_basis_times_a_projection_of_z():
    model = r3gan_generator((32, 48, 3), 8, 16, seed=0)
    z = np.random.RandomState(0).randn(2, 8).astype(np.float32)
    basis = model.get_layer("basis")
    expected = basis.basis.numpy() * (z @ model.get_layer("projection").kernel.numpy())[:, None, None]
    np.testing.assert_allclose(keras.Model(model.inputs[0], basis.output)(z), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "shape", [(8, 8, 1), (9, 31, 2), pytest.param((28, 28, 1), marks=pytest.mark.slow), (96, 64, 16)], ids=str
)
def test_sizes_that_are_neither_square_nor_even_are_made_judged_and_exported(shape):
    generator, discriminator = (
        stirred(r3gan_generator(shape, 5, 8, blocks=1, seed=0)),
        r3gan_discriminator(shape, 8, blocks=1, seed=1),
    )
    families.assert_exported(generator)
    images = families.called(generator, families.example(generator))
    assert images.shape == (3, *shape)
    logits = families.called(discriminator, [images])
    assert logits.shape == (3, 1)
    assert logits.std() > 1e-3


@pytest.mark.parametrize("labels", [{"num_classes": 3}, {"num_tags": 3}], ids=str)
def test_labels_change_what_is_made_and_how_it_is_judged(labels):
    generator = r3gan_generator((8, 8, 1), 4, 8, seed=0, **labels)
    discriminator = r3gan_discriminator((8, 8, 1), 8, seed=1, **labels)
    z = np.repeat(np.random.RandomState(0).randn(1, 4), 2, axis=0).astype(np.float32)
    y = np.int32([0, 2]) if "num_classes" in labels else np.float32([[1, 0, 0], [0, 1, 1]])
    images = generator([z, y]).numpy()
    assert not np.allclose(images[0], images[1])
    same = np.repeat(images[:1], 2, axis=0)
    logits = discriminator([same, y]).numpy()
    assert logits[0] != logits[1]
    features = keras.Model(discriminator.inputs[0], discriminator.get_layer("features_of_labels").output)(same)
    embedded = discriminator.get_layer("embedding")(y)
    np.testing.assert_allclose(logits, np.sum(features * embedded, axis=1, keepdims=True), rtol=1e-4)
    families.assert_exported(generator)


def test_they_make_the_round_trip_through_files(tmp_path):
    for model in (r3gan_generator((12, 8, 3), 4, 8, num_classes=3), r3gan_discriminator((12, 8, 3), 8)):
        inputs = families.example(stirred(model))
        loaded = families.saved_and_loaded(model, tmp_path)
        np.testing.assert_array_equal(families.called(loaded, inputs), families.called(model, inputs))


def test_a_fixed_seed_makes_the_same_picture():
    """From this program, TensorFlow 2.21, seed 3."""
    generator = stirred(r3gan_generator((16, 16, 3), 4, 16, seed=3))
    image = generator(np.float32([[1.0, -0.5, 0.25, 2.0]])).numpy()[0]
    np.testing.assert_allclose(image[::5, 7, 0], [-0.0224517, 0.0658052, -0.0778303, -0.1160399], rtol=1e-4)


@pytest.mark.parametrize("build", [r3gan_generator, r3gan_discriminator])
def test_what_cannot_be_made_is_refused_with_the_nearest_two_that_can(build):
    with pytest.raises(
        ValueError, match=r"Received: shape=\(7, 9, 3\)\. The nearest two .*\(8, 9, 3\) and \(9, 9, 3\)"
    ):
        build((7, 9, 3))
    with pytest.raises(ValueError, match=r"\(8, 1024, 1\) and \(8, 1023, 1\)"):
        build((8, 1025, 1))
    with pytest.raises(ValueError, match=r"multiple of 8, .* Received: width=100\. The nearest are 96 and 104"):
        build((8, 8, 3), width=100)
    with pytest.raises(ValueError, match=r"Received: width=3\. The nearest are 8 and 16"):
        build((8, 8, 3), width=3)
    with pytest.raises(ValueError, match="Expected blocks >= 1"):
        build((8, 8, 3), width=8, blocks=0)
    with pytest.raises(ValueError, match="Expected num_classes or num_tags, not both"):
        build((8, 8, 3), width=8, num_classes=2, num_tags=2)
    with pytest.raises(ValueError, match="16 GiB of memory suffice"):
        build((8, 8, 3), width=80_000)


def test_penalties_of_every_step_reach_every_weight():
    generator, discriminator = (
        r3gan_generator((8, 8, 3), 4, 8, blocks=1, seed=0),
        r3gan_discriminator((8, 8, 3), 8, blocks=1, seed=1),
    )
    before = [weight.numpy() for weight in discriminator.trainable_weights]
    _, logs = families.trained(generator, discriminator, 2, batch=4, jit_compile=False, **R3GAN)
    assert logs[-1]["r1_penalty"] > 0.0
    assert logs[-1]["r2_penalty"] > 0.0
    for weight, old in zip(discriminator.trainable_weights, before, strict=True):
        assert np.any(weight.numpy() != old), weight.path


@pytest.mark.slow
def test_200_steps_on_real_pictures_stay_finite_and_move_the_samples():
    generator, discriminator = (
        r3gan_generator((32, 32, 3), 16, 16, seed=0),
        r3gan_discriminator((32, 32, 3), 16, seed=1),
    )
    z = families.example(generator, 8)
    before = families.called(generator, z)
    _, logs = families.trained(generator, discriminator, 200, jit_compile=False, **R3GAN)
    assert all(np.isfinite(list(one.values())).all() for one in logs)
    after = families.called(generator, z)
    assert np.isfinite(after).all()
    assert np.abs(after - before).mean() > 0.1


@pytest.mark.slow
def test_a_step_with_xla_is_a_step_without():
    logs = []
    for jit in (False, True):
        networks = stirred(r3gan_generator((8, 8, 3), 4, 8, seed=0)), stirred(r3gan_discriminator((8, 8, 3), 8, seed=1))
        logs.append(families.trained(*networks, 3, batch=4, jit_compile=jit, **R3GAN)[1])
    for one, other in zip(*logs, strict=True):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-4)
