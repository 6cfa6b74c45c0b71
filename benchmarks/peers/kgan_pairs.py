"""kgan on games that map pictures to pictures, as a user types it."""

import keras
import numpy as np
from family_rows import check_parameters
from kgan_family import trainable
from pair_rows import Mapping, named
from pairing import serve

import kgan
from kgan.data.sources import pair_arrays


def pix2pix(row: Mapping) -> kgan.Translation:
    """A U-Net and a discriminator of patches, on the adversarial loss and L1."""
    shape = (row.size, row.size, row.channels)
    return kgan.Translation(
        kgan.architectures.unet_generator(shape, width=row.generator_width, normalization="instance"),
        kgan.architectures.patchgan_discriminator(
            shape, shape, width=row.discriminator_width, normalization="instance"
        ),
        seed=0,
    )


def cyclegan(row: Mapping) -> kgan.CycleTranslation:
    """A translator and a discriminator of patches each way, cycles and identities."""
    shape = (row.size, row.size, row.channels)
    make = kgan.architectures
    return kgan.CycleTranslation(
        *(make.resnet_translator(shape, width=row.generator_width) for _ in "ab"),
        *(
            make.patchgan_discriminator(
                shape, width=row.discriminator_width, normalization="instance", name=f"d_{side}"
            )
            for side in "ab"
        ),
        pool_size=row.pool,
        seed=0,
    )


def compact(row: Mapping) -> kgan.SuperResolution:
    """The compact network and a U-Net as discriminator."""
    side = row.size // row.scale
    return kgan.SuperResolution(
        kgan.architectures.compact_generator(
            (side, side, row.channels), scale=row.scale, width=row.generator_width, convolutions=row.convolutions
        ),
        kgan.architectures.unet_discriminator((row.size, row.size, row.channels), width=row.discriminator_width),
        seed=0,
    )


GAMES = {  # the networks, the loss, and objectives
    "pix2pix": (pix2pix, "non_saturating", lambda: [kgan.objectives.L1(100.0)]),
    "cyclegan": (
        cyclegan,
        "least_squares",
        lambda: [kgan.objectives.CycleConsistency(5.0), kgan.objectives.Identity(2.5)],
    ),
    "compact": (compact, "non_saturating", lambda: [kgan.objectives.L1(10.0)]),
}


def compiled(row: Mapping, xla: str = "auto"):
    """The game, ready to train; with XLA where kgan picks it, always, or never."""
    networks, loss, objectives = GAMES[row.name]
    model = networks(row)
    model.compile(
        *(keras.optimizers.Adam(row.rate, *row.betas, epsilon=1e-8) for _ in range(2)),
        loss=loss,
        objectives=objectives(),
        jit_compile={"auto": "auto", "on": True, "off": False}[xla],
    )
    return model


def counts(model) -> tuple[int, int]:
    """The trainable parameters of the generator's side and of all discriminators."""
    return trainable(model.generator), sum(trainable(one) for one in model.discriminators.values())


def sides(row: Mapping, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two halves of the images as inputs and truths, inputs smaller by the scale."""
    half = len(images) // 2
    return np.ascontiguousarray(images[:half, :: row.scale, :: row.scale]), images[half:]


def main(row: Mapping, images: np.ndarray, xla: str):
    """Builds the game; returns what plays one iteration."""
    model = compiled(row, xla)
    check_parameters(row, *counts(model))
    source = pair_arrays.batches(*sides(row, images), batch_size=row.batch, shuffle_seed=0, drop_remainder=True)
    batches = iter(source.repeat())
    model.make_train_function()
    return lambda: model.train_function(batches)


if __name__ == "__main__":
    serve(main, named, xla=["auto", "on", "off"])
