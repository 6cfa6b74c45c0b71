"""A sheet of held-out texts and what is drawn for them, after each epoch."""

import os
from typing import Any

import numpy as np

from kgan.callbacks.caption_sheet import Shown, first_of, sheet
from kgan.callbacks.epoch_pictures import EpochPictures

__all__ = ["CaptionGrid"]


class CaptionGrid(EpochPictures):
    """Draws samples for held-out texts after each epoch, always from the same latents, beside the held-out pictures.

    Writes `epoch-0001.png`, `epoch-0002.png`, ...: in each row a text, its picture, then samples. Without held-out
    batches nothing is written.

    Args:
        folder: Where the pictures go; made when missing.
        rows: How many texts.
        columns: How many samples of each.
        seed: Of the latents.
        log_dir: A TensorBoard folder that shows the sheets too; `None` for none.

    Examples:
        >>> grid = kgan.callbacks.CaptionGrid("samples", rows=5)  # fit(callbacks=[grid])
        >>> grid.rows, grid.columns
        (5, 6)

    Raises:
        ValueError: when training begins, if the model is no `kgan.TextToImage` of images.
    """

    def __init__(
        self,
        folder: "str | os.PathLike",
        rows: int = 10,
        columns: int = 6,
        seed: int = 0,
        log_dir: "str | os.PathLike | None" = None,
    ):
        super().__init__(folder, log_dir)
        self.rows, self.columns, self.seed = rows, columns, seed
        self._shown: Shown | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if not hasattr(self.model, "rows_of") or len(self.model.sample_shape) != 3 or self.model.value_range is None:
            raise ValueError(
                f"Expected a kgan.TextToImage of images for CaptionGrid. Received: a {type(self.model).__name__}."
            )
        self.open_log()
        self._shown = first_of(getattr(self.model.fit_data, "held_out", None), self.rows, self.model)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self._shown is None:
            return
        count, each = len(self._shown.rows), self.columns
        drawn = self.model.generate(count * each, seed=self.seed, labels=np.repeat(self._shown.rows, each, axis=0))
        samples = drawn.reshape(count, each, *drawn.shape[1:])
        self.keep(sheet(self._shown, samples, self.model.value_range), epoch + 1, "samples/texts")
