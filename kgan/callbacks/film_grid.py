"""Frames that were given, those that follow and the true ones, after each epoch."""

import numpy as np
from PIL import Image

from kgan import pictures
from kgan.callbacks.translation_grid import TranslationGrid

__all__ = ["FilmGrid"]


class FilmGrid(TranslationGrid):
    """Draws the same films after each epoch: the frames that were given, then those predicted, and below the true ones.

    As `TranslationGrid`, of a `kgan.VideoPrediction`; a film in each two rows, its frames from left to right.

    Args:
        folder: Where the pictures go; made when missing.
        rows: Films to draw; fewer where there are fewer.
        seed: Of the choice of films.
        log_dir: A TensorBoard folder that shows the grids too, as `samples/pairs`; `None` for none.

    Raises:
        TypeError: when training begins, if the data can be read only once.
        ValueError: if `rows` is less than 1 or `seed` negative; when training begins, if the model is no
            `kgan.VideoPrediction`.
    """

    rank = 4
    what = "films"

    def draw(self, inputs: np.ndarray, outputs: np.ndarray, truths: np.ndarray) -> Image.Image:
        """The picture of some films, their continuations and their truths."""
        return pictures.strips(inputs, outputs, truths, self.model.value_range)
