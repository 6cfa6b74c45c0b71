"""A generator that gives its samples and further outputs by name: masks of pictures, say."""

import keras
import numpy as np
import pytest

import kgan
from kgan import objectives


def networks(head: bool = False, **names: str) -> "tuple[keras.Model, keras.Model]":
    """Pictures of 4 x 4 and their masks, which are `sigmoid(4 picture)`, or have a layer of their own."""
    keras.utils.set_random_seed(0)
    z = keras.Input((3,))
    hidden = keras.layers.Dense(8, "relu")(z)
    pictures = keras.layers.Reshape((4, 4, 1))(keras.layers.Dense(16, "tanh")(hidden))
    own = keras.layers.Reshape((4, 4, 1))(keras.layers.Dense(16, "sigmoid", name="head")(hidden))
    masks = own if head else keras.layers.Activation("sigmoid")(4.0 * pictures)
    generator = keras.Model(z, {names.get("samples", "images"): pictures, names.get("further", "masks"): masks})
    discriminator = keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(4, "relu"), keras.layers.Dense(1)]
    )
    return generator, discriminator


@pytest.fixture(scope="module")
def gan() -> kgan.GAN:
    """A game that was trained with an objective that reads its samples."""
    gan = kgan.GAN(*networks(), seed=3, ema_half_life=20)
    gan.compile(objectives=[objectives.ModeSeeking(0.0)], jit_compile=False)
    pixels = np.random.RandomState(0).randint(0, 256, (16, 4, 4, 1)).astype(np.uint8)
    gan.fit(pixels, batch_size=8, epochs=1, verbose=0)
    return gan


def test_the_discriminator_compares_the_output_that_is_named_as_the_samples():
    for name in ("images", "samples"):
        gan = kgan.GAN(*networks(samples=name))
        assert gan.samples_output == name
        assert gan.compares == {"discriminator": name}
        assert gan.sample_shape == (4, 4, 1)


def test_training_moves_the_samples_as_it_does_without_further_outputs(gan):
    generator, discriminator = networks()
    alone = kgan.GAN(keras.Model(generator.inputs, generator.output["images"]), discriminator, seed=3, ema_half_life=20)
    alone.compile(objectives=[objectives.ModeSeeking(0.0)], jit_compile=False)
    pixels = np.random.RandomState(0).randint(0, 256, (16, 4, 4, 1)).astype(np.uint8)
    alone.fit(pixels, batch_size=8, epochs=1, verbose=0)
    np.testing.assert_allclose(gan.generate(6, seed=1), alone.generate(6, seed=1), rtol=0, atol=1e-6)


def test_a_seed_draws_the_masks_of_its_samples(gan):
    images, masks = gan.generate(5, seed=1), gan.generate(5, seed=1, output="masks")
    np.testing.assert_allclose(masks, 1.0 / (1.0 + np.exp(-4.0 * images.astype(np.float64))), atol=1e-6)
    in_batches = np.concatenate(list(gan.generate_in_batches(5, seed=1, output="masks", averaged=True)))
    np.testing.assert_array_equal(in_batches, masks)
    assert set(gan.predict(gan.latents.draw(2, 3, 1), verbose=0)) == {"images", "masks"}


def test_truncation_and_another_generator_reach_the_further_outputs_too(gan):
    sigmoid = 1.0 / (1.0 + np.exp(-4.0 * gan.generate(3, seed=1, truncation_psi=0.5, averaged=False)))
    masks = gan.generate(3, seed=1, truncation_psi=0.5, averaged=False, output="masks")
    np.testing.assert_allclose(masks, sigmoid, atol=1e-6)
    assert not np.allclose(masks, gan.generate(3, seed=1, output="masks"))


def test_an_output_with_weights_of_its_own_needs_an_objective_that_reads_it():
    gan = kgan.GAN(*networks(head=True))
    with pytest.raises(ValueError, match="Received: 'masks', which nothing uses"):
        gan.compile()


class OfMasks(objectives.Objective):
    """Masks that cover half of each picture, an objective of a user's own."""

    generator_outputs = ("masks",)

    def generator_loss(self, step: kgan.StepOutputs):
        return keras.ops.mean((keras.ops.mean(step.outputs["masks"], axis=(1, 2, 3)) - 0.5) ** 2)


def test_an_objective_trains_the_layer_of_a_further_output():
    gan = kgan.GAN(*networks(head=True), seed=3)
    gan.compile(objectives=[OfMasks()], jit_compile=False, generator_optimizer=keras.optimizers.Adam(0.05))
    before = gan.generator.get_layer("head").get_weights()[0].copy()
    pixels = np.random.RandomState(0).randint(0, 256, (16, 4, 4, 1)).astype(np.uint8)
    history = gan.fit(pixels, batch_size=8, epochs=3, verbose=0).history["generator_of_masks_loss"]
    assert history[-1] < history[0]
    assert not np.array_equal(before, gan.generator.get_layer("head").get_weights()[0])


def test_it_is_saved_and_read_back_with_all_of_its_outputs(gan, tmp_path):
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    for output in (None, "masks"):
        np.testing.assert_array_equal(again.generate(3, seed=2, output=output), gan.generate(3, seed=2, output=output))


def test_walks_in_latents_show_the_samples(gan):
    space = kgan.latent_tools.space_of(gan)
    z = space.draw(3, seed=1)
    np.testing.assert_allclose(space.samples(z), gan.generate(3, seed=1), atol=1e-6)


@pytest.mark.parametrize(
    ("outputs", "received"),
    [
        (lambda images, masks: [images, masks], "2 of them"),
        (lambda images, masks: {"a": images, "b": masks}, "'a', 'b'"),
        (lambda images, masks: {"images": images, "samples": masks}, "'images', 'samples'"),
    ],
    ids=["a list", "other names", "both names"],
)
def test_outputs_of_which_none_is_known_to_be_the_samples_are_refused(outputs, received):
    generator, discriminator = networks()
    with pytest.raises(ValueError, match=received):
        kgan.GAN(keras.Model(generator.inputs, outputs(*generator.output.values())), discriminator)


def test_an_output_that_is_not_there_is_refused_with_those_that_are():
    gan = kgan.GAN(*networks())
    with pytest.raises(ValueError, match="Expected output to be one of images, masks. Received: output='mask'"):
        gan.generate(2, output="mask")


def test_a_lone_output_can_be_asked_for_by_its_name():
    generator, discriminator = networks()
    gan = kgan.GAN(keras.Model(generator.inputs, generator.output["images"]), discriminator)
    np.testing.assert_array_equal(gan.generate(2, seed=1, output="samples"), gan.generate(2, seed=1))
    with pytest.raises(ValueError, match="one of samples"):
        gan.generate(2, output="images")
