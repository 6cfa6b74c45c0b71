"""Small pictures of one colour and one shape, with captions that say so, and a model of them."""

import csv
import functools
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import kgan

COLOURS = {"red": (220, 40, 40), "green": (40, 180, 60), "blue": (50, 80, 220)}
SHAPES = ("square", "stripe")


def drawn(colour, shape, size=8):
    """A picture on white, uint8 `(size, size, 3)`."""
    picture = np.full((size, size, 3), 255, np.uint8)
    quarter = size // 4
    rows = slice(quarter, -quarter) if shape == "square" else slice(3 * size // 8, 5 * size // 8)
    columns = slice(quarter, -quarter) if shape == "square" else slice(None)
    picture[rows, columns] = COLOURS[colour]
    return picture


def pairs(times=10):
    """Pictures, and two captions of each: what it is, and its colour alone."""
    kinds = [(colour, shape) for colour in COLOURS for shape in SHAPES] * times
    images = np.stack([drawn(*kind) for kind in kinds])
    return images, [[f"{colour} {shape}", f"something {colour}"] for colour, shape in kinds]


def folder(path, times=5):
    """The same in files, with `captions.csv`; returns its path."""
    images, captions = pairs(times)
    (path / "images").mkdir(parents=True)
    rows = []
    for number, (image, said) in enumerate(zip(images, captions, strict=True)):
        name = f"images/{number:03d}.png"
        Image.fromarray(image).save(path / name)
        rows += [(name, one) for one in said]
    with (path / "captions.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "caption"), *rows])
    return path / "captions.csv"


def splits(batch_size=20, **options):
    """The pictures and captions, loaded."""
    return kgan.data.load_captions(pairs(), batch_size, **{"validation_split": 0.2, **options})


def compiled(data, seed=0, **arguments):
    """A small model of them."""
    model = kgan.TextToImage.of(
        data, latent_dim=4, width=4, embedding_dim=8, seed=seed, **{"ema_half_life": 100.0, **arguments}
    )
    model.compile(loss="relativistic_pairing", penalties=["r1", "r2"], beta_2=0.99, jit_compile=False)
    return model


@functools.cache
def trained():
    """A model that has seen the data once; tests of a process share it, and change nothing of it."""
    data = splits()
    model = compiled(data)
    model.fit(data, epochs=1, verbose=0)
    return model


@functools.cache
def bundle():
    """The ONNX bundle of `trained()`, likewise."""
    return kgan.export.save(trained(), Path(tempfile.mkdtemp()) / "bundle", formats=("onnx",))
