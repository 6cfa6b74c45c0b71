"""Loading real samples: embedded digits, arrays, folders of images, tensorflow-datasets, `tf.data.Dataset`."""

from kgan.data.loading import load
from kgan.data.splits import DataError, Splits

__all__ = ["DataError", "Splits", "load"]
