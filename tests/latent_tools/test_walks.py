"""Films and grids: which samples stand where."""

import keras
import numpy as np
import pytest
from PIL import Image

import kgan
from games import small_dcgan
from kgan import latent_tools, pictures
from kgan.latent_tools import Directions, StyleSpace, space_of


@keras.saving.register_keras_serializable("kgan_tests")
class Places(keras.layers.Layer):
    """The layer `styles` of a StyleGAN, as the tools read it."""

    places = 3

    def build(self, shape):
        self.mean = self.add_weight(name="mean", shape=(shape[-1],), initializer="zeros", trainable=False)

    def call(self, w):
        return keras.ops.repeat(w[:, None], self.places, axis=1)

    def truncated(self, w, psi):
        return self(self.mean + psi * (w - self.mean))


@keras.saving.register_keras_serializable("kgan_tests")
class Nothing(keras.layers.Layer):
    """The layer `noise`."""

    def call(self, x):
        return 0.0 * x[:, :1]


@keras.saving.register_keras_serializable("kgan_tests")
class OfStyle(keras.layers.Layer):
    """A layer that reads one style."""

    def build(self, shape):
        self.style_kernel = self.add_weight(name="style_kernel", shape=(shape[-1], 4))

    def call(self, w):
        return keras.ops.matmul(w, self.style_kernel)


