"""Small games of two domains that the tests share."""

import keras
import numpy as np
from PIL import Image

import kgan
from kgan import run
from kgan.data import two_places

WEIGHT, JUDGE, CLASSES = 0.7, 1.3, (0.4, -0.9)  # of the line, of the discriminator, of two classes


def dense(inputs, weights, name):
    """x -> x W, without a bias."""
    given = keras.Input((inputs,))
    model = keras.Model(given, keras.layers.Dense(len(weights[0]), use_bias=False, name="line")(given), name=name)
    model.set_weights([np.asarray(weights, np.float32)])
    return model


def lines(**arguments):
    """One number in, one feature, two classes: known to the last digit."""
    networks = dense(1, [[WEIGHT]], "features"), dense(1, [CLASSES], "classifier"), dense(1, [[JUDGE]], "judge")
    return kgan.DomainAdaptation(*networks, seed=0, **arguments)


def numbers(count=6, seed=0):
    """Samples of a source, their classes, and samples of a target: columns of one number."""
    random = np.random.RandomState(seed)
    source, target = random.normal(0, 1, (count, 1)), random.normal(2, 1, (count, 1))
    return source.astype(np.float32), np.arange(count, dtype=np.int32) % 2, target.astype(np.float32)


def pictures_model(**arguments):
    """Small networks for 8 x 8 grey pixels and three classes."""
    build = kgan.architectures
    return kgan.DomainAdaptation(
        build.picture_features((8, 8, 1), widths=(4,), kernel_size=3, seed=0),
        build.dense_classifier((64,), 3, width=8, layers=1, seed=1),
        build.domain_discriminator((64,), width=8, seed=2),
        seed=3,
        **arguments,
    )


def write_domains(folder, count=30):
    """Bars and squares of 16 x 16 pixels: white on black in `plain`, in two colours in `coloured`; both folders."""
    random, folders = np.random.RandomState(0), []
    for domain in ("plain", "coloured"):
        for name in ("bar", "square"):
            (folder / domain / name).mkdir(parents=True)
            for number in range(count):
                drawn = np.zeros((16, 16), np.uint8)
                row, column = random.randint(1, 9, 2)
                drawn[row : row + (2 if name == "bar" else 6), 1 if name == "bar" else column : column + 6] = 220
                if domain == "coloured":
                    drawn = np.abs(random.randint(0, 256, (1, 1, 3)) - drawn[..., None].astype(int)).astype(np.uint8)
                Image.fromarray(drawn).save(folder / domain / name / f"{number:02d}.png")
        folders.append(folder / domain)
    return folders


def domain_plan(folders, recipe="dann", epochs=2, **settings):
    """The recipe with networks that train in a blink."""
    small = {"generator.widths": [4, 8], "generator.kernel_size": 3, "discriminator.width": 8, "batch_size": 8}
    small |= {"model.classifier_width": 8, "data.validation_split": 0.4, "jit_compile": False}
    source = two_places.joined(list(map(str, folders)))
    return run.Plan.make(source, recipe, {**small, **settings}, epochs=epochs, seed=3)
