"""`kgan recipes`, and what `kgan train` takes of them."""

import re
import tomllib

import pytest

import commands
import kgan


def test_recipes_are_listed_with_their_sources():
    done = commands.kgan("recipes")
    assert done.code == 0, done.err
    for name, recipe in kgan.recipes.RECIPES.items():
        assert re.search(rf"^{name} +{recipe.kind} +{re.escape(recipe.source)}$", done.out, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(kgan.recipes.RECIPES))
def test_a_recipe_is_shown_whole_as_the_file_that_is_taken_back(tmp_path, name):
    done = commands.kgan("recipes", "show", name)
    assert done.code == 0, done.err
    (tmp_path / "mine.toml").write_text(done.out, encoding="utf-8")
    assert kgan.recipes.get(str(tmp_path / "mine.toml")) == kgan.recipes.get(name)
    again = commands.kgan("recipes", "show", tmp_path / "mine.toml")
    assert again.out == done.out


@pytest.mark.slow
def test_a_run_turns_back_into_a_file_that_plans_the_same_run(tmp_path, trained):
    done = commands.kgan("recipes", "show", trained.folder)
    assert done.code == 0, done.err
    content = tomllib.loads(done.out)
    assert (content["epochs"], content["generator"]["width"], content["data"]["image_size"]) == (2, 4, 8)
    assert content["sources"]["epochs"] == "set; digits has 30"
    (tmp_path / "mine.toml").write_text(done.out, encoding="utf-8")
    of_run = kgan.run.Run(trained.folder).plan
    plan = kgan.run.Plan.make(of_run.source, str(tmp_path / "mine.toml"), seed=of_run.seed)
    assert plan == of_run


@pytest.mark.slow  # trains once more; test_init_from.py does without the command
def test_training_starts_from_another_run_by_a_recipe_in_a_file(tmp_path, trained, folder_of_digits):
    (tmp_path / "mine.toml").write_text(commands.kgan("recipes", "show", trained.folder).out, encoding="utf-8")
    changes = ["--set", "discriminator_optimizer.learning_rate=1e-4", "--set", "penalties.r1=none", "--epochs", 1]
    changes += ["--recipe", tmp_path / "mine.toml", "--init-from", trained.folder, "--out", tmp_path / "out"]
    done = commands.kgan("train", folder_of_digits, *changes)
    assert done.code == 0, done.err
    plan = kgan.run.Run(tmp_path / "out").plan
    assert plan.init_from == str(trained.folder)
    assert plan.recipe.discriminator_optimizer["learning_rate"] == 1e-4
    assert list(plan.recipe.penalties) == ["r2"]
    assert plan.recipe.sources["discriminator_optimizer.learning_rate"] == "set; digits has 0.001"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["recipes", "show", "dcgn"], "Did you mean 'dcgan'"),
        (["recipes", "show", "nowhere.toml"], "Expected a recipe in TOML at"),
        (["recipes", "shew"], "Expected a command of kgan recipes: show"),
        (["train", "digits", "--recipe", "nowhere.toml"], "Expected a recipe in TOML at"),
        (["train", "digits", "--set", "generator.widht=3"], "Did you mean 'generator.width'"),
        (["train", "digits", "--set", "width=3"], "generator.width, discriminator.width"),
        (["train", "digits", "--init-from", "nowhere"], "Expected --init-from as a run folder of kgan train"),
        (["train", "digits", "--direction", "b2a"], "Received: data.direction"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    done = commands.kgan(*arguments)
    assert done.code == 2
    assert message in done.err
    assert list(tmp_path.iterdir()) == []
