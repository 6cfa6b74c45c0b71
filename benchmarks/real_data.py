"""Real pictures that the benchmarks train on: Fashion-MNIST, and pictures in a folder for each class."""

import gzip
import sys
from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["emoji", "fashion"]

Data = tuple[np.ndarray, np.ndarray]


def fashion(folder: Path) -> Data:
    """The 60,000 images of Fashion-MNIST, uint8 `(n, 28, 28, 1)`, and their labels."""
    parts = []
    for name, start, shape in (("images-idx3", 16, (-1, 28, 28, 1)), ("labels-idx1", 8, (-1,))):
        path = folder / f"train-{name}-ubyte.gz"
        if not path.is_file():
            sys.exit(f"Expected {path}. Received: no such file. Name the folder of Fashion-MNIST with --fashion.")
        parts.append(np.frombuffer(gzip.decompress(path.read_bytes())[start:], np.uint8).reshape(shape))
    return parts[0], parts[1].astype(np.int32)


def emoji(folder: Path, side: int) -> Data:
    """Pictures over white, uint8 `(n, side, side, 3)`, in a class for each folder."""
    images, labels = [], []
    for label, inside in enumerate(sorted(one for one in folder.iterdir() if one.is_dir())):
        for path in sorted(inside.glob("*.png")):
            with Image.open(path) as opened:
                picture = opened.convert("RGBA")
            white = Image.new("RGBA", picture.size, "white")
            shown = Image.alpha_composite(white, picture).convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
            images.append(np.asarray(shown))
            labels.append(label)
    return np.stack(images), np.array(labels, np.int32)
