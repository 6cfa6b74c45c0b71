"""A grid of samples, what they become on the other side, and what comes back, after each epoch."""

import os
from typing import Any

import numpy as np

from kgan import pictures
from kgan._support.checks import whole
from kgan.callbacks.epoch_pictures import EpochPictures
from kgan.diagnostics import subjects

__all__ = ["CycleGrid"]

_CHANNELS = (1, 3, 4)


class CycleGrid(EpochPictures):
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
            `kgan.CycleTranslation`, `kgan.ContrastiveTranslation` or `kgan.FaceSwap` of images of one height and width.
    """

    def __init__(
        self,
        folder: "str | os.PathLike",
        rows: int = 8,
        seed: int = 0,
        log_dir: "str | os.PathLike | None" = None,
    ):
        super().__init__(folder, log_dir)
        self.rows = whole("rows", rows, 1)
        self.seed = whole("seed", seed, 0)
        self._drawn: dict[str, Any] = {}

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
        drawn = subjects.some(subjects.as_many_of_each(source), self.rows, self.seed, throughout=held_out, least=1)
        self._drawn = {"a": drawn.samples, "b": drawn.labels}
        self.open_log()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        number, columns = epoch + 1, dict[str, np.ndarray]()
        for (side, samples), other in zip(self._drawn.items(), "ba", strict=True):
            columns |= {side: samples} | self._translated(side, other, samples)
        picture = pictures.beside(columns, self.model.value_range)
        self.keep(picture, number, "samples/cycles", self.model.texts)

    def _translated(self, side: str, other: str, samples: np.ndarray) -> dict[str, np.ndarray]:
        """What samples become, and what comes back, as far as there are translators."""
        there, back = f"{side}2{other}", f"{other}2{side}"
        if there not in self.model.directions:
            return {}
        made = np.nan_to_num(self.model.translated(samples, there))
        columns = {f"{side} to {other}": self.model.shown(made)}
        if back in self.model.directions:
            again = self.model.translated(np.clip(made, *self.model.value_range), back)
            columns[f"{side} again"] = self.model.shown(np.nan_to_num(again))
        return columns
