"""A grid of samples after each epoch."""

import os
from typing import Any

import numpy as np

from kgan import pictures
from kgan.callbacks.epoch_pictures import EpochPictures
from kgan.callbacks.grid_columns import GridColumns, columns_of, reals_in

__all__ = ["SampleGrid"]


class SampleGrid(EpochPictures):
    """Draws a grid of samples after each epoch, always from the same latents.

    Writes `epoch-0001.png`, `epoch-0002.png`, ... For a generator that takes labels, the columns are the classes, or
    one tag each, under their names. Of five channels and more the first three are drawn, of two the first.

    Args:
        folder: Where the pictures go; made when missing.
        rows: Rows of the grid.
        columns: Columns of the grid; `None` is the number of classes or tags (at most 16), or 8 without labels.
        seed: Of the latents.
        log_dir: A TensorBoard folder that shows the grids too, as `samples/generated`, and once, as `samples/real`,
            reals in the same columns: held-out ones, or those of the arrays that it trains on; `None` for none.

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
        super().__init__(folder, log_dir)
        self.rows = rows
        self.columns = columns
        self.seed = seed
        self._columns = GridColumns(0, None, None, None)
        self._reals: np.ndarray | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        shape, value_range = self.model.sample_shape, self.model.value_range
        if len(shape) != 3 or value_range is None:
            raise ValueError(
                f"Expected a generator of images with a value range for SampleGrid. "
                f"Received: samples of shape {shape}, value_range={value_range}."
            )
        self._columns = columns_of(self.model, self.rows, self.columns)
        self._reals = None
        if self.open_log():
            data = getattr(self.model, "fit_data", None)
            self._reals = None if data is None else reals_in(data, self._columns, self.rows, value_range)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        number, columns = epoch + 1, self._columns
        images = self.model.generate(self.rows * columns.across, seed=self.seed, labels=columns.labels)
        picture = pictures.grid(images, columns.across, self.model.value_range, columns.names)
        self.keep(picture, number, "samples/generated")
        if self._reals is not None:
            self.show(pictures.grid(self._reals, columns.across, names=columns.names), number, "samples/real")
            self._reals = None  # the same after each epoch
