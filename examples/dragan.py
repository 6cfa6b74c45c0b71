"""DRAGAN: the loss of the first GAN, and a penalty on the discriminator's slope around the reals.

python examples/dragan.py                               # the embedded digits
python examples/dragan.py tfds:fashion_mnist            # pip install tensorflow-datasets
"""

import argparse

import keras

import kgan


def main(data="digits", width: int = 32, epochs: int = 20, out: str = "dragan") -> kgan.GAN:
    """Trains, draws a grid after each epoch, saves the whole game, and exports the generator."""
    splits = kgan.data.load(data, batch_size=64)
    gan = kgan.GAN(
        kgan.architectures.dcgan_generator(splits.sample_shape, latent_dim=128, width=width, seed=0),
        kgan.architectures.dcgan_discriminator(splits.sample_shape, width=width, seed=1),
        ema_half_life=5_000,
        seed=0,
    )
    gan.compile(
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        penalties=[kgan.penalties.DRAGAN(10.0)],
    )
    gan.fit(splits, epochs=epochs, verbose=2, callbacks=[kgan.callbacks.SampleGrid(f"{out}-samples")])
    gan.save(f"{out}.keras")
    kgan.export.save(gan, out)
    return gan


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="?", default="digits", help="what kgan.data.load takes")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--out", default="dragan", help="the bundle; OUT.keras and OUT-samples/ lie beside it")
    main(**vars(parser.parse_args()))
