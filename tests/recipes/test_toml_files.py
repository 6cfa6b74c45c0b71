"""Recipes as files: they compose, make the round trip, and are refused by name."""

import tomllib

import pytest

from kgan import recipes

MINIMAL = """
epochs = 3
[generator]
architecture = "dcgan_generator"
[discriminator]
architecture = "dcgan_discriminator"
"""


def written(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", sorted(recipes.RECIPES))
def test_a_recipe_makes_the_round_trip_through_toml(tmp_path, name):
    recipe = recipes.get(name)
    assert recipes.get(str(written(tmp_path, "copy.toml", recipe.to_toml()))) == recipe


def test_a_changed_recipe_makes_the_round_trip_too(tmp_path):
    recipe = recipes.get("digits").changed(
        {
            "penalties.r1.gamma": "{name=cosine, start=1.0, end=0.1, images=1e5}",
            "penalties.r2": "none",
            "objectives.mode_seeking.weight": "0.1",
            "augmentation": "ada",
            "loss": "non_saturating",
            "latents": "{name=coded, noise=3, categorical=[2, 3], continuous=0}",
            "features": 'inception:a "b" \\ \x7f c.pth',
        }
    )
    text = recipe.to_toml()
    assert recipes.Recipe.from_toml(written(tmp_path, "copy.toml", text)) == recipe
    assert tomllib.loads(text)["penalties"]["r1"]["gamma"]["end"] == 0.1


def test_what_a_file_leaves_out_is_filled_in(tmp_path):
    recipe = recipes.Recipe.from_toml(written(tmp_path, "mine.toml", MINIMAL))
    assert (recipe.name, recipe.kind, recipe.epochs, recipe.batch_size) == ("mine", "gan", 3, 64)
    assert recipe.generator == {
        "architecture": "dcgan_generator",
        "latent_dim": 64,
        "width": 64,
        "batch_norm": True,
        "upsampling": "transposed",
    }
    assert (recipe.generator_optimizer["learning_rate"], recipe.generator_optimizer["beta_1"]) == (2e-4, 0.5)
    assert recipe.source.endswith("mine.toml")


def test_a_file_composes_on_a_base(tmp_path):
    text = 'base = "digits"\nepochs = 5\n[penalties]\nr2 = "none"\n[penalties.r1]\ngamma = 0.5\n'
    recipe = recipes.Recipe.from_toml(written(tmp_path, "mine.toml", text))
    digits = recipes.get("digits")
    assert (recipe.name, recipe.epochs, list(recipe.penalties)) == ("mine", 5, ["r1"])
    assert recipe.generator == digits.generator
    assert recipe.sources["epochs"] == "recipe mine; digits has 30"
    assert recipe.sources["generator.width"] == digits.sources["generator.width"]


def test_bases_go_on_from_file_to_file(tmp_path):
    (tmp_path / "deeper").mkdir()
    written(tmp_path, "one.toml", 'base = "digits"\nepochs = 5\n[sources]\nepochs = "a whim"\n')
    two = written(tmp_path / "deeper", "two.toml", 'base = "../one.toml"\n[generator]\nwidth = 8\n')
    recipe = recipes.Recipe.from_toml(two)
    assert (recipe.epochs, recipe.generator["width"], recipe.name) == (5, 8, "two")
    assert recipe.sources["epochs"] == "a whim"


def test_another_architecture_on_a_base_keeps_the_arguments_that_it_takes_too(tmp_path):
    text = 'base = "digits"\n[loss]\nname = "non_saturating"\n[generator_optimizer]\nname = "rmsprop"\n'
    recipe = recipes.Recipe.from_toml(written(tmp_path, "mine.toml", text))
    assert recipe.loss == {"name": "non_saturating", "label_smoothing": 0.0}
    assert recipe.generator_optimizer["learning_rate"] == 1e-3
    assert "beta_1" not in recipe.generator_optimizer


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epochs = ", "Expected a recipe in TOML at "),
        ("epochs = 3", "Expected generator to be given. Received: a recipe without it"),
        ("epoch = 3\n" + MINIMAL, "Received: epoch. Did you mean 'epochs'"),
        ("base = 'digits'\nepoch = 3", "Received: epoch. Did you mean 'epochs'"),
        ("base = 'digit'", "Expected base as the name of a recipe.*Did you mean 'digits'"),
        ("base = 3", "Expected base as the name of a recipe"),
        ("base = 'nowhere.toml'", "Expected a recipe in TOML at .*nowhere.toml"),
        ("base = 'digits'\nepochs = '3'", "Expected epochs as a whole number. Received: epochs='3'"),
        ("base = 'digits'\ngenerator = 3", "Expected generator as an architecture"),
        ("base = 'digits'\npenalties = ['r1']", "Expected penalties as a table"),
        ("base = 'digits'\nkind = 'translatoin'", "Expected kind='gan', that of the base digits"),
        ("kind = 'gun'\n" + MINIMAL, "Expected kind to be one of .*Did you mean 'gan'"),
        ("kind = 3\n" + MINIMAL, "Expected kind as a word"),
        ("base = 'digits'\n[generator]\nwidht = 3", "Did you mean 'generator.width'"),
        (
            "base = 'digits'\n[sources]\n'generator.widht' = 'me'",
            "Received: sources.'generator.widht'. Did you mean 'generator.width'",
        ),
        ("base = 'digits'\n[sources]\nepochs = 3", "Expected sources.'epochs' as a word"),
        ("base = 'digits'\nsources = 3", "Expected sources as a table of texts"),
        ("a = " + "{a = " * 40 + "1" + "}" * 40, "deep|recursion|Expected"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_name(tmp_path, text, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        recipes.Recipe.from_toml(written(tmp_path, "mine.toml", text))


def test_a_cycle_of_bases_is_refused(tmp_path):
    written(tmp_path, "one.toml", 'base = "two.toml"')
    written(tmp_path, "two.toml", 'base = "one.toml"')
    with pytest.raises(ValueError, match=r"Received: one.toml -> two.toml -> one.toml, a cycle"):
        recipes.get(str(tmp_path / "one.toml"))


def test_a_file_that_is_none_or_too_large_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Expected a recipe in TOML at .*missing.toml"):
        recipes.get(str(tmp_path / "missing.toml"))
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\0")
    with pytest.raises(ValueError, match="Expected a recipe in TOML at .*binary.toml"):
        recipes.get(str(tmp_path / "binary.toml"))
    written(tmp_path, "large.toml", "#" * 2**21)
    with pytest.raises(ValueError, match="a file of 2,097,152 bytes"):
        recipes.get(str(tmp_path / "large.toml"))


def test_a_source_may_outlive_its_setting(tmp_path):
    """Whoever edits what `kgan recipes show` prints does not have to find the source of each setting that goes."""
    text = (
        recipes.get("dcgan")
        .to_toml()
        .replace('loss = { name = "non_saturating", label_smoothing = 0.0 }', 'loss = "hinge"')
    )
    text += '"loss.name" = "me"\n"penalties.r1.gamma" = "me"\n"augmentation.target" = "me"\n'
    recipe = recipes.Recipe.from_toml(written(tmp_path, "mine.toml", text))
    assert (recipe.loss, recipe.sources["loss.name"]) == ("hinge", "me")
