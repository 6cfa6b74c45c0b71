"""Drawn molecules as chemists draw them, after each epoch."""

import io
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from kgan._support.checks import whole
from kgan.callbacks.epoch_pictures import EpochPictures
from kgan.data.molecules.reading import rdkit
from kgan.metrics.molecules.parsing import molecules

__all__ = ["MoleculeGrid", "drawn_molecules"]

_ACROSS = 5
_SIZE = 180  # pixels of one molecule
_LETTERS = 26  # of a text that is no molecule
_GREY, _INK = (225, 225, 225), (120, 120, 120)


class MoleculeGrid(EpochPictures):
    """Draws molecules of the same noise after each epoch, with rdkit; those that are none are crossed out.

    Args:
        folder: Where the pictures go; made when missing.
        count: Molecules in a picture.
        seed: Of the molecules.
        every: Epochs between two pictures.
        log_dir: A TensorBoard folder that shows them too; `None` for none.

    Raises:
        ValueError: if `count` or `every` is less than 1 or `seed` negative; when training begins, if the model is no
            `kgan.Molecules`.
    """

    def __init__(
        self,
        folder: "str | os.PathLike",
        count: int = 20,
        seed: int = 0,
        every: int = 1,
        log_dir: "str | os.PathLike | None" = None,
    ):
        super().__init__(folder, log_dir)
        self.count = whole("count", count, 1)
        self.seed = whole("seed", seed, 0)
        self.every = whole("every", every, 1)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if not hasattr(self.model, "vocabulary"):
            raise ValueError(
                f"Expected a kgan.Molecules in its fit for MoleculeGrid. Received: {type(self.model).__name__}."
            )
        self.open_log()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if (epoch + 1) % self.every:
            return
        if not all(np.isfinite(weight.numpy()).all() for weight in self.model.network().weights):
            return  # which FiniteGuard tells
        self.keep(drawn_molecules(self.model.sample(self.count, seed=self.seed)), epoch + 1, "molecules")


def drawn_molecules(smiles: Sequence[str], across: int = _ACROSS) -> Image.Image:
    """A picture of molecules; those that rdkit cannot parse are a cross with their text.

    Args:
        smiles: SMILES, one or more.
        across: Molecules beside each other.

    Returns:
        An RGB picture.

    Raises:
        DataError: if rdkit is not installed.
    """
    drawing = rdkit("rdkit.Chem.Draw.rdMolDraw2D")
    found, nothing = molecules(smiles), rdkit().MolFromSmiles("")
    across = min(across, len(smiles))
    size = across * _SIZE, -(-len(smiles) // across) * _SIZE
    canvas = drawing.MolDraw2DCairo(*size, _SIZE, _SIZE)
    canvas.DrawMolecules([nothing if one is None else one for one in found])
    canvas.FinishDrawing()
    picture = Image.open(io.BytesIO(canvas.GetDrawingText())).convert("RGB")
    for place, (text, one) in enumerate(zip(smiles, found, strict=True)):
        if one is None:
            _cross_out(ImageDraw.Draw(picture), place % across * _SIZE, place // across * _SIZE, text)
    return picture


def _cross_out(draw: ImageDraw.ImageDraw, left: int, top: int, text: str) -> None:
    """A cross in light grey, and the text that is no molecule over it."""
    near, far = _SIZE // 5, _SIZE - _SIZE // 5
    draw.line((left + near, top + near, left + far, top + far), _GREY, 3)
    draw.line((left + near, top + far, left + far, top + near), _GREY, 3)
    shown = text if len(text) <= _LETTERS else f"{text[: _LETTERS - 3]}..."
    draw.text((left + 8, top + _SIZE // 2 - 6), shown or "(nothing)", _INK)
