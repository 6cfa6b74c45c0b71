"""DCGAN on any pictures, without labels.

python examples/dcgan.py                        # the embedded digits
python examples/dcgan.py photos --size 64       # a folder, brought to squares of 64 pixels
"""

import argparse

import keras

import kgan


def main(data="digits", size: int | None = None, width: int = 32, epochs: int = 20, out: str = "dcgan") -> kgan.GAN:
    """Trains, draws a grid after each epoch, saves the whole game, and exports the generator."""
    splits = kgan.data.load(data, batch_size=64, image_size=size)
    gan = kgan.GAN(
        kgan.architectures.dcgan_generator(splits.sample_shape, latent_dim=128, width=width, seed=0),
        kgan.architectures.dcgan_discriminator(splits.sample_shape, width=width, seed=1),
        ema_half_life=5_000,
        seed=0,
    )
    gan.compile(
        keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        loss="relativistic_pairing",
        penalties=["r1", "r2"],
    )
    gan.fit(splits, epochs=epochs, verbose=2, callbacks=[kgan.callbacks.SampleGrid(f"{out}-samples")])
    gan.save(f"{out}.keras")
    kgan.export.save(gan, out)
    return gan


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="?", default="digits", help="what kgan.data.load takes")
    parser.add_argument("--size", type=int, help="pixels of a square")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--out", default="dcgan", help="the bundle; OUT.keras and OUT-samples/ lie beside it")
    main(**vars(parser.parse_args()))
