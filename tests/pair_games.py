"""Small models of pairs that the tests share."""

import keras
import numpy as np

import kgan
from kgan import recipes, run
from kgan.run import training

SHAPE = (16, 16, 1)


def pairs(count=60, seed=0):
    """Blobs and their negatives, uint8: `(inputs, truths)`, `(count, 16, 16, 1)` each."""
    random = np.random.RandomState(seed)
    places = np.arange(16)
    centres, widths = random.uniform(3, 12, (count, 2)), random.uniform(1.5, 3.0, (count, 1, 1))
    away = (places[None, :, None] - centres[:, 0, None, None]) ** 2 + (places - centres[:, 1, None, None]) ** 2
    inputs = np.rint(255 * np.exp(-away / (2 * widths**2)))[..., None].astype(np.uint8)
    return inputs, 255 - inputs


@keras.saving.register_keras_serializable("kgan_tests")
class Nearness(kgan.objectives.Objective):
    """The mean absolute difference of output and truth."""

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def generator_loss(self, step):
        return keras.ops.mean(keras.ops.abs(step.generated - step.batch.real))


def translator(width=4, **arguments):
    """A U-Net of two halvings and a PatchGAN of one, on grey images of 16 x 16."""
    arguments.setdefault("seed", 0)
    return kgan.Translation(
        kgan.architectures.unet_generator(SHAPE, 1, width, depth=2, seed=0),
        kgan.architectures.patchgan_discriminator(SHAPE, SHAPE, width, layers=1, normalization=None, seed=1),
        **arguments,
    )


def linear_translator(scale=1.0, offset=0.0):
    """G(x) = scale x + offset at each pixel, and D(y, x) = the mean of y: known to the last digit."""
    inputs = keras.Input(SHAPE)
    generator = keras.Model(inputs, keras.layers.Conv2D(1, 1, name="line")(inputs), name="generator")
    generator.get_layer("line").set_weights([np.full((1, 1, 1, 1), scale), np.full((1,), offset)])
    sample, condition = keras.Input(SHAPE), keras.Input(SHAPE)
    seen = keras.layers.GlobalAveragePooling2D()(keras.layers.Concatenate()([sample, condition]))
    discriminator = keras.Model([sample, condition], keras.layers.Dense(1, name="logit")(seen), name="discriminator")
    discriminator.get_layer("logit").set_weights([np.array([[1.0], [0.0]]), np.zeros(1)])
    model = kgan.Translation(generator, discriminator, seed=0)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0), jit_compile=False)
    return model


def pair_recipe(**changes):
    """A U-Net and a PatchGAN that train in a blink."""
    rates = {"name": "adam", "learning_rate": 1e-3, "beta_1": 0.5}
    settings = {
        "name": "small",
        "source": "the tests",
        "kind": "translation",
        "epochs": 2,
        "batch_size": 10,
        "generator": {"architecture": "unet_generator", "width": 4, "depth": 2, "dropout": 0.5},
        "discriminator": {
            "architecture": "patchgan_discriminator",
            "width": 4,
            "layers": 1,
            "normalization": "instance",
        },
        "generator_optimizer": rates,
        "discriminator_optimizer": rates,
        "features": None,
    }
    return recipes.Recipe(**settings | changes)


def pair_plan(source, **changes):
    return run.Plan.make(str(source), pair_recipe(**changes), seed=5)


def train(source, folder, say=lambda line: None, policy=None, **changes):
    return training.train(
        pair_plan(source, **changes), folder, verbose=0, say=say, policy=policy or training.CheckpointPolicy()
    )
