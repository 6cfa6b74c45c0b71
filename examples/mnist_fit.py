"""The ten lines of the README: train on the embedded digits, look, export.

python examples/mnist_fit.py                # about three minutes on two CPU cores
python examples/mnist_fit.py --epochs 1     # a first look
"""

import argparse

import keras

import kgan


def main(epochs: int = 30, out: str = "digits-generator") -> kgan.GAN:
    """Trains, draws `digits.png` beside the bundle, and exports."""
    train, validation = kgan.data.load("digits", batch_size=64)
    gan = kgan.GAN(
        generator=kgan.architectures.dcgan_generator((28, 28, 1), latent_dim=64, width=32, num_classes=10),
        discriminator=kgan.architectures.dcgan_discriminator((28, 28, 1), width=32, num_classes=10),
        num_classes=10,
        ema_half_life=20_000,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        discriminator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        loss="relativistic_pairing",
        penalties=[kgan.penalties.R1(gamma=1.0), kgan.penalties.R2(gamma=1.0)],
    )
    gan.fit(train, validation_data=validation, epochs=epochs)
    kgan.pictures.grid(gan.generate(100, seed=0), columns=10).save(f"{out}.png")
    kgan.export.save(gan, out)
    return gan


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--out", default="digits-generator", help="the bundle; the picture lies beside it")
    main(**vars(parser.parse_args()))
