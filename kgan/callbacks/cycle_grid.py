"""A grid of samples, what they become on the other side, and what comes back, after each epoch."""

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import pictures
from kgan._support.checks import whole
from kgan.diagnostics import subjects

__all__ = ["CycleGrid"]

_CHANNELS = (1, 3, 4)


class CycleGrid(keras.callbacks.Callback):
    """Draws samples of two collections, their translations, and the translations of these back, after each epoch.

    Of a `kgan.ContrastiveTranslation`, which has no way back, it draws samples of a, what they become, and samples of
    b.

    The samples are held-out ones, or training samples where none are held out. Writes `epoch-0001.png`,
    `epoch-0002.png`, ...; a row has one sample of each collection, under the names of the columns.

    Args:
        folder: Where the pictures go; made when missing.
        rows: Samples of each collection to draw; fewer where there are fewer.
        seed: Of the choice of samples.
        log_dir: A TensorBoard folder that shows the grids too, as `samples/cycles`; `None` for none.

    Raises:
        TypeError: when training begins, if the data can be read only once.
        ValueError: if `rows` is less than 1 or `seed` negative; when training begins, if the model is no
            `kgan.CycleTranslation` or `kgan.ContrastiveTranslation` of images of one height and width.
    """

    def __init__(
        self,
        folder: "str | os.PathLike",
        rows: int = 8,
        seed: int = 0,
        log_dir: "str | os.PathLike | None" = None,
    ):
        super().__init__()
        self.folder = Path(folder)
        self.rows = whole("rows", rows, 1)
        self.seed = whole("seed", seed, 0)
        self.log_dir = log_dir
        self._drawn: dict[str, Any] = {}
        self._writer = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        data = getattr(self.model, "fit_data", None)
        if data is None or not hasattr(self.model, "directions"):
            raise ValueError(
                f"Expected a kgan.CycleTranslation or ContrastiveTranslation in its fit for CycleGrid. Received: "
                f"{type(self.model).__name__}."
            )
        shapes = (tuple(self.model.input_shape_of_sample), tuple(self.model.sample_shape))
        if any(len(shape) != 3 or shape[-1] not in _CHANNELS for shape in shapes) or self.model.value_range is None:
            raise ValueError(
                f"Expected images with 1, 3 or 4 channels and a value range for CycleGrid. Received: samples of shape "
                f"{shapes[0]} and {shapes[1]}, value_range={self.model.value_range}."
            )
        held_out = data.held_out is not None
        source = data.held_out if held_out else data.train
        drawn = subjects.some(_shortened(source), self.rows, self.seed, throughout=held_out, least=1)
        self._drawn = {"a": drawn.samples, "b": drawn.labels}
        if self.log_dir is not None:
            self._writer = tf.summary.create_file_writer(str(self.log_dir))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        number, columns = epoch + 1, dict[str, np.ndarray]()
        for (side, samples), other in zip(self._drawn.items(), "ba", strict=True):
            columns |= {side: samples} | self._translated(side, other, samples)
        picture = pictures.beside(columns, self.model.value_range)
        pictures.save(picture, self.folder / f"epoch-{number:04d}.png")
        if self._writer is not None:
            with self._writer.as_default():
                tf.summary.image("samples/cycles", np.asarray(picture)[None], step=number)

    def _translated(self, side: str, other: str, samples: np.ndarray) -> dict[str, np.ndarray]:
        """What samples become, and what comes back, as far as there are translators."""
        there, back = f"{side}2{other}", f"{other}2{side}"
        if there not in self.model.directions:
            return {}
        columns = {f"{side} to {other}": np.nan_to_num(self.model.translate(samples, there))}
        if back in self.model.directions:
            made = np.clip(columns[f"{side} to {other}"], *self.model.value_range)
            columns[f"{side} again"] = np.nan_to_num(self.model.translate(made, back))
        return columns

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._writer is not None:
            self._writer.close()


def _shortened(source: Any) -> Any:
    """Two arrays as many as the shorter has; all else as it is."""
    if not isinstance(source, tuple):
        return source
    least = min(len(side) for side in source)
    return tuple(side[:least] for side in source)
