"""GauGAN: label maps become pictures, and each normalisation is told by the map what a pixel is.

python examples/gaugan.py                               # a photograph's colours, as 8 classes, become a photograph
python examples/gaugan.py pairs --classes 12            # pairs/a: grey pictures whose values are classes, pairs/b

Of the photograph that scikit-learn brings, the network learns from the left two thirds and draws parts of the rest.
"""

import argparse

import keras
import numpy as np

import kgan


def painted_by_numbers(classes: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Parts of a photograph to learn from and others, each as classes `(n, 64, 64, 1)` and colours, uint8."""
    from sklearn.cluster import KMeans
    from sklearn.datasets import load_sample_image

    picture = load_sample_image("china.jpg")[:416, :640]
    blurred = np.float32(picture).reshape(104, 4, 160, 4, 3).mean(axis=(1, 3))  # of 4 x 4 pixels
    found = KMeans(classes, n_init=1, random_state=0).fit_predict(blurred.reshape(-1, 3)).reshape(104, 160)
    labels = found.repeat(4, axis=0).repeat(4, axis=1)[..., None].astype(np.uint8)

    def parts(side, lefts, step):
        return np.stack([side[top : top + 64, left : left + 64] for left in lefts for top in range(0, 353, step)])

    places = (range(0, 369, 16), 16), (range(432, 577, 48), 48)  # 432 pixels are learned from
    return [(parts(labels, *place), parts(picture, *place)) for place in places]


def main(data=None, classes: int = 8, width: int = 16, epochs: int = 4, out: str = "gaugan") -> kgan.Translation:
    """Trains, draws held-out pairs after each epoch, saves the whole game, and exports the generator."""
    learned, held_out = painted_by_numbers(classes) if data is None else (data, None)
    splits = kgan.data.load_pairs(learned, batch_size=4, flip=True, validation_split=0.1 if held_out is None else 0.0)
    shapes, networks = (splits.sample_shape, splits.input_shape), kgan.architectures
    model = kgan.Translation(
        networks.spade_generator(splits.input_shape, splits.sample_shape[-1], classes, width, hidden=32, seed=0),
        {
            "fine": networks.spade_discriminator(*shapes, classes, 2 * width, layers=3, seed=1),
            "coarse": networks.spade_discriminator(*shapes, classes, 2 * width, layers=2, halvings=1, seed=2),
        },
        ema_half_life=1_000,
        seed=0,
    )
    model.compile(
        keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.999),
        keras.optimizers.Adam(4e-4, beta_1=0.0, beta_2=0.999),
        loss="hinge",
        objectives=[kgan.objectives.L1(10.0)],
        metrics=[kgan.metrics.PSNR()],
    )
    grid = kgan.callbacks.TranslationGrid(f"{out}-samples")
    model.fit(splits.train, validation_data=held_out or splits.validation, epochs=epochs, verbose=2, callbacks=[grid])
    model.save(f"{out}.keras")
    kgan.export.save(model, out)
    return model


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="?", help="a folder of pairs, as kgan.data.load_pairs takes it")
    parser.add_argument("--classes", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--out", default="gaugan", help="the bundle; OUT.keras and OUT-samples/ lie beside it")
    main(**vars(parser.parse_args()))
