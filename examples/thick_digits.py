"""Two collections without pairs: thin digits on one side, other digits with thick strokes on the other.

    python examples/thick_digits.py

The translator learns to thicken strokes from examples alone: no digit is on both sides (Park et al., 2020,
arXiv:2007.15651). What each held-out digit should have become is known here, so the program says how far off it is.
"""

import argparse

import keras
import numpy as np
from PIL import Image, ImageFilter

import kgan

SHAPE = (28, 28, 1)


def thickened(images: np.ndarray) -> np.ndarray:
    """The images with strokes a pixel wider on each side: the greatest value of 3 x 3 pixels."""
    widened = [Image.fromarray(one[..., 0]).filter(ImageFilter.MaxFilter(3)) for one in images]
    return np.stack([np.asarray(one) for one in widened])[..., None]


def model() -> kgan.ContrastiveTranslation:
    """A small translator, a discriminator of thick digits, and the objective that ties outputs to their inputs."""
    found = kgan.ContrastiveTranslation(
        kgan.architectures.resnet_translator(SHAPE, width=16, blocks=3, seed=0),
        kgan.architectures.patchgan_discriminator(SHAPE, width=32, layers=2, normalization="instance", seed=1),
        seed=0,
    )
    found.compile(
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        loss="least_squares",
        objectives=[kgan.objectives.PatchNCE(0.5)],
    )
    return found


def main(epochs: int = 4, out: str = "thick_digits.png") -> tuple[float, float]:
    """Trains, draws, and returns the mean absolute error to the true partners, in grey levels: before and after."""
    data = kgan.data.load("digits", batch_size=4500, validation_split=0.1)
    train, test = (next(iter(split.unbatch().map(lambda x, y: x).batch(4500))).numpy() for split in data)
    thin, thick = train[: len(train) // 2], thickened(train[len(train) // 2 :])  # other digits

    def error(made: np.ndarray) -> float:
        return float(np.abs((made + 1.0) * 127.5 - thickened(test)).mean())

    translator = model()
    before = error(np.float32(test) / 127.5 - 1.0)
    translator.fit(thin, thick, batch_size=4, epochs=epochs, verbose=2)
    after = error(translator.translate(test))
    print(
        f"Mean error to the true partners, of 255: {before:.1f} of the thin digits, {after:.1f} of their translations"
    )

    shown = [np.float32(images) / 127.5 - 1.0 for images in (test[:8], thickened(test[:8]))]
    columns = [shown[0], translator.translate(test[:8]), shown[1]]
    kgan.pictures.grid(np.stack(columns, axis=1).reshape(-1, *SHAPE), columns=3).save(out)
    print(f"Thin, translated and true, from left to right, in {out}")
    return before, after


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--out", default="thick_digits.png")
    main(**vars(parser.parse_args()))
