"""What the guide to recipes says works as it stands."""

import re
from pathlib import Path

import pytest

from kgan import recipes

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "recipes.md").read_text(encoding="utf-8")
COMMANDS = [line.partition("   #")[0] for line in GUIDE.splitlines() if " --set " in line and line.startswith("kgan")]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_setting_that_the_guide_changes_can_be_changed(command):
    settings = dict((one or other).split("=", 1) for one, other in re.findall(r"--set (?:'([^']+)'|([^ ]+))", command))
    assert settings
    assert recipes.get("digits").changed(settings) != recipes.get("digits")


def test_the_guide_s_files_are_recipes(tmp_path):
    blocks = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    for name, block in zip(("several", "mine"), blocks, strict=True):
        (tmp_path / f"{name}.toml").write_text(block, encoding="utf-8")
    several, recipe = (recipes.get(str(tmp_path / f"{name}.toml")) for name in ("several", "mine"))
    assert {name: one["loss_weight"] for name, one in several.discriminators.items()} == {"fine": 1.0, "coarse": 0.5}
    assert (recipe.epochs, recipe.generator["width"], list(recipe.penalties)) == (100, 64, ["r1"])
    assert recipe.penalties["r1"]["gamma"]["name"] == "cosine"


@pytest.mark.parametrize("name", sorted({*recipes.SHORT_NAMES, *recipes.RECIPES}))
def test_the_guide_names_every_recipe_and_every_short_name(name):
    assert f"`{name}`" in GUIDE
