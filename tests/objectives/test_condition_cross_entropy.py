"""The cross-entropy of conditions against NumPy."""

import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan import objectives

SCORES = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)  # blocks of 2 and 3


def log_softmax(scores):
    return scores - np.log(np.exp(scores.astype(np.float64)).sum(axis=1, keepdims=True))


def test_it_is_the_mean_over_rows_of_minus_the_logarithms_of_what_is_asked():
    logarithms = np.concatenate([log_softmax(SCORES[:, :2]), log_softmax(SCORES[:, 2:])], axis=1)
    condition = np.zeros((6, 5), np.float32)
    condition[np.arange(6), [0, 1, 2, 3, 4, 0]] = 1.0  # one column each, and the last row two
    condition[5, 3] = 1.0
    expected = -sum(logarithms[row][condition[row] > 0].sum() for row in range(6)) / 6
    _, given = kgan.models.row_generator.RowActivation([2, 3])([SCORES, np.zeros((6, 5), np.float32)])
    batch = kgan.Batch(generator_inputs=None, real=tf.zeros((6, 5)), labels=tf.constant(condition))
    step = kgan.StepOutputs(batch, {"log_probabilities": given}, {}, generate=None)
    assert float(objectives.ConditionCrossEntropy().generator_loss(step)) == pytest.approx(expected, rel=1e-6)


def test_a_row_without_a_condition_costs_nothing():
    batch = kgan.Batch(generator_inputs=None, real=tf.zeros((6, 5)), labels=tf.zeros((6, 5)))
    step = kgan.StepOutputs(batch, {"log_probabilities": tf.constant(SCORES)}, {}, generate=None)
    assert float(objectives.ConditionCrossEntropy().generator_loss(step)) == 0.0


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="weight"):
        objectives.ConditionCrossEntropy(-1.0)
