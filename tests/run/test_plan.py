"""Plans: everything that repeats a run."""

import dataclasses
import json

import pytest

from kgan import recipes, run


def test_a_plan_survives_as_json():
    plan = run.Plan.make(
        "digits",
        settings={"penalties.r1.gamma": "{name=cosine, start=1.0, end=0.1, images=1e5}", "augmentation": "ada"},
        image_size=16,
        seed=3,
    )
    assert run.Plan.from_dict(json.loads(json.dumps(dataclasses.asdict(plan)))) == plan


def test_options_of_the_command_line_are_settings_of_the_recipe():
    plan = run.Plan.make("digits", epochs=3, batch_size=7, image_size=16, crop=False)
    assert (plan.recipe.epochs, plan.recipe.batch_size) == (3, 7)
    assert (plan.recipe.data["image_size"], plan.recipe.data["crop"]) == (16, False)
    assert run.Plan.make("digits").recipe.data == recipes.get("digits").data
    assert plan.recipe.sources["epochs"] == "set; digits has 30"


def test_a_plan_takes_a_recipe_a_name_or_a_file(tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text('base = "digits"\nepochs = 4\n', encoding="utf-8")
    assert run.Plan.make("digits", str(mine)).recipe.epochs == 4
    assert run.Plan.make("digits", recipes.get("dcgan")).recipe == recipes.get("dcgan")


def test_settings_are_told_by_dotted_names():
    settings = run.Plan.make("digits", seed=2).settings()
    assert (settings["data"], settings["recipe"], settings["seed"]) == ("digits", "digits", 2)
    assert settings["generator.width"] == 32
    assert settings["penalties.r1.gamma"] == 1.0
    assert "init_from" not in settings


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "Expected epochs >= 1"),
        ({"epochs": 10**6}, "Expected epochs of at most 100,000"),
        ({"batch_size": 0}, "Expected batch_size >= 1"),
        ({"seed": -1}, "Expected seed >= 0"),
        ({"seed": 2**31}, "Expected seed of at most"),
        ({"recipe": "digit"}, "Did you mean 'digits'"),
        ({"settings": {"features": "digit"}}, "Expected features to be one of .*Did you mean 'digits'"),
        ({"settings": {"generator.width": 0}}, "Expected generator.width >= 1"),
        ({"settings": {"latent_dim": 0}}, "Expected generator.latent_dim >= 1"),
        ({"settings": {"discriminator.width": 10**9}}, "Expected discriminator.width for which 16 GiB"),
    ],
)
def test_bad_plans_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        run.Plan.make("digits", **arguments)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "plan=None, where dict was due"),
        ({}, "plan without recipe"),
        ({"recipe": {}}, "plan without source"),
        ({"source": "digits", "recipe": []}, "Expected a recipe as a table"),
        ({"source": "digits", "recipe": {}}, "Expected name to be given"),
        ({"source": "digits", "recipe": {"unknown": 1}}, "Received: unknown"),
        ({"source": "digits", "recipe": {}, "sead": 1}, r"plan with \['sead'\]"),
    ],
)
def test_a_plan_that_kgan_did_not_write_is_refused(content, message):
    with pytest.raises(ValueError, match=message):
        run.Plan.from_dict(content)
