"""Progressive growing's networks: published numbers, what a stage computes, fading, and that every stage exports."""

import families
import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf

from kgan._game.twice_differentiable import layer_without_second_derivative
from kgan.architectures import pggan_discriminator, pggan_generator
from kgan.layers import grown

RANDOM = np.random.RandomState(0)
Z = RANDOM.standard_normal((3, 5)).astype(np.float32)
IMAGES = RANDOM.uniform(-1, 1, (3, 16, 16, 2)).astype(np.float32)


def networks(seed=1, **arguments):
    """4, 8 and 16 pixels, with biases that are not all 0."""
    built = (
        pggan_generator((16, 16, 2), 5, width=6, seed=seed, **arguments),
        pggan_discriminator((16, 16, 2), width=6, seed=seed + 1, **arguments),
    )
    for network in built:
        for number, weight in enumerate(network.trainable_variables):
            if weight.name == "bias":
                weight.assign(np.random.RandomState(number).normal(0.0, 0.1, weight.shape))
    return built


def growing(network):
    (layer,) = grown(network)
    return layer


def at(network, stage, fade=None):
    """The network at a stage, which has faded in so far."""
    growing(network).grow(stage, fade_lasts=0 if fade is None else 100)
    if fade is not None:
        growing(network).fade.assign(fade)
    return network


def enlarged(images, factor):
    return images.repeat(factor, axis=1).repeat(factor, axis=2)


