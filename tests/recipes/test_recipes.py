"""What a recipe builds."""

import dataclasses

import keras
import numpy as np
import pytest

import kgan
from kgan import data, objectives, penalties, recipes, schedules

SMALL = {"generator.width": 8, "discriminator.width": 8}


def shaped(shape=(8, 8, 1), num_classes=None):
    """Data of that shape, to build for."""
    names = None if num_classes is None else tuple(map(str, range(num_classes)))
    return data.Splits(None, None, shape, class_names=names)


GENERATION = [name for name, recipe in recipes.RECIPES.items() if recipe.kind == "gan"]
LARGE = ("anime", "biggan", "fastgan", "pggan", "r3gan", "sagan", "sngan", "stylegan2")  # seconds to build
EACH_WAY = (
    "dcgan",
    "digits",
)  # tried with classes and without; the others with classes, and without when there is time


@pytest.mark.parametrize(
    ("name", "num_classes"),
    [
        pytest.param(name, classes, marks=pytest.mark.slow if name in LARGE or name not in with_classes else ())
        for classes, with_classes in ((10, GENERATION), (None, EACH_WAY))
        for name in GENERATION
    ],
)
def test_every_recipe_of_a_gan_builds_a_compiled_one(name, num_classes):
    recipe = recipes.get(name).changed(SMALL)
    gan = recipe.build(shaped((28, 28, 1), num_classes), seed=3)
    assert gan.compiled
    assert gan.seed == 3
    assert gan.generator_takes_labels is (recipe.model["conditional"] and num_classes is not None)
    assert gan.latents.name == recipe.model["latents"]
    rate = recipe.generator_optimizer["learning_rate"]
    first = rate.get("initial_learning_rate", rate.get("start")) if isinstance(rate, dict) else rate
    assert float(gan.generator_optimizer.learning_rate.numpy()) == pytest.approx(first)
    assert gan.generate(2, seed=0).shape == (2, 28, 28, 1)


def test_the_dcgan_recipe_is_the_paper_s():
    gan = recipes.get("dcgan").build(shaped((64, 64, 3)))
    optimizer = gan.discriminator_optimizer
    assert (optimizer.beta_1, gan.latent_dim, recipes.get("dcgan").batch_size) == (0.5, 100, 128)
    assert gan.penalties == []
    assert any(isinstance(layer, keras.layers.BatchNormalization) for layer in gan.discriminator.layers)


@pytest.mark.parametrize(
    ("name", "loss", "steps", "rates", "betas"),
    [
        ("mlp", "non_saturating", 1, (0.1, 0.05), None),
        ("wgan-gp", "wasserstein", 5, (2e-4, 2e-4), (0.0, 0.9)),
        ("sngan", "hinge", 5, (2e-4, 2e-4), (0.0, 0.9)),
        ("sagan", "hinge", 1, (1e-4, 4e-4), (0.0, 0.9)),
        ("biggan", "hinge", 2, (5e-5, 2e-4), (0.0, 0.999)),
    ],
)
def test_the_recipes_of_classic_families_are_the_papers(name, loss, steps, rates, betas):
    recipe = recipes.get(name)
    gan = recipe.changed(SMALL).build(shaped((16, 16, 3)))
    assert (gan.adversarial_loss.name, gan.discriminator_steps) == (loss, steps)
    for optimizer, rate in zip((gan.generator_optimizer, gan.discriminator_optimizer), rates, strict=True):
        assert float(optimizer.learning_rate.numpy()) == pytest.approx(rate)
        if betas is not None:
            assert (optimizer.beta_1, optimizer.beta_2) == betas
    found = {one.name: one.weight for one in (*gan.penalties, *gan.objectives)}
    assert found == {"wgan-gp": {"wgangp_penalty": 10.0}, "biggan": {"orthogonal_regularization": 1e-4}}.get(name, {})
    assert recipe.generator["architecture"] == f"{name.replace('-', '_')}{'_resnet' * (name == 'wgan-gp')}_generator"


@pytest.mark.parametrize(("name", "updates"), [("wgan-gp", 100_000), ("sngan", 50_000)])
def test_rates_that_fall_to_nothing_do_so_at_the_same_time_on_both_sides(name, updates):
    gan = recipes.get(name).changed(SMALL).build(shaped((16, 16, 3)))
    for optimizer, steps in ((gan.generator_optimizer, updates), (gan.discriminator_optimizer, 5 * updates)):
        for share in (0, 0.5, 1, 2):
            optimizer.iterations.assign(int(share * steps))
            assert float(optimizer.learning_rate.numpy()) == pytest.approx(2e-4 * max(1 - share, 0), abs=1e-10)


def test_a_strength_of_zero_leaves_a_penalty_out():
    recipe = recipes.get("digits").changed({"r1_gamma": "0", "r2_gamma": "0.5"})
    (penalty,) = recipe.build(shaped()).penalties
    assert isinstance(penalty, penalties.R2)
    assert penalty.gamma == 0.5


