"""The difference of gradients, against NumPy in float64."""

import keras
import numpy as np
import pytest
from keras import layers

import kgan
from kgan import objectives

RANDOM = np.random.RandomState(0)


def by_hand(truth, output, alpha):
    """The paper's sum over neighbours, as means."""
    total = 0.0
    for axis in (-3, -2):
        differences = [np.abs(np.diff(one.astype(np.float64), axis=axis)) for one in (truth, output)]
        total += (np.abs(differences[0] - differences[1]) ** alpha).mean()
    return total


def model_of(shape):
    generator = keras.Sequential([keras.Input(shape), layers.Dense(shape[-1], use_bias=False)])
    generator.set_weights([RANDOM.uniform(-0.5, 0.5, (shape[-1],) * 2)])
    discriminator = keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(1)])
    return kgan.Translation(generator, discriminator, value_range=(-1, 1), seed=0)


@pytest.mark.parametrize("shape", [(4, 5, 2), (3, 4, 5, 1)], ids=["images", "films"])
@pytest.mark.parametrize("alpha", [1.0, 2.0])
def test_it_is_the_difference_of_steepness_along_height_and_width(shape, alpha):
    model = model_of(shape)
    model.compile(objectives=[objectives.GradientDifference(3.0, alpha)], jit_compile=False)
    inputs, truths = (RANDOM.uniform(-1, 1, (2, *shape)).astype(np.float32) for _ in range(2))
    outputs = model.translate(inputs)
    logs = model.train_on_batch(inputs, truths, return_dict=True)
    assert logs["generator_gradient_difference_loss"] == pytest.approx(3.0 * by_hand(truths, outputs, alpha), rel=1e-4)


def test_a_truth_that_is_only_brighter_costs_nothing():
    model = model_of((4, 4, 1))
    model.generator.set_weights([np.ones((1, 1))])
    model.compile(objectives=[objectives.GradientDifference()], jit_compile=False)
    inputs = RANDOM.uniform(-1, 0, (2, 4, 4, 1)).astype(np.float32)
    logs = model.train_on_batch(inputs, inputs + 0.5, return_dict=True)
    assert logs["generator_gradient_difference_loss"] == pytest.approx(0.0, abs=1e-6)


def test_it_is_known_by_its_name_and_comes_back_from_its_config():
    one = objectives.get({"class_name": "gradient_difference", "config": {"weight": 2.0, "alpha": 2.0}})
    assert objectives.GradientDifference.from_config(one.get_config()).get_config() == one.get_config()


def test_an_exponent_below_one_and_vectors_are_refused():
    with pytest.raises(ValueError, match="Expected alpha >= 1"):
        objectives.GradientDifference(alpha=0.5)
    model = model_of((3,))
    with pytest.raises(ValueError, match="Expected images or films"):
        model.compile(objectives=[objectives.GradientDifference()])
