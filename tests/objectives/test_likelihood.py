"""The likelihood of real molecules, by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan import objectives
from kgan._game.batch import Batch, StepOutputs


def test_it_is_the_mean_over_molecules_of_the_sum_over_tokens():
    logarithms = np.array([[-1.0, -2.0, 0.0], [-0.5, -0.25, -0.25]], np.float32)
    batch = Batch(generator_inputs=[], real=tf.zeros((2, 3, 4)))
    step = StepOutputs(batch, {"log_probabilities": tf.constant(logarithms)}, {}, lambda inputs: inputs)
    assert float(objectives.Likelihood().generator_loss(step)) == pytest.approx((3.0 + 1.0) / 2)


def test_it_comes_back_from_its_config_and_refuses_a_negative_weight():
    made = objectives.Likelihood(weight=0.5, name="nats")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(made))
    assert again.get_config() == made.get_config()
    with pytest.raises(ValueError, match="weight"):
        objectives.Likelihood(weight=-1.0)
