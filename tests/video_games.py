"""Small models of video prediction that the tests share."""

import films
import keras

import kgan
from kgan import recipes

GIVEN, AHEAD, SIZE = 3, 2, 16


def networks(width=4):
    """A U-Net of two halvings, and discriminators of one layer."""
    given, following = (GIVEN, SIZE, SIZE, 1), (AHEAD, SIZE, SIZE, 1)
    build = kgan.architectures
    plain = {"width": width, "layers": 1, "normalization": None}
    return (
        build.next_frames_generator(given, AHEAD, width=width, depth=2, reach=2, normalization=None, seed=0),
        {
            "film": build.film_discriminator(following, given, seed=1, **plain),
            "picture": build.frame_discriminator(following, seed=2, **plain),
        },
    )


def compiled(optimizer=keras.optimizers.Adam, rate=1e-3, **arguments):
    """A model, compiled with L1, the difference of gradients and the game."""
    model = kgan.VideoPrediction(*networks(), **{"seed": 0, **arguments})
    model.compile(
        optimizer(rate),
        optimizer(rate),
        objectives=[kgan.objectives.L1(20.0), kgan.objectives.GradientDifference(20.0)],
        jit_compile=False,
    )
    return model


def data(count=8, batch_size=2, **options):
    """Windows of squares that move."""
    made = films.squares(count, frames=10, size=SIZE)
    return kgan.data.load_films(made, batch_size, input_frames=GIVEN, target_frames=AHEAD, **options)


def small_recipe(**settings):
    """The recipe, with networks that train in a blink."""
    small = {
        "generator.width": 4,
        "generator.depth": 2,
        **{f"discriminators.{name}.width": 4 for name in ("film", "picture")},
        **{f"discriminators.{name}.layers": 1 for name in ("film", "picture")},
        "features": "none",
        "data.input_frames": GIVEN,
        "data.target_frames": AHEAD,
        "data.validation_split": 0.25,
        "batch_size": 4,
        "epochs": 2,
        "jit_compile": False,
    }
    return recipes.get("video").changed({**small, **settings})
