"""A grid of inputs, outputs and truths after each epoch."""

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from kgan import pictures
from kgan._support.checks import whole
from kgan.diagnostics import subjects

__all__ = ["TranslationGrid"]

_CHANNELS = (1, 3, 4)


class TranslationGrid(keras.callbacks.Callback):
    """Draws input, output and truth of the same pairs after each epoch.

    The pairs are held-out ones, or training pairs where none are held out. Writes `epoch-0001.png`, `epoch-0002.png`,
    ...; a pair in each row, under the names of the columns.

    Args:
        folder: Where the pictures go; made when missing.
        rows: Pairs to draw; fewer where there are fewer.
        seed: Of the choice of pairs.
        log_dir: A TensorBoard folder that shows the grids too, as `samples/pairs`; `None` for none.

    Raises:
        TypeError: when training begins, if the data can be read only once.
        ValueError: if `rows` is less than 1 or `seed` negative; when training begins, if the model is no
            `kgan.Translation` from images to images.
    """

    rank = 3  # of a sample
    what = "images"

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
        if data is None or not hasattr(self.model, "translate"):
            raise ValueError(
                f"Expected a kgan.Translation in its fit for TranslationGrid. Received: {type(self.model).__name__}."
            )
        shapes = (tuple(self.model.input_shape_of_sample), tuple(self.model.sample_shape))
        drawable = all(len(shape) == self.rank and shape[-1] in _CHANNELS for shape in shapes)
        if not drawable or self.model.value_range is None:
            raise ValueError(
                f"Expected {self.what} with 1, 3 or 4 channels and a value range for {type(self).__name__}. Received: "
                f"inputs of shape {shapes[0]}, outputs of shape {shapes[1]}, value_range={self.model.value_range}."
            )
        held_out = data.held_out is not None
        source = data.held_out if held_out else data.train
        pairs = subjects.some(source, self.rows, self.seed, throughout=held_out, least=1)
        self._drawn = {"input": pairs.samples, "truth": pairs.labels}
        if self.log_dir is not None:
            self._writer = tf.summary.create_file_writer(str(self.log_dir))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        number, inputs, truths = epoch + 1, self._drawn["input"], self._drawn["truth"]
        outputs = np.nan_to_num(self.model.translate(inputs))
        picture = self.draw(inputs, outputs, truths)
        pictures.save(picture, self.folder / f"epoch-{number:04d}.png")
        if self._writer is not None:
            with self._writer.as_default():
                tf.summary.image("samples/pairs", np.asarray(picture)[None], step=number)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._writer is not None:
            self._writer.close()

    def draw(self, inputs: np.ndarray, outputs: np.ndarray, truths: np.ndarray) -> Image.Image:
        """The picture of some pairs and what was made of them, `(n, height, width, channels)` each."""
        return pictures.beside({"input": inputs, "output": outputs, "truth": truths}, self.model.value_range)
