"""SeFa and sliders, against the eigenvectors of known matrices."""

import json

import keras
import numpy as np
import pytest

import kgan
from kgan import latent_tools
from kgan.latent_tools import Directions, FirstLayerError, directions, sefa


def game(generator, sample_shape, **arguments):
    flat = [keras.Input(sample_shape), *([keras.layers.Flatten()] if len(sample_shape) > 1 else [])]
    return kgan.GAN(generator, keras.Sequential([*flat, keras.layers.Dense(1)]), seed=0, **arguments)


def linear(kernel, **arguments):
    layer = keras.layers.Dense(kernel.shape[1], name="first")
    generator = keras.Sequential([keras.Input((kernel.shape[0],)), layer], name="generator")
    layer.kernel.assign(kernel)
    return game(generator, (kernel.shape[1],), **arguments)


KERNEL = np.random.RandomState(0).normal(size=(4, 7)).astype(np.float32)


def same_directions(found, a):
    """Whether they are the right singular vectors of A, the strongest first."""
    _, values, vectors = np.linalg.svd(a.astype(np.float64))
    count = len(found.names)
    np.testing.assert_allclose(np.abs((found.vectors * vectors[:count]).sum(axis=1)), 1.0, atol=1e-5)
    np.testing.assert_allclose(found.slopes, values[:count] ** 2, rtol=1e-4)


def test_sefa_finds_the_singular_vectors_of_the_first_layer():
    found = sefa(linear(KERNEL), count=3)
    assert found.names == ("direction_1", "direction_2", "direction_3")
    same_directions(found, KERNEL.T)


def test_a_step_along_a_direction_changes_the_first_layer_by_its_slope():
    gan = linear(KERNEL)
    found = sefa(gan, count=4)
    z = np.random.RandomState(1).normal(size=(3, 4)).astype(np.float32)
    for name, slope in zip(found.names, found.slopes, strict=True):
        change = gan.predict(found.moved(z, **{name: 2.0}), verbose=0) - gan.predict(z, verbose=0)
        np.testing.assert_allclose((change**2).sum(axis=1), 4.0 * slope, rtol=1e-3)


def test_labels_beside_the_latents_are_left_out():
    generator = kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4, num_classes=3, seed=0)
    gan = game(generator, (8, 8, 1), num_classes=3)
    same_directions(sefa(gan, 4), generator.get_layer("dense").kernel.numpy()[:4].T)


def test_latents_that_are_brought_to_one_length_count_as_they_are():
    inputs = keras.Input((4,))
    layer = keras.layers.Dense(7)
    generator = keras.Model(inputs, layer(kgan.layers.PixelNorm()(inputs)))
    layer.kernel.assign(KERNEL)
    same_directions(sefa(game(generator, (7,)), 3), KERNEL.T)


def test_parts_of_the_latents_and_transposed_convolutions_count_where_they_enter():
    inputs = keras.Input((4,))
    dense, convolution = keras.layers.Dense(3, use_bias=False), keras.layers.Conv2DTranspose(2, 2, use_bias=False)
    upper = convolution(keras.layers.Reshape((1, 1, 2))(inputs[:, 2:]))  # (b, 2, 2, 2)
    generator = keras.Model(inputs, keras.layers.Concatenate()([dense(inputs[:, :2]), keras.layers.Flatten()(upper)]))
    a = generator(np.eye(4, dtype=np.float32)).numpy().T  # the generator itself is linear
    same_directions(sefa(game(generator, (11,)), 4), a)


def test_of_a_generator_whose_first_layer_is_unknown_nothing_is_made_up():
    inputs = keras.Input((4,))
    generator = keras.Model(inputs, keras.layers.Dense(3)(keras.ops.concatenate([inputs**2, inputs], axis=1)))
    with pytest.raises(FirstLayerError, match="which changes them before"):
        sefa(game(generator, (3,)), 2)
    plain = keras.Model(inputs, keras.layers.Activation("tanh")(inputs))
    with pytest.raises(FirstLayerError, match="in which none was found"):
        directions.first_matrices(plain)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 5}, "count of at most 4, the size of z"),
        ({"count": 0}, "Expected count >= 1"),
        ({"space": "w"}, "a mapping and a synthesis, a StyleGAN's"),
        ({"space": "y"}, "Expected space to be one of"),
        ({"places": [0], "count": 2}, "places=None in z"),
    ],
)
def test_what_sefa_cannot_do_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        sefa(linear(KERNEL), **arguments)


def test_a_model_without_latents_is_refused():
    model = kgan.Translation(
        kgan.architectures.unet_generator((16, 16, 1), width=4),
        kgan.architectures.patchgan_discriminator((16, 16, 1), (16, 16, 1), width=4, layers=1),
    )
    with pytest.raises(
        TypeError, match="Expected a kgan.GAN, whose samples come from latents. Received: a Translation"
    ):
        sefa(model)


def test_sliders_are_renamed_saved_and_read_back(tmp_path):
    found = sefa(linear(KERNEL), 3).renamed(["thick"]).renamed({"direction_3": "slant"})
    found.save(tmp_path / "sliders.json")
    again = Directions.load(tmp_path / "sliders.json")
    assert again.names == found.names == ("thick", "direction_2", "slant")
    np.testing.assert_array_equal(again.vectors, found.vectors)
    assert (again.space, again.slopes) == ("z", found.slopes)
    z = np.zeros((2, 4), np.float32)
    np.testing.assert_allclose(
        again.moved(z, thick=1.5, slant=-2.0), [1.5 * found.vectors[0] - 2.0 * found.vectors[2]] * 2
    )


def test_wrong_directions_are_refused(tmp_path):
    one = np.ones((1, 4))
    for arguments, message in (
        ((("a", "b"), one), "a vector .* for each of 2 names"),
        ((("a", "a"), np.ones((2, 4))), "no two alike"),
        ((("a",), 0 * one), "none of length 0"),
        ((("a",), np.inf * one), "that are finite"),
        ((("a",), one, "y"), "Expected space to be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            Directions(*arguments)
    found = Directions(("smile",), one)
    with pytest.raises(ValueError, match="Did you mean 'smile'"):
        found.moved(one, smlie=1.0)
    with pytest.raises(ValueError, match="at most 1 names"):
        found.renamed(["a", "b"])
    path = tmp_path / "x.json"
    with pytest.raises(ValueError, match="Expected a file of directions"):
        Directions.load(path)
    path.write_text(json.dumps({"names": ["a"], "vectors": [["x"]], "space": "z", "slopes": []}))
    with pytest.raises(ValueError, match="as Directions.save writes it"):
        Directions.load(path)
    with pytest.raises(ValueError, match=r"directions in z of size 4\. Received: directions in z of size 3"):
        gan = kgan.GAN(
            kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4),
            kgan.architectures.dcgan_discriminator((8, 8, 1), width=4),
        )
        latent_tools.slider_grid(gan, Directions(("a",), np.ones((1, 3))))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("num_classes", [None, 3])
def test_a_generator_in_mixed_precision_has_the_directions_of_its_float32_weights(policy, num_classes):
    def made():
        generator = kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, num_classes=num_classes, seed=0)
        return game(generator, (8, 8, 1), num_classes=num_classes)

    expected = sefa(made(), 4)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        mixed = made()
    finally:
        keras.config.set_dtype_policy(before)
    assert mixed.generator.get_layer("dense").compute_dtype == policy.removeprefix("mixed_")
    found = sefa(mixed, 4)
    np.testing.assert_allclose(found.vectors, expected.vectors, atol=1e-5)
    np.testing.assert_allclose(found.slopes, expected.slopes, rtol=1e-5)
