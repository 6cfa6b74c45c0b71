"""The recipe that suits the data: each rule, with the facts that it looks at."""

import itertools

import pytest

from kgan import recipes
from kgan.recipes import Facts, suited


def photos(**facts):
    """1,500 pictures in colour of 500 x 375 pixels and thereabouts, on two cores."""
    return suited(Facts(**{"size": (375, 500), "channels": 3, "alike": False, "count": 1_500} | facts))


@pytest.mark.parametrize(
    ("facts", "image_size"),
    [
        ({}, 64),  # without a GPU
        ({"gpu": True}, 128),
        ({"gpu": True, "count": 5_000}, 256),
        ({"size": (48, 70)}, 32),  # most are smaller than 64 on a side
        ({"size": (20, 24)}, 32),  # there is no smaller size
        ({"size": (64, 48), "alike": True}, None),
        ({"size": (96, 96), "alike": True}, 64),
        ({"size": (96, 96), "alike": True, "gpu": True}, None),
    ],
)
def test_pictures_are_brought_to_what_they_have_and_the_machine_can_train(facts, image_size):
    assert photos(**facts).recipe.data["image_size"] == image_size


def test_a_size_that_was_asked_for_is_taken():
    found = suited(Facts((375, 500), 3, alike=False, asked_size=(96, 64)), {"image_size": "64x96"})
    assert found.recipe.data["image_size"] == "64x96"
    assert "64 x 96 pixels." in found.lines[0]


@pytest.mark.parametrize(("side", "gamma"), [(32, 1.0), (64, 2.0), (128, 17.0), (256, 150.0), (28, 1.0), (512, 150.0)])
def test_gamma_is_that_of_r3gan_at_such_a_size_and_lies_between_for_others(side, gamma):
    recipe = suited(Facts((side, side), 3, count=20_000, asked_size=(side, side))).recipe
    assert recipe.penalties["r1"]["gamma"] == recipe.penalties["r2"]["gamma"] == gamma
    assert "arXiv:2501.05441" in recipe.source_of("penalties.r1.gamma")


@pytest.mark.parametrize(
    ("count", "channels", "policy"),
    [
        (9_999, 3, "color,translation,cutout"),
        (9_999, 1, "translation,cutout"),  # brightness and saturation are those of colours
        (10_000, 3, "translation,cutout"),
        (60_000, 3, None),
    ],
)
def test_the_fewer_pictures_the_more_they_are_augmented(count, channels, policy):
    found = photos(count=count, channels=channels).recipe
    assert (found.augmentation and found.augmentation["policy"]) == policy
    assert "arXiv:2006.10738" in found.source_of("augmentation")


@pytest.mark.parametrize(
    ("facts", "epochs", "batch_size"),
    [
        ({"count": 4_000}, 100, 64),  # 400,000 pictures shown
        ({"count": 4_000, "gpu": True}, 500, 64),  # 2,000,000
        ({"count": 400_000}, 10, 64),  # at least
        ({"count": 100}, 1_000, 8),  # at most; ten steps an epoch
        ({"count": 639}, 626, 32),
    ],
)
def test_training_is_as_long_as_the_machine_allows(facts, epochs, batch_size):
    recipe = photos(**facts).recipe
    assert (recipe.epochs, recipe.batch_size) == (epochs, batch_size)


def test_networks_are_wider_where_there_is_room():
    widths = [photos(**facts).recipe.generator["width"] for facts in ({}, {"cores": 16}, {"gpu": True})]
    assert widths == [32, 64, 64]
    assert photos(cores=16).recipe.discriminator["width"] == 64


def test_small_grey_pictures_take_the_recipe_that_was_measured_on_such():
    found = suited(Facts((28, 28), 1, count=60_000))
    assert found.recipe.name == "digits"
    assert found.recipe.penalties == recipes.get("digits").penalties
    assert found.recipe.augmentation is None
    assert suited(Facts((33, 33), 1, count=60_000)).recipe.name == "pictures"


