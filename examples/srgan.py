"""SRGAN: small pictures become large ones, first by L1 alone, then in the game.

python examples/srgan.py            # digits of 14 pixels become 28
python examples/srgan.py photos --scale 4 --patch 96 --features efficientnet-lite0    # pip install 'kgan[efficientnet]'
"""

import argparse

import keras

import kgan


def main(
    data="digits",
    scale: int = 2,
    patch: int = 28,
    features: str = "digits",
    width: int = 32,
    epochs: int = 4,
    out: str = "srgan",
) -> kgan.SuperResolution:
    """Trains, draws held-out pictures after each epoch, saves the whole game, and exports the generator."""
    splits = kgan.data.load_upscaling(data, batch_size=16, scale=scale, patch=patch, turn=features != "digits")
    model = kgan.SuperResolution(
        kgan.architectures.srgan_generator(splits.input_shape, scale=scale, width=width, blocks=4, seed=0),
        kgan.architectures.srgan_discriminator(splits.sample_shape, width=width // 2, dense=256, seed=1),
        seed=0,
    )
    model.compile(
        keras.optimizers.Adam(2e-4),
        keras.optimizers.Adam(1e-4),
        objectives=[kgan.objectives.L1(1.0), kgan.objectives.FeatureDistance(features, 0.1)],
        metrics=[kgan.metrics.PSNR()],
    )
    callbacks = [kgan.callbacks.Pretraining(), kgan.callbacks.TranslationGrid(f"{out}-samples")]
    model.fit(splits, epochs=epochs, verbose=2, callbacks=callbacks)
    model.save(f"{out}.keras")
    kgan.export.save(model, out)
    return model


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="?", default="digits", help="what kgan.data.load_upscaling takes")
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--patch", type=int, default=28, help="pixels of the parts that it learns from")
    parser.add_argument("--features", default="digits", help="the frozen network that compares with the truth")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--out", default="srgan", help="the bundle; OUT.keras and OUT-samples/ lie beside it")
    main(**vars(parser.parse_args()))
