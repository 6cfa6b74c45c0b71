"""The recipes of R3GAN and of the anime characters, setting by setting where they follow something."""

import keras
import numpy as np
import pytest

from kgan import data, objectives, recipes, schedules

SMALL = {"generator.width": 8, "discriminator.width": 8}


def test_the_r3gan_recipe_is_the_paper_s_for_cifar_10():
    recipe = recipes.get("r3gan")
    assert (recipe.batch_size, recipe.batch_size * recipe.epochs * 50_000 / 512) == (512, 250e6)
    model = recipe.changed({**SMALL, "generator.blocks": 1, "discriminator.blocks": 1}).build(
        data.Splits(None, None, (8, 8, 3)), seed=4
    )
    half_way = 10e6
    first, second = model.penalties
    assert {type(one).__name__ for one in model.penalties} == {"R1", "R2"}
    for penalty in (first, second):
        found = [float(penalty.gamma(images)) for images in (0, half_way, 20e6, 250e6)]
        assert found == pytest.approx([0.05, 0.0275, 0.005, 0.005])
        assert penalty.every == 1
    assert isinstance(model.ema_half_life, schedules.Cosine)
    assert [float(model.ema_half_life(images)) for images in (0, half_way, 20e6)] == pytest.approx([0.0, 2.5e6, 5e6])
    made = recipe.compile_arguments()
    assert [float(made["beta_2"](images)) for images in (0, 20e6)] == pytest.approx([0.9, 0.99])
    assert [float(made["augmentation"].amount(images)) for images in (0, 20e6)] == pytest.approx([0.0, 0.55])
    rate = made["generator_optimizer"].learning_rate
    assert float(rate) == pytest.approx(2e-4)
    assert made["generator_optimizer"].beta_1 == 0.0


@pytest.mark.parametrize("batch_size", [512, 64])
def test_the_r3gan_learning_rate_falls_beside_the_rest_at_any_batch_size(batch_size):
    made = recipes.get("r3gan").changed({"batch_size": batch_size}).compile_arguments()
    for player in ("generator", "discriminator"):
        schedule = made[f"{player}_optimizer"]._learning_rate
        steps = [images / batch_size for images in (0, 10e6, 20e6, 250e6)]
        assert [float(schedule(step)) for step in steps] == pytest.approx([2e-4, 1.25e-4, 5e-5, 5e-5])


def test_a_generator_that_learns_less_often_sees_more_images_a_step():
    rate = {"name": "linear", "start": 1e-3, "end": 0.0, "images": 8_000}
    recipe = recipes.get("r3gan").changed({"batch_size": 10, "discriminator_steps": 4, "learning_rate": rate})
    made = recipe.compile_arguments()
    rates = [made[f"{player}_optimizer"]._learning_rate for player in ("generator", "discriminator")]
    assert [float(one(100)) for one in rates] == pytest.approx([0.5e-3, 0.875e-3])
    again = keras.optimizers.Adam.from_config(made["generator_optimizer"].get_config())
    assert float(again._learning_rate(100)) == pytest.approx(0.5e-3)


def test_a_learning_rate_below_0_is_refused_with_the_recipe():
    rate = {"name": "linear", "start": 1e-3, "end": -1.0, "images": 8_000}
    with pytest.raises(ValueError, match=r"Expected generator_optimizer\.learning_rate\.end >= 0"):
        recipes.get("r3gan").changed({"learning_rate": rate})


@pytest.mark.parametrize(("labels", "weight"), [({}, None), ({"tag_names": ("a", "b", "c")}, 1.0)])
def test_the_anime_recipe_tells_tags_where_there_are_some_in_the_paper_s_proportion(labels, weight):
    recipe = recipes.get("anime").changed({**SMALL, "blocks": 1})
    model = recipe.build(data.Splits(None, None, (16, 16, 3), **labels), seed=4)
    told = [one.weight for one in model.objectives if isinstance(one, objectives.AuxiliaryClassifier)]
    assert told == ([] if weight is None else [weight])  # of the tags' mean
    (penalty,) = model.penalties
    assert (penalty.name, penalty.weight) == ("dragan_penalty", pytest.approx(0.5 / 34, rel=0.01))
    schedule = model.discriminator_optimizer._learning_rate
    assert [float(schedule(step)) for step in (0, 49_999, 50_000, 100_000)] == pytest.approx([2e-4, 2e-4, 2e-5, 2e-6])
    assert np.array_equal(model.generator_optimizer.beta_1, 0.5)


@pytest.mark.slow
def test_the_anime_recipe_s_samples_are_bright_where_they_are_ordered_so():
    """With the recipe's own weights and rates; two tags, of which brightness is told first."""
    sizes = {**SMALL, "blocks": 1, "latent_dim": 8, "batch_size": 32, "jit_compile": False}
    recipe = recipes.get("anime").changed(sizes)
    gan = recipe.build(data.Splits(None, None, (16, 16, 3), tag_names=("bright", "red")), seed=0)
    random = np.random.RandomState(0)
    tags = random.randint(0, 2, (512, 2)).astype(np.float32)
    images = random.uniform(-0.1, 0.1, (512, 16, 16, 3)).astype(np.float32) + tags[:, 0, None, None, None] - 0.5
    images[..., 0] += 0.4 * tags[:, 1, None, None]
    images[..., 2] -= 0.4 * tags[:, 1, None, None]
    for _ in range(300):
        rows = random.randint(0, 512, 32)
        gan.train_on_batch(images[rows], tags[rows])
    ordered = np.float32([[0, 0], [0, 1], [1, 0], [1, 1]]).repeat(16, axis=0)
    latents = np.random.RandomState(1).randn(64, 8).astype(np.float32)
    brightness = gan.generator([latents, ordered], training=False).numpy().mean(axis=(1, 2, 3))
    assert brightness[32:].mean() - brightness[:32].mean() > 0.4