def test_many_large_pictures_take_stylegan2_on_a_gpu():
    found = photos(gpu=True, count=5_000)
    assert (found.recipe.name, found.recipe.data["image_size"]) == ("stylegan2", 256)
    assert found.recipe.penalties["r1"]["gamma"] == pytest.approx(2e-4 * 256**2 / 32, rel=0.01)
    assert found.recipe.penalties["r1"]["every"] == 16
    assert found.recipe.augmentation["policy"] == "color,translation,cutout"
    assert found.recipe.generator == recipes.get("stylegan2").generator
    for facts in ({"count": 4_999}, {"gpu": False}, {"size": (250, 130), "alike": True}, {"size": (100, 100)}):
        assert photos(**{"gpu": True, "count": 5_000} | facts).recipe.name == "pictures"


def test_gamma_of_stylegan2_is_for_the_batch_that_is_set():
    facts = Facts((375, 500), 3, alike=False, count=5_000, gpu=True)
    found = suited(facts, {"batch_size": "8"}).recipe
    assert (found.batch_size, found.penalties["r1"]["gamma"]) == (8, pytest.approx(2e-4 * 256**2 / 8, rel=0.03))
    assert "arXiv:2006.06676" in found.source_of("penalties.r1.gamma")
    assert suited(facts, {"batch_size": "8", "r1_gamma": "3"}).recipe.penalties["r1"]["gamma"] == 3.0


def test_labels_are_used_unless_most_classes_have_too_few_pictures():
    assert photos(classes={"cats": 1_451, "dogs": 49}).recipe.model["conditional"]
    assert photos(classes={"cats": None, "dogs": None}).recipe.model["conditional"]
    found = photos(classes={"cats": 1_402, "dogs": 49, "foxes": 49})
    assert not found.recipe.model["conditional"]
    assert "without the labels (fewer than 50 pictures in 2 of 3 classes, arXiv:2201.06578)" in found.lines[0]


def test_three_lines_say_what_was_picked_and_why():
    assert photos().lines == (
        "1,500 pictures in colour, 2 cores without a GPU: recipe pictures, networks dcgan of width 32, no labels; "
        "64 x 64 pixels (the most for 2 cores without a GPU).",
        "Gamma of R1 2 (R3GAN begins with 1 at 28 pixels, 0.05 on CIFAR-10, 2 at 64, 150 at 256, arXiv:2501.05441); "
        "augmentation color,translation,cutout (fewer than 10,000 pictures, arXiv:2006.10738).",
        "267 epochs (400,500 pictures shown in all) in batches of 64. To choose otherwise: kgan train DATA "
        "--recipe, --image-size, --set.",
    )


def test_what_is_set_is_laid_over_what_was_picked_and_said_to_be_set():
    found = suited(Facts((64, 64), 3, count=1_500), {"epochs": "3", "r1_gamma": "0.5", "augmentation": "none"})
    assert (found.recipe.epochs, found.recipe.penalties["r1"]["gamma"], found.recipe.augmentation) == (3, 0.5, None)
    assert "Gamma of R1 0.5 (as set); augmentation none (as set)." in found.lines
    assert found.lines[2].startswith("3 epochs (as set)")
    with pytest.raises(ValueError, match="Did you mean 'generator_width'"):
        suited(Facts((64, 64), 3), {"generator_widht": "3"})


@pytest.mark.parametrize(
    ("facts", "warning"),
    [
        ({"count": 99}, "99 pictures are few: no paper begins from nothing with less than 100"),
        ({"count": 100}, None),
        ({"count": 999, "gpu": True}, "999 pictures are few for 128 x 128 pixels"),
        ({"count": 1_000, "gpu": True}, None),
    ],
)
def test_too_few_pictures_are_warned_of(facts, warning):
    warnings = photos(**facts).warnings
    assert len(warnings) == (warning is not None)
    assert all(line.startswith(warning) for line in warnings)


def test_where_nobody_knows_how_many_there_are_the_recipe_s_own_numbers_hold():
    found = photos(count=None)
    own = recipes.get("pictures")
    assert (found.recipe.epochs, found.recipe.batch_size) == (own.epochs, own.batch_size)
    assert found.recipe.augmentation == own.augmentation
    assert found.lines[0].startswith("Pictures in colour, ")


def test_every_recipe_that_the_rules_take_is_published():
    facts = itertools.product((False, True), (1, 3), ((28, 28), (64, 64), (500, 375)), (100, 9_000))
    picked = {photos(gpu=gpu, channels=one, size=size, count=count).recipe.name for gpu, one, size, count in facts}
    assert picked == {"digits", "pictures", "stylegan2"}
    assert picked <= set(recipes.RECIPES)
