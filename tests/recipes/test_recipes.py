import dataclasses

import keras
import numpy as np
import pytest

from kgan import penalties, recipes


@pytest.mark.parametrize("name", sorted(recipes.RECIPES))
@pytest.mark.parametrize("num_classes", [None, 10])
def test_every_recipe_builds_a_compiled_gan(name, num_classes):
    recipe = recipes.get(name).changed({"generator_width": "4", "discriminator_width": "4"})
    gan = recipe.build((28, 28, 1), num_classes, seed=3)
    assert gan.compiled
    assert gan.seed == 3
    assert gan.generator_takes_labels is (recipe.conditional and num_classes is not None)
    assert gan.latents.name == recipe.latents
    assert float(gan.generator_optimizer.learning_rate.numpy()) == pytest.approx(recipe.generator_learning_rate)
    assert gan.generate(2, seed=0).shape == (2, 28, 28, 1)


def test_the_dcgan_recipe_is_the_paper_s():
    gan = recipes.get("dcgan").build((64, 64, 3), None, seed=0)
    optimizer = gan.discriminator_optimizer
    assert (optimizer.beta_1, gan.latent_dim, recipes.get("dcgan").batch_size) == (0.5, 100, 128)
    assert gan.penalties == []
    assert any(isinstance(layer, keras.layers.BatchNormalization) for layer in gan.discriminator.layers)


def test_a_strength_of_zero_leaves_a_penalty_out():
    recipe = recipes.get("digits").changed({"r1_gamma": "0", "r2_gamma": "0.5"})
    (penalty,) = recipe.build((8, 8, 1), None, seed=0).penalties
    assert isinstance(penalty, penalties.R2)
    assert penalty.gamma == 0.5


def test_the_seed_fixes_the_weights_of_both_networks():
    recipe = recipes.get("digits").changed({"generator_width": "4"})
    one, two, other = (recipe.build((8, 8, 1), 10, seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("conditioning", ["projection", "concatenation", "auxiliary"])
def test_conditioning_augmentation_and_steps_can_be_set(conditioning):
    recipe = recipes.get("digits").changed(
        {
            "conditioning": conditioning,
            "augmentation": "translation,cutout",
            "discriminator_steps": "2",
            "generator_width": "4",
        }
    )
    gan = recipe.build((8, 8, 1), 10, seed=0)
    assert gan.augmentation.policy == "translation,cutout"
    assert gan.discriminator_steps == 2
    assert bool(gan.objectives) is (conditioning == "auxiliary")
    assert gan.discriminator_takes_labels is (conditioning != "auxiliary")
    assert not recipe.build((8, 8, 1), None, seed=0).objectives


def test_settings_are_read_by_the_type_of_their_field():
    changed = recipes.get("digits").changed(
        {"latent_dim": "128", "conditional": "False", "loss": "minimax", "ema_half_life": "none", "beta_1": "0.25"}
    )
    assert (changed.latent_dim, changed.conditional, changed.loss) == (128, False, "minimax")
    assert (changed.ema_half_life, changed.beta_1) == (None, 0.25)
    assert recipes.get("digits").changed({"ema_half_life": "500"}).ema_half_life == 500.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"latent_dims": "3"}, "Expected a setting to be one of .*Did you mean 'latent_dim'"),
        ({"latent_dim": "many"}, "Expected latent_dim as int. Received: latent_dim='many'"),
        ({"conditional": "maybe"}, "Expected conditional as bool"),
        ({"source": "me"}, "Expected a setting to be one of"),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        recipes.get("digits").changed(settings)


def test_an_unknown_recipe_is_named():
    with pytest.raises(ValueError, match="Expected recipe to be one of dcgan, digits.*Did you mean 'dcgan'"):
        recipes.get("dcgn")


def test_a_recipe_survives_as_plain_values():
    recipe = recipes.get("digits")
    assert recipes.Recipe(**dataclasses.asdict(recipe)) == recipe


def test_metrics_are_compiled_on_the_features_that_are_given():
    recipe = recipes.get("digits").changed({"generator_width": "4", "discriminator_width": "4"})
    gan = recipe.build((8, 8, 1), None, seed=0, features="pixels", num_samples=7)
    names = ["frechet_distance", "kernel_distance", "precision", "recall", "density", "coverage"]
    assert [metric.name for metric in gan.sample_metrics] == names
    assert {(metric.features, metric.num_samples) for metric in gan.sample_metrics} == {("pixels", 7)}
    assert recipe.build((8, 8, 1), None, seed=0).sample_metrics == []


def test_a_frechet_distance_on_many_pixels_is_left_out():
    large = [metric.name for metric in recipes.sample_metrics("pixels", (64, 64, 3))]
    assert "frechet_distance" not in large
    assert len(large) == 5
    assert len(recipes.sample_metrics("inception", (64, 64, 3))) == 6
