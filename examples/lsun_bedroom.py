"""Bedrooms of LSUN with R3GAN's networks: train, draw, film, export.

    python examples/lsun_bedroom.py                                          # all 3,033,042 of them
    python examples/lsun_bedroom.py --data 'tfds:lsun/bedroom/train[:100000]'
    python examples/lsun_bedroom.py --data bedrooms/ --epochs 20             # a folder of pictures

tensorflow-datasets downloads 43 GB once, and reads LSUN's own files with tensorflow-io, which has to be installed on
the machine that prepares them. Networks, loss and penalties are those of R3GAN (Huang et al., 2024, arXiv:2501.05441),
its settings those that its schedules begin with; the networks are narrower, for one GPU. LSUN: Yu et al., 2015,
arXiv:1506.03365.
"""

import argparse
from pathlib import Path

import keras

import kgan


def build(shape: tuple[int, int, int], width: int) -> kgan.GAN:
    """A compiled game of R3GAN's networks.

    Args:
        shape: `(height, width, channels)` of the pictures.
        width: Channels of the stages up to 32 pixels, a multiple of 8; the paper has 768.
    """
    gan = kgan.GAN(
        generator=kgan.architectures.r3gan_generator(shape, latent_dim=64, width=width, seed=0),
        discriminator=kgan.architectures.r3gan_discriminator(shape, width=width, seed=1),
        ema_half_life=500_000,
        seed=0,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9),
        discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9),
        loss="relativistic_pairing",
        penalties=[kgan.penalties.R1(gamma=2.0), kgan.penalties.R2(gamma=2.0)],  # where the paper begins at 64 pixels
    )
    return gan


def main(
    data: str = "tfds:lsun/bedroom",
    image_size: int = 64,
    width: int = 128,
    batch_size: int = 64,
    epochs: int = 1,
    out: str = "lsun-bedroom",
    data_dir: str | None = None,
) -> kgan.GAN:
    """Trains; writes samples of each epoch, `samples.png`, `film.gif` and the bundle `export/` into `out`."""
    splits = kgan.data.load(data, batch_size=batch_size, image_size=image_size, data_dir=data_dir)
    print(*splits.found.lines(), sep="\n")
    gan = build(splits.sample_shape, width)
    folder = Path(out)
    gan.fit(splits, epochs=epochs, verbose=2, callbacks=[kgan.callbacks.SampleGrid(folder / "samples", rows=8)])
    kgan.pictures.grid(gan.generate(64, seed=0), columns=8).save(folder / "samples.png")
    kgan.latent_tools.save_film(kgan.latent_tools.walk(gan, keys=4, steps=12, count=4, seed=0), folder / "film.gif")
    kgan.export.save(gan, folder / "export")
    print(f"Look at {folder / 'samples.png'} and {folder / 'film.gif'}; {folder / 'export'} draws without Keras.")
    return gan


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="tfds:lsun/bedroom", help="anything that kgan.data.load takes")
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--width", type=int, default=128, help="channels up to 32 pixels; 64 on two cores")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--out", default="lsun-bedroom", help="the folder for pictures and the bundle")
    parser.add_argument("--data-dir", help="where tensorflow-datasets keeps its files")
    main(**vars(parser.parse_args()))
