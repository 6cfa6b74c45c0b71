"""CycleGAN: two collections without pairs, and a translator each way.

python examples/cyclegan.py                             # digits, and other digits in black on white
python examples/cyclegan.py horses zebras --size 128    # two folders
"""

import argparse

import keras

import kgan


def inverted(images):
    """Black for white."""
    return 255 - images


def collections():
    """Half of the embedded digits as they are, and the other half in black on white."""
    train, _ = kgan.data.load("digits", batch_size=4500)
    digits = next(iter(train))[0].numpy()
    return digits[::2], inverted(digits[1::2])


def main(
    a=None, b=None, size: int | None = None, width: int = 16, epochs: int = 2, out: str = "cyclegan"
) -> kgan.CycleTranslation:
    """Trains, draws held-out samples each way after each epoch, saves the whole game, and exports both translators."""
    splits = kgan.data.load_unpaired(collections() if a is None else (a, b), batch_size=4, image_size=size, flip=True)
    build, judge = kgan.architectures.resnet_translator, kgan.architectures.patchgan_discriminator
    layers = 2 if min(splits.sample_shape[:2]) < 64 else 3
    model = kgan.CycleTranslation(
        build(splits.input_shape, splits.sample_shape[-1], width, blocks=3, seed=0, name="to_b"),
        build(splits.sample_shape, splits.input_shape[-1], width, blocks=3, seed=1, name="to_a"),
        judge(splits.input_shape, width=width, layers=layers, normalization="instance", seed=2, name="judge_a"),
        judge(splits.sample_shape, width=width, layers=layers, normalization="instance", seed=3, name="judge_b"),
        seed=0,
    )
    model.compile(
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        loss="least_squares",
        objectives=[kgan.objectives.CycleConsistency(10.0), kgan.objectives.Identity(5.0)],
    )
    model.fit(splits, epochs=epochs, verbose=2, callbacks=[kgan.callbacks.CycleGrid(f"{out}-samples")])
    model.save(f"{out}.keras")
    kgan.export.save(model, out)
    return model


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("a", nargs="?", help="a folder of pictures")
    parser.add_argument("b", nargs="?", help="another")
    parser.add_argument("--size", type=int, help="pixels of a square")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--out", default="cyclegan", help="the bundle; OUT.keras and OUT-samples/ lie beside it")
    main(**vars(parser.parse_args()))
