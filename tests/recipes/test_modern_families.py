"""The recipes of R3GAN and of the anime characters, setting by setting where they follow something."""

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
    schedule = made["generator_optimizer"]._learning_rate
    assert float(schedule(20e6 / 512)) == pytest.approx(5e-5, rel=1e-3)
    assert made["generator_optimizer"].beta_1 == 0.0


@pytest.mark.parametrize(("labels", "weight"), [({}, None), ({"tag_names": ("a", "b", "c")}, 1 / 34)])
def test_the_anime_recipe_tells_tags_where_there_are_some_in_the_paper_s_proportion(labels, weight):
    recipe = recipes.get("anime").changed({**SMALL, "blocks": 1})
    model = recipe.build(data.Splits(None, None, (16, 16, 3), **labels), seed=4)
    told = [one.weight for one in model.objectives if isinstance(one, objectives.AuxiliaryClassifier)]
    assert told == ([] if weight is None else [pytest.approx(weight, rel=0.01)])
    (penalty,) = model.penalties
    assert (penalty.name, penalty.weight) == ("dragan_penalty", pytest.approx(0.5 / 34, rel=0.01))
    schedule = model.discriminator_optimizer._learning_rate
    assert [float(schedule(step)) for step in (0, 49_999, 50_000, 100_000)] == pytest.approx([2e-4, 2e-4, 2e-5, 2e-6])
    assert np.array_equal(model.generator_optimizer.beta_1, 0.5)
