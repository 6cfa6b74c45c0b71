"""The cross-entropy of a source's classes, by hand."""

import numpy as np
import pytest
import tensorflow as tf

from kgan._game.batch import Batch, StepOutputs
from kgan.objectives import ClassCrossEntropy


def test_it_is_the_mean_of_what_the_true_classes_lack():
    logits, labels = np.random.RandomState(0).normal(0, 2, (5, 3)), np.array([0, 2, 1, 1, 0])
    step = StepOutputs(
        Batch(generator_inputs=None, real={}, labels=tf.constant(labels, tf.int32)),
        {"classes": tf.constant(logits, tf.float32)},
        {},
        None,
    )
    expected = -np.mean((logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))[np.arange(5), labels])
    assert float(ClassCrossEntropy().generator_loss(step)) == pytest.approx(expected, rel=1e-6)


def test_its_weight_is_no_less_than_nothing():
    with pytest.raises(ValueError, match="weight"):
        ClassCrossEntropy(weight=-1.0)
