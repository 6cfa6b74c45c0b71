"""InfoGAN: codes among the latents come to mean something, without a label.

python examples/infogan.py                              # the embedded digits: a column for each category
"""

import argparse

import keras
import numpy as np

import kgan


def discriminator(shape: tuple[int, int, int], codes: kgan.latents.Coded, width: int) -> keras.Model:
    """Logits, and from the same features what the codes were: a logit for each category, two numbers for the rest."""
    plain = kgan.architectures.dcgan_discriminator(shape, width=width, seed=1)
    x = keras.layers.Dense(128, activation="leaky_relu")(plain.get_layer("features").output)
    guessed = keras.layers.Dense(sum(codes.categorical) + 2 * codes.continuous)(x)
    return keras.Model(plain.input, {"logits": plain.output, "codes": guessed}, name="discriminator")


def main(data="digits", width: int = 32, epochs: int = 20, out: str = "infogan") -> kgan.GAN:
    """Trains, saves the whole game, exports the generator, and draws a column for each category of the code."""
    splits = kgan.data.load(data, batch_size=64)
    codes = kgan.latents.Coded(noise=62, categorical=(10,), continuous=2)
    gan = kgan.GAN(
        kgan.architectures.dcgan_generator(splits.sample_shape, latent_dim=codes.latent_dim, width=width, seed=0),
        discriminator(splits.sample_shape, codes, width),
        latents=codes,
        ema_half_life=5_000,
        seed=0,
    )
    gan.compile(
        keras.optimizers.Adam(1e-3, beta_1=0.5),
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        objectives=[kgan.objectives.MutualInformation(codes)],
    )
    gan.fit(splits, epochs=epochs, verbose=2)
    gan.save(f"{out}.keras")
    kgan.export.save(gan, out)
    latents = codes.draw(10, codes.latent_dim, seed=0).repeat(10, axis=0)  # ten of noise, each with every category
    latents[:, codes.noise : codes.noise + 10] = np.tile(np.eye(10), (10, 1))
    kgan.pictures.grid(gan.predict(latents, verbose=0), columns=10).save(f"{out}.png")
    return gan


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="?", default="digits", help="what kgan.data.load takes")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--out", default="infogan", help="the bundle; OUT.keras and OUT.png lie beside it")
    main(**vars(parser.parse_args()))
