"""Shapes drawn to order: coloured shapes with captions, two of which are never shown together in training.

python examples/shapes_in_words.py                # some ten minutes on two CPU cores
python examples/shapes_in_words.py --epochs 2     # a first look
"""

import argparse
import itertools

import keras
import numpy as np
from PIL import Image, ImageDraw

import kgan

COLOURS = {"red": (215, 40, 40), "green": (40, 160, 60), "blue": (45, 80, 215), "orange": (245, 150, 20)}
SHAPES = ("circle", "square", "triangle", "cross")
UNSEEN = ("blue triangle", "red cross")  # left out: their words are known, both together are not


def drawn(colour: str, shape: str, random: np.random.Generator) -> np.ndarray:
    """A shape of some size, somewhere on white, uint8 (32, 32, 3)."""
    picture, radius = Image.new("RGB", (32, 32), "white"), random.uniform(6, 10)
    x, y = random.uniform(radius + 1, 31 - radius, 2)
    left, top, right, bottom, ink = x - radius, y - radius, x + radius, y + radius, COLOURS[colour]
    draw = ImageDraw.Draw(picture)
    if shape == "circle":
        draw.ellipse((left, top, right, bottom), fill=ink)
    elif shape == "square":
        draw.rectangle((left, top, right, bottom), fill=ink)
    elif shape == "triangle":
        draw.polygon(((x, top), (right, bottom), (left, bottom)), fill=ink)
    else:
        draw.line((left, y, right, y), fill=ink, width=5)
        draw.line((x, top, x, bottom), fill=ink, width=5)
    return np.asarray(picture)


def main(epochs: int = 40, count: int = 3_200, out: str = "shapes-in-words") -> kgan.TextToImage:
    """Trains, draws each combination of words beside the two that were left out, and exports."""
    random = np.random.default_rng(0)
    every = [f"{colour} {shape}" for colour, shape in itertools.product(COLOURS, SHAPES)]
    names = random.choice([name for name in every if name not in UNSEEN], count)
    images = np.stack([drawn(*name.split(), random) for name in names])
    captions = [[str(name), f"a {name}"] for name in names]

    splits = kgan.data.load_captions((images, captions), batch_size=64)
    model = kgan.TextToImage.of(splits, ema_half_life=10_000, seed=0)
    adam = [keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99) for _ in range(2)]
    model.compile(*adam, loss="relativistic_pairing", penalties=["r1", "r2"])
    model.fit(splits, epochs=epochs, verbose=2)

    texts = [*UNSEEN, "green circle", "orange square"]
    samples = model.generate(8 * len(texts), seed=0, text=texts)
    kgan.pictures.grid(samples, len(texts), names=texts).save(f"{out}.png")
    kgan.export.save(model, out)  # python sampler.py --text "blue triangle" there
    return model


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--count", type=int, default=3_200, help="pictures to draw and learn from")
    parser.add_argument("--out", default="shapes-in-words", help="the bundle; the picture lies beside it")
    main(**vars(parser.parse_args()))
