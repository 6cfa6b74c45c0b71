"""The SavedModel writer."""

from collections.abc import Callable
from pathlib import Path

import keras

from kgan.export.signature import Signature

__all__ = ["write"]


def write(generator: keras.Model, function: Callable, signature: Signature, path: Path) -> None:
    """Writes `path/`, with the signature `serving_default`: inputs to output by name.

    Where some inputs are optional, the signature `explicit` takes them too: TensorFlow's have no inputs to leave out.
    """
    archive = keras.export.ExportArchive()  # tracks what endpoints use; a generator tracked besides is written again
    archive.add_endpoint("serving_default", function)
    if signature.exported.optional:
        archive.add_endpoint("explicit", signature.explicit.function(generator))
    archive.write_out(str(path), verbose=False)
