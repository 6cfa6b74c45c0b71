"""The share of classes that are told right."""

import keras
import numpy as np
import pytest

from kgan import metrics
from kgan.metrics import resolve

TOLD = np.array([[0.9, 0.1, 0.0], [0.2, 0.3, 0.5], [0.6, 0.4, 0.0]], np.float32)


def test_it_is_the_share_over_all_batches():
    metric = resolve.get("class_accuracy")
    assert np.isnan(metric.result())
    metric.update_state(np.array([0, 2]), TOLD[:2])
    metric.update_state(np.array([1], np.int32), TOLD[2:])
    assert float(metric.result()) == pytest.approx(2 / 3)
    assert type(metric) is metrics.ClassAccuracy is metrics.LABEL_METRICS["class_accuracy"]


def test_its_config_comes_back():
    metric = metrics.ClassAccuracy(name="mine")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert (type(again), again.name) == (metrics.ClassAccuracy, "mine")


@pytest.mark.parametrize("truth", [np.zeros((3, 1), int), np.zeros(3)])
def test_what_are_no_classes_is_refused(truth):
    with pytest.raises(ValueError, match="as whole numbers and probabilities"):
        metrics.ClassAccuracy().update_state(truth, TOLD)
