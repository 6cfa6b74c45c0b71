"""Plans of before recipes were tables."""

import pytest

from kgan import recipes, run
from kgan.recipes import flat

RECIPE = {
    "source": "kgan, measured on the digits",
    "epochs": 2,
    "batch_size": 20,
    "conditional": True,
    "conditioning": "auxiliary",
    "latents": "uniform",
    "latent_dim": 4,
    "generator_width": 5,
    "discriminator_width": 6,
    "generator_batch_norm": True,
    "discriminator_batch_norm": False,
    "loss": "non_saturating",
    "r1_gamma": 0.25,
    "r2_gamma": 0.0,
    "augmentation": "translation,cutout",
    "discriminator_steps": 2,
    "generator_learning_rate": 0.001,
    "discriminator_learning_rate": 0.002,
    "beta_1": 0.0,
    "beta_2": 0.99,
    "ema_half_life": None,
    "features": "pixels",
}
PLAN = {
    "source": "digits",
    "recipe_name": "digits",
    "recipe": RECIPE,
    "seed": 5,
    "image_size": 16,
    "crop": False,
    "strict": True,
}


def test_a_flat_plan_becomes_tables():
    plan = run.Plan.from_dict(PLAN)
    assert (plan.source, plan.seed, plan.strict, plan.init_from) == ("digits", 5, True, None)
    leaves = plan.recipe.leaves()
    expected = {
        "name": "digits",
        "kind": "gan",
        "source": "kgan, measured on the digits",
        "epochs": 2,
        "batch_size": 20,
        "features": "pixels",
        "loss.name": "non_saturating",
        "augmentation.name": "diff_augment",
        "augmentation.policy": "translation,cutout",
        "discriminator_steps": 2,
        "generator.architecture": "dcgan_generator",
        "generator.latent_dim": 4,
        "generator.width": 5,
        "generator.batch_norm": True,
        "discriminator.architecture": "dcgan_discriminator",
        "discriminator.width": 6,
        "discriminator.conditioning": "auxiliary",
        "discriminator.batch_norm": False,
        "model.conditional": True,
        "model.latents": "uniform",
        "model.ema_half_life": None,
        "generator_optimizer.name": "adam",
        "generator_optimizer.learning_rate": 0.001,
        "discriminator_optimizer.learning_rate": 0.002,
        "penalties.r1.gamma": 0.25,
        "data.image_size": 16,
        "data.crop": False,
    }
    assert {name: leaves[name] for name in expected} == expected
    assert list(plan.recipe.penalties) == ["r1"]
    for optimizer in (plan.recipe.generator_optimizer, plan.recipe.discriminator_optimizer):
        assert (optimizer["beta_1"], optimizer["beta_2"]) == (0.0, 0.99)


@pytest.mark.parametrize("name", ["digits", "dcgan"])
def test_a_flat_recipe_of_then_is_the_recipe_of_today(name):
    """Settings as version 0.1 wrote them; those that are not named were its defaults."""
    own = {
        "digits": {"epochs": 30},
        "dcgan": {
            "epochs": 25,
            "batch_size": 128,
            "conditional": False,
            "latents": "uniform",
            "latent_dim": 100,
            "generator_width": 128,
            "discriminator_width": 128,
            "discriminator_batch_norm": True,
            "loss": "non_saturating",
            "r1_gamma": 0.0,
            "r2_gamma": 0.0,
            "generator_learning_rate": 2e-4,
            "discriminator_learning_rate": 2e-4,
            "beta_1": 0.5,
            "beta_2": 0.999,
            "ema_half_life": None,
        },
    }[name]
    today = recipes.get(name)
    converted = run.Plan.from_dict(
        {"source": "digits", "recipe_name": name, "recipe": {"source": today.source, **own}}
    ).recipe
    assert converted.leaves() == today.leaves()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": True}, "plan.recipe.epochs=True, where int was due"),
        ({"unknown": 1}, r"plan.recipe with \['unknown'\]"),
        ({"loss": None}, "plan.recipe.loss=None, where str was due"),
        ({"loss": "hing"}, "Expected loss to be one of"),
        ({"r1_gamma": float("nan")}, "plan.recipe.r1_gamma=nan"),
        ({"latent_dim": 10**12}, "Expected latent_dim for which 16 GiB"),
        ({"epochs": 10**12}, "Expected epochs of at most 100,000"),
    ],
)
def test_a_flat_plan_that_is_wrong_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        run.Plan.from_dict(PLAN | {"recipe": RECIPE | changes})


def test_only_plans_of_then_are_flat():
    assert flat.is_flat(PLAN)
    assert not flat.is_flat({"source": "digits", "recipe": {}})
    assert not flat.is_flat(None)