def shrunk(images, factor):
    batch, height, width, channels = images.shape
    squares = images.reshape(batch, height // factor, factor, width // factor, factor, channels)
    return squares.mean(axis=(2, 4), dtype=np.float64).astype(np.float32)


@pytest.mark.parametrize(
    ("size", "of_generator", "of_discriminator"), [(64, 22_491_907, 22_489_857), (1024, 23_079_187, 23_077_137)]
)
def test_full_grown_networks_have_the_published_number_of_parameters(size, of_generator, of_discriminator):
    """Those from and to images of the sizes before are not among them: they wait, and are not trainable."""
    generator, discriminator = pggan_generator((size, size, 3)), pggan_discriminator((size, size, 3))
    assert sum(np.prod(weight.shape) for weight in generator.trainable_variables) == of_generator
    assert sum(np.prod(weight.shape) for weight in discriminator.trainable_variables) == of_discriminator
    to_earlier_images = sum(3 * filters + 3 for filters in growing(generator).filters[:-1])
    numbers = 4  # the stage and its fade, which are no weights
    assert generator.count_params() == of_generator + to_earlier_images + numbers


def test_feature_maps_halve_from_64_pixels_on():
    assert growing(pggan_generator((1024, 1024, 3), 4)).filters == [512, 512, 512, 512, 256, 128, 64, 32, 16]
    assert growing(pggan_discriminator((64, 64, 3), width=32)).filters == [32, 32, 32, 32, 16]


def test_a_generator_at_a_stage_is_the_smaller_generator_enlarged():
    """Its images are those of the paper's network for that size: here written out for 8 of 16 pixels."""
    generator = at(networks()[0], 1)
    parts = growing(generator).parts

    def rectified(name, x):
        y = parts[name](x).numpy()
        y = np.where(y > 0, y, 0.2 * y)
        return y / np.sqrt(np.square(y).mean(axis=-1, keepdims=True) + 1e-8)

    x = keras.Model(generator.input, generator.get_layer("norm_1").output)(Z).numpy()  # (3, 4, 4, 6)
    assert np.square(x).mean(axis=-1) == pytest.approx(1.0, abs=1e-3)
    x = rectified("conv_1_1", rectified("conv_1_0", enlarged(x, 2)))
    expected = enlarged(parts["to_images_1"](x).numpy(), 2)
    np.testing.assert_allclose(generator(Z), expected, atol=1e-5)
    assert expected.std() > 0.1


@pytest.mark.parametrize("stage", [1, 2])
def test_a_generator_fades_from_the_smaller_network_s_images_to_the_larger_one_s(stage):
    generator, _ = networks()
    smaller, larger = (at(generator, one)(Z).numpy() for one in (stage - 1, stage))
    assert np.abs(smaller - larger).max() > 0.1
    np.testing.assert_array_equal(at(generator, stage, 0.0)(Z), smaller)
    np.testing.assert_array_equal(at(generator, stage, 1.0)(Z), larger)
    np.testing.assert_allclose(at(generator, stage, 0.3)(Z), 0.7 * smaller + 0.3 * larger, atol=1e-6)


def test_a_discriminator_that_fades_in_mixes_features_before_the_smaller_network_goes_on():
    _, discriminator = networks()
    layer = growing(discriminator)
    smaller = at(discriminator, 1)(IMAGES).numpy()
    np.testing.assert_array_equal(at(discriminator, 2, 0.0)(IMAGES), smaller)
    larger = at(discriminator, 2)(IMAGES).numpy()
    np.testing.assert_array_equal(at(discriminator, 2, 1.0)(IMAGES), larger)
    assert np.abs(smaller - larger).max() > 1e-3

    def rectified(name, x):
        y = layer.parts[name](x).numpy()
        return np.where(y > 0, y, 0.2 * y)

    new = shrunk(rectified("conv_2_1", rectified("conv_2_0", rectified("from_images_2", IMAGES))), 2)
    x = 0.25 * new + 0.75 * rectified("from_images_1", shrunk(IMAGES, 2))
    expected = shrunk(rectified("conv_1_1", rectified("conv_1_0", x)), 2)
    at(discriminator, 2, 0.25)
    np.testing.assert_allclose(layer(IMAGES), expected, atol=1e-5)


def test_reals_have_the_detail_of_the_stage_and_fade_with_it():
    layer = growing(networks()[0])
    at_8, at_4 = enlarged(shrunk(IMAGES, 2), 2), enlarged(shrunk(IMAGES, 4), 4)
    np.testing.assert_array_equal(layer.at_stage(IMAGES), IMAGES)
    layer.grow(0)
    np.testing.assert_allclose(layer.at_stage(IMAGES), at_4, atol=1e-6)
    layer.grow(1, fade_lasts=10)
    for fade in (0.0, 0.4, 1.0):
        layer.fade.assign(fade)
        np.testing.assert_allclose(layer.at_stage(IMAGES), (1 - fade) * at_4 + fade * at_8, atol=1e-6)


def test_a_discriminator_sees_no_more_detail_than_its_stage_has():
    discriminator = at(networks()[1], 1)
    np.testing.assert_allclose(discriminator(IMAGES), discriminator(enlarged(shrunk(IMAGES, 2), 2)), atol=1e-5)


def test_fade_is_a_straight_line_over_images_and_stays_within_0_and_1():
    layer = growing(networks()[0])
    layer.grow(2, fade_begins=1_000, fade_lasts=400)
    for images, expected in [(0, 0.0), (1_000, 0.0), (1_100, 0.25), (1_400, 1.0), (2**40, 1.0)]:
        layer.fade_in(images)
        assert float(layer.fade) == expected
    layer.grow(2)
    layer.fade_in(0)
    assert float(layer.fade) == 1.0  # a stage that is there at once does not fade


@pytest.mark.parametrize("which", [0, 1])
def test_nothing_is_computed_for_stages_to_come(which):
    network, inputs = networks()[which], (Z, IMAGES)[which]
    counts = {}
    for stage, fade in [(0, None), (1, None), (1, 0.5), (2, None), (2, 0.5)]:
        at(network, stage, fade)
        graph = tf.function(lambda x: network(x), autograph=False).get_concrete_function(tf.constant(inputs)).graph
        counts[stage, fade] = sum(operation.type == "Conv2D" for operation in graph.get_operations())
    # One at the grid, one from or to images, a second one while it fades, two for each stage.
    assert counts == {(0, None): 2, (1, None): 4, (1, 0.5): 5, (2, None): 6, (2, 0.5): 7}


@pytest.mark.parametrize("which", [0, 1])
def test_only_what_the_stage_uses_is_trainable_and_a_frozen_network_stays_frozen(which):
    network = networks()[which]
    layer = growing(network)
    trained = {id(weight) for weight in at(network, 1).trainable_variables}
    waiting = {id(weight) for weight in layer.waiting}
    assert not trained & waiting
    numbers = {id(one) for one in (layer.fade, layer.fade_begins, layer.fade_lasts, layer._stage)}
    assert trained | waiting | numbers == {id(weight) for weight in network.weights}
    assert len(waiting) == 8  # kernel and bias: two 3x3 of the last stage, two 1x1 of images
    network.trainable = False
    layer.grow(2, fade_lasts=5)
    assert network.trainable_variables == []
    network.trainable = True
    assert len(layer.waiting) == 2
    assert len(network.trainable_variables) == len(network.weights) - 2 - 4


def test_kernels_are_drawn_from_n_0_1_apart_from_each_other_and_repeat_with_the_seed():
    one, same, other = (growing(pggan_generator((16, 16, 3), 4, 64, seed=seed)) for seed in (1, 1, 2))
    kernel = one.parts["conv_1_0"].layer.kernel.numpy()
    assert kernel.std() == pytest.approx(1.0, rel=0.01)
    np.testing.assert_array_equal(kernel, same.parts["conv_1_0"].layer.kernel)
    assert not np.array_equal(kernel, other.parts["conv_1_0"].layer.kernel)
    assert not np.array_equal(kernel, one.parts["conv_1_1"].layer.kernel)


def test_the_output_for_a_seed_stays_what_it_was():
    """Golden numbers of this file's networks, Keras 3.15, TensorFlow 2.21, 2026-11-27."""
    generator, discriminator = networks()
    np.testing.assert_allclose(generator(Z)[0, 5, 6], GOLDEN_PIXEL, atol=1e-5)
    np.testing.assert_allclose(discriminator(IMAGES)[:, 0], GOLDEN_LOGITS, atol=1e-5)


GOLDEN_PIXEL = [-0.2608722, 0.5552375]
GOLDEN_LOGITS = [-0.0040447, 0.0149509, 0.0726185]


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (96, 64, 3), (48, 80, 16)])
def test_sizes_that_are_no_powers_of_two_begin_on_a_larger_grid(shape):
    generator, discriminator = pggan_generator(shape, 3, 4), pggan_discriminator(shape, 4)
    images = at(generator, 0)(Z[:, :3])
    assert tuple(images.shape) == (3, *shape)
    grid = generator.get_layer("grid").output.shape[1:3]
    assert 4 <= min(grid) < 8
    assert [side * 2 ** growing(generator).last for side in grid] == list(shape[:2])
    assert tuple(at(discriminator, 0)(images).shape) == (3, 1)


