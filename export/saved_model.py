"""The SavedModel writer."""

from pathlib import Path

import keras

from kgan.export.signature import Signature
from kgan.gan import GAN


def write(gan: GAN, function, signature: Signature, path: Path) -> None:
    """Writes `path/`, with the signature `serving_default`: `latents` [, `labels`] -> `images`."""
    archive = keras.export.ExportArchive()
    archive.track(gan.inference_generator)
    archive.add_endpoint("serving_default", function)
    archive.write_out(str(path), verbose=False)
