"""Small games of two collections that the tests share."""

import keras
import numpy as np

import kgan

SHAPE = (8, 8, 1)


def line(scale, offset, name):
    """x -> scale x + offset at each pixel."""
    inputs = keras.Input(SHAPE)
    model = keras.Model(inputs, keras.layers.Conv2D(1, 1, name="line")(inputs), name=name)
    model.set_weights([np.full((1, 1, 1, 1), scale), np.full((1,), offset)])
    return model


def mean_of(name, weight=1.0):
    """D(x) = weight * mean x."""
    inputs = keras.Input(SHAPE)
    logits = keras.layers.Dense(1, name="logit")(keras.layers.GlobalAveragePooling2D()(inputs))
    model = keras.Model(inputs, logits, name=name)
    model.set_weights([np.full((1, 1), weight), np.zeros(1)])
    return model


def lines(to_b=(0.5, 0.1), to_a=(1.5, -0.2), **arguments):
    """Two translators and two discriminators that are known to the last digit."""
    arguments = {"seed": 0, "pool_size": 0, **arguments}
    return kgan.CycleTranslation(
        line(*to_b, "to_b"), line(*to_a, "to_a"), mean_of("discriminator_a"), mean_of("discriminator_b"), **arguments
    )


def compiled(model, **arguments):
    optimizers = {
        "generator_optimizer": keras.optimizers.SGD(0.0),
        "discriminator_optimizer": keras.optimizers.SGD(0.0),
    }
    settings = {"loss": "least_squares", "objectives": ["cycle_consistency", "identity"], "jit_compile": False}
    model.compile(**{**optimizers, **settings, **arguments})
    return model


def collections(first=6, second=4, seed=0):
    """Two collections of floats in [-1, 1], of two lengths."""
    random = np.random.RandomState(seed)
    return tuple(random.uniform(-1, 1, (count, *SHAPE)).astype(np.float32) for count in (first, second))
