"""Few pictures: adaptive discriminator augmentation on 500 digits, with a figure on held-out ones.

python examples/ada.py
python examples/ada.py flowers --size 64 --count 0 --features efficientnet-lite0     # pip install 'kgan[efficientnet]'
"""

import argparse

import keras

import kgan


def main(
    data="digits",
    size: int | None = None,
    count: int = 500,
    features: str = "digits",
    width: int = 32,
    epochs: int = 100,
    out: str = "ada",
) -> kgan.GAN:
    """Trains, draws a grid after each epoch, saves the whole game, and exports the generator."""
    train, validation = splits = kgan.data.load(data, batch_size=32, image_size=size)
    gan = kgan.GAN(
        kgan.architectures.dcgan_generator(splits.sample_shape, latent_dim=128, width=width, seed=0),
        kgan.architectures.dcgan_discriminator(splits.sample_shape, width=width, seed=1),
        ema_half_life=5_000,
        seed=0,
    )
    gan.compile(
        keras.optimizers.Adam(5e-4, beta_1=0.5),
        keras.optimizers.Adam(5e-4, beta_1=0.5),
        penalties=["r1"],
        augmentation=kgan.augmentation.ADA(target=0.6, images=50_000, policy="blit,geometry,color"),
        metrics=[kgan.metrics.KernelDistance(features)],
    )
    if count:
        train = train.unbatch().take(count).cache().shuffle(count, seed=0).batch(32, drop_remainder=True)
    grid = kgan.callbacks.SampleGrid(f"{out}-samples")
    gan.fit(train, validation_data=validation, epochs=epochs, verbose=2, callbacks=[grid])
    gan.save(f"{out}.keras")
    kgan.export.save(gan, out)
    return gan


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="?", default="digits", help="what kgan.data.load takes")
    parser.add_argument("--size", type=int, help="pixels of a square")
    parser.add_argument("--count", type=int, default=500, help="how many to learn from; 0 for all")
    parser.add_argument("--features", default="digits", help="what the kernel distance looks through")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--out", default="ada", help="the bundle; OUT.keras and OUT-samples/ lie beside it")
    main(**vars(parser.parse_args()))
