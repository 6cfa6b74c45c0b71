"""A game of points in the plane, measured by every metric."""

import keras
import numpy as np
import tensorflow as tf

from games import linear_game
from kgan.metrics import (
    Coverage,
    Density,
    FrechetDistance,
    InceptionScore,
    KernelDistance,
    Precision,
    Recall,
)

VECTORS = np.random.default_rng(0).normal(size=(48, 2)).astype(np.float32)


@keras.saving.register_keras_serializable("kgan_tests")
def opposed(samples):
    """A classifier of two classes, which the sign of the first value tells apart."""
    return {"features": samples, "logits": tf.stack([samples[:, 0], -samples[:, 0]], axis=1)}


def all_metrics(features=opposed):
    kinds = (FrechetDistance, KernelDistance, Precision, Recall, Density, Coverage, InceptionScore)
    return [kind(features) for kind in kinds]


def compiled(metrics, **arguments):
    gan = linear_game(2, 2, **arguments)
    gan.compile(metrics=metrics, jit_compile=False)
    return gan


def evaluated(gan, *data, **arguments):
    return gan.evaluate(*data, verbose=0, return_dict=True, **arguments)


FIGURES = ("frechet_distance", "kernel_distance", "precision", "recall", "density", "coverage", "inception_score")
