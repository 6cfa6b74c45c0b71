"""Drawing rows from a model of tables; `kgan.export` has the drawing, which a bundle has too."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan._support import limits, seeds
from kgan._support.checks import whole
from kgan.data.tables.reading import pandas

__all__ = ["SamplesRows", "draw_with"]

_LARGEST_SEED = 2**32 - 1
_CELL = 64  # bytes that one takes while it is drawn, text among them
_DRAWING: list[Callable[[], ModuleType]] = []


def draw_with(drawing: Callable[[], ModuleType]) -> None:
    """Says who draws: a function that imports `kgan.export.portable.table_drawing`."""
    _DRAWING[:] = [drawing]


class SamplesRows:
    """`sample` of a `kgan.Tabular`; mixed in before `kgan.AdversarialModel`.

    It reads the model's `table`, `latents`, `latent_dim` and `network(averaged)`.
    """

    def sample(
        self, n: int, seed: int | None = None, where: Mapping[str, Any] | None = None, *, averaged: bool = True
    ) -> Any:
        """Draws rows, each of which holds what is asked.

        A value that is asked for is taken as it is, and the others are drawn to suit it. A number that does not lie in
        the range asked for is drawn again with its row, 8 times; then it is taken from what the training data has
        there. How many were is in `frame.attrs["taken_from_training"]`, by the names of the columns.

        Args:
            n: How many rows, at least 1.
            seed: 0 to 2**32 - 1. The same seed gives the same rows here and in the exported bundle, and the first rows
                do not depend on `n`. `None` takes a fresh one.
            where: What to ask, by the names of columns: a value; a list of values, each drawn as often as the training
                data has it; a pair `(low, high)` of numbers or dates, both included, `None` for an open end; `None` for
                missing cells.
            averaged: Draw from the averaged generator, where there is one.

        Returns:
            A pandas DataFrame with the columns of the table: float64, int64, bool, datetime64 and objects; whole
            numbers and booleans with missing cells are pandas's `Int64` and `boolean`.

        Examples:
            >>> rows = {"size": list(range(40)), "colour": ["red", "blue"] * 20}
            >>> splits = kgan.data.load_table(rows, batch_size=10, validation_split=0.0)
            >>> table = kgan.Tabular.of(splits, width=8, seed=0)
            >>> drawn = table.sample(5, seed=0, where={"colour": "red", "size": (10, 20)})
            >>> list(drawn.columns), set(drawn["colour"]), drawn["size"].between(10, 20).all().item()
            (['size', 'colour'], {'red'}, True)

        Raises:
            DataError: if pandas is not installed.
            ValueError: if `n` or `seed` is out of range, there is no such column or value, or the training data has
                nothing in the range.
        """
        frames = pandas()
        n = whole("n", n, 1)
        names = self.table.names
        limits.check_bytes("n", n, n * len(names) * _CELL, "Draw them in several calls with a seed each.")
        seed = seeds.fresh(_LARGEST_SEED + 1) if seed is None else seed
        drawing = self._drawing(averaged)
        parts = list(drawing.parts(n, seed, where))
        cells = {name: np.concatenate([part[name] for part in parts]) for name in names}
        frame = frames.DataFrame({name: _series(cells[name], kind) for name, kind in self.table.kinds.items()})
        frame.attrs["taken_from_training"] = dict(drawing.taken)
        return frame

    def _drawing(self, averaged: bool) -> Any:
        (module,) = _DRAWING
        drawing = module()
        network = self.network(averaged)
        columns = drawing.TableColumns(self.table.to_dict())
        arguments = (self.latents.name, self.latents.get_config())
        return drawing.TableDrawing(columns, self.latent_dim, _running(network), *arguments)


def _running(network: keras.Model) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The network as a function of NumPy arrays, traced once."""
    takes_conditions = len(network.inputs) == 2

    @tf.function(reduce_retracing=True)
    def run(latents, conditions):
        return network([latents, conditions] if takes_conditions else latents, training=False)

    return lambda latents, conditions: run(tf.constant(latents), tf.constant(conditions)).numpy()


def _series(cells: np.ndarray, kind: str) -> Any:
    """Cells as pandas keeps such; those with missing ones in its own types."""
    if cells.dtype == object and kind in ("integer", "boolean"):
        return pandas().array(cells.tolist(), dtype="Int64" if kind == "integer" else "boolean")
    return cells.astype("datetime64[s]") if cells.dtype.kind == "M" else cells