def test_a_weight_of_zero_leaves_an_objective_out():
    recipe = recipes.get("digits").changed(
        {"objectives.mode_seeking.weight": "0", "objectives.feature_matching.weight": "2"}
    )
    (objective,) = recipe.compile_arguments()["objectives"]
    assert (objective.name, objective.weight) == ("feature_matching", 2.0)


def test_the_seed_fixes_the_weights_of_both_networks():
    recipe = recipes.get("digits").changed({"generator_width": "4"})
    one, two, other = (recipe.build(shaped(num_classes=10), seed).get_weights() for seed in (1, 1, 2))
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
    gan = recipe.build(shaped(num_classes=10))
    assert gan.augmentation.policy == "translation,cutout"
    assert gan.discriminator_steps == 2
    assert bool(gan.objectives) is (conditioning == "auxiliary")
    assert gan.discriminator_takes_labels is (conditioning != "auxiliary")
    assert not recipe.build(shaped()).objectives


def test_an_auxiliary_classifier_keeps_the_weight_that_the_recipe_gives_it():
    recipe = recipes.get("digits").changed({**SMALL, "conditioning": "auxiliary"})
    gan = recipe.changed({"objectives.auxiliary_classifier.weight": 0.5}).build(shaped(num_classes=3))
    (objective,) = gan.objectives
    assert isinstance(objective, objectives.AuxiliaryClassifier)
    assert objective.weight == 0.5


def test_schedules_of_penalties_averages_and_optimizers_are_compiled():
    cosine = "{name = cosine, start = 1.0, end = 0.1, images = 1000}"
    recipe = recipes.get("digits").changed(
        {
            **SMALL,
            "penalties.r1.gamma": cosine,
            "ema_half_life": "{name = linear, start = 10, end = 500, images = 100}",
            "beta_2": "{name = linear, start = 0.9, end = 0.99, images = 100}",
            "generator_optimizer.learning_rate": "{name = cosine_decay, initial_learning_rate = 1e-3, decay_steps = 9}",
        }
    )
    gan = recipe.build(shaped())
    r1 = next(one for one in gan.penalties if isinstance(one, penalties.R1))
    assert isinstance(r1.gamma, schedules.Cosine)
    assert float(r1.gamma(0)) == pytest.approx(1.0)
    assert float(r1.gamma(1000)) == pytest.approx(0.1)
    assert float(gan.ema_half_life(50)) == pytest.approx(255.0)
    assert float(gan.beta_2(50)) == pytest.approx(0.945)
    rate = gan.generator_optimizer.get_config()["learning_rate"]
    assert rate["class_name"] == "CosineDecay"


def test_mutual_information_is_of_the_model_s_own_latents():
    coded = "{name = coded, noise = 4, categorical = [3], continuous = 1}"
    recipe = recipes.get("digits").changed({"latents": coded, "objectives.mutual_information.weight": "0.5"})
    (objective,) = recipe.compile_arguments()["objectives"]
    assert objective.latents.get_config() == recipe.model_arguments()["latents"].get_config()
    assert objective.weight == 0.5


def test_a_recipe_builds_from_what_the_loader_takes():
    images = np.random.RandomState(0).randint(0, 256, (80, 8, 8, 1)).astype(np.uint8)
    gan = recipes.get("digits").changed(SMALL).build((images, np.arange(80) % 4), seed=2)
    assert (gan.sample_shape, gan.num_classes) == ((8, 8, 1), 4)


def test_metrics_that_are_given_are_compiled():
    recipe = recipes.get("digits").changed(SMALL)
    gan = recipe.build(shaped(), 0, recipes.sample_metrics("pixels", (8, 8, 1), 7))
    names = ["frechet_distance", "kernel_distance", "precision", "recall", "density", "coverage"]
    assert [metric.name for metric in gan.sample_metrics] == names
    assert {(metric.features, metric.num_samples) for metric in gan.sample_metrics} == {("pixels", 7)}
    assert recipe.build(shaped()).sample_metrics == []


def test_a_frechet_distance_on_many_pixels_is_left_out():
    large = [metric.name for metric in recipes.sample_metrics("pixels", (64, 64, 3))]
    assert "frechet_distance" not in large
    assert len(large) == 5
    assert len(recipes.sample_metrics("inception", (64, 64, 3))) == 6


def test_an_unknown_recipe_is_named():
    with pytest.raises(ValueError, match="Expected recipe to be one of .*dcgan, .*Did you mean 'dcgan'"):
        recipes.get("dcgn")


@pytest.mark.parametrize("name", sorted(recipes.RECIPES))
def test_a_recipe_survives_as_plain_values(name):
    recipe = recipes.get(name)
    assert recipes.Recipe(**dataclasses.asdict(recipe)) == recipe
    assert recipes.Recipe.from_dict(recipe.content()) == recipe