@pytest.mark.parametrize(
    ("shape", "nearest", "instead"),
    [
        ((30, 30, 3), r"\(28, 28, 3\) and \(32, 32, 3\)", (28, 32)),
        ((36, 30, 3), r"\(36, 28, 3\) and \(40, 32, 3\)", (36, 28)),
        ((100, 64, 1), r"\(96, 64, 1\) and \(112, 64, 1\)", (112, 64)),
        ((1000, 1000, 3), r"\(896, 896, 3\) and \(1024, 1024, 3\)", (896, 1024)),
    ],
)
def test_a_size_that_does_not_halve_is_refused_with_the_nearest_two(shape, nearest, instead):
    for build in (pggan_generator, pggan_discriminator):
        with pytest.raises(ValueError, match=rf"Received: shape=.*The nearest two .*{nearest}"):
            build(shape)
    assert pggan_generator((*instead, 3), 2, 1).output_shape == (None, *instead, 3)


@pytest.mark.parametrize("shape", [(7, 8, 1), (8, 1025, 1), (8, 8, 0), (8, 8)])
def test_sizes_out_of_range_are_refused(shape):
    for build in (pggan_generator, pggan_discriminator):
        with pytest.raises(ValueError, match="Received: shape="):
            build(shape)


def test_stages_that_there_are_none_of_are_refused():
    layer = growing(networks()[0])
    with pytest.raises(ValueError, match="Expected stage from 0 to 2. Received: stage=3"):
        layer.grow(3)
    with pytest.raises(ValueError, match="Expected fade_lasts >= 0"):
        layer.grow(1, fade_lasts=-1)
    with pytest.raises(ValueError, match="Expected fades=False at stage 0"):
        type(layer)([4, 4], 3, stage=0, fades=True)


