"""kgan on the same games, as a user types it."""

import keras
import numpy as np
from pairing import Game, serve

import kgan
from kgan.data.sources import arrays


def compiled(game: Game, xla: str = "auto") -> kgan.GAN:
    """The game, ready to train; with XLA where kgan picks it, always, or never."""
    shape, width = (game.size, game.size, game.channels), game.filters[0]
    gan = kgan.GAN(
        kgan.architectures.dcgan_generator(shape, game.latent_dim, width),
        kgan.architectures.dcgan_discriminator(shape, width),
        seed=0,  # which several workers must share
    )
    gan.compile(
        *(keras.optimizers.Adam(game.rate, *game.betas) for _ in range(2)),
        loss="wasserstein" if game.wasserstein else "non_saturating",
        penalties=["wgangp"] if game.wasserstein else ["r1", "r2"] if game.zero_centred else [],
        discriminator_steps=game.discriminator_steps,
        jit_compile={"auto": "auto", "on": True, "off": False}[xla],
    )
    return gan


def main(game: Game, images: np.ndarray, xla: str):
    """Builds the game; returns what plays one iteration."""
    gan = compiled(game, xla)
    source = arrays.batches(images, batch_size=game.batch, shuffle_seed=0, drop_remainder=True).repeat()
    batches = iter(source)
    gan.make_train_function()

    def play():
        for _ in range(game.discriminator_steps):
            gan.train_function(batches)

    return play


if __name__ == "__main__":
    serve(main, xla=["auto", "on", "off"])
