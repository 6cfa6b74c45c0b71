"""kgan on the games of published families, as a user types it."""

import keras
import numpy as np
from family_rows import Family, check_parameters, named
from pairing import serve

import kgan
from kgan.data.sources import arrays


def trainable(network: keras.Model) -> int:
    """The number of trainable parameters."""
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_variables)


def compiled(family: Family, xla: str = "auto") -> kgan.GAN:
    """The game, ready to train; with XLA where kgan picks it, always, or never."""
    shape = (family.size, family.size, family.channels)
    widest = {} if family.max_width is None else {"max_width": family.max_width}
    gan = kgan.GAN(
        getattr(kgan.architectures, f"{family.name}_generator")(
            shape, family.latent_dim, family.generator_width, **widest
        ),
        getattr(kgan.architectures, f"{family.name}_discriminator")(shape, family.discriminator_width, **widest),
        seed=0,
    )
    penalties = [kgan.penalties.WGANGP(family.wgangp)] if family.wgangp else []
    penalties += [kgan.penalties.R1(family.r1, every=family.r1_every)] if family.r1 else []
    path_length = kgan.objectives.PathLength(family.path_length, every=family.path_length_every)
    gan.compile(
        *(keras.optimizers.Adam(rate, *family.betas, epsilon=1e-8) for rate in family.rates),
        loss=family.loss,
        penalties=penalties,
        objectives=[path_length] if family.path_length else [],
        discriminator_steps=family.discriminator_steps,
        jit_compile={"auto": "auto", "on": True, "off": False}[xla],
    )
    return gan


def main(family: Family, images: np.ndarray, xla: str):
    """Builds the game; returns what plays one iteration."""
    gan = compiled(family, xla)
    check_parameters(family, trainable(gan.generator), trainable(gan.discriminator))
    source = arrays.batches(images, batch_size=family.batch, shuffle_seed=0, drop_remainder=True).repeat()
    batches = iter(source)
    gan.make_train_function()

    def play():
        for _ in range(family.updates * family.discriminator_steps):
            gan.train_function(batches)

    return play


if __name__ == "__main__":
    serve(main, named, xla=["auto", "on", "off"])
