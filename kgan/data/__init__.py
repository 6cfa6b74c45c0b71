"""Loading real samples: arrays, folders of images, tensorflow-datasets, `tf.data.Dataset`; pairs; two collections."""

from kgan.data.degradations import degrade
from kgan.data.found import Found
from kgan.data.loading import is_path, load
from kgan.data.pairs import load_pairs
from kgan.data.splits import DataError, Splits
from kgan.data.unpaired import load_unpaired
from kgan.data.upscaling import load_upscaling

__all__ = [
    "DataError",
    "Found",
    "Splits",
    "degrade",
    "is_path",
    "load",
    "load_pairs",
    "load_unpaired",
    "load_upscaling",
]