def styled() -> kgan.GAN:
    """A StyleGAN in miniature, linear all through: pixel p of row r is what place r makes of its style."""
    mapping = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="mapping")
    styles, noise = keras.Input((3, 2)), keras.Input((1,))
    rows = [OfStyle(name=f"place_{place}")(styles[:, place]) for place in range(3)]
    image = keras.layers.Reshape((3, 4, 1))(keras.layers.Concatenate()(rows))
    synthesis = keras.Model([styles, noise], image + noise[:, :, None, None], name="synthesis")
    z = keras.Input((3,), name="latents")
    generator = keras.Model(z, synthesis([Places(name="styles")(mapping(z)), Nothing(name="noise")(z)]))
    discriminator = keras.Sequential([keras.Input((3, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    return kgan.GAN(generator, discriminator, seed=0)


def drawn(samples, gan, columns=None):
    return np.asarray(pictures.grid(samples, columns, gan.value_range))


def test_a_walk_begins_with_what_the_seed_draws_and_passes_every_key():
    gan = small_dcgan()
    frames = latent_tools.walk(gan, keys=3, steps=4, count=4, seed=7)
    assert len(frames) == 12
    samples = gan.generate(12, seed=7)
    for key in range(3):
        np.testing.assert_array_equal(np.asarray(frames[4 * key]), drawn(samples[4 * key : 4 * key + 4], gan))


def test_a_step_between_keys_is_the_spherical_one_and_the_last_leads_to_the_first():
    gan = small_dcgan()
    frames = latent_tools.walk(gan, keys=2, steps=2, count=1, seed=3)
    z = gan.latents.draw(2, gan.latent_dim, seed=3)
    for frame, (first, last) in ((1, z), (3, z[::-1])):
        middle = kgan.latents.interpolate(first, last, 3)[1:2]
        np.testing.assert_array_equal(np.asarray(frames[frame]), drawn(gan.predict(middle, verbose=0), gan))


def test_each_walk_keeps_its_label():
    gan = small_dcgan(num_classes=3)
    frames = latent_tools.walk(gan, keys=2, steps=1, count=2, seed=1, labels=[2, 0])
    np.testing.assert_array_equal(np.asarray(frames[1]), drawn(gan.generate(4, seed=1, labels=[2, 0, 2, 0])[2:], gan))


def test_a_film_is_written_whole(tmp_path):
    frames = latent_tools.walk(small_dcgan(), keys=2, steps=3, count=1, seed=0)
    latent_tools.save_film(frames, tmp_path / "new" / "film.gif")
    with Image.open(tmp_path / "new" / "film.gif") as film:
        assert (film.n_frames, film.info["loop"]) == (6, 0)
    with pytest.raises(ValueError, match=r"end in \.gif"):
        latent_tools.save_film(frames, tmp_path / "film.png")
    with pytest.raises(ValueError, match="at least one frame"):
        latent_tools.save_film([], tmp_path / "film.gif")


def test_truncation_goes_from_the_mean_to_the_sample():
    gan = small_dcgan()
    grid = latent_tools.truncation_grid(gan, count=2, psis=(0.0, 0.5, 1.0), seed=4)
    body = grid.crop((0, 14, *grid.size))
    columns = [gan.generate(2, seed=4, truncation_psi=psi) for psi in (0.0, 0.5, 1.0)]
    expected = drawn(np.stack(columns, axis=1).reshape(-1, 8, 8, 1), gan, 3)
    np.testing.assert_array_equal(np.asarray(body), expected)


def test_sliders_move_one_sample_along_each_direction():
    gan = small_dcgan()
    directions = Directions(("a", "b"), np.eye(4)[:2])
    grid = latent_tools.slider_grid(gan, directions, strengths=(-1.0, 0.0, 2.0), seed=5)
    z = gan.latents.draw(1, 4, seed=5)
    rows = [gan.predict(z + far * directions.vectors, verbose=0) for far in np.float32([-1.0, 0.0, 2.0])]
    np.testing.assert_array_equal(np.asarray(grid.crop((0, 14, *grid.size))), drawn(np.concatenate(rows), gan, 2))


def test_a_style_space_walks_straight_and_truncates_towards_the_mean_of_w():
    gan = styled()
    space = space_of(gan)
    assert isinstance(space, StyleSpace)
    z = gan.latents.draw(4, 3, seed=0)
    w = space.draw(4, seed=0)
    np.testing.assert_allclose(w, z @ gan.generator.get_layer("mapping").layers[0].kernel.numpy(), rtol=1e-5)
    np.testing.assert_allclose(space.samples(w), gan.generate(4, seed=0), rtol=1e-5, atol=1e-6)
    gan.generator.get_layer("styles").mean.assign([1.0, -2.0])
    again = space_of(gan)
    np.testing.assert_allclose(again.truncated(w, 0.25), [1.0, -2.0] + 0.25 * (w - [1.0, -2.0]), rtol=1e-5)
    np.testing.assert_array_equal(again.truncated(w, 0.0)[0], [1.0, -2.0])
    assert space_of(gan, "z").name == "z"


def test_mixed_styles_come_from_the_column_at_its_places_and_from_the_row_elsewhere():
    gan = styled()
    gan.value_range = (-1.0, 1.0)
    grid = latent_tools.mixing_grid(gan, rows=2, columns=3, seed=6, from_place=1, to_place=2)
    samples = gan.generate(5, seed=6)
    size = 66, 88  # 3 x 4 pixels, enlarged until the smaller side has 64
    assert grid.size == (4 * size[1], 3 * size[0])
    for row in range(2):
        for column in range(3):
            expected = samples[row].copy()
            expected[1] = samples[2 + column][1]  # the pixels of place 1
            place = ((column + 1) * size[1], (row + 1) * size[0])
            found = np.asarray(grid.crop((*place, place[0] + size[1], place[1] + size[0])))
            np.testing.assert_array_equal(found, drawn(expected[None], gan))
    np.testing.assert_array_equal(np.asarray(grid)[: size[0], size[1] : 2 * size[1]], drawn(samples[2:3], gan))


def test_sefa_in_w_is_that_of_the_layers_that_make_styles():
    gan = styled()
    kernels = [
        layer.style_kernel.numpy()
        for layer in gan.generator.get_layer("synthesis").layers
        if hasattr(layer, "style_kernel")
    ]
    for places, chosen in ((None, kernels), ([1], kernels[1:2])):
        found = latent_tools.sefa(gan, 2, places=places)
        _, values, vectors = np.linalg.svd(np.concatenate(chosen, axis=1).T.astype(np.float64))
        assert found.space == "w"
        np.testing.assert_allclose(found.slopes, values**2, rtol=1e-4)
        np.testing.assert_allclose(np.abs((found.vectors * vectors).sum(axis=1)), 1.0, atol=1e-5)
    with pytest.raises(ValueError, match="places from 0 to 2. Received: 3"):
        latent_tools.sefa(gan, 2, places=[3])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda gan: latent_tools.walk(gan, keys=1), "Expected keys >= 2"),
        (lambda gan: latent_tools.walk(gan, truncation_psi=3.0), r"truncation_psi in \[0, 2\]"),
        (lambda gan: latent_tools.truncation_grid(gan, psis=(-1.0,)), r"truncation_psi in \[0, 2\]"),
        (lambda gan: latent_tools.walk(gan, labels=1), "because the generator takes none"),
        (lambda gan: latent_tools.mixing_grid(gan), "a mapping and a synthesis, a StyleGAN's"),
        (lambda gan: space_of(gan).samples(np.zeros((2, 3))), r"Expected points of shape \(n, 4\)"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(small_dcgan())


def test_samples_that_are_no_images_are_refused():
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    gan = kgan.GAN(generator, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    with pytest.raises(ValueError, match="Expected a GAN of images"):
        latent_tools.walk(gan)
    with pytest.raises(ValueError, match="0 <= from_place < to_place <= 3"):
        latent_tools.mixing_grid(styled(), from_place=3)


def test_all_of_it_works_on_the_styles_of_stylegan2():
    shape, small = (8, 8, 1), {"latent_dim": 4, "width": 4, "mapping_layers": 1, "num_classes": 3}
    generator = kgan.architectures.stylegan2_generator(shape, **small, seed=0)
    discriminator = keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(1)])
    gan = kgan.GAN(generator, discriminator, num_classes=3, seed=0)
    space = space_of(gan)
    np.testing.assert_allclose(space.samples(space.draw(4, seed=1)), gan.generate(4, seed=1), atol=1e-5)
    styled_layers = [one for one in space.parts.synthesis.layers if hasattr(one, "style_kernel")]
    assert (len(styled_layers), space.places) == (5, 4)
    sharing = [space.parts.synthesis.get_layer(name) for name in ("colours_0", "upsample_1")]  # the style of place 1
    for places, layers in ((None, styled_layers), ([1], sharing)):
        a = np.concatenate([layer.style_kernel.numpy() for layer in layers], axis=1).T.astype(np.float64)
        found = latent_tools.sefa(gan, 2, places=places)
        np.testing.assert_allclose(found.slopes, np.linalg.svd(a)[1][:2] ** 2, rtol=1e-4)
    assert latent_tools.slider_grid(gan, found, seed=1).size == (2 * 64, 7 * 64 + 14)
    assert latent_tools.mixing_grid(gan, rows=1, columns=2, seed=1).size == (3 * 64, 2 * 64)
    target = np.clip(gan.generate(1, seed=2, labels=0)[0], -1.0, 1.0)
    projected = latent_tools.project(gan, target, steps=3, starts=1, labels=0)
    assert (projected.space, projected.point.shape) == ("w", (4,))
