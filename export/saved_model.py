"""The SavedModel writer."""

from collections.abc import Callable
from pathlib import Path

import keras

from kgan.export.signature import Signature

__all__ = ["write"]


def write(generator: keras.Model, function: Callable, signature: Signature, path: Path) -> None:
    """Writes `path/`, with the signature `serving_default`: inputs to output by name."""
    archive = keras.export.ExportArchive()
    archive.track(generator)
    archive.add_endpoint("serving_default", function)
    archive.write_out(str(path), verbose=False)