@pytest.mark.parametrize("name", sorted(recipes.RECIPES))
def test_every_setting_of_a_recipe_says_where_it_comes_from(name):
    recipe = recipes.get(name)
    for leaf in recipe.leaves():
        if leaf not in ("name", "kind", "source"):
            assert recipe.source_of(leaf), leaf


@pytest.mark.parametrize("name", ["digits", "dcgan"])
def test_a_recipe_s_numbers_are_those_of_before_it_was_a_table(name):
    """Settings of version 0.1, written out."""
    adam = {"digits": (1e-3, 0.0, 0.99), "dcgan": (2e-4, 0.5, 0.999)}[name]
    gan = recipes.get(name).build(shaped((28, 28, 1), 10))
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        assert float(optimizer.learning_rate.numpy()) == pytest.approx(adam[0])
        reference = keras.optimizers.Adam(adam[0], beta_1=adam[1], beta_2=adam[2]).get_config()
        assert {**optimizer.get_config(), "name": "adam"} == {**reference, "name": "adam"}
    expected = {"digits": ("relativistic_pairing", ["r1_penalty", "r2_penalty"]), "dcgan": ("non_saturating", [])}[name]
    assert (gan.adversarial_loss.name, [one.name for one in gan.penalties]) == expected
    assert (gan.ema_half_life, gan.latent_dim) == {"digits": (20_000.0, 64), "dcgan": (None, 100)}[name]


def test_a_recipe_refuses_another_sort_of_network_for_a_side():
    with pytest.raises(ValueError, match="Expected side to be one of discriminator, generator"):
        recipes.get("digits").network("generatr")
    assert kgan.recipes.get("digits").network("generator", sample_shape=(8, 8, 1), seed=1).output_shape == (
        None,
        8,
        8,
        1,
    )


def pairs(side=32):
    """Data of pairs of pictures, to build for."""
    return data.Splits(None, None, (side, side, 3), input_shape=(side, side, 1))


def test_the_pix2pix_recipe_is_the_paper_s():
    recipe = recipes.get("pix2pix")
    assert (recipe.kind, recipe.batch_size, recipe.epochs) == ("translation", 1, 200)
    model = recipe.changed(SMALL).build(pairs(), seed=4)
    assert isinstance(model, kgan.Translation)
    assert model.seed == 4
    (objective,) = model.objectives
    assert isinstance(objective, objectives.L1)
    assert objective.weight == 100.0
    assert (model.adversarial_loss.name, model.penalties, model.ema_generator) == ("non_saturating", [], None)
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert float(optimizer.learning_rate.numpy()) == pytest.approx(2e-4)
        assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.999)
    rates = [layer.rate for layer in model.generator.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates
    assert set(rates) == {0.5}


def test_the_pix2pix_networks_have_the_paper_s_width():
    recipe = recipes.get("pix2pix")
    assert (recipe.generator["width"], recipe.discriminator["width"], recipe.discriminator["layers"]) == (64, 64, 3)
    discriminator = recipe.network("discriminator", sample_shape=(64, 64, 3), condition_shape=(64, 64, 3), seed=0)
    assert discriminator.count_params() == pytest.approx(2_768_705, rel=2e-3)  # of the paper's, which has batch norm


def test_the_spade_recipe_is_the_paper_s_but_for_its_distances_in_features():
    recipe = recipes.get("spade")
    small = {"generator.width": 2, "generator.hidden": 4, "generator.map_classes": 3}
    small |= {
        f"discriminators.{one}.{name}": n for one in ("fine", "coarse") for name, n in (("width", 2), ("layers", 2))
    }
    splits = data.Splits(None, None, (32, 32, 3), input_shape=(32, 32, 1))
    model = recipe.changed(small).build(splits, seed=4)
    assert set(model.discriminators) == {"fine", "coarse"}
    assert [one.output_shape[1:] for one in model.discriminators.values()] == [(6, 6, 1), (2, 2, 1)]
    assert model.generator.get_layer("labels").num_classes == 3
    assert model.discriminators["fine"].get_layer("labels").num_classes == 256
    assert (model.adversarial_loss.name, [one.name for one in model.objectives]) == ("hinge", ["l1"])
    rates = [float(one.learning_rate.numpy()) for one in (model.generator_optimizer, model.discriminator_optimizer)]
    assert rates == pytest.approx([1e-4, 4e-4])


def test_a_recipe_of_pairs_builds_from_pairs():
    random = np.random.RandomState(0)
    inputs, targets = (random.randint(0, 256, (20, 32, 32, 3)).astype(np.uint8) for _ in range(2))
    model = recipes.get("pix2pix").changed(SMALL).build((inputs, targets))
    assert model.generator.output_shape == (None, 32, 32, 3)
