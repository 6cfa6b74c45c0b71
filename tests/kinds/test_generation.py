"""The kind of `kgan.GAN`: what it says of a model where the rooms ask."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import linear_game, small_dcgan
from kgan import recipes
from kgan.data import Splits
from kgan.models import kind


def test_a_gan_and_what_is_derived_from_it_are_of_this_kind():
    class Derived(kgan.GAN):
        """A GAN of the user's own."""

    model = small_dcgan()
    assert kind.of(model) is kind.named("gan")
    derived = Derived(model.generator, model.discriminator, seed=0)
    assert kind.of(derived) is kind.named("gan")
    with pytest.raises(TypeError, match="of a kind that kgan knows: GAN.*Received: a AdversarialModel"):
        kind.of(kgan.AdversarialModel(model.generator, model.discriminator, seed=0))
    with pytest.raises(ValueError, match="Expected kind to be one of .*gan.*Did you mean 'gan'"):
        kind.named("gam")


def tagged_gan():
    return kgan.GAN(
        kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, num_tags=3, seed=0),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_tags=3, seed=1),
        seed=0,
    )


@pytest.mark.parametrize(
    ("made", "inputs", "output", "counts"),
    [
        (small_dcgan, [("latents", (4,), "float32")], ("images", (8, 8, 1)), ("null", "null")),
        (
            lambda: small_dcgan(num_classes=3),
            [("latents", (4,), "float32"), ("labels", (), "int64")],
            ("images", (8, 8, 1)),
            ("3", "null"),
        ),
        (
            tagged_gan,
            [("latents", (4,), "float32"), ("labels", (3,), "float32")],
            ("images", (8, 8, 1)),
            ("null", "3"),
        ),
        (lambda: linear_game(4, 2), [("latents", (4,), "float32")], ("samples", (2,)), ("null", "null")),
    ],
)
def test_what_is_exported_has_names_shapes_and_what_is_needed_to_run_it(made, inputs, output, counts):
    model = made()
    exported = kind.of(model).exported(model)
    assert [(one.name, one.shape, one.dtype) for one in exported.inputs] == inputs
    assert (exported.output.name, exported.output.shape, exported.output.dtype) == (*output, "float32")
    assert exported.value_range == ((-1.0, 1.0) if len(output[1]) == 3 else None)
    assert exported.metadata["kgan_latent_distribution"] == "normal"
    assert exported.metadata["kgan_latent_dim"] == "4"
    assert exported.metadata["kgan_sample_shape"] == json.dumps(output[1])
    assert (exported.metadata["kgan_num_classes"], exported.metadata["kgan_num_tags"]) == counts


def test_the_exported_call_is_the_generator_in_inference_mode():
    for made in (small_dcgan, lambda: small_dcgan(num_classes=3), tagged_gan):
        model = made()
        exported = kind.of(model).exported(model)
        example = exported.example(3)
        assert list(example) == [one.name for one in exported.inputs]
        for one in exported.inputs:
            assert (example[one.name].shape, example[one.name].dtype.name) == ((3, *one.shape), one.dtype)
        expected = _generated(model, example)
        received = exported.call(model.generator, *map(tf.constant, example.values()))
        np.testing.assert_allclose(received, expected, atol=1e-6)


def _generated(model, example):
    inputs = list(example.values())
    return model.generator(inputs if len(inputs) > 1 else inputs[0], training=False)


def test_other_data_than_a_model_was_trained_on_are_refused(small_images, small_labels):
    splits = kgan.data.load((small_images, small_labels), batch_size=10)
    kind.named("gan").check_same_data(small_dcgan(num_classes=10), splits)
    kind.named("gan").check_same_data(small_dcgan(), splits)
    with pytest.raises(ValueError, match="8, 8, 1.*3 classes. Received: shape .*10 classes"):
        kind.named("gan").check_same_data(small_dcgan(num_classes=3), splits)


def test_tags_reach_the_networks_and_their_names_the_model(tmp_path):
    images = np.random.RandomState(0).randint(0, 256, (40, 8, 8, 1)).astype(np.uint8)
    tags = (np.arange(40)[:, None] % [2, 3, 5] == 0).astype(np.float32)
    batches = tf.data.Dataset.from_tensor_slices((images, tags)).batch(8)
    splits = Splits(batches, batches, (8, 8, 1), 40, tag_names=("even", "third", "fifth"))
    recipe = recipes.get("digits").changed({"generator.width": 4, "discriminator.width": 4, "generator.latent_dim": 4})
    gan = kind.named("gan").build(recipe, splits, seed=0)
    assert (gan.num_tags, gan.num_classes, gan.class_names) == (3, None, ("even", "third", "fifth"))
    np.testing.assert_array_equal(gan.generate(1, 0, ["even", "fifth"]), gan.generate(1, 0, [1, 0, 1]))
    kind.named("gan").check_same_data(gan, splits)
    fewer = dataclasses.replace(splits, tag_names=("even", "third"))
    with pytest.raises(ValueError, match="8, 1., 3 tags. Received: shape .8, 8, 1., 2 tags"):
        kind.named("gan").check_same_data(gan, fewer)
    unconditional = kind.named("gan").build(recipe.changed({"model.conditional": False}), splits, seed=0)
    assert (unconditional.num_tags, unconditional.class_names) == (None, None)
