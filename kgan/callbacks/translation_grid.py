"""A grid of inputs, outputs and truths after each epoch."""

import os
from typing import Any

import numpy as np
from PIL import Image

from kgan import pictures
from kgan._support.checks import whole
from kgan.callbacks.epoch_pictures import EpochPictures
from kgan.diagnostics import subjects

__all__ = ["TranslationGrid"]

_CHANNELS = (1, 3, 4)


class TranslationGrid(EpochPictures):
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
        super().__init__(folder, log_dir)
        self.rows = whole("rows", rows, 1)
        self.seed = whole("seed", seed, 0)
        self._drawn: dict[str, Any] = {}

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
        self.open_log()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        number, inputs, truths = epoch + 1, self._drawn["input"], self._drawn["truth"]
        outputs = np.nan_to_num(self.model.translate(inputs))
        picture = self.draw(inputs, outputs, truths)
        self.keep(picture, number, "samples/pairs")

    def draw(self, inputs: np.ndarray, outputs: np.ndarray, truths: np.ndarray) -> Image.Image:
        """The picture of some pairs and what was made of them, `(n, height, width, channels)` each."""
        return pictures.beside({"input": inputs, "output": outputs, "truth": truths}, self.model.value_range)