def test_classes_and_tags_join_z_and_are_told_by_a_second_output():
    generator, discriminator = networks(num_classes=4)
    same = np.repeat(Z[:1], 2, axis=0)
    first, second = generator([same, np.array([0, 3])]).numpy()
    assert np.abs(first - second).max() > 1e-3
    outputs = discriminator(IMAGES)
    assert {name: tuple(one.shape) for name, one in outputs.items()} == {"logits": (3, 1), "classes": (3, 4)}
    generator, discriminator = networks(num_tags=2)
    images = generator([Z, np.eye(3, 2, dtype=np.float32)])
    assert tuple(discriminator(images)["classes"].shape) == (3, 2)
    with pytest.raises(ValueError, match="Expected num_classes or num_tags, not both"):
        networks(num_classes=3, num_tags=2)


def test_a_network_is_saved_at_its_stage_in_the_middle_of_a_fade(tmp_path):
    for network, inputs in zip(networks(), (Z, IMAGES), strict=True):
        growing(network).grow(1, fade_begins=10, fade_lasts=100)
        growing(network).fade_in(47)
        loaded = families.saved_and_loaded(network, tmp_path)
        layer = growing(loaded)
        assert (layer.stage, layer.fades, float(layer.fade)) == (1, True, pytest.approx(0.37))
        assert (int(layer.fade_begins), int(layer.fade_lasts)) == (10, 100)
        np.testing.assert_array_equal(loaded(inputs), network(inputs))
        assert len(loaded.trainable_variables) == len(network.trainable_variables)
        for one, other in zip(loaded.weights, network.weights, strict=True):
            np.testing.assert_array_equal(one, other)


def test_weights_alone_bring_their_stage_along(tmp_path):
    generator, _ = networks()
    growing(generator).grow(1, fade_begins=3, fade_lasts=20)
    growing(generator).fade_in(8)
    generator.save_weights(tmp_path / "stage.weights.h5")
    other = pggan_generator((16, 16, 2), 5, width=6)
    other.load_weights(tmp_path / "stage.weights.h5")
    assert (growing(other).stage, growing(other).fades) == (1, True)
    np.testing.assert_array_equal(other(Z), generator(Z))
    assert len(other.trainable_variables) == len(generator.trainable_variables)


def test_penalties_can_differentiate_the_discriminator_twice_at_every_stage():
    _, discriminator = networks()
    for stage, fade in [(0, None), (1, 0.5), (2, None)]:
        assert layer_without_second_derivative(at(discriminator, stage, fade)) is None


@pytest.mark.parametrize(("stage", "fade"), [(0, None), (1, 0.5), (2, None)])
def test_every_stage_exports_and_gives_what_keras_does(stage, fade):
    generator = at(networks()[0], stage, fade)
    graph = families.graph_of(generator)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    for batch in (1, 3):
        (images,) = session.run(None, {"input_0": Z[:batch]})
        np.testing.assert_allclose(images, generator(Z[:batch]), atol=1e-4)
    assert sum(node.op_type == "Conv" for node in graph.graph.node) == [2, 5, 6][stage]
