"""What callbacks share that write a picture after each epoch, and show it in TensorBoard."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from kgan import pictures

__all__ = ["EpochPictures"]


class EpochPictures(keras.callbacks.Callback):
    """Keeps the pictures of epochs: `epoch-0001.png`, `epoch-0002.png`, ...

    Args:
        folder: Where they go; made when missing.
        log_dir: A TensorBoard folder that shows them too; `None` for none.
    """

    def __init__(self, folder: "str | os.PathLike", log_dir: "str | os.PathLike | None" = None):
        super().__init__()
        self.folder = Path(folder)
        self.log_dir = log_dir
        self._writer = None

    def open_log(self) -> bool:
        """Begins to write for TensorBoard, where that is wanted, and says whether it is."""
        if self.log_dir is not None:
            self._writer = tf.summary.create_file_writer(str(self.log_dir))
        return self._writer is not None

    def keep(self, picture: Image.Image, number: int, tag: str, texts: "Mapping[str, str] | None" = None) -> None:
        """Writes the picture of the epoch with this number, from 1; `texts` are those of `kgan.pictures.save`."""
        pictures.save(picture, self.folder / f"epoch-{number:04d}.png", texts)
        self.show(picture, number, tag)

    def show(self, picture: Image.Image, number: int, tag: str) -> None:
        """Shows a picture in TensorBoard alone."""
        if self._writer is not None:
            with self._writer.as_default():
                tf.summary.image(tag, np.atleast_3d(np.asarray(picture))[None], step=number)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._writer is not None:
            self._writer.close()
