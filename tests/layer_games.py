"""Games whose generators hold a layer or several, to be exported."""

import keras
import numpy as np
from keras import layers

import kgan

SEQUENCE, IMAGE, VOLUME = (6, 8), (6, 6, 8), (4, 4, 4, 4)


def joined(shape, stacks):
    """A game whose generator holds each stack of layers on an input of its own, side by side."""
    latents = keras.Input((8,))
    outputs = []
    for stack in stacks:
        x = layers.Reshape(shape)(layers.Dense(int(np.prod(shape)))(latents))
        made = stack()
        for one in made if isinstance(made, list) else [made]:
            x = one(x)
        outputs.append(layers.Flatten()(x))
    samples = layers.Activation("tanh")(layers.Concatenate()(outputs) if len(outputs) > 1 else outputs[0])
    generator = keras.Model(latents, samples)
    return kgan.GAN(generator, keras.Sequential([keras.Input(samples.shape[1:]), layers.Dense(1)]), seed=0)
