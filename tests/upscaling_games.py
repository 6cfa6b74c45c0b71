"""Small models of super-resolution that the tests share."""

import keras
import numpy as np

import kgan
from kgan import recipes

PATCH, SCALE = 16, 2


def pictures(count=24, size=PATCH, seed=0):
    """Waves of any direction, `(count, size, size, 3)` uint8."""
    random = np.random.RandomState(seed)
    y, x = np.mgrid[0:size, 0:size]
    ways = random.uniform(-1.2, 1.2, (count, 3, 2))
    waves = np.sin(ways[..., 0, None, None] * y + ways[..., 1, None, None] * x)
    return np.moveaxis(127.5 + 120.0 * waves, 1, -1).astype(np.uint8)


def data(count=24, batch_size=4, **options):
    """Pairs of them, 8 x 8 to 16 x 16."""
    return kgan.data.load_upscaling(pictures(count), batch_size, scale=SCALE, patch=PATCH, **options)


def enlarger(width=4, scale=SCALE, patch=PATCH, **arguments):
    """A compact network and a PatchGAN of one layer."""
    small, large = (patch // scale, patch // scale, 3), (patch, patch, 3)
    return kgan.SuperResolution(
        kgan.architectures.compact_generator(small, scale=scale, width=width, convolutions=1, seed=0),
        kgan.architectures.patchgan_discriminator(large, None, width, layers=1, normalization=None, seed=1),
        **{"seed": 0, **arguments},
    )


def compiled(optimizer=keras.optimizers.Adam, rate=1e-3, **arguments):
    """The same, compiled with L1 and the game."""
    model = enlarger(**arguments)
    model.compile(
        optimizer(rate),
        optimizer(rate),
        loss="non_saturating",
        objectives=[kgan.objectives.L1(10.0)],
        jit_compile=False,
    )
    return model


def small_recipe(**settings):
    """The compact recipe, with networks that train in a blink and no network to look through."""
    small = {
        "generator.width": 4,
        "generator.convolutions": 1,
        "discriminator.width": 2,
        "objectives.feature_distance": "none",
        "features": "none",
        "data.scale": SCALE,
        "data.patch": PATCH,
        "batch_size": 4,
        "epochs": 2,
        "jit_compile": False,
    }
    return recipes.get("compact").changed({**small, **settings})
