import keras
import numpy as np
import pytest

from kgan.architectures import dcgan_discriminator, dcgan_generator


@pytest.mark.parametrize(
    "shape", [(8, 8, 1), (9, 31, 2), (28, 28, 1), (32, 48, 3), (64, 64, 3), (100, 75, 4), (256, 256, 3)]
)
def test_any_size_from_8_to_256_and_any_channels(shape):
    generator, discriminator = dcgan_generator(shape, 5, width=2), dcgan_discriminator(shape, width=2)
    images = generator(np.random.RandomState(0).randn(2, 5).astype(np.float32))
    assert tuple(images.shape) == (2, *shape)
    assert np.abs(images).max() <= 1.0
    assert tuple(discriminator(images).shape) == (2, 1)


def test_the_paper_s_64_pixel_networks_have_its_layers():
    generator = dcgan_generator((64, 64, 3), 100, width=128)
    grids = [layer.output.shape[1:] for layer in generator.layers if isinstance(layer, keras.layers.Conv2DTranspose)]
    assert generator.get_layer("grid").output.shape[1:] == (4, 4, 1024)
    assert grids == [(8, 8, 512), (16, 16, 256), (32, 32, 128), (64, 64, 3)]
    discriminator = dcgan_discriminator((64, 64, 3), width=128, batch_norm=True)
    grids = [layer.output.shape[1:] for layer in discriminator.layers if isinstance(layer, keras.layers.Conv2D)]
    assert grids == [(32, 32, 128), (16, 16, 256), (8, 8, 512), (4, 4, 1024)]
    norms = [layer.name for layer in discriminator.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert norms == ["norm_1", "norm_2", "norm_3"]  # not at the discriminator's input
    assert not any("norm_4" in layer.name for layer in generator.layers)  # nor at the generator's output


def test_pixels_may_be_doubled_before_a_convolution_which_then_weighs_all_outputs_alike(assert_exports):
    generator = dcgan_generator((16, 16, 3), 4, width=4, upsampling="nearest", batch_norm=False, seed=0)
    kernels = {layer.name: tuple(layer.kernel.shape) for layer in generator.layers if "upsample" in layer.name}
    assert kernels == {"upsample_0": (3, 3, 8, 4)}
    assert tuple(generator.get_layer("images").kernel.shape) == (3, 3, 4, 3)
    even = keras.Model(generator.get_layer("images").input, generator.output)
    flat = even(np.ones((1, 8, 8, 4), np.float32)).numpy()[0, 2:-2, 2:-2]
    assert np.ptp(flat, axis=(0, 1)).max() < 1e-6  # a transposed convolution draws a checkerboard of even features
    assert_exports(even)


def test_an_upsampling_that_is_unknown_is_refused():
    with pytest.raises(ValueError, match="Expected upsampling as 'transposed' or 'nearest'. Received: upsampling='bi'"):
        dcgan_generator((16, 16, 3), upsampling="bi")


def test_weights_are_drawn_from_n_0_002_and_repeat_with_the_seed():
    one, two, other = (dcgan_discriminator((32, 32, 3), 32, seed=seed) for seed in (1, 1, 2))
    kernel = one.get_layer("downsample_2").get_weights()[0]
    assert kernel.std() == pytest.approx(0.02, rel=0.02)
    np.testing.assert_array_equal(kernel, two.get_layer("downsample_2").get_weights()[0])
    assert not np.allclose(kernel, other.get_layer("downsample_2").get_weights()[0])
    assert not np.allclose(kernel.ravel()[:500], one.get_layer("downsample_1").get_weights()[0].ravel()[:500])


def test_labels_change_what_is_made_and_how_it_is_judged():
    generator = dcgan_generator((8, 8, 1), 4, 4, num_classes=3)
    z = np.repeat(np.random.RandomState(0).randn(1, 4), 2, axis=0).astype(np.float32)
    images = generator([z, np.array([0, 2])]).numpy()
    assert not np.allclose(images[0], images[1])


def test_the_discriminator_judges_labels_by_projection():
    discriminator = dcgan_discriminator((8, 8, 1), 4, num_classes=3)
    x = np.random.RandomState(0).randn(3, 8, 8, 1).astype(np.float32)
    labels = np.array([0, 1, 2])
    features = keras.Model(discriminator.inputs, discriminator.get_layer("features").output)([x, labels]).numpy()
    embedding = discriminator.get_layer("embedding").get_weights()[0]
    kernel, bias = discriminator.get_layer("logits").get_weights()
    expected = features @ kernel + bias + np.sum(features * embedding[labels], axis=1, keepdims=True)
    np.testing.assert_allclose(discriminator([x, labels]), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", [(7, 8, 1), (8, 1025, 1), (8, 8, 0), (8, 8)])
def test_sizes_out_of_range_are_refused(shape):
    for build in (dcgan_generator, dcgan_discriminator):
        with pytest.raises(ValueError, match="sides from 8 to 1,024 pixels. Received: shape="):
            build(shape)


def test_the_largest_networks_double_up_to_1024_pixels_with_eight_stages():
    generator = dcgan_generator((1024, 1024, 1), latent_dim=2, width=1)
    discriminator = dcgan_discriminator((1024, 1024, 1), width=1)
    grids = [layer.output.shape[1:] for layer in generator.layers if isinstance(layer, keras.layers.Conv2DTranspose)]
    assert grids == [
        (8, 8, 8),
        (16, 16, 8),
        (32, 32, 8),
        (64, 64, 8),
        (128, 128, 4),
        (256, 256, 2),
        (512, 512, 1),
        (1024, 1024, 1),
    ]
    assert generator(np.zeros((1, 2), np.float32)).shape == (1, 1024, 1024, 1)
    assert discriminator(np.zeros((1, 1024, 1024, 1), np.float32)).shape == (1, 1)


def test_widths_and_latents_below_one_are_refused():
    with pytest.raises(ValueError, match="Expected latent_dim >= 1. Received: latent_dim=0"):
        dcgan_generator((8, 8, 1), latent_dim=0)
    with pytest.raises(ValueError, match="Expected width >= 1"):
        dcgan_discriminator((8, 8, 1), width=0)


@pytest.mark.parametrize("kind", ["classes", "tags"])
@pytest.mark.parametrize("conditioning", ["projection", "concatenation", "auxiliary"])
def test_a_discriminator_is_conditional_in_three_ways(kind, conditioning):
    counts = {f"num_{kind}": 3}
    discriminator = dcgan_discriminator((8, 8, 1), 4, conditioning=conditioning, seed=0, **counts)
    images = np.random.RandomState(0).randn(4, 8, 8, 1).astype(np.float32)
    if conditioning == "auxiliary":
        outputs = discriminator(images)
        assert {name: tuple(one.shape) for name, one in outputs.items()} == {"logits": (4, 1), "classes": (4, 3)}
        return
    labels = [np.int32([0, 1, 2, 0]), np.int32([1, 1, 2, 0])]
    if kind == "tags":
        labels = [np.eye(3, dtype=np.float32)[one] for one in labels]
    first, second = (discriminator([images, one]).numpy() for one in labels)
    assert first[0] != second[0]
    np.testing.assert_array_equal(first[1:], second[1:])


def test_concatenated_classes_are_planes_of_one_and_zero():
    discriminator = dcgan_discriminator((8, 12, 1), 4, num_classes=3, conditioning="concatenation")
    joined = keras.Model(discriminator.inputs, discriminator.get_layer("condition").output)
    planes = joined([np.zeros((2, 8, 12, 1), np.float32), np.int32([2, 0])]).numpy()[..., 1:]
    assert planes.shape == (2, 8, 12, 3)
    np.testing.assert_array_equal(planes[0].mean(axis=(0, 1)), [0, 0, 1])
    np.testing.assert_array_equal(planes[1].mean(axis=(0, 1)), [1, 0, 0])


def test_projection_of_tags_adds_their_embeddings():
    discriminator = dcgan_discriminator((8, 8, 1), 4, num_tags=3, seed=0)
    images = np.random.RandomState(0).randn(1, 8, 8, 1).astype(np.float32)
    of = lambda tags: discriminator([images, np.float32([tags])]).numpy()[0, 0]  # noqa: E731
    none = of([0, 0, 0])
    assert of([1, 0, 1]) - none == pytest.approx((of([1, 0, 0]) - none) + (of([0, 0, 1]) - none), rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 2, "num_tags": 2}, "Expected num_classes or num_tags, not both"),
        ({"num_tags": 1}, "Expected num_tags >= 2; one tag is two classes"),
        ({"num_classes": 2, "conditioning": "projecton"}, "Expected conditioning to be one of projection"),
    ],
)
def test_bad_conditioning_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        dcgan_discriminator((8, 8, 1), **arguments)
