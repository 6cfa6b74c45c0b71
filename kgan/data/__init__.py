"""Loading real samples: embedded digits, arrays, folders of images, tensorflow-datasets, `tf.data.Dataset`; pairs."""

from kgan.data.found import Found
from kgan.data.loading import is_path, load
from kgan.data.pairs import load_pairs
from kgan.data.splits import DataError, Splits

__all__ = ["DataError", "Found", "Splits", "is_path", "load", "load_pairs"]
