"""What can be read off a generator of rows at one moment of its training."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._game.discriminator_pass import one_logit_each, run_discriminator
from kgan.diagnostics import separability
from kgan.diagnostics.subjects import Reals

__all__ = ["TableObserver", "TableSigns"]

_BATCH = 500


@dataclass(frozen=True)
class TableSigns:
    """Figures of one moment, of the generator that exports have, in inference mode, on held-out rows where there are
    any.

    Attributes:
        column_shapes: How alike the shares of values and modes are in rows of the table and in generated ones: one less
            the total variation distance, the mean over columns. 1 where all are the same.
        worst_column_shape: The same of the column that is least alike.
        separation: Probability that a pack of rows of the table gets a higher logit than one of generated rows.
        logit_spread: Standard deviation of all logits.
        discriminator_change: How far the discriminator's weights moved since the last look, over their norm; NaN at the
            first.
        generator_change: The same of the generator's.
    """

    column_shapes: float
    worst_column_shape: float
    separation: float
    logit_spread: float
    discriminator_change: float
    generator_change: float


class TableObserver:
    """Reads the signs of a model, always on the same rows and conditions.

    Args:
        model: A compiled `kgan.Tabular`.
        shown: Encoded rows as `samples`, and which of their blocks are conditions as `labels`.
    """

    def __init__(self, model: Any, shown: Reals):
        self.model = model
        self.shown = shown
        self._look = tf.function(self._looked, reduce_retracing=True)
        self._earlier: dict[str, np.ndarray] = {}

    def observe(self) -> TableSigns:
        """The signs now."""
        count = len(self.shown.samples) // self.model.pac * self.model.pac
        parts = [
            self._look(*self.shown.rows(slice(start, min(start + _BATCH, count))).tensors())
            for start in range(0, count, _BATCH)
        ]
        seen = {key: np.concatenate([part[key].numpy() for part in parts]) for key in parts[0]}
        shapes = self._shapes(seen["real"], seen["generated"])
        logits = seen["real_logits"], seen["generated_logits"]
        return TableSigns(
            column_shapes=float(np.mean(shapes)) if shapes else math.nan,
            worst_column_shape=float(min(shapes)) if shapes else math.nan,
            separation=separability.auc(*logits),
            logit_spread=float(np.concatenate(logits).std()),
            discriminator_change=self._change("discriminator", self.model._discriminator_variables),
            generator_change=self._change("generator", self.model.generator.trainable_variables),
        )

    def _shapes(self, real: np.ndarray, generated: np.ndarray) -> list[float]:
        """One less the total variation distance of each block."""
        apart = np.abs(real.mean(axis=0, dtype=np.float64) - generated.mean(axis=0, dtype=np.float64))
        found, at = [], len(self.model.table.continuous)
        for _, size in self.model.table.blocks:
            found.append(1.0 - 0.5 * float(apart[at : at + size].sum()))
            at += size
        return found

    def _change(self, player: str, weights: list) -> float:
        now, earlier = np.concatenate([weight.numpy().ravel() for weight in weights]), self._earlier.get(player)
        self._earlier[player] = now
        if earlier is None or self.model.frozen_player == player:
            return math.nan
        norm = float(np.linalg.norm(earlier))
        return float(np.linalg.norm(now - earlier)) / norm if norm else math.nan

    def _looked(self, rows: tf.Tensor, chosen: tf.Tensor) -> dict[str, tf.Tensor]:
        batch = self.model.batch((rows, chosen), training=False)
        outputs = self.model.inference_generator(batch.generator_inputs, training=False)
        (pair,) = self.model.pairs(batch, outputs).values()
        (discriminator,) = self.model.discriminators.values()
        whole = self.model.with_parts
        found = {"real": whole(batch.real), "generated": whole(outputs["rows"])}
        for name, seen in (("real", pair.real), ("generated", pair.generated)):
            given = run_discriminator(discriminator, seen, pair.conditions, training=False)
            found[f"{name}_logits"] = one_logit_each(given["logits"])
        return {name: tf.cast(value, tf.float32) for name, value in found.items()}
