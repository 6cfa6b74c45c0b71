"""pix2pix: a U-Net learns from pairs, an L1 loss beside a discriminator of patches.

python examples/pix2pix.py                              # the outlines of the embedded digits become digits
python examples/make_pairs.py photos pairs --size 128   # or make pairs of your own pictures, outlines by default
python examples/pix2pix.py pairs --epochs 100
"""

import argparse

import keras
import numpy as np

import kgan


def outlines() -> tuple[np.ndarray, np.ndarray]:
    """Where strokes of the embedded digits begin and end, and the digits, both uint8 `(4500, 28, 28, 1)`."""
    train, _ = kgan.data.load("digits", batch_size=4500)
    digits = next(iter(train))[0].numpy()
    inside = np.pad(digits > 127, ((0, 0), (1, 1), (1, 1), (0, 0)))
    core = inside[:, 1:-1, 1:-1]
    kept = inside[:, 2:, 1:-1] & inside[:, :-2, 1:-1] & inside[:, 1:-1, 2:] & inside[:, 1:-1, :-2]
    return np.where(core & ~kept, 255, 0).astype(np.uint8), digits


def main(data=None, width: int = 32, epochs: int = 4, out: str = "pix2pix") -> kgan.Translation:
    """Trains, draws held-out pairs after each epoch, saves the whole game, and exports the generator."""
    splits = kgan.data.load_pairs(outlines() if data is None else data, batch_size=16)
    model = kgan.Translation(
        kgan.architectures.unet_generator(splits.input_shape, splits.sample_shape[-1], width, seed=0),
        kgan.architectures.patchgan_discriminator(splits.sample_shape, splits.input_shape, width, layers=2, seed=1),
        seed=0,
    )
    model.compile(
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        objectives=[kgan.objectives.L1(100.0)],
        metrics=[kgan.metrics.PSNR()],
    )
    model.fit(splits, epochs=epochs, verbose=2, callbacks=[kgan.callbacks.TranslationGrid(f"{out}-samples")])
    model.save(f"{out}.keras")
    kgan.export.save(model, out)
    return model


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="?", help="a folder of pairs, as kgan.data.load_pairs takes it")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--out", default="pix2pix", help="the bundle; OUT.keras and OUT-samples/ lie beside it")
    main(**vars(parser.parse_args()))
