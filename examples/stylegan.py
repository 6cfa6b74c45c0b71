"""StyleGAN2: latents become styles, and styles modulate the convolutions.

python examples/stylegan.py                             # the embedded digits
python examples/stylegan.py photos --size 64            # a folder, brought to squares of 64 pixels
"""

import argparse

import keras

import kgan


def main(data="digits", size: int | None = None, width: int = 16, epochs: int = 10, out: str = "stylegan") -> kgan.GAN:
    """Trains, saves the whole game, exports the generator, and draws what truncation and mixed styles do."""
    splits = kgan.data.load(data, batch_size=32, image_size=size)
    gan = kgan.GAN(
        kgan.architectures.stylegan2_generator(
            splits.sample_shape, latent_dim=64, width=width, max_width=64, mapping_layers=4, seed=0
        ),
        kgan.architectures.stylegan2_discriminator(splits.sample_shape, width=width, max_width=64, seed=1),
        ema_half_life=5_000,
        seed=0,
    )
    gan.compile(
        keras.optimizers.Adam(2.5e-3, beta_1=0.0, beta_2=0.99),
        keras.optimizers.Adam(2.5e-3, beta_1=0.0, beta_2=0.99),
        penalties=[kgan.penalties.R1(0.5, every=16)],
        objectives=[kgan.objectives.PathLength()],
    )
    gan.fit(splits, epochs=epochs, verbose=2, callbacks=[kgan.callbacks.SampleGrid(f"{out}-samples")])
    gan.save(f"{out}.keras")
    kgan.export.save(gan, out)
    kgan.latent_tools.truncation_grid(gan, seed=0).save(f"{out}-truncation.png")
    kgan.latent_tools.mixing_grid(gan, seed=0).save(f"{out}-mixing.png")
    return gan


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="?", default="digits", help="what kgan.data.load takes")
    parser.add_argument("--size", type=int, help="pixels of a square")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--out", default="stylegan", help="the bundle; OUT.keras and OUT-samples/ lie beside it")
    main(**vars(parser.parse_args()))
