"""Small games of two collections that the tests share."""

import keras
import numpy as np
from PIL import Image

import kgan
from kgan import run
from kgan.data import two_places

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


def write_collections(folder, counts=(27, 25)):
    """Bright squares on black in `squares`, dark ones on white in `holes`, 16 x 16, at other places; both folders."""
    random, folders = np.random.RandomState(0), []
    for name, count in zip(("squares", "holes"), counts, strict=True):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.zeros((16, 16), np.uint8)
            row, column = random.randint(2, 11, 2)
            pixels[row : row + 4, column : column + 4] = 200
            drawn = pixels if name == "squares" else 255 - pixels
            Image.fromarray(drawn).save(folder / name / f"{number:02d}.png")
        folders.append(folder / name)
    return folders


def cycle_plan(folders, epochs=2, **settings):
    """The recipe cyclegan with networks that train in a blink."""
    small = {"generator.width": 2, "generator.blocks": 1, "discriminator.width": 2, "discriminator.layers": 1}
    small |= {"batch_size": 4, "data.validation_split": 0.4, "jit_compile": False, "features": "pixels"}
    source = two_places.joined(list(map(str, folders)))
    return run.Plan.make(source, "cyclegan", {**small, **settings}, epochs=epochs, seed=3)


def one_way_plan(folders, epochs=2, **settings):
    """The recipe cut with networks that train in a blink."""
    small = {"generator.width": 2, "generator.blocks": 1, "discriminator.width": 2, "discriminator.layers": 1}
    small |= {"patch_nce.width": 4, "patches": 8, "batch_size": 4, "data.validation_split": 0.4}
    small |= {"jit_compile": False, "features": "pixels"}
    source = two_places.joined(list(map(str, folders)))
    return run.Plan.make(source, "cut", {**small, **settings}, epochs=epochs, seed=3)
