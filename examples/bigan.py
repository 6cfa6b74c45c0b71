"""BiGAN: an encoder learns the way back, from pictures to latents, and a discriminator sees both side by side.

python examples/bigan.py                                # the embedded digits, and what they become and come back from
"""

import argparse

import keras
import numpy as np

import kgan


def main(data="digits", width: int = 32, epochs: int = 20, out: str = "bigan") -> kgan.BiGAN:
    """Trains, saves the whole game, exports both networks, and draws pictures above what their latents become."""
    train, validation = splits = kgan.data.load(data, batch_size=64)
    shape, latent_dim = splits.sample_shape, 32
    build = kgan.architectures
    seen, judge = (build.dcgan_discriminator(shape, width=width, seed=seed) for seed in (1, 2))
    gan = kgan.BiGAN(
        build.dcgan_generator(shape, latent_dim=latent_dim, width=width, seed=0),
        build.latents_encoder(seen, latent_dim, seed=3),
        build.pair_discriminator(judge, latent_dim, seed=4),
        ema_half_life=5_000,
        seed=0,
    )
    gan.compile(
        keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        loss="relativistic_pairing",
        penalties=["r1", "r2"],
    )
    gan.fit(train, epochs=epochs, verbose=2, callbacks=[kgan.callbacks.SampleGrid(f"{out}-samples")])
    gan.save(f"{out}.keras")
    kgan.export.save(gan, out, parts=True)  # encoder.onnx, too
    held_out = np.float32(next(validation.unbatch().batch(500).as_numpy_iterator())[0][::50]) / 127.5 - 1.0
    kgan.pictures.grid(np.concatenate([held_out, gan.reconstruct(held_out)]), columns=10).save(f"{out}.png")
    return gan


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="?", default="digits", help="what kgan.data.load takes, with labels or without")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--out", default="bigan", help="the bundle; OUT.keras, OUT.png and OUT-samples/ lie beside it")
    main(**vars(parser.parse_args()))
