"""A grid of samples after each epoch."""

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import pictures

__all__ = ["SampleGrid"]


class SampleGrid(keras.callbacks.Callback):
    """Draws a grid of samples after each epoch, always from the same latents.

    Writes `epoch-0001.png`, `epoch-0002.png`, ... For a generator that takes labels, the columns are the classes.

    Args:
        folder: Where the pictures go; made when missing.
        rows: Rows of the grid.
        columns: Columns of the grid; `None` is the number of classes (at most 16), or 8 without labels.
        seed: Of the latents.
        log_dir: A TensorBoard folder that shows the grids too; `None` for none.

    Examples:
        >>> grid = kgan.callbacks.SampleGrid("samples", rows=4, columns=10)  # fit(callbacks=[grid])
        >>> grid.rows * grid.columns
        40

    Raises:
        ValueError: when training begins, if the generator does not make images.
    """

    def __init__(
        self,
        folder: "str | os.PathLike",
        rows: int = 8,
        columns: int | None = None,
        seed: int = 0,
        log_dir: "str | os.PathLike | None" = None,
    ):
        super().__init__()
        self.folder = Path(folder)
        self.rows = rows
        self.columns = columns
        self.seed = seed
        self.log_dir = log_dir
        self._writer = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        shape, value_range = self.model.sample_shape, self.model.value_range
        if len(shape) != 3 or shape[-1] not in (1, 3, 4) or value_range is None:
            raise ValueError(
                f"Expected a generator of images with 1, 3 or 4 channels and a value range for SampleGrid. "
                f"Received: samples of shape {shape}, value_range={value_range}."
            )
        if self.log_dir is not None:
            self._writer = tf.summary.create_file_writer(str(self.log_dir))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        number = epoch + 1
        columns = self.columns or min(16, self._classes() or 8)
        images = self.model.generate(self.rows * columns, seed=self.seed, labels=self._labels(columns))
        picture = pictures.grid(images, columns, self.model.value_range)
        pictures.save(picture, self.folder / f"epoch-{number:04d}.png")
        if self._writer is not None:
            pixels = np.atleast_3d(np.asarray(picture))
            with self._writer.as_default():
                tf.summary.image("samples", pixels[None], step=number)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._writer is not None:
            self._writer.close()

    def _classes(self) -> int | None:
        return self.model.num_classes if self.model.generator_takes_labels else None

    def _labels(self, columns: int) -> np.ndarray | None:
        classes = self._classes()
        return None if classes is None else np.tile(np.arange(columns) % classes, self.rows)
