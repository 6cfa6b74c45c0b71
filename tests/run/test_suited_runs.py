"""Runs whose recipe is chosen for their data."""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from commands import SMALL
from commands import kgan as command
from kgan import recipes, run
from kgan.data import DataError, load
from kgan.run import suiting

RANDOM = np.random.default_rng(0)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """60 pictures in colour of many sizes, in two folders."""
    source = tmp_path_factory.mktemp("photos")
    for number in range(60):
        folder = source / ("cats", "dogs")[number % 2]
        folder.mkdir(exist_ok=True)
        height, width = (80, 72) if number < 40 else (100 + number, 90)
        Image.fromarray(RANDOM.integers(0, 256, (height, width, 3), np.uint8)).save(folder / f"{number}.png")
    return source


def test_the_rules_look_at_what_loading_found(photos, monkeypatch):
    monkeypatch.setattr(suiting, "cores", lambda: 6)
    found = suiting.facts(load(photos, 1, image_size=64))
    assert (found.size, found.alike, found.channels, found.count) == ((80, 72), False, 3, 60)
    assert (found.classes, found.tags, found.cores) == ({"cats": 30, "dogs": 30}, 0, 6)


@pytest.mark.parametrize(("shape", "size", "count"), [((50, 12, 12, 1), (12, 12), 50), ((40, 16, 24, 3), (16, 24), 40)])
def test_of_arrays_the_rules_look_at_the_shape(tmp_path, shape, size, count):
    np.save(tmp_path / "images.npy", np.zeros(shape, np.uint8))
    found = suiting.facts(load(tmp_path / "images.npy", 1))
    assert (found.size, found.alike, found.channels, found.count) == (size, True, shape[-1], count)
    assert found.classes == {}


def test_pictures_of_many_sizes_need_no_size_where_the_recipe_is_chosen(photos):
    said = []
    plan = run.Plan.make(str(photos), "auto", say=said.append)
    assert said == [f"Looking at {photos}, to choose a recipe ..."]
    assert plan.recipe.name == "pictures"
    assert plan.recipe.data["image_size"] == 64
    assert plan.recipe.batch_size == 8
    assert not plan.recipe.model["conditional"]
    assert plan.load().sample_shape == (64, 64, 3)
    assert len(plan.chosen.splitlines()) == 4  # and the warning that they are few


def test_what_the_user_sets_holds(photos):
    plan = run.Plan.make(str(photos), "auto", {"r1_gamma": "0.1", "channels": "grey"}, epochs=3, image_size="24x16")
    recipe = plan.recipe
    assert (recipe.epochs, recipe.data["image_size"], recipe.penalties["r1"]["gamma"]) == (3, "24x16", 0.1)
    assert plan.load().sample_shape == (16, 24, 1)
    assert recipe.name == "digits"  # grey, and no larger than 32


def test_the_embedded_digits_have_their_own_recipe():
    plan = run.Plan.make("digits", "auto")
    assert plan.recipe == recipes.get("digits")
    assert plan.chosen == "Recipe digits, which was measured on them."


def test_a_wrong_setting_is_refused_before_any_data_are_looked_at(monkeypatch):
    monkeypatch.setattr(suiting, "suited_to", None)
    with pytest.raises(ValueError, match="Did you mean 'latent_dim'"):
        run.Plan.make("nowhere", "auto", {"latent_dims": "3"})
    with pytest.raises(ValueError, match="Expected epochs >= 1"):
        run.Plan.make("nowhere", "auto", epochs=0)


def test_what_are_no_pictures_and_what_is_not_there_is_refused(tmp_path):
    np.save(tmp_path / "table.npy", np.zeros((100, 3), np.float32))
    with pytest.raises(DataError, match="Expected images, because the recipes train convolutional networks"):
        run.Plan.make(str(tmp_path / "table.npy"), "auto")
    with pytest.raises(DataError, match="which does not exist"):
        run.Plan.make("digit", "auto")


def test_a_plan_keeps_what_was_picked_and_why(photos):
    plan = run.Plan.make(str(photos), "auto")
    assert run.Plan.from_dict(json.loads(json.dumps(dataclasses.asdict(plan)))) == plan


@pytest.mark.slow  # a whole run at the width that is picked
def test_train_says_what_it_picked_and_another_run_s_weights_bring_its_recipe(photos, tmp_path, monkeypatch):
    small = [*SMALL, "--image-size", "8", "--epochs", "1", "--set", "features=none"]
    done = command("train", photos, "--out", tmp_path / "first", *small)
    assert done.code == 0, done.err
    first = run.Run(tmp_path / "first").plan
    assert first.chosen.replace("init_from=RUN", "--init-from RUN") in done.out
    assert "60 pictures in colour" in first.chosen

    plans = []

    def planned(plan, *_, **__):
        plans.append(plan)
        raise ValueError("planned")

    monkeypatch.setattr(run, "train", planned)
    assert command("train", photos, "--init-from", tmp_path / "first", "--epochs", "7").code == 2
    assert plans[0].recipe == first.recipe.changed({"epochs": 7})
    assert plans[0].chosen is None


def test_workers_that_might_choose_differently_are_told_to_name_a_recipe(photos, tmp_path):
    done = command("train", photos, "--strategy", "multi_worker", "--out", tmp_path / "out")
    assert done.code == 2
    assert "Expected --recipe with --strategy multi_worker" in done.err
