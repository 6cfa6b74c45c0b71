"""Loading real samples: embedded digits, arrays, folders of images, tensorflow-datasets, `tf.data.Dataset`."""

from kgan.data.loading import is_path, load
from kgan.data.splits import DataError, Splits

__all__ = ["DataError", "Splits", "is_path", "load"]
